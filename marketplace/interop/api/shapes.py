"""In which shape do programs read our documents?

JSON; amounts and quantities are texts, so that no program rounds them; instants and dates are ISO 8601, units UN/ECE
Rec 20. A list stands under `data`, with the address of what follows under `next`.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from marketplace.buyers.orders.models import PurchaseOrder, PurchaseOrderLine
from marketplace.contracts.prices.pricing import Price
from marketplace.foundation.money import Money
from marketplace.foundation.tasks import Task
from marketplace.foundation.tenancy import Actor
from marketplace.sellers.catalogue.cells import sentence
from marketplace.sellers.catalogue.models import CatalogueImport, ImportRejection, PriceTier, Product
from marketplace.sellers.facts.documents import KINDS, Document, documents_in
from marketplace.sellers.facts.kinds import DOCUMENTS

COUNTS = ("quantity", "shipped", "accepted", "damaged", "missing", "over", "replaced")
OUTCOMES = ("rows_read", "created", "changed", "unchanged", "rejected", "withdrawn")
Shape = dict[str, Any]


def listed(rows: Sequence[Shape], next_url: str | None) -> Shape:
    """One page of a list."""
    return {"data": list(rows), "next": next_url}


def shape_of_caller(actor: Actor) -> Shape:
    """For whom the key acts, and what it may do."""
    return {
        "organisation": _party(actor.organisation, {actor.organisation: actor.organisation_name}),
        "side": actor.side,
        "sides": sorted(actor.sides),
        "key": actor.person_name,
        "permissions": sorted(actor.permissions),
    }


def shape_of_order(order: PurchaseOrder, names: Mapping[UUID, str]) -> Shape:
    """The head of an order (UBL Order); `names` are those of its parties."""
    return {
        "id": str(order.id),
        "number": order.number,
        "state": str(order.status),
        "version": order.version,
        "buyer": _party(order.buyer_id, names),
        "seller": _party(order.seller_id, names),
        "total": _money(order.total),
        "ship_to": order.ship_to,
        "requested_on": _day(order.requested_on),
        "confirmed_on": _day(order.confirmed_on),
        "placed_at": _instant(order.placed_at),
        "confirmed_at": _instant(order.confirmed_at),
    }


def shape_of_line(line: PurchaseOrderLine) -> Shape:
    """One line of an order, and how much of it has come."""
    return {
        "id": str(line.id),
        "position": line.position,
        "product_id": str(line.product_id),
        "sku": line.sku,
        "name": line.name,
        "unit": line.unit_code,
        "unit_price": _money(line.unit_price),
        "line_total": _money(line.line_total),
        "promised_on": _day(line.promised_on),
        "completed_on": _day(line.completed_on),
        **{count: _number(getattr(line, count)) for count in COUNTS},
    }


def shape_of_price(price: Price) -> Shape:
    """What the caller pays for so many, and which rule states it (a key of contracts.prices.rules.RULES)."""
    source = price.statement.source
    return {
        "quantity": _number(price.quantity),
        "unit_price": _money(price.unit_price),
        "line_total": _money(price.line_total),
        "rule": price.statement.rule,
        "stated_by": source.title if source else None,
    }


def shape_of_product(
    product: Product,
    tiers: Sequence[PriceTier],
    price: Price | None,
    names: Mapping[UUID, str],
    said: Mapping[str, str],
) -> Shape:
    """One product of a catalogue (UBL CatalogueLine): its list price, also for more, and the caller's own.

    `said` is what the product says of itself, by the names of facts and attributes.
    """
    return {
        "id": str(product.id),
        "seller": _party(product.organisation_id, names),
        "sku": product.sku,
        "name": product.name,
        "description": product.description,
        "cpv": product.cpv_code,
        "gtin": product.gtin,
        "maker": product.maker,
        "maker_part_number": product.maker_part_number,
        "unit": product.unit_code,
        "price": _money(product.price),
        "tiers": [{"from": _number(tier.from_quantity), "price": _money(tier.price)} for tier in tiers],
        "your_price": shape_of_price(price) if price else None,
        "pack_size": _number(product.pack_size),
        "content_unit_code": product.content_unit_code,
        "minimum_quantity": _number(product.minimum_quantity),
        "step_quantity": _number(product.step_quantity),
        "lead_time_days": product.lead_time_days,
        "valid_from": _day(product.starts_on),
        "valid_until": _day(product.ends_on),
        "properties": {name: value for name, value in said.items() if name != DOCUMENTS},
        "documents": [_document(product, one) for one in documents_in(said.get(DOCUMENTS))],
    }


def shape_of_import(work: CatalogueImport, task: Task | None, rejections: Sequence[ImportRejection]) -> Shape:
    """How far a catalogue's file has come, what came of it, and why rows of it were refused."""
    return {
        "id": str(work.id),
        "file_name": work.file_name,
        "state": str(task.state) if task else None,
        "is_over": task is None or task.is_over,
        **{count: getattr(work, count) for count in OUTCOMES},
        "uploaded_at": _instant(work.uploaded_at),
        "finished_at": _instant(work.finished_at),
        "rejections": [
            {
                "line": row.line,
                "column": row.column,
                "value": row.value,
                "reason": row.reason,
                "sentence": str(sentence(row.reason, row.detail)),
            }
            for row in rejections
        ],
    }


def _document(product: Product, one: Document) -> Shape:
    """A document of a product (UBL ItemSpecificationDocumentReference), and where its bytes are."""
    return {
        "title": one.title,
        "kind": one.kind,
        "type_code": KINDS[one.kind].type_code,
        "language": one.language,
        "certificate": one.certificate,
        "sha256": one.sha256,
        "url": f"/api/products/{product.id}/documents/{one.sha256}",
    }


def _party(organisation_id: UUID, names: Mapping[UUID, str]) -> Shape:
    return {"id": str(organisation_id), "name": names.get(organisation_id, "")}


def _money(money: Money) -> Shape:
    return {"amount": _number(money.amount), "currency": money.currency}


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _instant(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
