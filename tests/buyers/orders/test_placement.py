"""What if somebody places an order by hand, past the action that holds everything, or lets go of what one holds?"""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from marketplace.buyers.orders.models import PurchaseOrder, VersionKind
from marketplace.buyers.orders.placement import Placement, lines_by_seller, placement, present, version_of
from marketplace.buyers.orders.terms import Terms
from marketplace.buyers.requisitions.queries import lines_of, requisition_for_order
from marketplace.foundation.money import Money
from marketplace.identity.organisations.queries import site
from tests.cast import Cast
from tests.factories.agreements import an_agreement
from tests.factories.budgets import a_cost_centre
from tests.factories.catalogue import a_product
from tests.factories.orders import an_approved_requisition, placed_orders, some_products

pytestmark = pytest.mark.usefixtures("speaking")
Forgery = Callable[[Placement], object]


def by_hand(market: Cast, requisition_id: UUID, forge: Forgery) -> None:
    """Write the rows of an order as the action would, but forged, and hand nothing over to it."""
    with market.acme.at_work("requester") as work:
        asked = requisition_for_order(requisition_id)
        address = site(present(asked.site_id)).address
        for lines in lines_by_seller(lines_of(requisition_id)).values():
            placed = placement(asked, lines, number="PO-X", ship_to=address, placed_by="")
            forge(placed)
            order, rows = placed
            terms = Terms.of(order, rows)
            version = version_of(order, terms, VersionKind.PLACED, author_id=market.acme.id, author_name="")
            for written in ([order], rows, [version]):
                work.add_all(written)
                work.flush()
        work.execute(
            text("update requisitions set status = 'ordered' where id = :id"), {"id": requisition_id}
        )


FORGERIES: dict[str, tuple[str, Forgery]] = {
    "larger than approved": (
        "granted approval",
        lambda placed: setattr(placed.order, "approved_total", Money(placed.order.total.amount * 100, "EUR")),
    ),
    "to another address": ("granted approval", lambda placed: setattr(placed.order, "ship_to", "My home")),
    "for another day": (
        "granted approval",
        lambda placed: setattr(placed.order, "requested_on", placed.order.requested_on - timedelta(days=5)),
    ),
    "outside its agreement": (
        "line of the approved",
        lambda placed: setattr(placed.lines[0], "agreement_line_id", None),
    ),
    "of another name": ("line of the approved", lambda placed: setattr(placed.lines[0], "name", "Pencils")),
    "that holds nothing": ("nothing is held for order", lambda placed: None),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_place_by_hand_an_order_that_was_not_approved_so_is_refused(market: Cast, forgery: str) -> None:
    product_id = a_product(market.bolt, sku="A", stock=100)
    an_agreement(market, market.acme, market.bolt, {"A": "8"}, ceiling_quantity="100")
    requisition_id = an_approved_requisition(market.acme, {product_id: "10"})
    reason, forge = FORGERIES[forgery]
    with pytest.raises(DBAPIError, match=reason):
        by_hand(market, requisition_id, forge)
    with market.platform() as work:
        assert work.scalar(text("select count(*) from purchase_orders")) == 0


def test_place_by_hand_for_another_cost_centre_is_refused(market: Cast) -> None:
    requisition_id = an_approved_requisition(market.acme, {some_products(market.bolt)[0]: "10"})
    other = a_cost_centre(market.acme, code="CC-200").id
    with pytest.raises(DBAPIError, match="granted approval"):
        by_hand(market, requisition_id, lambda placed: setattr(placed.order, "cost_centre_id", other))


def test_place_by_hand_a_part_of_what_was_approved_is_refused(market: Cast) -> None:
    requisition_id = an_approved_requisition(market.acme, dict.fromkeys(some_products(market.bolt, 2), "10"))

    def drop_a_line(placed: Placement) -> None:
        placed.lines.pop()
        placed.order.total = placed.order.approved_total = placed.lines[0].line_total

    with pytest.raises(DBAPIError, match=r"is not ordered as a whole|nothing is held"):
        by_hand(market, requisition_id, drop_a_line)


def test_call_a_requisition_ordered_by_hand_is_refused(market: Cast) -> None:
    requisition_id = an_approved_requisition(market.acme, {some_products(market.bolt)[0]: "10"})
    for role, reason in (("requester", "is not ordered as a whole"), ("approver", "by this person")):
        with pytest.raises(DBAPIError, match=reason), market.acme.at_work(role) as work:
            work.execute(text(f"update requisitions set status = 'ordered' where id = '{requisition_id}'"))


LETTING_GO: dict[str, tuple[str, str, str]] = {
    "its budget": (
        "acme",
        "still needs its budget",
        "insert into budget_entries (id, organisation_id, budget_id, document_id, kind, committed, spent, currency,"
        " entered_at, entered_by) select uuidv7(), organisation_id, budget_id, document_id, 'released', -1, 0,"
        " currency, now(), '' from budget_commitments where document_id = :id",
    ),
    "its call-off": (
        "acme",
        "still needs its call-off",
        "update call_offs set released_at = now() where order_id = :id",
    ),
    "its goods": (
        "acme",
        "still needs its goods",
        "select doors.release_reservation(:id, now())",
    ),
    "the buyer's goods, as the supplier": (
        "bolt",
        "still needs its goods",
        "select doors.release_reservation(:id, now())",
    ),
    "its goods, to nobody's document": (
        "acme",
        "still needs its goods",
        "select doors.hand_over_reservation(:id, uuidv7(),"
        " array(select product_id from purchase_order_lines where order_id = :id), current_date)",
    ),
    "all but one of its goods": (
        "acme",
        "still needs its goods",
        "select doors.change_reservation(:id, array(select product_id from purchase_order_lines where order_id = :id),"
        " array[1.0], now(), current_date)",
    ),
}


@pytest.mark.parametrize("what", LETTING_GO)
def test_let_go_by_hand_of_what_a_placed_order_needs_is_refused(market: Cast, what: str) -> None:
    product_id = a_product(market.bolt, sku="A", stock=100)
    an_agreement(market, market.acme, market.bolt, {"A": "8"}, ceiling_quantity="100")
    placed: PurchaseOrder
    [placed] = placed_orders(market.acme, {product_id: "10"})
    party, reason, statement = LETTING_GO[what]
    with pytest.raises(DBAPIError, match=reason), getattr(market, party).at_work("administrator") as work:
        work.execute(text(statement), {"id": placed.id})
