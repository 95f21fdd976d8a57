"""What does a file say of prices?

One line for an article's price, and one more for each quantity from which it is cheaper. An article lands as a whole
or not at all: with one bad line it stays as it was.
"""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l
from marketplace.sellers.catalogue.cells import Amount, Words
from marketplace.sellers.catalogue.columns import BY_NAME, Column, Problem, guessed_columns, read_cells
from marketplace.sellers.catalogue.spreadsheets import Row, Sheet
from marketplace.sellers.price_lists.models import plain

PRICE_COLUMNS = (
    Column("sku", BY_NAME["sku"].label, BY_NAME["sku"].titles, Words(60), is_required=True),
    Column("price", BY_NAME["price"].label, BY_NAME["price"].titles, Amount(), is_required=True),
    Column(
        "from_quantity", _l("From this quantity"),
        "from quantity, from, tier, quantity from, quantity, a partir de, quantite a partir de, palier, seuil,"
        " quantite",
        Amount(may_be_zero=True),
    ),
    Column(
        "pack_quantity", _l("Units in a pack"),
        "pack, pack quantity, units in a pack, units per pack, unites par colis, colisage, quantite par colis",
        Amount(),
    ),
    Column(
        "per_pack", _l("Surcharge for each pack that is begun"),
        "per pack, pack surcharge, surcharge per pack, supplement par colis, frais de colis",
        Amount(may_be_zero=True),
    ),
    Column(
        "broken_pack", _l("Surcharge where the last pack is not full"),
        "broken pack, broken pack surcharge, supplement colis entame, frais de colis entame", Amount(may_be_zero=True),
    ),
)  # fmt: skip
PACKING = ("pack_quantity", "per_pack", "broken_pack")
PRICE_COLUMN = {column.name: column for column in PRICE_COLUMNS}
Places = Sequence[tuple[Column, int]]
ANY = Decimal(0)


@dataclass
class Article:
    """What a file says of one article: its lines, and its prices by quantity (0: any) with the line that says each."""

    sku: str
    lines: set[int] = field(default_factory=set)
    prices: dict[Decimal, Decimal] = field(default_factory=dict)
    said_at: dict[Decimal, int] = field(default_factory=dict)
    packing: dict[str, Decimal] = field(default_factory=dict)

    @property
    def tiers(self) -> dict[Decimal, Decimal]:
        """The prices that begin at more than nothing."""
        return {start: amount for start, amount in self.prices.items() if start}

    def contradictions(self) -> Iterator[Problem]:
        """What of it cannot be a price."""
        if ANY not in self.prices:
            yield Problem(min(self.lines), "from_quantity", "", "no_base")
        for (_, before), (start, amount) in pairwise(sorted(self.prices.items())):
            if amount >= before:
                yield Problem(self.said_at[start], "price", plain(amount), "not_descending")
        if bool(self.packing.keys() - {"pack_quantity"}) != ("pack_quantity" in self.packing):
            yield Problem(min(self.lines), "pack_quantity", "", "half_pack")


@dataclass(frozen=True)
class Said:
    """What a file says: its articles by number, in its order, and every cell that cannot be accepted."""

    articles: dict[str, Article]
    problems: list[Problem]


def places_of(titles: Sequence[str]) -> Places:
    """Where a file has which column. Raises Invalid where one that is needed is not found."""
    found = guessed_columns(titles, PRICE_COLUMNS)
    missing = [
        str(column.label) for column in PRICE_COLUMNS if column.is_required and column.name not in found
    ]
    if missing:
        raise Invalid(_l("There is no column for: %(names)s", names=", ".join(missing)), field="file")
    return [(PRICE_COLUMN[name], place) for name, place in found.items()]


def said_by(sheet: Sheet, number_style: str) -> Said:
    """What the rows of a file say, its numbers written in that style (a key of cells.NUMBER_STYLES)."""
    said, places = Said({}, []), places_of(sheet.titles)
    for row in sheet.rows:
        said.problems.extend(_read(row, places, number_style, said.articles))
    refused = {problem.line for problem in said.problems}
    for article in said.articles.values():
        if not refused & article.lines:
            said.problems.extend(article.contradictions())
    return said


def landing(said: Said, known: Container[str]) -> tuple[list[Article], list[Problem]]:
    """The articles that can land, of those numbers that are known, and why each other line of the file cannot."""
    articles = said.articles.values()
    problems = list(said.problems)
    problems += [
        Problem(min(one.lines), "sku", one.sku, "unknown") for one in articles if one.sku not in known
    ]
    refused = {problem.line for problem in problems}
    spoilt = [one for one in articles if refused & one.lines]
    problems += [Problem(line, "sku", one.sku, "spoilt") for one in spoilt for line in one.lines - refused]
    whole = [one for one in articles if not refused & one.lines]
    return whole, sorted(problems, key=lambda problem: problem.line)


def _read(row: Row, places: Places, number_style: str, articles: dict[str, Article]) -> list[Problem]:
    """Write what a line says into its article; why it cannot be accepted, where it cannot."""
    if row.is_broken:
        return [Problem(row.line, "sku", "", "broken_line")]
    values, problems = read_cells(row, places, number_style)
    if "sku" not in values:
        return problems
    article = articles.setdefault(values["sku"], Article(values["sku"]))
    article.lines.add(row.line)
    start = values.get("from_quantity", ANY)
    if not problems and start in article.prices:
        problems = [Problem(row.line, "sku", article.sku, "repeated", str(article.said_at[start]))]
    if not problems:
        article.prices[start], article.said_at[start] = values["price"], row.line
        article.packing |= {name: values[name] for name in PACKING if values.get(name)}
    return problems
