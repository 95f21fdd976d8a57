"""What can be had today of what a cart asks for, and at what price?"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from marketplace.buyers.requisitions.models import Requisition, RequisitionLine
from marketplace.contracts.prices.pricing import Price, Wanted
from marketplace.contracts.prices.queries import cheaper_from, prices, quantity_prices
from marketplace.contracts.prices.wording import Step, steps_of
from marketplace.foundation import clock
from marketplace.foundation.errors import Conflict, Invalid, Refusal
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.money import Money
from marketplace.foundation.quantity import WrongQuantity
from marketplace.foundation.validity import DAY
from marketplace.sellers.catalogue.models import Product
from marketplace.sellers.catalogue.ordering import orderable_quantity
from marketplace.sellers.catalogue.queries import products
from marketplace.sellers.stock.promises import Promise, promises


class AskedLine(Protocol):
    """So much of a product that somebody asks for, as it was called when they did."""

    organisation_id: Any
    product_id: Any
    position: Any
    sku: Any
    name: Any
    quantity: Any


class LineRefused(Conflict):
    """One line of a cart cannot be had as it is asked for; the sentence names the line."""


class NotForYou(Invalid):
    """A product that this organisation cannot ask for: its own, or one in another currency."""


@dataclass(frozen=True)
class Offer:
    """A product that this buyer may see today, with the price of the quantity that is asked for."""

    product: Product
    price: Price

    @property
    def steps(self) -> list[Step]:
        """Why it is that price."""
        return steps_of(self.price, self.product.unit_code)

    def check(self, *, buyer_id: UUID, currency: str) -> None:
        """Raises WrongQuantity, or NotForYou."""
        if self.product.organisation_id == buyer_id:
            raise NotForYou(_l("Your own organisation sells this."))
        orderable_quantity(self.product, self.price.quantity)
        if self.price.unit_price and not self.price.line_total:
            raise WrongQuantity(_l("So little would cost nothing: please ask for more."), field="quantity")
        if self.price.unit_price.currency != currency:
            raise NotForYou(
                _l(
                    "This is sold in %(theirs)s; your organisation buys in %(yours)s.",
                    theirs=self.price.unit_price.currency,
                    yours=currency,
                )
            )


def offers(*, buyer_id: UUID, wanted: Sequence[Wanted], on: date) -> dict[UUID, Offer]:
    """What can be had, by product; what this buyer may not see any more is left out. Two statements."""
    known = products({item.product_id for item in wanted})
    found = prices(buyer_id=buyer_id, wanted=wanted, on=on)
    return {product_id: Offer(known[product_id], price) for product_id, price in found.items()}


def held_at_most(longest: timedelta, lines: Collection[RequisitionLine]) -> datetime:
    """Until when what these lines ask for can be held: so long, and no longer than all of it is offered."""
    offered = products({line.product_id for line in lines}).values()
    ends = [clock.beginning_of(row.ends_on + DAY) for row in offered if row.ends_on is not None]
    return min([clock.now() + longest, *ends])


def wanted_by(lines: Collection[AskedLine]) -> list[Wanted]:
    """What these lines ask for."""
    return [Wanted(line.product_id, line.quantity) for line in lines]


def write(line: RequisitionLine, offer: Offer) -> None:
    """Let the line say what catalogue and agreement say: name, category, unit, price and why that price."""
    product, price = offer.product, offer.price
    line.seller_id, line.sku, line.name = product.organisation_id, product.sku, product.name
    line.cpv_code, line.unit_code = product.cpv_code, product.unit_code
    line.unit_price, line.line_total = price.unit_price, price.line_total
    line.agreement_id, line.agreement_line_id = price.agreement_id, price.agreement_line_id
    line.price_steps = [price.tree]


def problem(line: AskedLine, offer: Offer | None, currency: str) -> Refusal | None:
    """Why the line cannot be had as it is asked for; None where it can."""
    if offer is None:
        return _named(line, _l("it is not sold to you any more."))
    try:
        offer.check(buyer_id=line.organisation_id, currency=currency)
    except Invalid as refusal:
        return _named(line, refusal.message)
    return None


@dataclass(frozen=True)
class CartLine:
    """A line of a cart as it stands today: its price now, when it can be had, and what is wrong where something is.

    `cheaper` is the price of a larger quantity that costs less in total, where there is one; `promise` is None where
    the stock of the product is not counted.
    """

    line: RequisitionLine
    offer: Offer | None
    refusal: Refusal | None
    cheaper: Price | None
    promise: Promise | None

    @property
    def seller_id(self) -> UUID:
        """Who sells it."""
        return self.line.seller_id

    @property
    def line_total(self) -> Money:
        """What it costs today; what it last cost where it cannot be had any more."""
        return self.offer.price.line_total if self.offer else self.line.line_total

    @property
    def unit_price(self) -> Money:
        """The same for one unit."""
        return self.offer.price.unit_price if self.offer else self.line.unit_price

    @property
    def is_new_price(self) -> bool:
        """Whether the price has changed since the line was written."""
        return self.line_total != self.line.line_total


def cart_lines(cart: Requisition, lines: Sequence[RequisitionLine]) -> list[CartLine]:
    """The lines of a cart as they stand today, in a fixed number of statements."""
    if not lines:
        return []
    buyer_id, wanted, today = cart.organisation_id, wanted_by(lines), clock.today()
    found = offers(buyer_id=buyer_id, wanted=wanted, on=today)
    steps = quantity_prices(buyer_id=buyer_id, wanted=wanted, on=today)
    told = promises({line.product_id: line.quantity for line in lines})
    return [
        _cart_line(line, found.get(line.product_id), steps, told.get(line.product_id), cart.total.currency)
        for line in lines
    ]


def _cart_line(
    line: RequisitionLine,
    offer: Offer | None,
    steps: Mapping[UUID, Sequence[Price]],
    promise: Promise | None,
    currency: str,
) -> CartLine:
    cheaper = cheaper_from(offer.price, steps) if offer else None
    return CartLine(line, offer, problem(line, offer, currency), cheaper, promise)


def _named(line: AskedLine, why: object) -> LineRefused:
    return LineRefused(
        _l(
            "Line %(position)d, “%(name)s” (%(sku)s): %(why)s",
            position=line.position,
            name=line.name,
            sku=line.sku,
            why=why,
        )
    )
