"""What does one version of an order say, and what changes from one to the next?"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

from marketplace.buyers.orders.models import PurchaseOrder, PurchaseOrderLine
from marketplace.foundation.language import text as _
from marketplace.foundation.money import Money
from marketplace.foundation.presentation import write_date, write_money, write_quantity


@dataclass(frozen=True)
class AgreedLine:
    """One line as a version has it."""

    order_line_id: UUID
    position: int
    product_id: UUID
    sku: str
    name: str
    unit_code: str
    quantity: Decimal
    unit_price: Money
    promised_on: date | None

    @property
    def line_total(self) -> Money:
        """Quantity times unit price, rounded to the currency's exponent."""
        return self.unit_price.times(self.quantity)

    @classmethod
    def of(cls, line: PurchaseOrderLine) -> Self:
        """The line as it is in force."""
        return cls(
            order_line_id=line.id,
            position=line.position,
            product_id=line.product_id,
            sku=line.sku,
            name=line.name,
            unit_code=line.unit_code,
            quantity=line.quantity,
            unit_price=line.unit_price,
            promised_on=line.promised_on,
        )

    def as_json(self) -> dict[str, Any]:
        """Numbers as plain decimal text, so that the same line always has the same hash."""
        return {
            "order_line_id": str(self.order_line_id),
            "position": self.position,
            "product_id": str(self.product_id),
            "sku": self.sku,
            "name": self.name,
            "unit_code": self.unit_code,
            "quantity": _plain(self.quantity),
            "unit_price": _plain(self.unit_price.amount),
            "line_total": _plain(self.line_total.amount),
            "promised_on": self.promised_on and self.promised_on.isoformat(),
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any], currency: str) -> Self:
        """The line that `as_json` wrote."""
        return cls(
            order_line_id=UUID(kept["order_line_id"]),
            position=kept["position"],
            product_id=UUID(kept["product_id"]),
            sku=kept["sku"],
            name=kept["name"],
            unit_code=kept["unit_code"],
            quantity=Decimal(kept["quantity"]),
            unit_price=Money(Decimal(kept["unit_price"]), currency),
            promised_on=_day(kept["promised_on"]),
        )


@dataclass(frozen=True)
class Terms:
    """A whole order as one version has it."""

    number: str
    version: int
    ship_to: str
    requested_on: date
    currency: str
    lines: tuple[AgreedLine, ...]

    @property
    def total(self) -> Money:
        """The sum of the line totals."""
        return Money.total((line.line_total for line in self.lines), self.currency)

    @property
    def confirmed_on(self) -> date | None:
        """The day on which the last line is promised; None as long as one is not."""
        days = [line.promised_on for line in self.lines if line.quantity]
        return max(day for day in days if day) if days and all(days) else None

    @classmethod
    def of(cls, order: PurchaseOrder, lines: Sequence[PurchaseOrderLine]) -> Self:
        """What is in force."""
        return cls(
            number=order.number,
            version=order.version,
            ship_to=order.ship_to,
            requested_on=order.requested_on,
            currency=order.total.currency,
            lines=tuple(AgreedLine.of(line) for line in lines),
        )

    def as_json(self) -> dict[str, Any]:
        """To be kept as a version's snapshot."""
        return {
            "number": self.number,
            "version": self.version,
            "ship_to": self.ship_to,
            "requested_on": self.requested_on.isoformat(),
            "currency": self.currency,
            "total": _plain(self.total.amount),
            "lines": [line.as_json() for line in self.lines],
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        """The terms that `as_json` wrote."""
        return cls(
            number=kept["number"],
            version=kept["version"],
            ship_to=kept["ship_to"],
            requested_on=date.fromisoformat(kept["requested_on"]),
            currency=kept["currency"],
            lines=tuple(AgreedLine.from_json(line, kept["currency"]) for line in kept["lines"]),
        )


@dataclass(frozen=True)
class Change:
    """One difference, written for the person who reads it; None where there was or will be nothing."""

    label: str
    old: str | None
    new: str | None


def digest(snapshot: dict[str, Any]) -> str:
    """The SHA-256 of a snapshot: of its JSON with sorted keys and no blanks, in UTF-8."""
    canonical = json.dumps(snapshot, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def changes(old: Terms, new: Terms) -> list[Change]:
    """What `new` says otherwise than `old`: line by line, then the whole."""
    before = {line.position: line for line in old.lines}
    found = [change for line in new.lines for change in _line_changes(before[line.position], line)]
    whole = (
        (_("Delivery confirmed for"), _written(old.confirmed_on), _written(new.confirmed_on)),
        (_("Order total"), write_money(old.total), write_money(new.total)),
    )
    return found + [Change(*change) for change in whole if change[1] != change[2]]


def _line_changes(old: AgreedLine, new: AgreedLine) -> list[Change]:
    pairs = (
        (
            _("Quantity"),
            write_quantity(old.quantity, old.unit_code),
            write_quantity(new.quantity, new.unit_code),
        ),
        (_("Unit price"), write_money(old.unit_price), write_money(new.unit_price)),
        (_("Promised date"), _written(old.promised_on), _written(new.promised_on)),
    )
    name = f"{new.position} · {new.name}"
    return [Change(f"{name} – {what}", before, after) for what, before, after in pairs if before != after]


def _written(day: date | None) -> str | None:
    return write_date(day) if day else None


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")


def _day(kept: str | None) -> date | None:
    return date.fromisoformat(kept) if kept else None
