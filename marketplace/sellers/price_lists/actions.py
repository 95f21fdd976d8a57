"""What can a supplier do with its price lists?

A price is never changed: the line that holds on the day of the new one ends the day before, and the new one holds until
the next that is planned already.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from marketplace.events.sellers import PriceListEnded, PriceListOpened, PricesChanged
from marketplace.foundation import clock
from marketplace.foundation.db import new_id, save, session
from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.money import Money, exponent
from marketplace.foundation.outbox import announce
from marketplace.foundation.tenancy import current_actor
from marketplace.foundation.validity import DAY, checked_term, end
from marketplace.sellers.customers.actions import organisation_that_buys
from marketplace.sellers.customers.queries import customer_group
from marketplace.sellers.price_lists.models import PriceList, PriceListLine, TierKind, kept_tiers
from marketplace.sellers.price_lists.queries import lines_from, own_article, price_line, price_list

NOTHING = Decimal(0)


@dataclass(frozen=True)
class NewPrice:
    """What a product of one's own shall cost per unit; `tiers` are prices by the quantity that they begin at."""

    product_id: UUID
    price: Decimal
    kind: TierKind = TierKind.ALL_UNITS
    tiers: dict[Decimal, Decimal] = field(default_factory=dict)
    pack_quantity: Decimal | None = None
    per_pack: Decimal = NOTHING
    broken_pack: Decimal = NOTHING

    def is_said_by(self, line: PriceListLine) -> bool:
        """Whether `line` says exactly that."""
        return (self.price, self.kind, kept_tiers(self.tiers), self.pack_quantity) == (
            line.price.amount,
            line.kind,
            line.tiers,
            line.pack_quantity,
        ) and (self.per_pack, self.broken_pack) == (line.per_pack, line.broken_pack)


def open_list(
    *,
    name: str,
    currency: str,
    starts_on: date,
    ends_on: date | None = None,
    group_id: UUID | None = None,
    buyer_id: UUID | None = None,
) -> PriceList:
    """Open a price list for everybody, or for one group or one buyer. Raises NotFound, Invalid."""
    exponent(currency)
    checked_term(starts_on, ends_on)
    row = save(
        PriceList(
            organisation_id=current_actor().organisation,
            name=name,
            currency=currency,
            starts_on=starts_on,
            ends_on=ends_on,
            group_id=customer_group(group_id).id if group_id else None,
            buyer_id=organisation_that_buys(buyer_id).id if buyer_id else None,
        )
    )
    announce(
        PriceListOpened(subject_id=row.id, organisation_id=row.organisation_id, name=name, currency=currency)
    )
    return row


def rename_list(*, list_id: UUID, name: str) -> PriceList:
    """Call a list otherwise; its buyers see the new name from now on. Raises NotFound, IntegrityError (name)."""
    row = price_list(list_id, lock=True)
    row.name = name
    session().flush()
    return row


def end_list(*, list_id: UUID, ends_on: date) -> PriceList:
    """Let a list hold until that day; its prices end with it. Raises NotFound, Invalid for a day that is past."""
    row = price_list(list_id, lock=True)
    end(row, ends_on)
    session().flush()
    announce(PriceListEnded(subject_id=row.id, organisation_id=row.organisation_id, ends_on=ends_on))
    return row


def price_article(
    *, list_id: UUID, sku: str, starts_on: date, ends_on: date | None = None, **said: Any
) -> PriceListLine:
    """Write the price of one's own product of that article number, as `NewPrice` takes it, from that day on.

    Raises NotFound, UnknownArticle, IntegrityError for tiers that do not descend.
    """
    new = NewPrice(product_id=own_article(sku).id, **said)
    written = write_prices(list_id=list_id, prices=[new], starts_on=starts_on, ends_on=ends_on)
    if not written:
        raise Invalid(_l("The list says exactly that already."), field="price")
    return price_line(written[0])


def write_prices(
    *, list_id: UUID, prices: Sequence[NewPrice], starts_on: date, ends_on: date | None = None
) -> list[UUID]:
    """Write prices that hold from that day on, one of a product; the ids of the lines that are new.

    What the list says exactly so already is left as it is. Raises NotFound, Invalid, IntegrityError.
    """
    checked_term(starts_on, ends_on)
    row = price_list(list_id, lock=True)
    known = _known(row, prices, starts_on)
    new = [price for price in prices if not known[price.product_id].says(price, ends_on)]
    for price in new:
        known[price.product_id].make_room(starts_on)
    session().flush()
    lines = [_line(row, price, starts_on, known[price.product_id].last_day(ends_on)) for price in new]
    if lines:
        session().execute(insert(PriceListLine), lines)
        _announce(row, len(lines), starts_on)
    return [line["id"] for line in lines]


def end_price(*, line_id: UUID, ends_on: date) -> PriceListLine:
    """Let a price hold until that day, with none after it. Raises NotFound, Invalid for a past day."""
    row = price_line(line_id, lock=True)
    end(row, ends_on)
    session().flush()
    _announce(price_list(row.list_id), 1, ends_on)
    return row


class _Known:
    """What a list says of one product from a day on."""

    def __init__(self) -> None:
        self.holding: PriceListLine | None = None
        self.next: PriceListLine | None = None

    def says(self, price: NewPrice, ends_on: date | None) -> bool:
        """Whether the line that holds says exactly that, until that day."""
        return (
            self.holding is not None
            and price.is_said_by(self.holding)
            and self.holding.ends_on == self.last_day(ends_on)
        )

    def make_room(self, day: date) -> None:
        """The line that holds on `day` ends before it."""
        if self.holding is not None:
            self.holding.ends_on = day - DAY

    def last_day(self, ends_on: date | None) -> date | None:
        """Until when a new price holds: as long as it is said, or until the next that is planned."""
        return self.next.starts_on - DAY if ends_on is None and self.next else ends_on


def _known(row: PriceList, prices: Sequence[NewPrice], day: date) -> dict[UUID, _Known]:
    known = {price.product_id: _Known() for price in prices}
    for line in lines_from(row.id, known.keys(), day):
        place = known[line.product_id]
        if line.starts_on <= day:
            place.holding = line
        elif place.next is None:
            place.next = line
    return known


def _line(row: PriceList, price: NewPrice, starts_on: date, ends_on: date | None) -> dict[str, Any]:
    amounts = [price.price, *price.tiers.values(), price.per_pack, price.broken_pack]
    for amount in amounts:
        if amount != round(amount, 4):
            raise Invalid(_l("A price may have at most four decimals."), field="price")
    return {
        "id": new_id(),
        "organisation_id": row.organisation_id,
        "list_id": row.id,
        "product_id": price.product_id,
        "price_amount": Money(price.price, row.currency).amount,
        "price_currency": row.currency,
        "kind": price.kind,
        "tiers": kept_tiers(price.tiers),
        "pack_quantity": price.pack_quantity,
        "per_pack": price.per_pack,
        "broken_pack": price.broken_pack,
        "starts_on": starts_on,
        "ends_on": ends_on,
        "written_at": clock.now(),
    }


def _announce(row: PriceList, products: int, day: date) -> None:
    announce(
        PricesChanged(
            subject_id=row.id, organisation_id=row.organisation_id, products=products, starts_on=day
        )
    )
