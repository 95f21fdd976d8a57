"""Of which facts is a product made, as a version writes them?

Each is a text or nothing, in one form only: 12.5 is "12.5" whether a person typed it, a file brought it or the database
keeps it as 12.5000. So two are the same where their texts are.
"""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from flask_babel import LazyString

from marketplace.foundation.language import lazy_text as _l, text as _
from marketplace.foundation.money import Money
from marketplace.foundation.presentation import write_date, write_number
from marketplace.sellers.attributes.queries import ATTRIBUTES_OF
from marketplace.sellers.catalogue.lifecycle import OFFERED, PRODUCT, ProductState
from marketplace.sellers.facts.actions import is_said
from marketplace.sellers.facts.kinds import FACTS as BESIDES
from marketplace.sellers.facts.queries import FACTS_OF
from marketplace.sellers.facts.wording import in_words as worded

Facts = dict[str, str | None]


class Fact(NamedTuple):
    """What it is called, and as which type the product keeps it."""

    label: LazyString
    kind: str = "text"


FACTS = {
    "name": Fact(_l("Product name")),
    "description": Fact(_l("Long description")),
    "cpv_code": Fact(_l("Category (CPV)")),
    "gtin": Fact(_l("GTIN")),
    "maker": Fact(_l("Maker")),
    "maker_part_number": Fact(_l("Maker’s part number")),
    "unit_code": Fact(_l("Unit")),
    "price_amount": Fact(_l("Price per unit"), "numeric"),
    "price_currency": Fact(_l("Currency")),
    "pack_size": Fact(_l("Content of one unit"), "numeric"),
    "content_unit_code": Fact(_l("Unit of the content")),
    "minimum_quantity": Fact(_l("Minimum quantity"), "numeric"),
    "step_quantity": Fact(_l("Step"), "numeric"),
    "lead_time_days": Fact(_l("Lead time (working days)"), "integer"),
    "starts_on": Fact(_l("Offered from"), "date"),
    "ends_on": Fact(_l("Offered until"), "date"),
    "is_stocked": Fact(_l("Stock is counted"), "boolean"),
}
STATUS, TIERS = "status", "tiers"
LABELS: dict[str, LazyString] = {
    **{name: fact.label for name, fact in FACTS.items()},
    STATUS: _l("State"),
    TIERS: _l("Prices by quantity"),
    **{name: fact.label for name, fact in BESIDES.items()},
}
# The names under which a file or a form speaks of them.
CALLED = {"price": "price_amount", "currency": "price_currency"}


def _sql(name: str, fact: Fact) -> str:
    kept = f"trim_scale(p.{name})" if fact.kind == "numeric" else f"p.{name}"
    return f"'{name}', {kept}::text"


# What its supplier wants of it, whether or not the operator lets buyers see it.
_OFFERED = ", ".join(f"'{state}'" for state in OFFERED)
WANTED = f"CASE WHEN p.status IN ({_OFFERED}) THEN 'published' ELSE p.status END"
# All facts of the row `p` of products, as one jsonb.
OF_PRODUCT = (
    f"(jsonb_build_object({', '.join(_sql(name, fact) for name, fact in FACTS.items())}, 'status', {WANTED},"
    " 'tiers', coalesce((SELECT string_agg("
    "trim_scale(t.from_quantity)::text || '=' || trim_scale(t.price_amount)::text, ' ' ORDER BY t.from_quantity)"
    f" FROM price_tiers t WHERE t.product_id = p.id), '')) || {FACTS_OF} || {ATTRIBUTES_OF})"
)


def facts_of(values: Mapping[str, Any]) -> Facts:
    """The facts among values as a form or a file gives them; what is no fact is left out."""
    known: Facts = {}
    for name, value in values.items():
        if isinstance(value, Money):
            known |= {"price_amount": _plain(value.amount), "price_currency": value.currency}
        elif CALLED.get(name, name) in LABELS or is_said(name):
            known[CALLED.get(name, name)] = _plain(value)
    return known


def written_tiers(tiers: Mapping[Decimal, Decimal]) -> str:
    """Prices by the quantity from which they hold, as one fact."""
    return " ".join(f"{_plain(quantity)}={_plain(amount)}" for quantity, amount in sorted(tiers.items()))


def values_of(facts: Mapping[str, str | None]) -> dict[str, Any]:
    """The facts as a form shows them: numbers as numbers."""
    return {
        name: None if value is None else READ[FACTS[name].kind](value)
        for name, value in facts.items()
        if name in FACTS
    }


def in_words(name: str, value: str | None) -> str:
    """A fact for the person who reads it, in the language of the page."""
    if not value:
        return "—"
    if name == STATUS:
        return str(PRODUCT.states[ProductState(value)].label)
    if name == TIERS:
        return " · ".join(
            _("from %(quantity)s: %(price)s", quantity=_number(quantity), price=_number(price))
            for quantity, _equals, price in (tier.partition("=") for tier in value.split())
        )
    if is_said(name):
        return worded(name, value)
    return IN_WORDS.get(FACTS[name].kind, str)(value)


def _flag(value: str) -> str:
    return _("yes") if value == "true" else _("no")


def _day(value: str) -> str:
    return write_date(date.fromisoformat(value))


def _number(value: str) -> str:
    return write_number(Decimal(value))


READ: Mapping[str, Callable[[str], Any]] = {
    "text": str,
    "numeric": Decimal,
    "integer": Decimal,
    "boolean": lambda value: value == "true",
    "date": date.fromisoformat,
}
IN_WORDS: Mapping[str, Callable[[str], str]] = {
    "numeric": _number,
    "integer": _number,
    "boolean": _flag,
    "date": _day,
}


def _plain(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return None if value is None else str(value)
