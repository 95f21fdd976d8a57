"""How do people quarrel in the demo? Over what was damaged, as far as each pair of them lets it come."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID

from marketplace.demo.world import BuyingFirm, SellingFirm, World, at_work
from marketplace.disputes.cases.actions import contribute, open_dispute
from marketplace.disputes.cases.lifecycle import DISPUTE
from marketplace.disputes.cases.models import ContributionKind, DisputeReason
from marketplace.disputes.cases.opening import ContestedLine
from marketplace.disputes.cases.queries import dispute, newest_proposal
from marketplace.disputes.cases.settling import propose_settlement, sign_settlement
from marketplace.foundation import clock
from marketplace.foundation.errors import Refusal
from marketplace.foundation.tenancy import Actor

Step = Callable[[Actor, UUID], object]
ADDRESS = "192.0.2.20"


def quarrel(
    world: World, buyer: BuyingFirm, seller: SellingFirm, order_id: UUID, line_id: UUID, damaged: Decimal
) -> None:
    """The receiver opens a dispute; what follows, follows day by day, and sometimes nothing does."""
    with at_work(buyer.actors["receiver"]):
        dispute_id = open_dispute(
            order_id=order_id,
            lines=[ContestedLine(line_id, damaged)],
            reason=DisputeReason.DAMAGED,
            body="Cartons écrasés à la livraison ; photos disponibles.",
        ).id
    moment = clock.now()
    for actor, step in _course(world, buyer, seller)[: world.chance.randint(0, 6)]:
        moment += timedelta(hours=world.chance.uniform(6, 30))
        world.plan(moment, partial(_take, actor, step, dispute_id))


def _course(world: World, buyer: BuyingFirm, seller: SellingFirm) -> list[tuple[Actor, Step]]:
    """The steps of a dispute that ends well."""
    lead, desk, receiver = (
        buyer.actors["procurement_lead"],
        seller.actors["sales_desk"],
        buyer.actors["receiver"],
    )
    share = Decimal(world.chance.choice((50, 80, 100)))
    return [
        (desk, partial(_say, ContributionKind.REPLY, "Nous vérifions avec le transporteur.")),
        (
            receiver,
            partial(_say, ContributionKind.CLAIM, "Nous demandons le remboursement des pièces abîmées."),
        ),
        (
            desk,
            partial(_say, ContributionKind.ANSWER, "L'emballage était conforme ; nous proposons un geste."),
        ),
        (desk, partial(_offer, share)),
        (desk, _sign),
        (lead, _sign),
    ]


def _take(actor: Actor, step: Step, dispute_id: UUID) -> None:
    """Take a step, where the dispute still allows it: clocks may have run out meanwhile."""
    try:
        with at_work(actor):
            if not DISPUTE.is_final(dispute(dispute_id).status):
                step(actor, dispute_id)
    except Refusal:
        return


def _say(kind: ContributionKind, body: str, _actor: Actor, dispute_id: UUID) -> None:
    contribute(dispute_id=dispute_id, kind=kind, body=body)


def _offer(share: Decimal, _actor: Actor, dispute_id: UUID) -> None:
    contested = dispute(dispute_id).contested
    propose_settlement(
        dispute_id=dispute_id, refund=(contested.times(share).amount / 100).quantize(Decimal("0.01"))
    )


def _sign(_actor: Actor, dispute_id: UUID) -> None:
    proposal = newest_proposal(dispute_id)
    if proposal is not None:
        sign_settlement(proposal_id=proposal.id, sha256=proposal.sha256, address=ADDRESS)
