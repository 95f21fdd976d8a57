"""Do passwords, sign-ins and resets open only what they should, and no longer than they should?"""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from marketplace.foundation import clock
from marketplace.foundation.clock import clock_at
from marketplace.foundation.errors import Forbidden, Invalid, NotFound
from marketplace.foundation.mail import Mail
from marketplace.foundation.tenancy import platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.identity.access.actions import (
    ResetEnded,
    WrongPassword,
    act_for,
    ask_for_reset,
    begin_sign_in,
    change_password,
    end_sign_in,
    has_password,
    reset_password,
    set_password,
    sign_in,
)
from marketplace.identity.access.models import Credential, PasswordReset, SignIn
from marketplace.identity.access.queries import my_sign_ins
from tests.cast import PASSWORD, Cast

ADDRESS = "requester@acme.example"
ANOTHER = "a much longer password"


def signed_in(market: Cast, role: str = "requester") -> UUID:
    with market.platform() as work:
        begin_sign_in(person_id=market.acme.people[role], browser="test", address="127.0.0.1")
        newest = select(SignIn.id).order_by(SignIn.id.desc()).limit(1)
        return work.scalars(newest).one()


def asked(market: Cast, email: str = ADDRESS) -> str:
    with market.platform():
        return ask_for_reset(email=email, address="127.0.0.1")


def test_sign_in_with_the_right_password_returns_a_token(market: Cast) -> None:
    with unit_of_work(platform("sign in")):
        assert sign_in(email=" Requester@ACME.example", password=PASSWORD, browser="", address="")


@pytest.mark.parametrize("email", [ADDRESS, "nobody@acme.example", "approver@acme.example"])
def test_sign_in_with_a_wrong_password_is_refused_in_the_same_words(market: Cast, email: str) -> None:
    with pytest.raises(WrongPassword, match="do not belong together"), unit_of_work(platform("sign in")):
        sign_in(email=email, password="wrong", browser="", address="")


def test_nobody_without_an_actor_reads_a_table(market: Cast) -> None:
    with unit_of_work(None) as work, pytest.raises(Exception, match="permission denied"):
        work.execute(text("select * from organisations"))


@pytest.mark.parametrize("password", ["short", "x" * 11, "x" * 201])
def test_set_password_of_a_wrong_length_is_refused_beside_the_field(market: Cast, password: str) -> None:
    with pytest.raises(Invalid) as refusal, market.platform():
        set_password(person_id=market.acme.people["requester"], password=password)
    assert refusal.value.field == "password"


def test_the_password_is_kept_as_argon2id_only(market: Cast) -> None:
    with market.platform() as work:
        kept = work.scalars(select(Credential.password_hash)).one()
    assert kept.startswith("$argon2id$")
    assert PASSWORD not in kept


def test_change_password_with_a_wrong_present_one_is_refused(market: Cast) -> None:
    with pytest.raises(WrongPassword), market.acme.at_work("requester"):
        change_password(present="wrong", password=ANOTHER)


def test_change_password_ends_the_other_sign_ins(market: Cast) -> None:
    signed_in(market)
    with market.acme.at_work("requester"):
        change_password(present=PASSWORD, password=ANOTHER)
        assert my_sign_ins() == []
        assert has_password(market.acme.people["requester"], ANOTHER)
        assert not has_password(market.acme.people["requester"], PASSWORD)


def test_a_sign_in_of_somebody_else_is_not_found(market: Cast) -> None:
    sign_in_id = signed_in(market)
    with market.acme.at_work("approver"), pytest.raises(NotFound):
        end_sign_in(sign_in_id=sign_in_id)


def test_an_ended_sign_in_cannot_be_opened_again_by_hand(market: Cast) -> None:
    sign_in_id = signed_in(market)
    with market.acme.at_work("requester"):
        end_sign_in(sign_in_id=sign_in_id)
    with pytest.raises(IntegrityError, match="written once"), market.acme.at_work("requester") as work:
        work.execute(text("UPDATE sign_ins SET ended_at = NULL"))


def test_a_sign_in_cannot_be_prolonged_or_made_by_hand(market: Cast) -> None:
    signed_in(market)
    for statement in (
        "UPDATE sign_ins SET expires_at = 'infinity'",
        "INSERT INTO sign_ins SELECT * FROM sign_ins",
    ):
        with pytest.raises(DBAPIError, match="permission denied"), market.acme.at_work("requester") as work:
            work.execute(text(statement))


def test_act_for_an_organisation_of_others_is_refused(market: Cast) -> None:
    with market.acme.at_work("requester"), pytest.raises(Forbidden):
        act_for(organisation_id=market.nosy.id)


def test_reset_password_works_once_and_signs_everything_out(market: Cast) -> None:
    signed_in(market)
    token = asked(market)
    with market.platform():
        reset_password(token=token, password=ANOTHER)
    with pytest.raises(ResetEnded), market.platform():
        reset_password(token=token, password="yet another password")
    with market.acme.reading("requester"):
        assert has_password(market.acme.people["requester"], ANOTHER)
        assert my_sign_ins() == []


def test_reset_password_after_an_hour_is_refused(market: Cast) -> None:
    token = asked(market)
    with clock_at(clock.now() + timedelta(minutes=61)), pytest.raises(ResetEnded), market.platform():
        reset_password(token=token, password=ANOTHER)


def test_reset_password_ends_the_earlier_links_too(market: Cast) -> None:
    earlier, later = asked(market), asked(market)
    with market.platform():
        reset_password(token=later, password=ANOTHER)
    with pytest.raises(ResetEnded), market.platform():
        reset_password(token=earlier, password="yet another password")


def test_reset_password_that_is_too_short_leaves_the_link_open(market: Cast) -> None:
    token = asked(market)
    with pytest.raises(Invalid), market.platform():
        reset_password(token=token, password="short")
    with market.platform():
        reset_password(token=token, password=ANOTHER)


def test_ask_for_reset_writes_to_known_people_only_and_a_row_for_everybody(market: Cast) -> None:
    asked(market)
    unknown = asked(market, "nobody@acme.example")
    with market.platform() as work:
        letters = list(work.scalars(select(Mail).where(Mail.link.contains("/password/"))))
        rows = list(work.scalars(select(PasswordReset).order_by(PasswordReset.id)))
    assert [letter.recipient for letter in letters] == [ADDRESS]
    assert [row.person_id for row in rows] == [market.acme.people["requester"], None]
    with pytest.raises(ResetEnded), market.platform():
        reset_password(token=unknown, password=ANOTHER)
