"""Does the link of a letter decide once, for the one it was written to, and open nothing else?"""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.buyers.approvals.actions import delegate
from marketplace.buyers.approvals.models import ApprovalRun
from marketplace.buyers.approvals.queries import run_of
from marketplace.buyers.policies.evaluating import Effect
from marketplace.buyers.requisitions.actions import withdraw_requisition
from marketplace.buyers.requisitions.models import Requisition
from marketplace.foundation import clock
from marketplace.foundation.mail import Mail
from marketplace.foundation.tenancy import platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.identity.audit.models import AuditEntry
from marketplace.identity.organisations.actions import suspend_organisation
from marketplace.identity.people.actions import change_roles
from marketplace.identity.people.models import Membership
from tests.cast import Cast
from tests.factories.approvals import a_rule, decided
from tests.factories.catalogue import a_product
from tests.factories.policies import a_policy
from tests.factories.requisitions import a_requisition


@pytest.fixture
def row(market: Cast, speaking: None) -> Requisition:
    """A requisition on which letters ask the approver or the procurement lead to decide."""
    a_rule(market.acme, asks=("approver", "procurement_lead"))
    row = a_requisition(market.acme, [(a_product(market.bolt, stock=50), 30)])
    market.run_jobs()
    return row


def letter(market: Cast, role: str = "approver") -> Mail:
    with market.platform() as work:
        written = select(Mail).where(
            Mail.recipient == f"{role}@acme.example", Mail.link.contains("/by-letter/")
        )
        return work.scalars(written).one()


def link(market: Cast, role: str = "approver") -> str:
    return urlsplit(letter(market, role).link).path


def typed(row: Requisition, decision: str = "yes", **others: str) -> dict[str, str]:
    return {"decision": decision, "document_hash": str(row.content_hash), **others}


def status(market: Cast, row: Requisition) -> str:
    with market.acme.reading("requester"):
        run = run_of(row.id)
        assert run is not None
        return str(run.status)


def test_follow_the_link_shows_what_is_asked_and_changes_nothing(
    browser: FlaskClient, market: Cast, row: Requisition
) -> None:
    for _ in range(2):  # a mail program looks at links before anybody does
        answer = browser.get(link(market))
        seen = answer.get_data(as_text=True)
        assert (answer.status_code, "no-store" in answer.headers["Cache-Control"]) == (200, True)
        assert row.number in seen
        assert "€300.00" in seen
        assert "Approve" in seen
    assert status(market, row) == "pending"


def test_decide_by_letter_counts_once(browser: FlaskClient, market: Cast, row: Requisition) -> None:
    address = link(market)
    answer = browser.post(address, data=typed(row, comment="By letter"))
    assert (answer.status_code, answer.location) == (303, address)
    assert status(market, row) == "granted"
    again = browser.post(address, data=typed(row, "no", comment="After all not"))
    assert "You decided on this" in again.get_data(as_text=True)
    assert "By letter" in browser.get(address).get_data(as_text=True)
    assert status(market, row) == "granted"


def test_decide_by_letter_without_a_reason_or_on_another_document_is_refused(
    browser: FlaskClient, market: Cast, row: Requisition
) -> None:
    refused = browser.post(link(market), data=typed(row, "no"))
    assert (refused.status_code, "say why not" in refused.get_data(as_text=True)) == (422, True)
    stale = browser.post(link(market), data=typed(row) | {"document_hash": "f" * 64})
    assert (stale.status_code, status(market, row)) == (409, "pending")


def test_what_others_decided_or_was_taken_back_is_not_asked_any_more(
    browser: FlaskClient, market: Cast, row: Requisition
) -> None:
    decided(market.acme, "procurement_lead")
    assert "Nothing is left to be decided" in browser.get(link(market)).get_data(as_text=True)
    with market.acme.at_work("requester"):
        withdraw_requisition(requisition_id=row.id, reason="Not needed")
    assert browser.post(link(market), data=typed(row)).status_code == 200
    assert status(market, row) == "void"


