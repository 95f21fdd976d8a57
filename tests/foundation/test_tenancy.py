"""Does the database itself know who is acting, and forget it at the end?"""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from marketplace.doctor import WITHOUT_PATH
from marketplace.foundation.db import runtime_engine
from marketplace.foundation.migrating import migrate
from marketplace.foundation.tenancy import (
    ANYBODY,
    HERE,
    ME,
    PLATFORM_ROLE,
    TENANT_ROLE,
    Actor,
    Kind,
    Tenancy,
    acting_as,
    automatic,
    current_actor,
    platform,
    policies,
)
from marketplace.foundation.unit_of_work import unit_of_work
from tests.cast import Cast


def described(work: object) -> tuple[str, str, str]:
    row = work.execute(text(f"SELECT current_user::text, {HERE}::text, {ME}::text")).one()  # type: ignore[attr-defined]
    return tuple(row)


def test_a_transaction_is_of_its_actor_and_leaves_nothing_on_the_connection(market: Cast) -> None:
    with market.acme.at_work("requester") as work:
        assert described(work) == (TENANT_ROLE, str(market.acme.id), str(market.acme.people["requester"]))
    with market.platform() as work:
        assert described(work) == (PLATFORM_ROLE, None, None)
    with runtime_engine().connect() as connection:
        assert described(connection) == ("marketplace_runtime", None, None)


def test_an_actor_is_the_same_after_a_rollback_within_the_work(market: Cast) -> None:
    with market.acme.at_work("requester") as work:
        work.rollback()
        assert described(work)[1] == str(market.acme.id)


def test_the_runtime_cannot_take_a_powerful_role(market: Cast) -> None:
    for role in ("postgres", "marketplace_doors"):
        with runtime_engine().connect() as connection, pytest.raises(DBAPIError, match="permission denied"):
            connection.execute(text(f"SET ROLE {role}"))


def test_every_function_says_where_it_looks(market: Cast) -> None:
    with market.platform() as work:
        assert list(work.scalars(text(WITHOUT_PATH))) == []


def test_the_runtime_makes_no_temporary_tables_in_a_database_that_was_migrated(market: Cast) -> None:
    migrate()
    with runtime_engine().connect() as connection, pytest.raises(DBAPIError, match="permission denied"):
        connection.execute(text("CREATE TEMPORARY TABLE sites (id uuid)"))


def test_the_runtime_cannot_turn_row_level_security_off(market: Cast) -> None:
    with market.nosy.at_work("administrator") as work:
        work.execute(text("SET LOCAL row_security = off"))
        with pytest.raises(DBAPIError, match="row-level security"):
            work.execute(text("SELECT * FROM sites"))
        work.rollback()


def test_a_person_is_permitted_what_their_permissions_say_and_a_clock_everything() -> None:
    actor = Actor(organisation_id=uuid4(), person_id=uuid4(), permissions=frozenset({"order:place"}))
    assert actor.permits("order:place")
    assert not actor.permits("order:cancel")
    assert automatic(uuid4()).permits("order:cancel")
    assert not ANYBODY.permits("order:place")


def test_nobody_has_no_organisation_and_no_person() -> None:
    for name in ("organisation", "person"):
        with pytest.raises(LookupError):
            getattr(ANYBODY, name)


def test_platform_for_a_person_keeps_their_name_beside_the_reason() -> None:
    person = Actor(organisation_id=uuid4(), person_id=uuid4(), person_name="Mira")
    acting = platform("admission", person=person)
    assert (acting.is_platform, acting.person_name, acting.reason) == (True, "Mira", "admission")
    assert acting.organisation_id == person.organisation_id


def test_acting_as_is_over_at_its_end_also_with_an_exception() -> None:
    somebody = Actor(person_id=UUID(int=1))
    with acting_as(somebody):
        assert current_actor() is somebody
    with pytest.raises(ZeroDivisionError), acting_as(somebody):
        _ = 1 / 0
    assert current_actor() is ANYBODY


def test_kinds_of_tenancy_say_whose_a_row_is() -> None:
    assert Kind.shared().readers == f"buyer_id = {HERE} OR seller_id = {HERE}"
    assert Kind.published("is_open").writers == f"organisation_id = {HERE}"
    assert Kind.private().append_only().platform_grants == ("SELECT", "INSERT")
    assert Kind.private().deletable().grants[-1] == "DELETE"
    assert Kind.private().read_only().grants == ("SELECT",)


def test_policies_force_row_level_security_and_grant_nothing_that_is_not_said() -> None:
    statements = policies("things", Tenancy("false", "false", ()))
    assert "ALTER TABLE things FORCE ROW LEVEL SECURITY" in statements
    assert not any(f"TO {TENANT_ROLE}" in statement and "GRANT" in statement for statement in statements)


def test_without_an_actor_nothing_can_be_read(market: Cast) -> None:
    with unit_of_work(None) as work, pytest.raises(DBAPIError, match="permission denied"):
        work.execute(text("SELECT * FROM sites"))
