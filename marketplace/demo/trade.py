"""How is a need followed from the cart to the count? Each step is taken by whoever's turn it is, and plans the next."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from marketplace.buyers.approvals.actions import decide
from marketplace.buyers.approvals.queries import my_pending_steps
from marketplace.buyers.approvals.questioning import answer, ask
from marketplace.buyers.orders.actions import (
    accept_change,
    cancel_order,
    confirm_order,
    decline_change,
    place_orders,
    propose_change,
    refuse_order,
)
from marketplace.buyers.orders.answers import ProposedLine
from marketplace.buyers.orders.models import PurchaseOrderLine
from marketplace.buyers.orders.queries import lines_of, order
from marketplace.buyers.receiving.actions import record_receipt
from marketplace.buyers.receiving.counting import Count
from marketplace.buyers.requisitions.actions import (
    add_to_cart,
    describe_requisition,
    submit_requisition,
    withdraw_requisition,
)
from marketplace.buyers.requisitions.lifecycle import RequisitionState
from marketplace.buyers.requisitions.policing import Destination
from marketplace.buyers.requisitions.queries import requisition
from marketplace.demo.course import Approval, Counted, Course, Onward, Reply, Response, Shipped
from marketplace.demo.paying import has_sandbox, pay_order
from marketplace.demo.policing import reasons_for
from marketplace.demo.quarrels import QUARRELS, Matter, quarrel
from marketplace.demo.world import BuyingFirm, SellingFirm, Ware, World, at_work
from marketplace.foundation import clock
from marketplace.sellers.fulfilment.actions import ShipLine, ship, track_shipment

CARRIERS = ("Chronopost", "Geodis", "DB Schenker", "Heppner")
ASKED_IN_TURN = {
    Approval.GRANTED: ("approver", "approver 2"),
    Approval.HALFWAY: ("approver",),
    Approval.REFUSED: ("approver", "approver 2"),
    Approval.NONE: (),
    Approval.ASKING: (),
    Approval.ANSWERED: ("approver", "approver 2"),
}
ASKED_FIRST = (Approval.ASKING, Approval.ANSWERED)
PLACEABLE = (RequisitionState.APPROVED, RequisitionState.ORDERED)
MOST = 2_000
"""Pieces of one article in one order."""


@dataclass(frozen=True)
class Trade:
    """A need of one requester with the course that it takes."""

    world: World
    buyer: BuyingFirm
    requester: str
    wanted: tuple[tuple[UUID, Decimal], ...]
    course: Course

    def begin(self) -> None:
        """Somebody fills a cart and hands it in."""
        with at_work(self.buyer.actors[self.requester]):
            for product_id, quantity in self.wanted:
                cart_id = add_to_cart(product_id=product_id, quantity=quantity).requisition_id
            centre_id = self.world.chance.choice(self.buyer.centres)
            site_id = self.world.chance.choice(self.buyer.sites)
            describe_requisition(
                cost_centre_id=centre_id,
                site_id=site_id,
                needed_on=clock.today() + timedelta(days=self.course.days_until_needed),
                reasons=reasons_for(Destination(centre_id, site_id)),
            )
            submit_requisition(requisition_id=cart_id)
        self.follow(cart_id)

    def follow(self, requisition_id: UUID) -> None:
        """What was handed in goes its way."""
        self.world.plan_in(self.course.hours_to_decide, self._decide, requisition_id)

    def _decide(self, requisition_id: UUID) -> None:
        """Whoever is asked decides."""
        is_yes = self.course.approval != Approval.REFUSED
        if self.course.approval in ASKED_FIRST:
            self._ask(requisition_id)
        for role in ASKED_IN_TURN[self.course.approval]:
            with at_work(self.buyer.actors[role]):
                for one in my_pending_steps(requisition_id):
                    comment = None if is_yes else "À regrouper avec la commande du mois prochain."
                    document_hash = one.run.document_hash
                    decide(step_id=one.step.id, document_hash=document_hash, is_yes=is_yes, comment=comment)
        self.world.plan_in(0.5, self._place, requisition_id)

    def _ask(self, requisition_id: UUID) -> None:
        """The first who is to decide wants to know something; the requester answers."""
        with at_work(self.buyer.actors["approver"]):
            [asked] = my_pending_steps(requisition_id)
            question = ask(step_id=asked.step.id, question="Le stock du site de Lyon ne suffit-il pas ?")
        if self.course.approval == Approval.ANSWERED:
            with at_work(self.buyer.actors[self.requester]):
                answer(question_id=question.id, answer="Non, il est réservé au chantier de décembre.")

    def _place(self, requisition_id: UUID) -> None:
        """The requester orders what was approved, or takes it back."""
        with at_work(self.buyer.actors[self.requester]):
            if self.course.onward == Onward.TAKEN_BACK:
                withdraw_requisition(requisition_id=requisition_id, reason="Le besoin n'existe plus.")
            state = requisition(requisition_id).status
            if self.course.onward != Onward.ORDERED or state not in PLACEABLE:
                return
            placed = [(row.id, row.seller_id) for row in place_orders(requisition_id=requisition_id)]
        for order_id, seller_id in placed:
            seller = self.world.sellers[seller_id]
            self.world.plan_in(self.course.hours_to_reply, self._reply, seller, order_id)

    def _reply(self, seller: SellingFirm, order_id: UUID) -> None:
        """The supplier confirms, refuses, or proposes something else."""
        with at_work(seller.actors["sales_desk"]):
            if self.course.reply == Reply.CONFIRMED:
                confirm_order(order_id=order_id)
            elif self.course.reply == Reply.REFUSED:
                refuse_order(order_id=order_id, reason="Article arrêté par le fabricant.")
            elif self.course.reply == Reply.CHANGED:
                _propose_less(order_id)
        if self.course.reply == Reply.CONFIRMED:
            self._go_on(seller, order_id)
        elif self.course.reply == Reply.CHANGED and self.course.response != Response.NONE:
            self.world.plan_in(5, self._respond, seller, order_id)

    def _respond(self, seller: SellingFirm, order_id: UUID) -> None:
        """The buyer says yes or no to the proposal; after a no the supplier confirms what was ordered."""
        with at_work(self.buyer.actors[self.requester]):
            if self.course.response == Response.ACCEPTED:
                accept_change(order_id=order_id)
            else:
                decline_change(order_id=order_id, reason="La quantité complète est nécessaire au chantier.")
        if self.course.response == Response.ACCEPTED:
            self._go_on(seller, order_id)
        else:
            stubborn = replace(self, course=replace(self.course, reply=Reply.CONFIRMED))
            self.world.plan_in(3, stubborn._reply, seller, order_id)

    def _go_on(self, seller: SellingFirm, order_id: UUID) -> None:
        """Both agree: it is paid, and shipped or called off."""
        if self.course.pays_by and has_sandbox():
            self.world.plan_in(20, pay_order, self.buyer, order_id, self.course.pays_by)
        if self.course.is_cancelled:
            self.world.plan_in(24, self._cancel, order_id)
        elif self.course.shipped != Shipped.NONE:
            self.world.plan_in(24 * self.course.days_to_ship, self._send, seller, order_id)

    def _cancel(self, order_id: UUID) -> None:
        with at_work(self.buyer.actors["procurement_lead"]):
            cancel_order(order_id=order_id, reason="Chantier reporté : les pièces ne sont plus nécessaires.")

    def _send(self, seller: SellingFirm, order_id: UUID) -> None:
        """The warehouse ships what is left, or a part of it first."""
        with at_work(seller.actors["warehouse"]):
            left = [line for line in lines_of(order_id) if line.shipped < line.quantity]
            parcel = ship(
                order_id=order_id,
                lines=self._leaving(left),
                carrier=self.world.chance.choice(CARRIERS),
                tracking_number=f"{self.world.chance.randrange(10**11):011d}",
                expected_on=clock.today() + timedelta(days=2),
            )
        self._travel(seller, order_id, parcel.id)
        if self.course.shipped == Shipped.IN_PARTS:
            rest = replace(self, course=replace(self.course, shipped=Shipped.WHOLE))
            self.world.plan_in(24 * self.course.days_under_way + 12, rest._send, seller, order_id)

    def _travel(self, seller: SellingFirm, order_id: UUID, shipment_id: UUID) -> None:
        hours = 24 * self.course.days_under_way
        if self.course.is_tracked:
            self.world.plan_in(hours / 4, track, seller, shipment_id, "Plate-forme de Lyon-Corbas", False)
        if self.course.is_delivered:
            self.world.plan_in(hours / 2, track, seller, shipment_id, "Remis au destinataire", True)
            if self.course.counted != Counted.NONE:
                self.world.plan_in(hours, self._count, seller, order_id, shipment_id)

    def _leaving(self, left: Sequence[PurchaseOrderLine]) -> list[ShipLine]:
        if self.course.shipped == Shipped.WHOLE:
            return [ShipLine(line.id, line.quantity - line.shipped) for line in left]
        return [ShipLine(left[0].id, max(Decimal(1), left[0].quantity // 2))]

    def _count(self, seller: SellingFirm, order_id: UUID, shipment_id: UUID) -> None:
        """The receiver counts what has arrived; in the last parcel something may be damaged, missing, too much."""
        is_last = self.course.shipped == Shipped.WHOLE
        with at_work(self.buyer.actors["receiver"]):
            arrived = {line.id: line.shipped - line.accepted for line in lines_of(order_id)}
            counts = [Count(line_id, accepted=quantity) for line_id, quantity in arrived.items() if quantity]
            if is_last:
                counts[0] = FINDINGS[self.course.counted](counts[0])
            receipt = record_receipt(order_id=order_id, shipment_id=shipment_id, counts=counts)
        if self.course.quarrel and is_last:
            script = QUARRELS[self.course.quarrel]
            matter = Matter(self.world, self.buyer, seller, order_id, receipt.id)
            self.world.plan_in(3, quarrel, matter, script)


def wanted(chance: Random, seller: SellingFirm, worth: int, articles: int) -> list[tuple[UUID, Decimal]]:
    """So many articles of that supplier for about so much money, of those that there are plenty of."""
    each = Decimal(worth) / articles
    dear = [ware for ware in seller.plenty if ware.price * MOST >= each]
    return [
        (ware.product_id, Decimal(_packs(ware, each) * ware.pack))
        for ware in chance.sample(dear if len(dear) >= articles else seller.plenty, k=articles)
    ]


def _packs(ware: Ware, money: Decimal) -> int:
    return min(max(round(money / (ware.price * ware.pack)), 1), MOST // ware.pack)


def _propose_less(order_id: UUID) -> None:
    """Half of the first line, three days later than asked for."""
    row, lines = order(order_id), lines_of(order_id)
    half = ProposedLine(lines[0].id, max(Decimal(1), lines[0].quantity // 2))
    later = row.requested_on + timedelta(days=3)
    reason = "Rupture partielle chez le fabricant : la moitié est disponible."
    propose_change(order_id=order_id, lines=[half], reason=reason, confirmed_on=later)


def track(seller: SellingFirm, shipment_id: UUID, place: str, is_delivered: bool) -> None:
    """The carrier tells the warehouse where a parcel is."""
    with at_work(seller.actors["warehouse"]):
        track_shipment(
            shipment_id=shipment_id,
            happened_at=clock.now(),
            place=place,
            remark="",
            is_delivered=is_delivered,
        )


def _share(quantity: Decimal, parts: int) -> Decimal:
    return max(Decimal(1), quantity // parts)


def _damaged(count: Count) -> Count:
    part = _share(count.accepted, 5)
    return replace(count, accepted=count.accepted - part, damaged=part)


def _short(count: Count) -> Count:
    part = _share(count.accepted, 8)
    return replace(count, accepted=count.accepted - part, missing=part)


def _over(count: Count) -> Count:
    return replace(count, accepted=count.accepted + _share(count.accepted, 20))


FINDINGS: dict[Counted, Callable[[Count], Count]] = {
    Counted.WHOLE: lambda count: count,
    Counted.DAMAGED: _damaged,
    Counted.SHORT: _short,
    Counted.OVER: _over,
}
