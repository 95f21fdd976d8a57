"""What happens in a year of the demo market? Agreements are signed, people need things, goods travel and arrive."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID

from marketplace.buyers.approvals.actions import decide
from marketplace.buyers.approvals.queries import my_pending_steps
from marketplace.buyers.orders.actions import confirm_order, place_orders, refuse_order
from marketplace.buyers.orders.lifecycle import OrderState
from marketplace.buyers.orders.queries import lines_of, order
from marketplace.buyers.receiving.actions import record_receipt
from marketplace.buyers.receiving.counting import Count
from marketplace.buyers.requisitions.actions import add_to_cart, describe_requisition, submit_requisition
from marketplace.buyers.requisitions.lifecycle import RequisitionState
from marketplace.buyers.requisitions.queries import requisition
from marketplace.contracts.agreements.actions import (
    decline_agreement,
    draft_agreement,
    price_product,
    propose_agreement,
    quote_clause,
    sign_agreement,
)
from marketplace.contracts.agreements.queries import agreement, clause_library
from marketplace.demo.paying import has_sandbox, pay_order
from marketplace.demo.quarrels import quarrel
from marketplace.demo.world import BuyingFirm, SellingFirm, World, at_work, settle
from marketplace.disputes.cases.jobs import run_clocks
from marketplace.foundation import clock
from marketplace.foundation.background import run_waiting
from marketplace.sellers.catalogue.queries import products
from marketplace.sellers.fulfilment.actions import ShipLine, ship
from marketplace.sellers.scorecards.actions import last_complete_month
from marketplace.sellers.scorecards.jobs import draw_up_for

CARRIERS = ("Chronopost", "Geodis", "DB Schenker", "Heppner")


@dataclass(frozen=True)
class Need:
    """What one requester wants one day: products of one or two suppliers, with quantities."""

    buyer: BuyingFirm
    requester: str
    wanted: tuple[tuple[UUID, Decimal], ...]


def plan_year(world: World, *, start: datetime, end: datetime, orders: int) -> None:
    """Plan agreements, a year of needs spread over the working days, and the monthly scorecards."""
    for number, (buyer, seller) in enumerate(_partners(world)):
        world.plan(start + timedelta(days=5 + number), partial(agree, world, buyer, seller, number))
    for number in range(orders):
        moment = start + (end - start) * ((number + 0.5) / orders)
        hour = timedelta(hours=world.chance.uniform(-4, 4))
        world.plan(_working(moment) + hour, partial(need, world, number))
    for days in range(0, (end - start).days):
        world.plan(start + timedelta(days=days, hours=20), run_clocks)
    for months in range(12):
        first = (end.replace(day=1, hour=5) - timedelta(days=30 * months)).replace(day=1)
        if start < first <= end:
            world.plan(first, partial(evaluate, world))


def agree(world: World, buyer: BuyingFirm, seller: SellingFirm, number: int) -> None:
    """The buyer's lead proposes prices to a supplier; most sign, one declines, one still thinks it over."""
    with at_work(buyer.actors["procurement_lead"]):
        row = draft_agreement(
            counterparty_id=seller.id,
            title=f"{TITLES[seller.manner.kind]} {clock.today().year + 1}",
            starts_on=clock.today(),
            ends_on=clock.today() + timedelta(days=540),
            ceiling_amount=Decimal(60_000 if number % 3 else 150_000),
        )
        chosen = products([product_id for product_id, _, _ in seller.goods[:6]])
        for product in chosen.values():
            agreed = (product.price.amount * Decimal("0.88")).quantize(Decimal("0.001"))
            price_product(
                agreement_id=row.id, sku=product.sku, unit_price=agreed, ceiling_quantity=Decimal(40_000)
            )
        for clause in clause_library()[:6]:
            quote_clause(agreement_id=row.id, clause_id=clause.id, variables=clause.defaults)
        if number % 8 != 7:
            propose_agreement(agreement_id=row.id)
    _answer(buyer, seller, row.id, number)


