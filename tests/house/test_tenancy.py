"""Does PostgreSQL itself keep every tenant's rows apart, in every table there is?"""

import json
import re

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from marketplace.app import rooms
from marketplace.foundation.db import Base, new_id, owner_engine
from marketplace.foundation.tenancy import Kind, policies
from tests.cast import Cast, Party

rooms()
MODELS = {mapper.local_table.name: mapper.class_ for mapper in Base.registry.mappers}
TABLES = sorted(MODELS)
TENANTS = [name for name in TABLES if MODELS[name].tenancy != Kind.REFERENCE]
PARTIES = (
    "organisation_id",
    "buyer_id",
    "seller_id",
    "owner_id",
    "counterparty_id",
    "mediator_id",
    "person_id",
)
OPEN_TO_MEMBERS = {
    "organisations": "status IN ('admitted', 'suspended')",
    "products": "status = 'published' AND circle_id IS NULL",
    "price_tiers": "true",
    "product_attributes": "EXISTS (SELECT FROM products p WHERE p.id = t.product_id AND p.circle_id IS NULL)",
    "product_facts": "EXISTS (SELECT FROM products p WHERE p.id = t.product_id AND p.circle_id IS NULL)",
    "product_certificates": "EXISTS (SELECT FROM products p WHERE p.id = t.product_id AND p.circle_id IS NULL)",
    "product_documents": "EXISTS (SELECT FROM products p WHERE p.id = t.product_id AND p.circle_id IS NULL)",
    "stored_files": "is_public",
    "people": "EXISTS (SELECT FROM memberships m WHERE m.person_id = t.id)",
}
REFUSALS = ("42501", "23514", "428C9")


def of_others(table: str, outsider: Party) -> str:
    """The condition for rows that are neither the outsider's nor meant for every member."""
    columns = [c for c in PARTIES if c in MODELS[table].__table__.columns]
    people = ", ".join(f"'{person}'" for person in outsider.people.values())
    mine = " OR ".join(f"t.{c} IN ('{outsider.id}', {people})" for c in columns) or "false"
    return f"NOT coalesce({mine}, false) AND NOT ({OPEN_TO_MEMBERS.get(table, 'false')})"


def refused_or(statement: str, outsider: Party) -> int:
    """How many rows the outsider's statement touches; none where it is refused as a whole."""
    with outsider.at_work("administrator") as work:
        try:
            touched = work.execute(text(statement)).rowcount  # type: ignore[attr-defined]
        except DBAPIError as error:
            touched = 0 if getattr(error.orig, "sqlstate", "") in REFUSALS else -1
        work.rollback()
        return touched


def a_column_to_write(table: str) -> str:
    """A column that tenants may update, so that row-level security is what refuses."""
    granted = re.search(r"UPDATE \((\w+)", " ".join(MODELS[table].tenancy.grants))
    return granted[1] if granted else MODELS[table].__table__.primary_key.columns[0].name


@pytest.mark.parametrize("table", TENANTS)
def test_select_by_an_outsider_finds_nothing(trade: Cast, table: str) -> None:
    for outsider in (trade.nosy, trade.pry):
        assert refused_or(f"SELECT 1 FROM {table} t WHERE {of_others(table, outsider)}", outsider) == 0


@pytest.mark.parametrize("table", TABLES)
def test_update_by_an_outsider_touches_nothing(trade: Cast, table: str) -> None:
    column = a_column_to_write(table)
    for outsider in (trade.nosy, trade.pry):
        open_rows = f"UPDATE {table} t SET {column} = {column} WHERE {of_others(table, outsider)}"
        assert refused_or(open_rows, outsider) == 0


@pytest.mark.parametrize("table", TABLES)
def test_delete_by_an_outsider_touches_nothing(trade: Cast, table: str) -> None:
    for outsider in (trade.nosy, trade.pry):
        assert refused_or(f"DELETE FROM {table} t WHERE {of_others(table, outsider)}", outsider) == 0


@pytest.mark.parametrize("table", [name for name in TENANTS if name != "mails"])
def test_insert_by_an_outsider_in_another_name_is_refused(trade: Cast, table: str) -> None:
    with trade.platform() as work:
        found = work.scalar(
            text(f"SELECT to_jsonb(t) || jsonb_build_object('id', '{new_id()}') FROM {table} t LIMIT 1")
        )
    assert found is not None, f"the whole trade leaves no row in {table}"
    with trade.nosy.at_work("administrator") as work:
        record = f"jsonb_populate_record(CAST(null AS {table}), CAST(:row AS jsonb))"
        copied = text(f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT ({record}).*")
        with pytest.raises(DBAPIError) as refused:
            work.execute(copied, {"row": json.dumps(found)})
        work.rollback()
    assert getattr(refused.value.orig, "sqlstate", "") in REFUSALS


@pytest.mark.parametrize("table", TABLES)
def test_policies_of_the_database_are_those_of_the_model(trade: Cast, table: str) -> None:
    """The migrated policies are what `policies()` of the model's tenancy would make on an equal table."""
    with trade.platform() as work:
        forced = work.execute(
            text("SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = CAST(:t AS regclass)"),
            {"t": table},
        ).one()
    assert tuple(forced) == (True, True)
    assert described(trade, table) == described(trade, table, anew=True)


def described(trade: Cast, table: str, *, anew: bool = False) -> list[tuple[object, ...]]:
    """Policies and grants on `table`, as they stand or as the model would make them."""
    with owner_engine().connect() as connection:
        if anew:
            for policy in ("readers", "writers", "platform"):
                connection.execute(text(f"DROP POLICY IF EXISTS {policy} ON {table}"))
            connection.execute(
                text(
                    f"REVOKE ALL ON {table} FROM marketplace_tenant, marketplace_platform, marketplace_doors"
                )
            )
            for statement in policies(table, MODELS[table].tenancy):
                connection.execute(text(statement))
        rules = "SELECT policyname, cmd, roles::text, qual, with_check FROM pg_policies WHERE tablename = :t ORDER BY 1"
        grants = (
            "SELECT grantee, privilege_type, column_name FROM information_schema.role_column_grants"
            " WHERE table_name = :t AND grantee LIKE 'marketplace%' ORDER BY 1, 2, 3"
        )
        found = [tuple(row) for q in (rules, grants) for row in connection.execute(text(q), {"t": table})]
        connection.rollback()
        return found
