"""What may a seller answer to an order: which terms follow from it, and do they need the buyer's yes?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from marketplace.buyers.orders.terms import AgreedLine, Terms
from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.money import Money
from marketplace.foundation.presentation import write_date
from marketplace.foundation.quantity import checked_quantity

SMALLEST_PRICE = Decimal("0.0001")


@dataclass(frozen=True)
class Promise:
    """The day for which the seller promises one line."""

    order_line_id: UUID
    promised_on: date


@dataclass(frozen=True)
class ProposedLine:
    """How the seller would deliver one line: a quantity of 0 drops it; None leaves price or day as they are."""

    order_line_id: UUID
    quantity: Decimal
    unit_price: Money | None = None
    promised_on: date | None = None


def promised(terms: Terms, lines: Sequence[Promise], *, otherwise: date, number: int) -> Terms:
    """The same terms with a day for every line, as version `number`."""
    days = {line.order_line_id: line.promised_on for line in lines}
    dated = (replace(line, promised_on=days.get(line.order_line_id, otherwise)) for line in terms.lines)
    return replace(terms, version=number, lines=tuple(dated))


def proposed(terms: Terms, lines: Sequence[ProposedLine], *, otherwise: date, number: int) -> Terms:
    """The terms that the seller offers instead, as version `number`; lines that are not named stay."""
    wanted = {line.order_line_id: line for line in lines}
    return replace(
        terms,
        version=number,
        lines=tuple(_as_wanted(line, wanted, otherwise) for line in terms.lines),
    )


def check_promises(terms: Terms, today: date) -> None:
    """Raises Invalid where a day has passed, or is later than the buyer asked for: that would be a change."""
    days = [line.promised_on for line in terms.lines if line.promised_on and line.quantity]
    if min(days) < today:
        raise Invalid(
            _l("%(day)s has passed: please propose a day that you can keep.", day=write_date(min(days))),
            field="confirmed_on",
        )
    if max(days) > terms.requested_on:
        raise Invalid(
            _l(
                "The buyer asked for %(day)s. A later day is a change that the buyer has to accept: propose it.",
                day=write_date(terms.requested_on),
            ),
            field="confirmed_on",
        )


def check_proposal(present: Terms, offered: Terms, today: date) -> None:
    """Raises Invalid where the offer is none: nothing left of the order, or nothing that needs the buyer's yes."""
    if not any(line.quantity for line in offered.lines):
        raise Invalid(_l("Nothing would be left of the order: refuse it instead, with the reason."))
    if any(line.promised_on and line.promised_on < today for line in offered.lines):
        raise Invalid(_l("A promised day has passed already."), field="confirmed_on")
    alike = all(
        old.quantity == new.quantity and old.unit_price == new.unit_price
        for old, new in zip(present.lines, offered.lines, strict=True)
    )
    if alike and offered.confirmed_on is not None and offered.confirmed_on <= offered.requested_on:
        raise Invalid(_l("This changes nothing that the buyer has to accept: confirm the order instead."))


def _as_wanted(line: AgreedLine, wanted: Mapping[UUID, ProposedLine], otherwise: date) -> AgreedLine:
    wish = wanted.get(line.order_line_id)
    if wish is None:
        return replace(line, promised_on=otherwise)
    return replace(
        line,
        quantity=_quantity(wish.quantity, line.unit_code),
        unit_price=_price(wish.unit_price, line.unit_price),
        promised_on=wish.promised_on or otherwise,
    )


def _quantity(quantity: Decimal, unit_code: str) -> Decimal:
    return checked_quantity(quantity, unit_code) if quantity else quantity


def _price(offered: Money | None, present: Money) -> Money:
    if offered is None or offered == present:
        return present
    if offered.currency != present.currency:
        raise Invalid(_l("The currency of an order does not change."), field="unit_price")
    if offered.amount < 0 or offered.amount != offered.amount.quantize(SMALLEST_PRICE):
        raise Invalid(_l("A price is at least 0 and has at most four decimals."), field="unit_price")
    return offered
