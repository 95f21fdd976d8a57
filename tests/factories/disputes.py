"""How does a test come by a dispute, and by one in this or that state?"""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from marketplace.buyers.orders.actions import confirm_order
from marketplace.buyers.orders.models import PurchaseOrder
from marketplace.buyers.orders.queries import lines_of as order_lines
from marketplace.buyers.receiving.actions import record_receipt
from marketplace.buyers.receiving.counting import Count
from marketplace.disputes.cases.actions import contribute, open_dispute, withdraw_dispute
from marketplace.disputes.cases.files import Exhibit
from marketplace.disputes.cases.jobs import run_clocks
from marketplace.disputes.cases.lifecycle import DisputeState
from marketplace.disputes.cases.models import ContributionKind, Dispute, DisputeReason, Proposal
from marketplace.disputes.cases.opening import ContestedLine
from marketplace.disputes.cases.queries import dispute, newest_proposal
from marketplace.disputes.cases.settling import propose_settlement, sign_settlement
from marketplace.disputes.mediation.actions import answer_mediation, call_mediator, confide, name_mediator
from marketplace.foundation import clock
from marketplace.foundation.outbox import deliver_everything
from marketplace.sellers.fulfilment.actions import ShipLine, ship
from tests.cast import Cast, Party
from tests.databases import recalled
from tests.factories.orders import a_placed_order

S, K = DisputeState, ContributionKind
ADDRESS = "192.0.2.7"
JOURNEY = ExitStack()


@recalled
def a_confirmed_order(market: Cast, *quantities: str) -> PurchaseOrder:
    """An order of Acme with Bolt at 10 a piece that both have agreed on; its papers are left unprinted."""
    order = a_placed_order(market, *quantities)
    with market.bolt.at_work("sales_desk"):
        confirm_order(order_id=order.id)
    deliver_everything()
    return order


@recalled
def a_counted_order(
    market: Cast, *, ordered: str = "10", damaged: str = "2", missing: str = "0"
) -> PurchaseOrder:
    """The same, shipped as a whole and counted: the rest of it accepted."""
    order = a_confirmed_order(market, ordered)
    ship_all(market, order, ordered)
    count(market, order, ordered=ordered, damaged=damaged, missing=missing)
    return order


def ship_all(market: Cast, order: PurchaseOrder, quantity: str) -> None:
    """So much of each line leaves."""
    with market.bolt.at_work("warehouse"):
        ship(
            order_id=order.id,
            lines=[ShipLine(line.id, Decimal(quantity)) for line in order_lines(order.id)],
            carrier="Chronopost",
            tracking_number="XY123456789FR",
            expected_on=clock.today() + timedelta(days=2),
        )
    deliver_everything()


def count(
    market: Cast, order: PurchaseOrder, *, ordered: str, damaged: str = "0", missing: str = "0"
) -> UUID:
    """The id of a receipt of so much of each line."""
    accepted = Decimal(ordered) - Decimal(damaged) - Decimal(missing)
    with market.acme.at_work("receiver"):
        counts = [
            Count(line.id, accepted=accepted, damaged=Decimal(damaged), missing=Decimal(missing))
            for line in order_lines(order.id)
        ]
        receipt = record_receipt(order_id=order.id, counts=counts)
    deliver_everything()
    return receipt.id


def opened(market: Cast, order: PurchaseOrder, *, quantity: str = "2", **details: Any) -> UUID:
    """A dispute of Acme's receiver about so much of the order's first line; nobody has heard of it yet."""
    with market.acme.at_work("receiver"):
        line = order_lines(order.id)[0]
        return open_dispute(
            order_id=order.id,
            lines=[ContestedLine(line.id, Decimal(quantity))],
            **{"reason": DisputeReason.DAMAGED, "body": "Deux cartons écrasés.", **details},
        ).id


@recalled
def a_dispute(market: Cast, *, quantity: str = "2") -> UUID:
    """A dispute about two damaged pieces of an order that was counted; everybody has heard of it."""
    dispute_id = opened(market, a_counted_order(market, damaged=quantity), quantity=quantity)
    deliver_everything()
    return dispute_id


def say(party: Party, dispute_id: UUID, kind: ContributionKind = K.MESSAGE, body: str = "Bonjour.") -> None:
    """One side (or the mediator) says something in the joint room."""
    role = {"buyer": "receiver", "supplier": "sales_desk", "operator": "mediator"}[party.side]
    with party.at_work(role):
        contribute(dispute_id=dispute_id, kind=kind, body=body)


def propose(party: Party, dispute_id: UUID, refund: str = "20", **terms: Any) -> Proposal:
    """A proposal of one side's lead, or of the mediator."""
    role = {"buyer": "procurement_lead", "supplier": "sales_desk", "operator": "mediator"}[party.side]
    with party.at_work(role):
        return propose_settlement(dispute_id=dispute_id, refund=Decimal(refund), **terms)


def sign(party: Party, dispute_id: UUID) -> Dispute:
    """One side signs the newest proposal."""
    role = {"buyer": "procurement_lead", "supplier": "sales_desk"}[party.side]
    with party.at_work(role):
        proposal = newest_proposal(dispute_id)
        assert proposal is not None
        return sign_settlement(proposal_id=proposal.id, sha256=proposal.sha256, address=ADDRESS)


