"""Are the right people told, once, in their language, and by mail where they want it?"""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from marketplace.events.buyers import ApprovalRequested, OrderPlaced, RequisitionWithdrawn
from marketplace.events.contracts import AgreementProposed
from marketplace.foundation.errors import NotFound
from marketplace.foundation.mail import Mail
from marketplace.foundation.outbox import Event, News, announce
from marketplace.foundation.tenancy import Actor, automatic
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.identity.notices.actions import choose_mail, read_all_notices, read_notice
from marketplace.identity.notices.models import Notice, NoticePreference
from marketplace.identity.notices.queries import inbox, mail_choices, unread_count
from marketplace.identity.notices.reactions import concerned, tell_people
from marketplace.identity.people.actions import change_profile, change_roles
from tests.cast import Cast, Party
from tests.factories.identity import a_membership, everyday_life
from tests.identity.notices.conftest import Statements

pytestmark = pytest.mark.usefixtures("speaking")


def placed(market: Cast) -> OrderPlaced:
    return OrderPlaced(
        subject_id=uuid4(),
        buyer_id=market.acme.id,
        seller_id=market.bolt.id,
        number="PO-2026-00001",
        version=1,
        total=Decimal("1234.50"),
        currency="EUR",
        requested_on=date(2026, 12, 1),
        lines=[],
    )


def requested(market: Cast) -> ApprovalRequested:
    return ApprovalRequested(
        subject_id=uuid4(),
        organisation_id=market.acme.id,
        run_id=uuid4(),
        document_kind="requisition",
        document_number="PR-2026-00007",
        approver_id=market.acme.people["approver"],
        due_at=datetime(2026, 11, 24, 9, 30, tzinfo=UTC),
    )


def happens(market: Cast, event: Event, actor: Actor, *, times: int = 1) -> None:
    """The news is announced and reaches this room's reaction, and no other's, for the documents are made up."""
    with unit_of_work(actor):
        announce(event)
    with market.platform() as work:
        news = work.scalars(select(News).where(News.subject_id == event.subject_id)).one()
    for organisation_id in [*concerned(news)] * times:
        with unit_of_work(automatic(organisation_id)):
            tell_people(news)


def told(party: Party, role: str) -> list[str]:
    with party.reading(role):
        return [one.sentence for one in inbox().rows]


def letters(market: Cast) -> list[Mail]:
    with market.platform() as work:
        return list(work.scalars(select(Mail).order_by(Mail.id)))


def test_news_of_an_order_is_told_to_the_sellers_desk_only(market: Cast) -> None:
    happens(market, placed(market), market.acme.actor("requester"))
    assert told(market.bolt, "sales_desk") == [
        "Acme Industrie has placed order PO-2026-00001 over €1,234.50: please confirm it."
    ]
    for party, role in ((market.bolt, "warehouse"), (market.acme, "requester"), (market.nosy, "requester")):
        assert told(party, role) == []


def test_news_for_one_person_is_told_to_that_person_only(market: Cast) -> None:
    happens(market, requested(market), market.acme.actor("requester"))
    assert told(market.acme, "approver") == ["PR-2026-00007 waits for your decision until 24 Nov 2026 10:30."]
    assert told(market.acme, "procurement_lead") == []


def test_news_for_a_person_who_has_left_is_told_to_nobody(market: Cast) -> None:
    membership_id = a_membership(market.acme, "approver")
    with market.acme.at_work("administrator"):
        change_roles(membership_id=membership_id, roles=["approver"], is_active=False)
    happens(market, requested(market), market.acme.actor("requester"))
    assert "PR-2026-00007" not in " ".join(told(market.acme, "approver"))


def test_whoever_did_it_is_not_told(market: Cast) -> None:
    requester = market.acme.people["requester"]
    event = RequisitionWithdrawn(
        subject_id=uuid4(),
        organisation_id=market.acme.id,
        number="PR-1",
        requester_id=requester,
        reason="Late",
    )
    happens(market, event, market.acme.actor("requester"))
    assert told(market.acme, "requester") == []
    happens(market, replace(event, subject_id=uuid4()), market.acme.actor("procurement_lead"))
    assert told(market.acme, "requester") == ["Your requisition PR-1 is withdrawn: Late"]


