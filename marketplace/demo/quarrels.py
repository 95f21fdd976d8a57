"""How do people quarrel in the demo? By scripts: one for each state that a dispute can come to, and some good ends."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import NamedTuple
from uuid import UUID

from marketplace.buyers.orders.queries import lines_of as order_lines
from marketplace.buyers.receiving.actions import record_receipt
from marketplace.buyers.receiving.counting import Count
from marketplace.demo.world import BuyingFirm, SellingFirm, World, at_work
from marketplace.disputes.cases.actions import (
    contribute,
    open_dispute,
    open_dispute_from_receipt,
    withdraw_dispute,
)
from marketplace.disputes.cases.files import Exhibit
from marketplace.disputes.cases.models import ContributionKind, DisputeReason
from marketplace.disputes.cases.opening import ContestedLine
from marketplace.disputes.cases.queries import dispute, lines_of, newest_proposal
from marketplace.disputes.cases.settling import propose_settlement, sign_settlement
from marketplace.disputes.mediation.actions import answer_mediation, call_mediator, confide, name_mediator
from marketplace.events.disputes import ReplacementLine
from marketplace.foundation import clock
from marketplace.sellers.fulfilment.actions import ShipLine, ship

ADDRESS = "192.0.2.20"
K = ContributionKind
SURVEY = Exhibit(
    "releve-de-reception.csv",
    "palette;colis;constat\n1;3;carton enfoncé\n1;4;carton mouillé\n2;1;conforme\n".encode(),
)


class Matter(NamedTuple):
    """What is quarrelled about, and by whom."""

    world: World
    buyer: BuyingFirm
    seller: SellingFirm
    order_id: UUID
    receipt_id: UUID


class Step(NamedTuple):
    """So many hours after the step before, somebody of the buyer, the seller or the operator does something."""

    hours: float
    role: str
    act: Callable[[Matter, UUID], object]


class Script(NamedTuple):
    """What the order's buyer contests (None: what the receipt says), and what follows."""

    reason: DisputeReason | None
    steps: tuple[Step, ...]


def quarrel(matter: Matter, script: Script) -> None:
    """The receiver opens a dispute; what follows, follows step by step."""
    with at_work(matter.buyer.actors["receiver"]):
        dispute_id = _open(matter, script.reason)
    hours = 0.0
    for step in script.steps:
        hours += step.hours
        matter.world.plan_in(hours, _take, matter, step, dispute_id)


def _open(matter: Matter, reason: DisputeReason | None) -> UUID:
    if reason is None:
        return open_dispute_from_receipt(receipt_id=matter.receipt_id).id
    first = order_lines(matter.order_id)[0]
    return open_dispute(
        order_id=matter.order_id,
        lines=[ContestedLine(first.id, first.quantity)],
        reason=reason,
        body="La référence livrée n'est pas celle de la commande ; constaté à l'ouverture des cartons.",
    ).id


def _take(matter: Matter, step: Step, dispute_id: UUID) -> None:
    actors = matter.buyer.actors | matter.seller.actors | matter.world.operator.actors
    with at_work(actors[step.role]):
        step.act(matter, dispute_id)


def _say(kind: ContributionKind, body: str, _: Matter, dispute_id: UUID) -> None:
    contribute(dispute_id=dispute_id, kind=kind, body=body)


def _prove(body: str, _: Matter, dispute_id: UUID) -> None:
    contribute(dispute_id=dispute_id, kind=K.CLAIM, body=body, files=[SURVEY])


def _offer(share: int, _: Matter, dispute_id: UUID) -> None:
    """So many hundredths of what is contested go back."""
    contested = dispute(dispute_id).contested
    refund = (contested.amount * share / 100).quantize(Decimal("0.01"))
    propose_settlement(dispute_id=dispute_id, refund=refund, signs_from=None)


def _offer_goods(_: Matter, dispute_id: UUID) -> None:
    again = [ReplacementLine(line.order_line_id, line.at_issue) for line in lines_of(dispute_id)]
    propose_settlement(
        dispute_id=dispute_id, replacements=again, redelivery_on=clock.today() + timedelta(days=4)
    )


def _sign(_: Matter, dispute_id: UUID) -> None:
    proposal = newest_proposal(dispute_id)
    if proposal is not None:
        sign_settlement(proposal_id=proposal.id, sha256=proposal.sha256, address=ADDRESS)


def _withdraw(_: Matter, dispute_id: UUID) -> None:
    withdraw_dispute(
        dispute_id=dispute_id, reason="Les pièces manquantes étaient dans un autre colis ; rien à réclamer."
    )


def _call(_: Matter, dispute_id: UUID) -> None:
    call_mediator(dispute_id=dispute_id)


def _name(matter: Matter, dispute_id: UUID) -> None:
    name_mediator(dispute_id=dispute_id, person_id=matter.world.operator.actors["mediator"].person)


