"""What may a program ask for, a page at a time?"""

from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import or_, select

from marketplace.buyers.orders.models import PurchaseOrder, PurchaseOrderLine
from marketplace.buyers.orders.queries import lines_of, order
from marketplace.buyers.shopping.finding import found
from marketplace.buyers.shopping.questions import Question
from marketplace.contracts.prices.pricing import Wanted
from marketplace.contracts.prices.queries import price_table, prices, quantity_prices
from marketplace.foundation import clock
from marketplace.foundation.paging import SIZE, Page, newest_first
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.organisations.queries import organisation_names
from marketplace.interop.api.shapes import (
    Shape,
    shape_of_import,
    shape_of_line,
    shape_of_order,
    shape_of_price,
    shape_of_product,
)
from marketplace.sellers.catalogue.lifecycle import ProductState
from marketplace.sellers.catalogue.models import Product
from marketplace.sellers.catalogue.ordering import orderable_quantity
from marketplace.sellers.catalogue.queries import (
    catalogue_import,
    import_task,
    product,
    products,
    rejections,
    tiers,
)
from marketplace.sellers.facts.queries import properties_of

REFUSALS = 1000
"""So many refused cells an answer has; all of them are in the file of refused rows."""


class Found(NamedTuple):
    """The best answers to a search from `skipped` on, and whether there are more."""

    rows: list[Shape]
    has_more: bool


def orders() -> Page[Shape]:
    """One page of the orders of the actor's organisation, bought and sold, newest first; two statements."""
    us = current_actor().organisation
    ours = select(PurchaseOrder).where(or_(PurchaseOrder.buyer_id == us, PurchaseOrder.seller_id == us))
    found = newest_first(ours, PurchaseOrder)
    names = organisation_names({party for row in found.rows for party in (row.buyer_id, row.seller_id)})
    return Page([shape_of_order(row, names) for row in found.rows], found.after, found.before)


def order_with_lines(order_id: UUID) -> Shape:
    """One order of the actor's organisation, with its lines; three statements. Raises NotFound."""
    row = order(order_id)
    names = organisation_names({row.buyer_id, row.seller_id})
    lines: list[PurchaseOrderLine] = list(lines_of(order_id))
    return {**shape_of_order(row, names), "lines": [shape_of_line(line) for line in lines]}


def published_products() -> Page[Shape]:
    """One page of the products that the actor's organisation may order, newest first; five statements."""
    statement = select(Product).where(Product.status == ProductState.PUBLISHED)
    found = newest_first(statement, Product)
    return Page(_shapes(list(found.rows)), found.after, found.before)


def found_products(question: Question, *, skipped: int) -> Found:
    """The products that best answer the question, best first, `skipped` of them left out."""
    answer = found(question, skipped=skipped, wanted=SIZE)
    known = products(answer.product_ids)
    rows = [known[product_id] for product_id in answer.product_ids if product_id in known]
    return Found(_shapes(rows), answer.total > skipped + SIZE)


def priced_product(product_id: UUID, quantity: Decimal | None) -> Shape:
    """That product at the price of `quantity`, or of the least that can be ordered, and why. Raises NotFound."""
    row = product(product_id)
    if quantity is not None:
        orderable_quantity(row, quantity)
    wanted, us, today = (
        [Wanted(row.id, quantity or row.minimum_quantity)],
        current_actor().organisation,
        clock.today(),
    )
    [price] = price_table(buyer_id=us, wanted=wanted, on=today)
    steps = quantity_prices(buyer_id=us, wanted=wanted, on=today)
    names = organisation_names({row.organisation_id})
    return {
        **shape_of_product(
            row, tiers([row.id]).get(row.id, []), price, names, properties_of([row.id]).get(row.id, {})
        ),
        "why": price.tree,
        "other_quantities": [shape_of_price(step) for step in steps.get(row.id, ())],
    }


def imported(import_id: UUID) -> Shape:
    """An import of one's own, with the first refusals; three statements. Raises NotFound."""
    work = catalogue_import(import_id)
    return shape_of_import(work, import_task(work), rejections(import_id, limit=REFUSALS))


def _shapes(rows: list[Product]) -> list[Shape]:
    listed = tiers({row.id for row in rows})
    wanted = [Wanted(row.id, row.minimum_quantity) for row in rows]
    priced = prices(buyer_id=current_actor().organisation, wanted=wanted, on=clock.today())
    names = organisation_names({row.organisation_id for row in rows})
    said = properties_of([row.id for row in rows])
    return [
        shape_of_product(row, listed.get(row.id, []), priced.get(row.id), names, said.get(row.id, {}))
        for row in rows
    ]