def settle(market: Cast, dispute_id: UUID, refund: str = "20", **terms: Any) -> None:
    """Bolt offers, both sign, and everything that follows is done."""
    propose(market.bolt, dispute_id, refund, **terms)
    sign(market.bolt, dispute_id)
    sign(market.acme, dispute_id)
    deliver_everything()


def call(market: Cast, dispute_id: UUID) -> None:
    """Acme calls the mediator."""
    with market.acme.at_work("receiver"):
        call_mediator(dispute_id=dispute_id)


def name(market: Cast, dispute_id: UUID) -> None:
    """The operator names Mira."""
    with market.mira.at_work("operator"):
        name_mediator(dispute_id=dispute_id, person_id=market.mira.people["mediator"])


def accept(party: Party, dispute_id: UUID, *, is_accepted: bool = True) -> None:
    """One side accepts the mediator, or does not."""
    with party.at_work("receiver" if party.side == "buyer" else "sales_desk"):
        answer_mediation(dispute_id=dispute_id, is_accepted=is_accepted)


def withdraw(market: Cast, dispute_id: UUID) -> None:
    """Acme takes it back."""
    with market.acme.at_work("receiver"):
        withdraw_dispute(dispute_id=dispute_id, reason="Retrouvé en réserve.")


def seen(party: Party, dispute_id: UUID) -> Dispute:
    """The dispute as it is now for that party."""
    with party.reading("administrator"):
        return dispute(dispute_id)


def state(market: Cast, dispute_id: UUID) -> DisputeState:
    """Its state."""
    return seen(market.acme, dispute_id).status


def travel_to(instant: datetime) -> None:
    """From now on it is `instant`, until whoever holds JOURNEY closes it."""
    JOURNEY.enter_context(clock.clock_at(instant))


def let_time_pass(market: Cast, dispute_id: UUID) -> None:
    """It is a minute after the dispute's clock has run out, and the schedule has not looked yet."""
    due_at = seen(market.acme, dispute_id).due_at
    assert due_at is not None
    travel_to(due_at + timedelta(minutes=1))


def run_out(market: Cast, dispute_id: UUID) -> None:
    """Nobody does anything until the clock has run out, and the schedule has moved the dispute."""
    let_time_pass(market, dispute_id)
    run_clocks()


def mediated(market: Cast, dispute_id: UUID) -> None:
    """From a deadlock into mediation by Mira."""
    call(market, dispute_id)
    name(market, dispute_id)
    accept(market.acme, dispute_id)
    accept(market.bolt, dispute_id)


# From the state before each of these, how it is reached.
WAYS: dict[DisputeState, tuple[DisputeState, Callable[[Cast, UUID], None]]] = {
    S.ESCALATED: (S.OPENED, run_out),
    S.CLAIM: (S.OPENED, lambda market, i: say(market.bolt, i, K.REPLY)),
    S.ANSWER: (S.CLAIM, lambda market, i: say(market.acme, i, K.CLAIM)),
    S.NEGOTIATION: (S.ANSWER, lambda market, i: say(market.bolt, i, K.ANSWER)),
    S.DEADLOCK: (S.NEGOTIATION, run_out),
    S.MEDIATION_CALLED: (S.DEADLOCK, call),
    S.MEDIATOR_NAMED: (S.MEDIATION_CALLED, name),
    S.MEDIATION: (S.DEADLOCK, mediated),
    S.MEDIATOR_PROPOSED: (S.MEDIATION, lambda market, i: propose(market.mira, i) and None),
    S.REFERRED: (S.MEDIATION_CALLED, run_out),
}


def a_dispute_in(market: Cast, wanted: DisputeState) -> UUID:
    """A dispute about two damaged pieces that has come to that state, by everybody's own steps and the clock."""
    dispute_id = a_dispute(market)
    bring_to(market, dispute_id, wanted)
    return dispute_id


def a_mediation(market: Cast) -> UUID:
    """A mediation in which everything was said, shown, offered and confided, and one side has signed."""
    picture = Exhibit("palette.jpg", b"\xff\xd8\xff")
    dispute_id = opened(market, a_counted_order(market), files=[picture])
    deliver_everything()
    bring_to(market, dispute_id, S.MEDIATION)
    for side, role in ((market.acme, "receiver"), (market.bolt, "sales_desk")):
        with side.at_work(role):
            confide(dispute_id=dispute_id, organisation_id=side.id, body=f"Secret of {side.name}")
        with market.mira.at_work("mediator"):
            confide(dispute_id=dispute_id, organisation_id=side.id, body=f"Answer to {side.name}")
    propose(market.mira, dispute_id, "10")
    sign(market.bolt, dispute_id)
    return dispute_id


def bring_to(market: Cast, dispute_id: UUID, wanted: DisputeState) -> None:
    """From the first state to that one."""
    if wanted == S.OPENED:
        return
    before, way = WAYS[wanted]
    bring_to(market, dispute_id, before)
    way(market, dispute_id)
    deliver_everything()