def test_who_may_decide_no_longer_decides_by_no_letter(
    browser: FlaskClient, market: Cast, row: Requisition
) -> None:
    with market.acme.at_work("administrator") as work:
        theirs = select(Membership.id).where(Membership.person_id == market.acme.people["approver"])
        change_roles(membership_id=work.scalars(theirs).one(), roles=["receiver"], is_active=True)
    assert browser.get(link(market)).status_code == 410
    assert browser.post(link(market), data=typed(row)).status_code == 410
    assert status(market, row) == "pending"


def test_an_organisation_that_is_suspended_decides_by_no_letter(
    browser: FlaskClient, market: Cast, row: Requisition
) -> None:
    with unit_of_work(platform("tests", person=market.mira.actor("operator"))):
        suspend_organisation(organisation_id=market.acme.id, reason="Fraud")
    assert browser.post(link(market), data=typed(row)).status_code == 410
    with market.platform() as work:
        assert work.get_one(ApprovalRun, row.approval_run_id).status == "pending"


def test_who_stood_in_and_is_gone_sees_nothing(browser: FlaskClient, market: Cast, speaking: None) -> None:
    a_rule(market.acme)
    with market.acme.at_work("approver"):
        stand_in = market.acme.people["procurement_lead"]
        delegate(to_person_id=stand_in, starts_on=clock.today(), ends_on=clock.today() + timedelta(days=5))
    row = a_requisition(market.acme, [(a_product(market.bolt, stock=50), 30)])
    market.run_jobs()
    address = link(market, "procurement_lead")
    with market.acme.at_work("administrator") as work:
        theirs = select(Membership.id).where(Membership.person_id == stand_in)
        change_roles(membership_id=work.scalars(theirs).one(), roles=["receiver"], is_active=False)
    answer = browser.get(address)
    assert (answer.status_code, row.number in answer.get_data(as_text=True)) == (410, False)


def test_who_decides_by_letter_is_named_by_the_audit_trail(
    browser: FlaskClient, market: Cast, row: Requisition
) -> None:
    browser.post(link(market), data=typed(row))
    market.run_jobs()
    with market.platform() as work:
        kept = select(AuditEntry.person_name).where(AuditEntry.name == "ApprovalDecided")
        assert work.scalars(kept).all() == ["approver of Acme Industrie"]


def test_the_letter_shows_the_lines_and_what_buying_rules_said(
    browser: FlaskClient, market: Cast, speaking: None
) -> None:
    a_rule(market.acme)
    a_policy(market.acme, effect=Effect.WARN)
    a_requisition(market.acme, [(a_product(market.bolt, name="Étau", stock=50), 30)])
    market.run_jobs()
    seen = browser.get(link(market)).get_data(as_text=True)
    assert "Étau" in seen
    assert "Contract first" in seen


def test_a_letter_opens_nothing_but_its_page(browser: FlaskClient, market: Cast, row: Requisition) -> None:
    address = link(market)
    browser.get(address)
    assert browser.get(f"/requisitions/{row.id}").status_code == 303
    with browser.session_transaction() as cookie:
        assert "sign_in" not in cookie


@pytest.mark.parametrize("change", [lambda token: token[:-1], lambda token: token[1:], lambda _: "WyJhIl0.x"])
def test_a_link_that_is_none_of_ours_opens_nothing(
    browser: FlaskClient, market: Cast, row: Requisition, change: object
) -> None:
    folder, token = link(market).rsplit("/", 1)
    assert browser.get(f"{folder}/{change(token)}").status_code == 410  # type: ignore[operator]


def test_the_link_is_shown_to_nobody_but_its_reader(market: Cast, row: Requisition) -> None:
    assert letter(market).opens_account


def test_somebody_else_who_is_signed_in_decides_as_the_one_who_was_written_to(
    browser: FlaskClient, market: Cast, row: Requisition
) -> None:
    address = link(market)
    market.sign_in(browser, market.nosy, "requester")
    browser.post(address, data=typed(row))
    with market.acme.reading("requester"):
        assert status(market, row) == "granted"
    assert browser.get(f"/requisitions/{row.id}").status_code == 404
