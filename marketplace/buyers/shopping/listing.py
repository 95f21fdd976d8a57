"""What does a list of article numbers and quantities ask for?

A line is a number and, after a semicolon, a tab, a comma or a blank, a quantity in the language of the page; without
one the least that is sold is meant. The number is the supplier's, the maker's, or a GTIN.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text

from marketplace.buyers.requisitions.offers import Offer as Orderable
from marketplace.buyers.requisitions.queries import last_bought
from marketplace.buyers.shopping.queries import Offer, alike, offers
from marketplace.contracts.prices.pricing import Wanted
from marketplace.foundation import clock
from marketplace.foundation.db import session
from marketplace.foundation.errors import Invalid, NotFound
from marketplace.foundation.forms import ROW_ID, read_number
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.presentation import write_number
from marketplace.foundation.quantity import MAXIMUM
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.organisations.queries import organisation
from marketplace.sellers.catalogue.queries import products
from marketplace.sellers.catalogue.spreadsheets import Row, Sheet
from marketplace.sellers.search.numbers import key_of

MOST = 300
"""Lines of one list."""
TITLES_OF_QUANTITIES = ("quantity", "qty", "quantité", "quantite", "qté", "qte")
A_YEAR = timedelta(days=365)
CHOSEN = re.compile(rf"(?P<product>{ROW_ID}) (?P<quantity>[0-9]{{1,12}}(\.[0-9]{{1,4}})?)")
BETWEEN = re.compile(r"[;\t]")
FOUND = text("SELECT key, product_id FROM doors.products_by_number(cast(:keys AS text[]))")


class Line(NamedTuple):
    """A line as it was typed: its place, the number, and the quantity ("" where there is none)."""

    place: int
    number: str
    quantity: str

    @property
    def typed(self) -> str:
        """The line as it can be typed again."""
        return f"{self.number};{self.quantity}" if self.quantity else self.number


@dataclass(frozen=True)
class Asked:
    """What one line asks for: the best offer of what has its number, or why there is none.

    `others` are further offers; where they are of something else, a person must say which is meant.
    """

    line: Line
    offer: Offer | None = None
    others: Sequence[Offer] = ()
    refusal: object = None

    @property
    def chosen(self) -> str:
        """The offer and its quantity, as `wanted_of` reads them again; "" without an offer."""
        return f"{self.offer.product.id} {self.offer.price.quantity.normalize():f}" if self.offer else ""


def lines_of(typed: str) -> list[Line]:
    """The lines of a list that say something. Raises Invalid for more than MOST."""
    found = [
        Line(place, *_parts(line.strip())) for place, line in enumerate(typed.splitlines(), 1) if line.strip()
    ]
    if len(found) > MOST:
        raise Invalid(_l("At most %(most)d lines, please.", most=MOST), field="lines")
    return found


def written(sheet: Sheet) -> str:
    """The rows of a file as lines of a list: the titles of its columns too, where they are none."""
    titles = [title.lower() for title in sheet.titles]
    place = next((titles.index(title) for title in TITLES_OF_QUANTITIES if title in titles), 1)
    is_titled = titles[place : place + 1] != [] and read_number(titles[place]) is None
    rows = (Row(1, sheet.titles), *islice(sheet.rows, MOST + 1))
    return "\n".join(_line_of(row, place).typed for row in rows[is_titled:])


def asked_of(*, typed: str) -> list[Asked]:
    """What a list asks for. Raises Invalid where it is empty or too long."""
    lines = lines_of(typed)
    if not lines:
        raise Invalid(_l("Which articles, please?"), field="lines")
    return asked_by(lines)


def lately() -> str:
    """What was ordered within a year, the newest first, as lines of a list."""
    last = last_bought(clock.now() - A_YEAR, MOST)
    known = products(last)
    return "\n".join(
        Line(0, known[one].sku, write_number(quantity)).typed
        for one, quantity in last.items()
        if one in known
    )


def wanted_of(chosen: Iterable[str]) -> list[Wanted]:
    """What was chosen of an answered list: each a product and a quantity. Raises NotFound where it is none."""
    found = [CHOSEN.fullmatch(one) for one in chosen]
    if not found or not all(found):
        raise NotFound(_l("There is nothing here that you may see."))
    return [Wanted(UUID(one["product"]), Decimal(one["quantity"])) for one in found if one]


def asked_by(lines: Sequence[Line]) -> list[Asked]:
    """What each of these lines asks for, in a fixed number of statements."""
    found = _found(key_of(line.number) for line in lines)
    meant = {line.place: found.get(key_of(line.number), []) for line in lines}
    wanted = {identity: _wanted(line) for line in reversed(lines) for identity in meant[line.place]}
    shown = {
        offer.product.id: offer
        for offer in offers(list(wanted), quantity_of=lambda row: wanted[row.id] or row.minimum_quantity)
    }
    same, currency = alike(shown), organisation(current_actor().organisation).currency
    mine = {place: [shown[one] for one in ids if one in shown] for place, ids in meant.items()}
    return list(_once(_checked(_answer(line, mine[line.place], same), currency) for line in lines))


def _once(answers: Iterable[Asked]) -> Iterator[Asked]:
    """The same answers, and a second line that asks for the same refused."""
    taken: dict[UUID, int] = {}
    for answer in answers:
        first = taken.setdefault(answer.offer.product.id, answer.line.place) if answer.offer else None
        is_second = first is not None and first != answer.line.place
        yield (
            Asked(answer.line, refusal=_l("Line %(place)d asks for the same.", place=first))
            if is_second
            else answer
        )


def _found(keys: Iterable[str]) -> dict[str, list[UUID]]:
    found: dict[str, list[UUID]] = defaultdict(list)
    for row in session().execute(FOUND, {"keys": list({key for key in keys if key})}):
        found[row.key].append(row.product_id)
    return found


def _wanted(line: Line) -> Decimal | None:
    quantity = read_number(line.quantity) if line.quantity else None
    return quantity if quantity is not None and 0 < quantity < MAXIMUM else None


def _answer(line: Line, mine: Sequence[Offer], same: Mapping[UUID, Sequence[UUID]]) -> Asked:
    """The offer that is meant: under contract before others, then by what a base unit costs."""
    if line.quantity and _wanted(line) is None:
        return Asked(line, refusal=_l("“%(typed)s” is no quantity.", typed=line.quantity[:40]))
    if not mine:
        return Asked(line, refusal=_l("Nothing that you may order has this number."))
    best, *others = sorted(mine, key=lambda one: (not one.is_agreed, one.base_price.amount))
    if all(other.product.id in same.get(best.product.id, ()) for other in others):
        return Asked(line, best, others)
    return Asked(line, None, mine, _l("Several products have this number. Which one is meant?"))


def _checked(answer: Asked, currency: str) -> Asked:
    if answer.offer is None:
        return answer
    try:
        orderable = Orderable(answer.offer.product, answer.offer.price)
        orderable.check(buyer_id=current_actor().organisation, currency=currency)
    except Invalid as refusal:
        return replace(answer, offer=None, others=[answer.offer], refusal=refusal.message)
    return answer


def _parts(line: str) -> tuple[str, str]:
    if BETWEEN.search(line):
        number, quantity = BETWEEN.split(line)[:2]
        return number.strip(), quantity.strip()
    for separator in (None, ","):
        number, *rest = line.rsplit(separator, 1)
        if rest and number.strip(" ,") and read_number(rest[0].strip()) is not None:
            return number.strip(" ,"), rest[0].strip()
    return line, ""


def _line_of(row: Row, place: int) -> Line:
    number, quantity = row.cell(0), row.cell(place)
    plain = f"{Decimal(str(number)).normalize():f}" if isinstance(number, float) else str(number).strip()
    is_number = isinstance(quantity, int | float)
    return Line(row.line, plain, write_number(Decimal(str(quantity))) if is_number else str(quantity).strip())