def _answer(is_accepted: bool, _: Matter, dispute_id: UUID) -> None:
    answer_mediation(dispute_id=dispute_id, is_accepted=is_accepted)


def _confide(side: str, body: str, matter: Matter, dispute_id: UUID) -> None:
    """In the private caucus of one side, as one of its people or as the mediator."""
    organisation_id = matter.buyer.id if side == "buyer" else matter.seller.id
    confide(dispute_id=dispute_id, organisation_id=organisation_id, body=body)


def _send_again(matter: Matter, dispute_id: UUID) -> None:
    again = [ShipLine(line.order_line_id, line.at_issue) for line in lines_of(dispute_id)]
    ship(
        order_id=matter.order_id,
        lines=again,
        carrier="Chronopost",
        tracking_number="00000000001",
        expected_on=clock.today() + timedelta(days=1),
    )


def _count_again(matter: Matter, dispute_id: UUID) -> None:
    counts = [Count(line.id, accepted=line.owed) for line in order_lines(matter.order_id) if line.owed]
    record_receipt(order_id=matter.order_id, counts=counts)


REPLY = Step(
    8, "sales_desk", partial(_say, K.REPLY, "Nous vérifions avec le transporteur et revenons vers vous.")
)
CLAIM = Step(8, "receiver", partial(_prove, "Relevé de réception joint : cartons abîmés à l'arrivée."))
ANSWER = Step(
    10, "sales_desk", partial(_say, K.ANSWER, "L'emballage était conforme ; nous proposons un geste.")
)
STATED = (REPLY, CLAIM, ANSWER)
OFFER = Step(6, "sales_desk", partial(_offer, 50))
COUNTER = Step(6, "procurement_lead", partial(_offer, 80))
ALL_BACK = Step(4, "sales_desk", partial(_offer, 100))
SIGNED = (Step(2, "sales_desk", _sign), Step(4, "procurement_lead", _sign))
# Ten working days of negotiation run out in 24 days at most, the holidays of the end of the year included.
STUCK = (*STATED, OFFER, COUNTER)
CALLED = (*STUCK, Step(24 * 24, "procurement_lead", _call))
NAMED = (*CALLED, Step(10, "operator", _name), Step(6, "procurement_lead", partial(_answer, True)))
MEDIATED = (
    *NAMED,
    Step(6, "sales_desk", partial(_answer, True)),
    Step(
        4,
        "mediator",
        partial(_say, K.MESSAGE, "Bonjour à tous. Je propose que chacun expose d'abord son besoin."),
    ),
    Step(3, "procurement_lead", partial(_say, K.MESSAGE, "Nous voulons surtout ne pas arrêter l'atelier.")),
    Step(
        3,
        "sales_desk",
        partial(_say, K.MESSAGE, "Nous tenons à cette relation ; le transporteur est en cause."),
    ),
    Step(2, "mediator", partial(_confide, "seller", "Entre nous : jusqu'où pouvez-vous aller ?")),
    Step(
        3,
        "sales_desk",
        partial(_confide, "seller", "Notre assureur en rembourse 70 %. Ne le dites pas encore."),
    ),
    Step(2, "mediator", partial(_confide, "buyer", "Qu'accepteriez-vous au minimum ?")),
    Step(
        3, "procurement_lead", partial(_confide, "buyer", "65 % suffiraient, si c'est réglé cette semaine.")
    ),
)
PROPOSED = (*MEDIATED, Step(8, "mediator", partial(_offer, 70)))

QUARRELS = {
    "opened": Script(None, ()),
    "escalated": Script(None, ()),
    "claim": Script(None, (REPLY,)),
    "answer": Script(None, (REPLY, CLAIM)),
    "negotiation": Script(None, STUCK),
    "deadlock": Script(None, STUCK),
    "mediator called": Script(None, CALLED),
    "mediator named": Script(None, NAMED),
    "mediation": Script(None, MEDIATED),
    "mediator's proposal": Script(None, (*PROPOSED, Step(6, "procurement_lead", _sign))),
    "referred": Script(None, (*NAMED, Step(6, "sales_desk", partial(_answer, False)))),
    "settled": Script(None, (*STATED, ALL_BACK, *SIGNED)),
    "shared": Script(None, (*STUCK, *SIGNED)),
    "mediated": Script(None, (*PROPOSED, *SIGNED)),
    "replaced": Script(
        None,
        (
            *(REPLY, Step(4, "sales_desk", _offer_goods), *SIGNED),
            *(Step(20, "warehouse", _send_again), Step(26, "receiver", _count_again)),
        ),
    ),
    "withdrawn": Script(None, (REPLY, Step(10, "receiver", _withdraw))),
    "lapsed": Script(None, ()),
    "wrong goods": Script(DisputeReason.WRONG, (*STATED, ALL_BACK, *SIGNED)),
}  # fmt: skip
