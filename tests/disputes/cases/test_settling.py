"""Do proposals, counter-proposals and two signatures settle a dispute, once and only together?"""

from collections.abc import Callable
from contextvars import copy_context
from datetime import timedelta
from decimal import Decimal
from threading import Barrier, Thread

import pytest

from marketplace.disputes.cases.lifecycle import UNSETTLED, DisputeState
from marketplace.disputes.cases.queries import answers_of, lines_of, newest_proposal, proposals_of
from marketplace.disputes.cases.settling import (
    AlreadyAnswered,
    Superseded,
    decline_settlement,
    propose_settlement,
    sign_settlement,
)
from marketplace.disputes.cases.terms import Terms, changes
from marketplace.events.disputes import ReplacementLine
from marketplace.foundation import clock
from marketplace.foundation.errors import Invalid, NotFound, Refusal
from marketplace.foundation.lifecycle import NotYourMove, WrongState
from marketplace.foundation.outbox import News
from tests.cast import Cast, Party
from tests.factories.disputes import (
    ADDRESS,
    a_dispute,
    a_dispute_in,
    propose,
    seen,
    settle,
    sign,
    state,
)

S = DisputeState
pytestmark = pytest.mark.usefixtures("speaking")


def the_line(market: Cast, dispute_id: object) -> ReplacementLine:
    with market.acme.reading("receiver"):
        return ReplacementLine(lines_of(dispute_id)[0].order_line_id, Decimal(1))  # type: ignore[arg-type]


@pytest.mark.parametrize("reached", UNSETTLED)
def test_two_signatures_settle_from_every_state_before(market: Cast, reached: DisputeState) -> None:
    dispute_id = a_dispute_in(market, reached)
    if reached != S.MEDIATOR_PROPOSED:
        propose(market.acme, dispute_id, "15")
    sign(market.bolt, dispute_id)
    assert state(market, dispute_id) != S.SETTLED
    settled = sign(market.acme, dispute_id)
    assert settled.status == S.SETTLED
    assert settled.returned_amount == (20 if reached == S.MEDIATOR_PROPOSED else 15)


def test_an_offer_of_the_other_side_is_a_reply(market: Cast) -> None:
    dispute_id = a_dispute(market)
    propose(market.bolt, dispute_id, "20")
    assert state(market, dispute_id) == S.CLAIM


def test_propose_and_sign_at_once(market: Cast) -> None:
    dispute_id = a_dispute(market)
    propose(market.bolt, dispute_id, "20", signs_from=ADDRESS)
    with market.acme.reading("receiver"):
        [answer] = answers_of(dispute_id)
    assert (answer.organisation_id, answer.is_signature, answer.address) == (market.bolt.id, True, ADDRESS)
    assert sign(market.acme, dispute_id).status == S.SETTLED


def test_a_counter_proposal_takes_the_place_of_the_one_before(market: Cast) -> None:
    dispute_id = a_dispute(market)
    first = propose(market.bolt, dispute_id, "5", signs_from=ADDRESS)
    second = propose(market.acme, dispute_id, "15")
    with market.acme.at_work("procurement_lead"), pytest.raises(Superseded):
        sign_settlement(proposal_id=first.id, sha256=first.sha256, address=ADDRESS)
    with market.acme.at_work("procurement_lead"), pytest.raises(Superseded):
        sign_settlement(proposal_id=second.id, sha256=first.sha256, address=ADDRESS)
    sign(market.acme, dispute_id)
    assert state(market, dispute_id) == S.CLAIM, (
        "the signature under the first offer does not count for the second"
    )


def test_the_difference_between_two_proposals_is_shown(market: Cast) -> None:
    dispute_id = a_dispute(market)
    again = the_line(market, dispute_id)
    propose(market.bolt, dispute_id, "5")
    propose(
        market.acme, dispute_id, "10", replacements=[again], redelivery_on=clock.today() + timedelta(days=3)
    )
    with market.acme.reading("receiver"):
        new, old = (Terms.of(row) for row in proposals_of(dispute_id))
        found = {change.label: (change.old, change.new) for change in changes(old, new, lines_of(dispute_id))}
    assert found["Refund"] == ("€5.00", "€10.00")
    assert found["Delivered by"] == (None, "5 Mar 2026")
    assert [pair for label, pair in found.items() if label.startswith("Sent again")] == [(None, "1")]


IMPOSSIBLE: dict[str, Callable[[ReplacementLine], dict[str, object]]] = {
    "nothing at all": lambda line: {},
    "more than is contested": lambda line: {"refund": Decimal("20.01")},
    "both together more": lambda line: {"refund": Decimal(15), "credit": Decimal(6)},
    "less than nothing": lambda line: {"refund": Decimal(-1), "credit": Decimal(2)},
    "half a cent": lambda line: {"refund": Decimal("1.005")},
    "yesterday": lambda line: {"redelivery_on": clock.today() - timedelta(days=1)},
    "more goods": lambda line: {"replacements": [ReplacementLine(line.order_line_id, Decimal(3))]},
    "half a piece": lambda line: {"replacements": [ReplacementLine(line.order_line_id, Decimal("0.5"))]},
    "a line twice": lambda line: {"replacements": [line, line]},
}


