"""What is said of an order to those who did not take part?"""

from collections.abc import Sequence
from typing import Any

from marketplace.buyers.orders.models import PurchaseOrder
from marketplace.buyers.orders.terms import AgreedLine, Terms
from marketplace.events.buyers import OrderConfirmed, OrderLineNews, OrderPlaced


def named(order: PurchaseOrder) -> dict[str, Any]:
    """What all news of an order says: which one, and between whom."""
    return {"subject_id": order.id, **order.parties, "number": order.number}


def order_placed(order: PurchaseOrder, terms: Terms) -> OrderPlaced:
    """The news of a new order."""
    return OrderPlaced(
        **named(order),
        version=terms.version,
        total=terms.total.amount,
        currency=terms.currency,
        requested_on=terms.requested_on,
        ship_to=terms.ship_to,
        lines=_lines(terms.lines),
    )


def order_confirmed(order: PurchaseOrder, terms: Terms) -> OrderConfirmed:
    """The news that both parties agree on `terms`."""
    return OrderConfirmed(
        **named(order),
        version=terms.version,
        total=terms.total.amount,
        currency=terms.currency,
        confirmed_on=terms.confirmed_on or terms.requested_on,
        agreement_id=order.agreement_id,
        lines=_lines(terms.lines),
    )


def _lines(lines: Sequence[AgreedLine]) -> list[OrderLineNews]:
    return [
        OrderLineNews(
            order_line_id=line.order_line_id,
            position=line.position,
            product_id=line.product_id,
            sku=line.sku,
            name=line.name,
            unit_code=line.unit_code,
            quantity=line.quantity,
            unit_price=line.unit_price.amount,
        )
        for line in lines
        if line.quantity
    ]