def _answer(buyer: BuyingFirm, seller: SellingFirm, agreement_id: UUID, number: int) -> None:
    from_here = number % 8
    if from_here == 7:
        return
    if from_here == 6:
        with at_work(seller.actors["sales_desk"]):
            decline_agreement(agreement_id=agreement_id, reason="Les prix ne couvrent pas nos coûts d'achat.")
        return
    _render()
    for actor in (buyer.actors["procurement_lead"], seller.actors["sales_desk"])[
        : 1 if from_here == 5 else 2
    ]:
        with at_work(actor):
            row = agreement(agreement_id)
            sign_agreement(agreement_id=row.id, sha256=str(row.contract_sha256), address="192.0.2.10")


def need(world: World, number: int) -> None:
    """Somebody fills a cart and hands it in; approvers answer within hours, then it is ordered."""
    wanted = _need(world, number)
    with at_work(wanted.buyer.actors[wanted.requester]):
        for product_id, quantity in wanted.wanted:
            cart_id = add_to_cart(product_id=product_id, quantity=quantity).requisition_id
        describe_requisition(
            cost_centre_id=world.chance.choice(wanted.buyer.centres),
            site_id=world.chance.choice(wanted.buyer.sites),
            needed_on=clock.today() + timedelta(days=world.chance.randint(8, 16)),
        )
        submit_requisition(requisition_id=cart_id)
    later = clock.now() + timedelta(hours=world.chance.uniform(1, 6))
    world.plan(later, partial(approve, world, wanted, cart_id))


def approve(world: World, wanted: Need, requisition_id: UUID) -> None:
    """Whoever is asked decides: mostly yes; a recent one is left waiting so that inboxes have content."""
    buyer = wanted.buyer
    for role in ("approver", "approver 2", "procurement_lead"):
        with at_work(buyer.actors[role]):
            for pending in my_pending_steps():
                if pending.run.document_id == requisition_id:
                    is_yes = world.chance.random() > 0.06
                    comment = None if is_yes else "À regrouper avec la commande du mois prochain."
                    decide(
                        step_id=pending.step.id,
                        document_hash=pending.run.document_hash,
                        is_yes=is_yes,
                        comment=comment,
                    )
    world.plan(clock.now() + timedelta(minutes=30), partial(place, world, wanted, requisition_id))


def place(world: World, wanted: Need, requisition_id: UUID) -> None:
    """The requester orders what was approved."""
    with at_work(wanted.buyer.actors[wanted.requester]):
        if requisition(requisition_id).status != RequisitionState.APPROVED:
            return
        placed = [(row.id, row.seller_id) for row in place_orders(requisition_id=requisition_id)]
    for order_id, seller_id in placed:
        seller = world.sellers[seller_id]
        later = clock.now() + timedelta(hours=seller.manner.hours_to_confirm * world.chance.uniform(0.5, 1.5))
        world.plan(later, partial(answer, world, wanted.buyer, seller, order_id))


def answer(world: World, buyer: BuyingFirm, seller: SellingFirm, order_id: UUID) -> None:
    """The supplier confirms; now and then it refuses."""
    with at_work(seller.actors["sales_desk"]):
        row = order(order_id)
        if world.chance.random() < 0.03:
            refuse_order(order_id=order_id, reason="Article arrêté par le fabricant.")
            return
        confirm_order(order_id=order_id)
        promised = row.confirmed_on or row.requested_on
    if has_sandbox():
        world.plan(clock.now() + timedelta(hours=20), partial(pay_order, buyer, order_id))
    slips = world.chance.random() < seller.manner.late
    days = (promised - clock.today()).days - 2 + (world.chance.randint(4, 9) if slips else 0)
    world.plan(clock.now() + timedelta(days=max(days, 1)), partial(send, world, buyer, seller, order_id))