def test_an_impossible_proposal_is_refused_in_words(market: Cast) -> None:
    dispute_id = a_dispute(market)
    line = the_line(market, dispute_id)
    for terms in IMPOSSIBLE.values():
        with market.bolt.at_work("sales_desk"), pytest.raises(Invalid):
            propose_settlement(dispute_id=dispute_id, **terms(line))  # type: ignore[arg-type]


def test_only_who_may_sign_signs(market: Cast) -> None:
    dispute_id = a_dispute_in(market, S.MEDIATOR_PROPOSED)
    with market.acme.reading("receiver"):
        offer = newest_proposal(dispute_id)
        assert offer is not None
    for party, role in ((market.acme, "receiver"), (market.bolt, "warehouse"), (market.mira, "mediator")):
        with party.at_work(role), pytest.raises(NotYourMove):
            sign_settlement(proposal_id=offer.id, sha256=offer.sha256, address=ADDRESS)
    for party, role in ((market.nosy, "procurement_lead"), (market.mira, "operator")):
        with party.at_work(role), pytest.raises(NotFound):
            sign_settlement(proposal_id=offer.id, sha256=offer.sha256, address=ADDRESS)


def test_a_side_signs_once(market: Cast) -> None:
    dispute_id = a_dispute(market)
    propose(market.bolt, dispute_id)
    sign(market.bolt, dispute_id)
    with pytest.raises(AlreadyAnswered):
        sign(market.bolt, dispute_id)


def test_a_declined_proposal_cannot_be_signed(market: Cast) -> None:
    dispute_id = a_dispute(market)
    offer = propose(market.bolt, dispute_id, "1")
    with market.acme.at_work("receiver"):
        decline_settlement(proposal_id=offer.id, reason="Trop peu.")
    for party in (market.bolt, market.acme):
        with pytest.raises(AlreadyAnswered):
            sign(party, dispute_id)


def test_after_the_mediators_proposal_is_declined_or_countered_mediation_goes_on(market: Cast) -> None:
    dispute_id = a_dispute_in(market, S.MEDIATOR_PROPOSED)
    with market.acme.reading("receiver"):
        offer = newest_proposal(dispute_id)
        assert offer is not None
    with market.bolt.at_work("sales_desk"):
        decline_settlement(proposal_id=offer.id, reason="Non.")
    row = seen(market.acme, dispute_id)
    assert (row.status, row.due_at) == (S.MEDIATION, row.mediation_ends_at)
    propose(market.mira, dispute_id, "10")
    assert state(market, dispute_id) == S.MEDIATOR_PROPOSED
    propose(market.bolt, dispute_id, "8")
    assert state(market, dispute_id) == S.MEDIATION


def test_the_mediator_proposes_only_in_mediation(market: Cast) -> None:
    dispute_id = a_dispute_in(market, S.MEDIATOR_NAMED)
    with pytest.raises(NotYourMove):
        propose(market.mira, dispute_id)


def test_nothing_can_be_proposed_or_signed_once_it_is_settled(market: Cast) -> None:
    dispute_id = a_dispute(market)
    settle(market, dispute_id)
    for act in (lambda: propose(market.acme, dispute_id), lambda: sign(market.acme, dispute_id)):
        with pytest.raises(WrongState):
            act()


def test_two_people_signing_in_the_same_second_settle_once(market: Cast) -> None:
    dispute_id = a_dispute(market)
    propose(market.bolt, dispute_id)
    start, failures = Barrier(4), []

    def hurry(party: Party, role: str) -> None:
        with market.acme.reading("receiver"):
            offer = newest_proposal(dispute_id)
        assert offer is not None
        start.wait()
        try:
            with party.at_work(role):
                sign_settlement(proposal_id=offer.id, sha256=offer.sha256, address=ADDRESS)
        except Refusal as refusal:
            failures.append(refusal)

    signers = (
        (market.acme, "procurement_lead"),
        (market.acme, "buyer_finance"),
        (market.bolt, "sales_desk"),
        (market.bolt, "supplier_finance"),
    )
    threads = [Thread(target=copy_context().run, args=(hurry, *signer)) for signer in signers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(failures) == 2
    assert state(market, dispute_id) == S.SETTLED
    with market.platform() as work:
        told = work.query(News).filter(News.subject_id == dispute_id, News.name == "DisputeSettled").count()
    assert told == 1
