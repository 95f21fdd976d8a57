"""What does the house itself know of the order that is disputed?

Gathered as the platform from the rooms that know, as plain values that can be kept: the mediator, whom the order does
not name, reads the same sheet as both sides.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from marketplace.buyers.orders import queries as orders
from marketplace.buyers.orders.models import OrderVersion, PurchaseOrder, PurchaseOrderLine
from marketplace.buyers.receiving import queries as receiving
from marketplace.buyers.receiving.models import Receipt, ReceiptLine
from marketplace.contracts.agreements import queries as agreements
from marketplace.contracts.agreements.wording import quoted
from marketplace.foundation.language import LANGUAGES, speaking
from marketplace.foundation.money import Money
from marketplace.sellers.fulfilment import queries as fulfilment
from marketplace.sellers.fulfilment.models import Shipment, ShipmentLine


def gathered(order_id: UUID) -> dict[str, Any]:
    """The order, its versions, its shipments and receipts, and what its contract says about disputes."""
    order = orders.order(order_id)
    return {
        "order": _order(order, orders.lines_of(order_id)),
        "versions": [_version(row) for row in orders.versions_of(order_id)],
        "shipments": [
            _shipment(row, fulfilment.contents(row.id)) for row in reversed(fulfilment.shipments_of(order_id))
        ],
        "receipts": [
            _receipt(row, receiving.lines_of(row.id)) for row in reversed(receiving.receipts_of(order_id))
        ],
        "contract": _contract(order.agreement_id) if order.agreement_id else None,
    }


def dispute_clauses(agreement_id: UUID) -> dict[str, dict[str, Any]]:
    """The variables of a contract's clauses about disputes, by the clause's code."""
    return {
        clause.code: quotation.variables
        for quotation, clause in agreements.quotations_of(agreement_id)
        if clause.kind == "dispute"
    }


def _order(order: PurchaseOrder, lines: Sequence[PurchaseOrderLine]) -> dict[str, Any]:
    return {
        "number": order.number,
        "placed_at": _instant(order.placed_at),
        "requested_on": _day(order.requested_on),
        "confirmed_on": _day(order.confirmed_on),
        "ship_to": order.ship_to,
        "total": _money(order.total),
        "lines": [_order_line(line) for line in lines],
    }


def _order_line(line: PurchaseOrderLine) -> dict[str, Any]:
    counts = ("quantity", "shipped", "accepted", "damaged", "missing", "replaced")
    return {
        **_product(line),
        **{name: _number(getattr(line, name)) for name in counts},
        "order_line_id": str(line.id),
        "unit_price": _money(line.unit_price),
        "line_total": _money(line.line_total),
        "promised_on": _day(line.promised_on),
    }


def _version(row: OrderVersion) -> dict[str, Any]:
    return {
        "version": row.version,
        "kind": row.kind,
        "author_id": str(row.author_id),
        "author_name": row.author_name,
        "reason": row.reason,
        "made_at": _instant(row.made_at),
    }


def _shipment(row: Shipment, lines: Sequence[ShipmentLine]) -> dict[str, Any]:
    return {
        "number": row.number,
        "shipped_at": _instant(row.shipped_at),
        "carrier": row.carrier,
        "tracking_number": row.tracking_number,
        "expected_on": _day(row.expected_on),
        "lines": [{**_product(line), "quantity": _number(line.quantity)} for line in lines],
    }


def _receipt(row: Receipt, lines: Sequence[ReceiptLine]) -> dict[str, Any]:
    counts = ("expected", "accepted", "damaged", "missing", "over")
    return {
        "number": row.number,
        "received_on": _day(row.received_on),
        "counted_by": row.counted_by,
        "note": row.note,
        "lines": [
            {**_product(line), **{name: _number(getattr(line, name)) for name in counts}} for line in lines
        ],
    }


def _contract(agreement_id: UUID) -> dict[str, Any]:
    row = agreements.agreement(agreement_id)
    return {"number": row.number, "title": row.title, "clauses": _clauses(agreement_id)}


def _clauses(agreement_id: UUID) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for quotation, clause in agreements.quotations_of(agreement_id):
        if clause.kind == "dispute":
            texts = {}
            for language in LANGUAGES:
                with speaking(language):
                    words = quoted(quotation, clause)
                texts[language] = {"title": words.title, "body": words.body}
            found.append(texts)
    return found


def _product(line: PurchaseOrderLine | ShipmentLine | ReceiptLine) -> dict[str, Any]:
    return {"position": line.position, "sku": line.sku, "name": line.name, "unit_code": line.unit_code}


def _money(money: Money) -> dict[str, str]:
    return {"amount": _number(money.amount), "currency": money.currency}


def _number(value: Decimal) -> str:
    return format(value.normalize(), "f")


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _instant(instant: datetime) -> str:
    return instant.isoformat()