def send(world: World, buyer: BuyingFirm, seller: SellingFirm, order_id: UUID) -> None:
    """The warehouse ships: all at once, or the first line earlier than the rest."""
    with at_work(seller.actors["warehouse"]):
        if order(order_id).status not in (OrderState.CONFIRMED, OrderState.SHIPPED):
            return
        rest = [line for line in lines_of(order_id) if line.shipped < line.quantity]
        part = rest[:1] if len(rest) > 1 and world.chance.random() < 0.25 else rest
        ship(
            order_id=order_id,
            lines=[ShipLine(line.id, line.quantity - line.shipped) for line in part],
            carrier=world.chance.choice(CARRIERS),
            tracking_number=f"{world.chance.randrange(10**11):011d}",
            expected_on=clock.today() + timedelta(days=2),
        )
    world.plan(clock.now() + timedelta(days=2), partial(count, world, buyer, seller, order_id))
    if len(part) < len(rest):
        world.plan(clock.now() + timedelta(days=1), partial(send, world, buyer, seller, order_id))


def count(world: World, buyer: BuyingFirm, seller: SellingFirm, order_id: UUID) -> None:
    """The receiver counts what has arrived; some of it is damaged or missing."""
    with at_work(buyer.actors["receiver"]):
        if order(order_id).status != OrderState.SHIPPED:
            return
        waiting = [line for line in lines_of(order_id) if line.shipped > line.accepted + line.damaged]
        counts = [
            _counted(world, seller, line.id, line.shipped - line.accepted - line.damaged) for line in waiting
        ]
        if counts:
            record_receipt(order_id=order_id, counts=counts)
    for bad in [counted for counted in counts if counted.damaged][:1]:
        happening = partial(quarrel, world, buyer, seller, order_id, bad.order_line_id, bad.damaged)
        world.plan(clock.now() + timedelta(hours=3), happening)


def _counted(world: World, seller: SellingFirm, line_id: UUID, arrived: Decimal) -> Count:
    is_bad = world.chance.random() < seller.manner.damaged * 2
    damaged = min(arrived, max(Decimal(1), arrived // 10)) if is_bad else Decimal(0)
    return Count(line_id, accepted=arrived - damaged, damaged=damaged)


def evaluate(world: World) -> None:
    """At the beginning of a month, the scorecards of the last one are drawn up."""
    for buyer in world.buyers:
        draw_up_for(buyer.id, last_complete_month())


def _need(world: World, number: int) -> Need:
    buyer = world.buyers[number % len(world.buyers)]
    kind = buyer.needs[number // len(world.buyers) % len(buyer.needs)]
    sellers = [seller for seller in world.sellers.values() if seller.manner.kind == kind]
    wanted = []
    for seller in world.chance.sample(sellers, k=1 if world.chance.random() < 0.75 else 2):
        for product_id, _, pack in world.chance.sample(seller.goods, k=world.chance.randint(1, 3)):
            wanted.append((product_id, Decimal(pack * world.chance.randint(2, 25))))
    return Need(buyer, "requester" if number % 2 else "requester 2", tuple(wanted))


def _partners(world: World) -> list[tuple[BuyingFirm, SellingFirm]]:
    """Which buyer has an agreement with which supplier: the first two of each kind that it needs."""
    chosen = []
    for buyer in world.buyers:
        for kind in buyer.needs:
            of_kind = [seller for seller in world.sellers.values() if seller.manner.kind == kind]
            chosen += [(buyer, seller) for seller in of_kind[:2]]
    return chosen[:16]


def _working(moment: datetime) -> datetime:
    """That day at ten, or the next working day."""
    day = moment.replace(hour=10, minute=0, second=0, microsecond=0)
    while not clock.is_working_day(day.date()):
        day += timedelta(days=1)
    return day


def _render() -> None:
    """A contract must exist before it can be signed: this one paper is made at once."""
    settle()
    run_waiting()


TITLES = {
    "fixings": "Visserie et fixations",
    "tools": "Outillage",
    "protection": "Équipements de protection",
    "office": "Fournitures de bureau",
    "care": "Consommables de soins",
    "hygiene": "Produits d'hygiène",
    "linen": "Linge hôtelier",
    "kitchen": "Matériel de cuisine",
}
