"""What would a whole cart cost of one supplier, of two, of as many as offer the same?

Prices include the delivery, so a cart costs what its lines cost; fewer suppliers are fewer deliveries and invoices. A
line that nobody else offers stays as it is.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from uuid import UUID

from marketplace.buyers.requisitions.actions import take_instead
from marketplace.buyers.requisitions.models import Requisition
from marketplace.buyers.requisitions.offers import CartLine, Offer as Orderable, cart_lines
from marketplace.buyers.requisitions.queries import lines_of, my_cart
from marketplace.buyers.shopping.comparing import quantity_for
from marketplace.buyers.shopping.queries import Offer, alike, offers
from marketplace.buyers.shopping.splitting import splits
from marketplace.contracts.prices.pricing import Wanted
from marketplace.foundation.errors import Conflict, Invalid
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.money import Money
from marketplace.sellers.scorecards.queries import newest_by_supplier


@dataclass(frozen=True)
class Demand:
    """What one line of a cart asks for, or several that ask for the same item, and who offers so much of it."""

    lines: Sequence[CartLine]
    choices: Sequence[Offer]

    @property
    def present(self) -> Money:
        """What the cart pays for it as it is."""
        return Money.total((line.line_total for line in self.lines), self.lines[0].line_total.currency)

    @cached_property
    def least(self) -> dict[UUID, Offer]:
        """The offer by which each supplier asks least for all of it, by supplier."""
        dearest_first = sorted(self.choices, key=lambda one: one.price.line_total.amount, reverse=True)
        return {one.product.organisation_id: one for one in dearest_first}

    def of(self, sellers: Collection[UUID]) -> Offer | None:
        """The offer by which one of these suppliers asks least; None where none of them has it."""
        theirs = [offer for seller, offer in self.least.items() if seller in sellers]
        return min(theirs, key=lambda one: one.price.line_total.amount, default=None)


@dataclass(frozen=True)
class Basket:
    """A cart, of these suppliers: each demand with the offer that covers it, if one does.

    `points` is the lowest score among the suppliers that have one.
    """

    sellers: Sequence[str]
    chosen: Sequence[tuple[Demand, Offer | None]]
    points: Decimal | None

    @property
    def covered(self) -> list[tuple[Demand, Offer]]:
        """What these suppliers offer of it."""
        return [(demand, offer) for demand, offer in self.chosen if offer is not None]

    @property
    def is_as_now(self) -> bool:
        """Whether it is what the cart says already."""
        return all(
            [entry.line.product_id for entry in demand.lines] == [offer.product.id]
            for demand, offer in self.covered
        )

    @property
    def total(self) -> Money:
        """What the cart costs then; what none of them offers, as it is now."""
        paid = [offer.price.line_total if offer else demand.present for demand, offer in self.chosen]
        return Money.total(paid, paid[0].currency)

    @property
    def saved(self) -> Money:
        """How much less that is than the cart as it is; negative where it is more."""
        return Money.total((demand.present for demand, _ in self.chosen), self.total.currency) - self.total

    @property
    def lead_time_days(self) -> int:
        """Until the last of it is there, as the offers say; working days."""
        return max(offer.product.lead_time_days for _, offer in self.covered)


def demands() -> list[Demand]:
    """What one's cart asks for, with all offers of it that can be ordered today; a fixed number of statements."""
    cart = my_cart()
    return _demands(cart) if cart else []


def _demands(cart: Requisition) -> list[Demand]:
    lines = cart_lines(cart, lines_of(cart.id))
    others = alike([entry.line.product_id for entry in lines])
    groups = list(_by_item([entry for entry in lines if entry.offer], others).values())
    wanted = {one: _wanted(group) for group in groups for one in _offered(group, others)}
    found = {
        offer.product.id: offer
        for offer in offers(list(wanted), quantity_of=lambda row: quantity_for(row, wanted[row.id]))
        if _can_be_had(offer, cart)
    }
    return [Demand(group, _comparable(group, found, _offered(group, others))) for group in groups]


def baskets(asked: Sequence[Demand]) -> list[Basket]:
    """The cart of the best single supplier, of the best two, …, as long as one more covers more or costs less."""
    with_choices = [demand for demand in asked if demand.choices]
    costs = [
        {seller: offer.price.line_total.amount for seller, offer in demand.least.items()}
        for demand in with_choices
    ]
    cards = newest_by_supplier() if costs else {}
    points = {seller: card.points for seller, card in cards.items() if card.points is not None}
    return [_basket(asked, sellers, points) for sellers in splits(costs)]


def take_basket(*, product_ids: Collection[UUID]) -> None:
    """Put these offers in the place of what they cover of one's cart. Raises Conflict where one is not there."""
    picked = [
        (demand, offer) for demand in demands() for offer in demand.choices if offer.product.id in product_ids
    ]
    if not picked or {offer.product.id for _, offer in picked} != set(product_ids):
        raise Conflict(_l("An offer or your cart has just changed. Please look again."))
    take_instead(
        lines={entry.line.id for demand, _ in picked for entry in demand.lines},
        wanted=[Wanted(offer.product.id, offer.price.quantity) for _, offer in picked],
    )


def _by_item(
    lines: Iterable[CartLine], others: Mapping[UUID, Sequence[UUID]]
) -> dict[tuple[UUID, str], list[CartLine]]:
    """The lines that ask for the same item in the same base unit stand together."""
    groups: dict[tuple[UUID, str], list[CartLine]] = defaultdict(list)
    for entry in lines:
        identity = entry.line.product_id
        groups[min([identity, *others.get(identity, ())]), _base(entry)[1]].append(entry)
    return groups


def _base(entry: CartLine) -> tuple[Decimal, str]:
    assert entry.offer is not None
    return entry.offer.product.base_content


def _wanted(group: Sequence[CartLine]) -> Decimal:
    return sum((entry.line.quantity * _base(entry)[0] for entry in group), Decimal(0))


def _offered(group: Sequence[CartLine], others: Mapping[UUID, Sequence[UUID]]) -> list[UUID]:
    own = [entry.line.product_id for entry in group]
    return list(dict.fromkeys([*own, *(other for one in own for other in others.get(one, ()))]))


def _comparable(
    group: Sequence[CartLine], found: Mapping[UUID, Offer], identities: Sequence[UUID]
) -> list[Offer]:
    """Of these, the offers that are counted in the same base unit; none where there is no other supplier."""
    same = [
        found[one]
        for one in identities
        if one in found and found[one].product.base_content[1] == _base(group[0])[1]
    ]
    return same if len({offer.product.organisation_id for offer in same}) > 1 else []


def _can_be_had(offer: Offer, cart: Requisition) -> bool:
    try:
        Orderable(offer.product, offer.price).check(
            buyer_id=cart.organisation_id, currency=cart.total.currency
        )
    except Invalid:
        return False
    return not offer.is_sold_out


def _basket(asked: Sequence[Demand], sellers: Collection[UUID], points: Mapping[UUID, Decimal]) -> Basket:
    chosen = [(demand, demand.of(sellers)) for demand in asked]
    names = {offer.product.organisation_id: offer.seller for _, offer in chosen if offer}
    scored = [points[seller] for seller in names if seller in points]
    return Basket(sorted(names.values()), chosen, min(scored, default=None))