@pytest.mark.parametrize("proposer", ["acme", "bolt"])
def test_news_for_the_others_is_told_to_the_side_that_did_not_act(market: Cast, proposer: str) -> None:
    desks = {"acme": (market.acme, "procurement_lead"), "bolt": (market.bolt, "sales_desk")}
    party, role = desks[proposer]
    event = AgreementProposed(
        subject_id=uuid4(),
        buyer_id=market.acme.id,
        seller_id=market.bolt.id,
        number="FA-1",
        title="Screws",
        proposer_id=party.id,
    )
    happens(market, event, party.actor(role))
    assert {name: len(told(*desk)) for name, desk in desks.items()} == {
        "acme": int(proposer != "acme"),
        "bolt": int(proposer != "bolt"),
    }


def test_news_delivered_twice_is_told_once(market: Cast) -> None:
    happens(market, placed(market), market.acme.actor("requester"), times=3)
    assert len(told(market.bolt, "sales_desk")) == 1
    assert [letter.recipient for letter in letters(market)].count("sales_desk@bolt.example") == 1


def test_what_waits_comes_by_mail_in_the_readers_language(market: Cast) -> None:
    with market.bolt.at_work("sales_desk"):
        change_profile(name="Lea", language="fr", theme="auto")
    happens(market, placed(market), market.acme.actor("requester"))
    letter = letters(market)[-1]
    assert letter.recipient == "sales_desk@bolt.example"
    assert letter.language == "fr"
    assert "Acme Industrie a passé la commande PO-2026-00001" in letter.body
    assert "1 234,50 €" in letter.body.replace("\u202f", " ").replace("\u00a0", " ")


def test_what_a_person_does_not_want_comes_not_by_mail(market: Cast) -> None:
    with market.bolt.at_work("sales_desk"):
        choose_mail(mailed=[])
    before = len(letters(market))
    happens(market, placed(market), market.acme.actor("requester"))
    assert len(letters(market)) == before
    assert len(told(market.bolt, "sales_desk")) == 1


def test_choose_mail_offers_what_may_reach_the_person_and_remembers(market: Cast) -> None:
    with market.acme.at_work("approver"):
        known = {choice.kind: choice.wants_mail for choice in mail_choices()}
        assert known["ApprovalRequested"]
        assert "OrderPlaced" not in known
        choose_mail(mailed=["MembershipChanged"])
        choose_mail(mailed=["MembershipChanged"])
        assert [choice.kind for choice in mail_choices() if choice.wants_mail] == ["MembershipChanged"]
    with market.acme.reading("requester"):
        assert not any(choice.wants_mail for choice in mail_choices() if choice.kind == "MembershipChanged")


def test_inbox_costs_the_same_for_one_and_for_many(market: Cast, statements: Statements) -> None:
    counts = []
    for _ in range(2):
        happens(market, placed(market), market.acme.actor("requester"))
        with market.bolt.reading("sales_desk"), statements() as counted:
            inbox()
        counts.append(len(counted))
    assert counts == [3, 3]


def test_unread_count_is_one_statement_and_falls_when_read(market: Cast, statements: Statements) -> None:
    for _ in range(2):
        happens(market, placed(market), market.acme.actor("requester"))
    with market.bolt.at_work("sales_desk"):
        with statements() as counted:
            assert unread_count() == 2
        assert len(counted) == 1
        read_notice(notice_id=inbox().rows[0].notice.id)
        assert unread_count() == 1
        read_all_notices()
        assert unread_count() == 0


def test_a_notice_of_a_colleague_is_not_found(market: Cast) -> None:
    happens(market, placed(market), market.acme.actor("requester"))
    with market.bolt.reading("sales_desk"):
        notice_id = inbox().rows[0].notice.id
    for party, role in ((market.bolt, "warehouse"), (market.acme, "requester")):
        with party.at_work(role), pytest.raises(NotFound):
            read_notice(notice_id=notice_id)


def test_a_notice_cannot_be_written_for_somebody_else_by_hand(market: Cast) -> None:
    happens(market, placed(market), market.acme.actor("requester"))
    with market.bolt.reading("sales_desk") as work:
        news_id = work.scalars(select(Notice.news_id)).one()
    forged = Notice(
        organisation_id=market.bolt.id, person_id=market.bolt.people["warehouse"], news_id=news_id
    )
    with pytest.raises(DBAPIError, match="row-level security"), market.bolt.at_work("sales_desk") as work:
        work.add(forged)


def test_wishes_of_a_colleague_cannot_be_changed_by_hand(market: Cast) -> None:
    everyday_life(market)
    with market.acme.at_work("approver") as work:
        changed = text("UPDATE notice_preferences SET wants_mail = NOT wants_mail")
        assert work.execute(changed).rowcount == 0
        assert work.scalars(select(NoticePreference)).all() != []
