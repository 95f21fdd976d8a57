"""What does a page of products need?

Whatever it shows is fetched for all of its products at once: the same few statements for one result as for thirty.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select, text

from marketplace.buyers.shopping.finding import Found, found, shelved
from marketplace.buyers.shopping.questions import Question
from marketplace.contracts.prices.pricing import Price, Wanted
from marketplace.contracts.prices.queries import prices, quantity_prices
from marketplace.contracts.prices.wording import Step, stated_by, steps_of
from marketplace.foundation import clock
from marketplace.foundation.db import session
from marketplace.foundation.errors import NotFound
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.money import Money
from marketplace.foundation.paging import SIZE
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.organisations.lifecycle import OrganisationState
from marketplace.identity.organisations.models import Organisation
from marketplace.identity.organisations.queries import organisation_names
from marketplace.sellers.catalogue import queries as catalogue
from marketplace.sellers.catalogue.lifecycle import ProductState
from marketplace.sellers.catalogue.models import Product
from marketplace.sellers.items.queries import suppliers_elsewhere
from marketplace.sellers.search.correcting import corrected
from marketplace.sellers.stock.promises import Promise, promises

ALIKE = text("""
SELECT t.product_id, a.product_id AS other_id
FROM unnest(cast(:product_ids AS uuid[])) t (product_id) CROSS JOIN LATERAL doors.products_alike(t.product_id) a
""")


QuantityOf = Callable[[Product], Decimal]


def least_quantity(product: Product) -> Decimal:
    """The least of a product that can be ordered."""
    return product.minimum_quantity


@dataclass(frozen=True)
class Offer:
    """A product as this buyer sees it: at their price, from whom, and how much of it there is.

    `promise` is None where stock is not counted; it and the price are of `price.quantity`.
    """

    product: Product
    price: Price
    seller: str
    promise: Promise | None

    @property
    def steps(self) -> list[Step]:
        """Why it is that price."""
        return steps_of(self.price, self.product.unit_code)

    @property
    def stated_by(self) -> Step:
        """The rule that states the price, and where."""
        return stated_by(self.price, self.product.unit_code)

    @property
    def is_agreed(self) -> bool:
        """Whether a framework agreement prices it."""
        return self.price.agreement_id is not None

    @property
    def is_sold_out(self) -> bool:
        """Whether there is less of it now than is asked for, as far as the seller tells."""
        return self.promise is not None and self.promise.is_now is False

    @property
    def base_price(self) -> Money:
        """What one base unit costs, to compare what comes in packs of different sizes; four decimals."""
        per_base = self.price.unit_price.amount / self.product.base_content[0]
        return Money(per_base.quantize(Decimal("0.0001")), self.price.unit_price.currency)


@dataclass(frozen=True)
class Results:
    """One page of offers, and how all that was found is spread.

    `elsewhere`: how many other suppliers offer the same, by product; `after` is where the next page of a shelf begins;
    `meant` is what was typed as it may have been meant, where words of the offers say so.
    """

    found: Found
    offers: list[Offer]
    has_more: bool
    elsewhere: Mapping[UUID, int]
    after: UUID | None = None
    meant: str | None = None


def results(question: Question, *, page: int = 0, after: UUID | None = None) -> Results:
    """One page of what answers the question: best first, or what stands on a shelf, newest first, from `after` on."""
    if question.is_of_a_shelf:
        return _listing(question, after)
    answer = found(question, skipped=page * SIZE, wanted=SIZE)
    shown = offers(answer.product_ids)
    meant = corrected(question.typed, answer.guessed, [offer.product.name for offer in shown])
    has_more = answer.total > (page + 1) * SIZE
    return Results(answer, shown, has_more, suppliers_elsewhere(answer.product_ids), meant=meant)


def _listing(question: Question, after: UUID | None) -> Results:
    admitted = select(Organisation.id).where(Organisation.status == OrganisationState.ADMITTED)
    statement = select(Product.id).where(
        Product.status == ProductState.PUBLISHED, Product.organisation_id.in_(admitted)
    )
    if question.category:
        finest = (question.category.ljust(8, "0"), question.category.ljust(8, "9"))
        statement = statement.where(Product.division == question.category[:2])
        statement = statement.where(Product.cpv_code.between(*finest))
    if question.sellers:
        statement = statement.where(Product.organisation_id.in_(question.sellers))
    if after is not None:
        statement = statement.where(Product.id < after)
    ids = list(session().scalars(statement.order_by(Product.id.desc()).limit(SIZE + 1)))
    has_more = len(ids) > SIZE
    shown, after = ids[:SIZE], ids[SIZE - 1] if has_more else None
    return Results(shelved(question), offers(shown), has_more, suppliers_elsewhere(shown), after)


def offers(product_ids: Sequence[UUID], *, quantity_of: QuantityOf = least_quantity) -> list[Offer]:
    """These products as this buyer sees them, in this order, each for its quantity.

    Four statements, however many products; none where there is no product. What may not be seen is left out.
    """
    if not product_ids:
        return []
    known = catalogue.products(product_ids)
    wanted = [Wanted(row.id, quantity_of(row)) for row in known.values()]
    priced = prices(buyer_id=current_actor().organisation, wanted=wanted, on=clock.today())
    stock = promises({item.product_id: item.quantity for item in wanted})
    sellers = organisation_names({row.organisation_id for row in known.values()})
    return [
        Offer(
            known[identity],
            priced[identity],
            sellers.get(known[identity].organisation_id, ""),
            stock.get(identity),
        )
        for identity in product_ids
        if identity in known
    ]


def offer(product_id: UUID, *, quantity: Decimal | None = None) -> Offer:
    """That product as this buyer sees it. Raises NotFound, also where it is not for sale."""
    found = offers([product_id], quantity_of=lambda row: quantity or row.minimum_quantity)
    if not found or found[0].product.status != ProductState.PUBLISHED:
        raise NotFound(_l("There is nothing here that you may see."))
    return found[0]


def larger_quantities(shown: Offer) -> list[Offer]:
    """The same product at each quantity from which a unit of it may cost something else, in two statements."""
    product, price = shown.product, shown.price
    wanted = [Wanted(product.id, price.quantity)]
    steps = quantity_prices(buyer_id=current_actor().organisation, wanted=wanted, on=clock.today())
    return [replace(shown, price=step) for step in steps.get(product.id, ())]


def changing(shown: Sequence[Offer]) -> list[Offer]:
    """Those of a product's quantities at which a unit costs something else than at the one before."""
    pairs = zip([None, *shown], shown, strict=False)
    return [one for before, one in pairs if before is None or before.price.unit_price != one.price.unit_price]


def others_of(shown: Offer) -> list[Offer]:
    """Other offers of the same item, the cheapest base unit first."""
    return by_base_price(offers(alike([shown.product.id]).get(shown.product.id, [])))


def alike(product_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """The offers of the same item that this actor may see, by product, in one statement; without any it is left out."""
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for row in session().execute(ALIKE, {"product_ids": list(product_ids)}):
        found[row.product_id].append(row.other_id)
    return found


def by_base_price(shown: Iterable[Offer]) -> list[Offer]:
    """The cheapest base unit first; each currency, and each base unit, by itself."""
    return sorted(
        shown,
        key=lambda one: (one.base_price.currency, one.product.base_content[1], one.base_price.amount),
    )
