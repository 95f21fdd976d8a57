"""Which orders follow from a requisition? One per supplier, at the prices that were approved."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple, TypeVar
from uuid import UUID

from marketplace.buyers.orders.models import OrderVersion, PurchaseOrder, PurchaseOrderLine, VersionKind
from marketplace.buyers.orders.terms import Terms, digest
from marketplace.buyers.requisitions.models import Requisition, RequisitionLine
from marketplace.foundation.db import new_id
from marketplace.foundation.money import Money

T = TypeVar("T")


class Placement(NamedTuple):
    """An order as it is placed, with its lines."""

    order: PurchaseOrder
    lines: list[PurchaseOrderLine]


def lines_by_seller(lines: Sequence[RequisitionLine]) -> dict[UUID, list[RequisitionLine]]:
    """The requisition's lines, supplier by supplier, in their order."""
    ordered = sorted(lines, key=lambda line: (line.seller_id, line.position))
    return {seller_id: list(group) for seller_id, group in groupby(ordered, key=lambda line: line.seller_id)}


def present(value: T | None) -> T:
    """What an approved requisition always names (check `complete` of its table)."""
    if value is None:
        raise ValueError("an approved requisition is complete")
    return value


def placement(
    requisition: Requisition, lines: Sequence[RequisitionLine], *, number: str, ship_to: str, placed_by: str
) -> Placement:
    """The order of one supplier's lines; its total is the sum of theirs."""
    total = Money.total((line.line_total for line in lines), lines[0].line_total.currency)
    agreements = {line.agreement_id for line in lines}
    order = PurchaseOrder(
        id=new_id(),
        buyer_id=requisition.organisation_id,
        seller_id=lines[0].seller_id,
        number=number,
        requisition_id=requisition.id,
        cost_centre_id=present(requisition.cost_centre_id),
        agreement_id=agreements.pop() if len(agreements) == 1 else None,
        ship_to=ship_to,
        requested_on=present(requisition.needed_on),
        version=1,
        total=total,
        approved_total=total,
        placed_by=placed_by,
    )
    return Placement(order, [_line(order, line, position) for position, line in enumerate(lines, start=1)])


def version_of(
    order: PurchaseOrder,
    terms: Terms,
    kind: VersionKind,
    *,
    author_id: UUID,
    author_name: str,
    reason: str = "",
) -> OrderVersion:
    """`terms` as a version of `order`, with the hash of what they say."""
    snapshot = terms.as_json()
    return OrderVersion(
        order_id=order.id,
        **order.parties,
        version=terms.version,
        base_version=order.version if terms.version > 1 else None,
        kind=kind,
        author_id=author_id,
        author_name=author_name,
        reason=reason,
        snapshot=snapshot,
        sha256=digest(snapshot),
    )


def _line(order: PurchaseOrder, line: RequisitionLine, position: int) -> PurchaseOrderLine:
    return PurchaseOrderLine(
        id=new_id(),
        order_id=order.id,
        **order.parties,
        position=position,
        requisition_line_id=line.id,
        product_id=line.product_id,
        sku=line.sku,
        name=line.name,
        unit_code=line.unit_code,
        quantity=line.quantity,
        unit_price=line.unit_price,
        line_total=line.line_total,
        agreement_line_id=line.agreement_line_id,
    )
