"""How does a test come by an order, and by one in this or that state?"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import count
from uuid import UUID

from marketplace.buyers.budgets.queries import cost_centres
from marketplace.buyers.orders.actions import confirm_order, place_orders, propose_change
from marketplace.buyers.orders.answers import ProposedLine
from marketplace.buyers.orders.models import PurchaseOrder
from marketplace.buyers.orders.queries import lines_of, order
from marketplace.buyers.requisitions.actions import add_to_cart, describe_requisition, submit_requisition
from marketplace.buyers.requisitions.lifecycle import RequisitionState
from marketplace.foundation import clock
from marketplace.foundation.money import Money
from marketplace.foundation.outbox import deliver_everything
from marketplace.sellers.fulfilment.actions import ShipLine, ship
from marketplace.sellers.fulfilment.models import Shipment
from tests.cast import Cast, Party
from tests.databases import recalled
from tests.factories.budgets import a_budget
from tests.factories.catalogue import a_product

SKUS = count(1)


def some_products(seller: Party, number: int = 1, *, stock: str = "100", price: str = "10") -> list[UUID]:
    """That many stocked products of the seller."""
    return [a_product(seller, sku=f"ART-{next(SKUS):04}", price=price, stock=stock) for _ in range(number)]


def an_approved_requisition(
    buyer: Party, wanted: Mapping[UUID, str], *, days: int = 10, budget: str = "10000"
) -> UUID:
    """A requisition of these quantities by product, approved at once for want of a rule that asks."""
    with buyer.at_work("requester"):
        centres = cost_centres()
    centre_id = centres[0].id if centres else a_budget(buyer, amount=budget).cost_centre_id
    with buyer.at_work("requester"):
        for product_id, quantity in wanted.items():
            cart_id = add_to_cart(product_id=product_id, quantity=Decimal(quantity)).requisition_id
        describe_requisition(
            cost_centre_id=centre_id,
            site_id=buyer.sites[0],
            needed_on=clock.today() + timedelta(days=days),
            note="",
        )
        submitted = submit_requisition(requisition_id=cart_id)
        assert submitted.status == RequisitionState.APPROVED
        return submitted.id


def placed_orders(buyer: Party, wanted: Mapping[UUID, str], **details: int) -> list[PurchaseOrder]:
    """The orders of such a requisition."""
    requisition_id = an_approved_requisition(buyer, wanted, **details)
    with buyer.at_work("requester"):
        return place_orders(requisition_id=requisition_id)


@recalled
def a_placed_order(
    market: Cast, *quantities: str, seller: Party | None = None, price: str = "10", stock: str = "100"
) -> PurchaseOrder:
    """An order of Acme with Bolt (or that seller), one line per quantity (one of 10 where none is given)."""
    wanted = quantities or ("10",)
    products = some_products(seller or market.bolt, len(wanted), price=price, stock=stock)
    [placed] = placed_orders(market.acme, dict(zip(products, wanted, strict=True)))
    return placed


@recalled
def a_confirmed_order(market: Cast, *quantities: str, **details: str) -> PurchaseOrder:
    """The same, confirmed by the seller for the day that was asked for; everybody has heard of it.

    Papers are drawn up by `market.run_jobs()` alone.
    """
    placed = a_placed_order(market, *quantities, **details)  # type: ignore[arg-type]
    with market.bolt.at_work("sales_desk"):
        confirmed = confirm_order(order_id=placed.id)
    deliver_everything()
    return confirmed


def a_proposal(
    market: Cast, placed: PurchaseOrder, changes: Sequence[tuple[str, str]], *, days: int = 20
) -> PurchaseOrder:
    """Bolt's proposal for a placed order: (quantity, unit price) line by line, for a later day."""
    with market.bolt.at_work("sales_desk"):
        lines = [
            ProposedLine(line.id, Decimal(quantity), Money(Decimal(price), placed.total.currency))
            for line, (quantity, price) in zip(lines_of(placed.id), changes, strict=True)
        ]
        day = clock.today() + timedelta(days=days)
        return propose_change(order_id=placed.id, confirmed_on=day, lines=lines, reason="Rupture partielle")


def shipped(market: Cast, ordered: PurchaseOrder, *quantities: str) -> Shipment:
    """A shipment of so much of each line, of which everybody has heard; the rest of the lines stay."""
    with market.bolt.at_work("warehouse"):
        lines = [
            ShipLine(line.id, Decimal(quantity))
            for line, quantity in zip(lines_of(ordered.id), quantities, strict=False)
        ]
        shipment = ship(
            order_id=ordered.id,
            lines=lines,
            carrier="Chronopost",
            tracking_number="XY123456789FR",
            expected_on=clock.today() + timedelta(days=2),
        )
    deliver_everything()
    return shipment


@recalled
def a_shipped_order(market: Cast, *quantities: str) -> PurchaseOrder:
    """An order of these quantities that has left as a whole."""
    confirmed = a_confirmed_order(market, *quantities)
    shipped(market, confirmed, *(quantities or ("10",)))
    return as_seen(market.acme, confirmed.id)


def as_seen(party: Party, order_id: UUID, role: str = "administrator") -> PurchaseOrder:
    """The order as it is now for that party."""
    with party.reading(role):
        return order(order_id)
