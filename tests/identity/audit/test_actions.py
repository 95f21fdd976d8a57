"""Is every piece of news in the trail of everybody whom it belongs to, once, numbered without a gap?"""

from contextvars import copy_context
from threading import Thread
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from marketplace.events.contracts import AgreementWithdrawn
from marketplace.events.identity import ApiKeyCreated
from marketplace.foundation.outbox import PendingNews, announce, deliver
from marketplace.foundation.tenancy import platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.identity.audit.models import AuditEntry
from marketplace.identity.audit.queries import verify_chain
from marketplace.identity.organisations.actions import decide_on_organisation
from tests.cast import Cast, Party
from tests.factories.identity import an_applicant


def trail(market: Cast, party: Party) -> list[AuditEntry]:
    with market.platform() as work:
        of_party = select(AuditEntry).where(AuditEntry.organisation_id == party.id)
        return list(work.scalars(of_party.order_by(AuditEntry.number)))


def between(market: Cast, seller: Party) -> AgreementWithdrawn:
    return AgreementWithdrawn(
        subject_id=uuid4(), buyer_id=market.acme.id, seller_id=seller.id, number="FA-1", title="Screws"
    )


def test_record_writes_the_news_into_the_trail_of_each_party(market: Cast) -> None:
    with market.acme.at_work("procurement_lead"):
        announce(between(market, market.bolt))
    market.run_jobs()
    for party in (market.acme, market.bolt):
        entry = trail(market, party)[-1]
        assert (entry.name, entry.document) == ("AgreementWithdrawn", "FA-1")
        assert entry.person_name == "procurement_lead of Acme Industrie"
    assert "AgreementWithdrawn" not in {entry.name for entry in trail(market, market.nosy)}


def test_record_puts_an_act_of_the_operator_into_the_operators_trail_with_its_reason(market: Cast) -> None:
    applicant = an_applicant(market)
    with unit_of_work(platform("looked at the papers", person=market.mira.actor("operator"))):
        decide_on_organisation(organisation_id=applicant, verdict="admitted", reason=None)
    market.run_jobs()
    entry = trail(market, market.mira)[-1]
    assert (entry.name, entry.reason) == ("OrganisationAdmitted", "looked at the papers")
    assert entry.person_id == market.mira.people["operator"]


def test_record_numbers_without_a_gap_and_once_however_often_it_is_delivered(market: Cast) -> None:
    event = between(market, market.bolt)
    with market.acme.at_work("procurement_lead"):
        announce(event)
    market.run_jobs()
    with market.platform() as work:
        again = (
            "INSERT INTO pending_news (id, news_id, subject_id, position, attempts, next_try_at)"
            " SELECT uuidv7(), id, subject_id, position, 0, now() FROM news"
        )
        work.execute(text(again))
    market.run_jobs()
    numbers = [entry.number for entry in trail(market, market.acme)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert [entry.subject_id for entry in trail(market, market.acme)].count(event.subject_id) == 1


def test_record_by_many_at_once_leaves_whole_chains(market: Cast) -> None:
    """Two parties share each piece of news, named in both orders, and eight couriers deliver at the same time."""
    subjects: list[UUID] = []
    for number in range(24):
        event = between(market, market.bolt if number % 2 else market.crown)
        with market.acme.at_work("procurement_lead"):
            announce(event)
        with market.bolt.at_work("administrator"):
            announce(ApiKeyCreated(subject_id=event.subject_id, organisation_id=market.bolt.id, label="x"))
        subjects.append(event.subject_id)

    def courier(mine: list[UUID]) -> None:
        for subject_id in mine:
            deliver(subject_id=subject_id)

    shares = [subjects[start::4] for start in range(4)] * 2
    threads = [Thread(target=copy_context().run, args=(courier, share)) for share in shares]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    market.run_jobs()
    with market.platform() as work:
        assert work.scalars(select(PendingNews)).all() == []
        assert [verify_chain(party.id) for party in (market.acme, market.bolt, market.crown)] == [None] * 3
    assert len([e for e in trail(market, market.acme) if e.name == "AgreementWithdrawn"]) == 24


@pytest.mark.parametrize("statement", ["UPDATE audit_entries SET reason = 'x'", "DELETE FROM audit_entries"])
@pytest.mark.parametrize("who", ["tenant", "platform"])
def test_the_trail_cannot_be_changed_by_hand(market: Cast, statement: str, who: str) -> None:
    work = market.acme.at_work("administrator") if who == "tenant" else market.platform()
    with pytest.raises(DBAPIError, match="permission denied"), work as present:
        present.execute(text(statement))


def test_the_trail_cannot_be_written_by_a_member(market: Cast) -> None:
    with pytest.raises(DBAPIError, match="permission denied"), market.acme.at_work("administrator") as work:
        work.execute(text("INSERT INTO audit_entries SELECT * FROM audit_entries"))


def test_the_trail_of_another_organisation_is_invisible(market: Cast) -> None:
    with market.nosy.reading("administrator") as work:
        owners = set(work.scalars(select(AuditEntry.organisation_id)))
        assert owners == {market.nosy.id}
        with pytest.raises(DBAPIError, match="permission denied"):
            work.execute(text("SELECT * FROM audit_heads"))
