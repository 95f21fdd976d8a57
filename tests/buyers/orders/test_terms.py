"""Does a version say what it should, always with the same hash, and is a change readable?"""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import given, strategies as st

from marketplace.buyers.orders.terms import AgreedLine, Terms, changes, digest
from marketplace.foundation.language import speaking
from marketplace.foundation.money import Money

DAY = date(2026, 12, 1)


def a_line(
    quantity: str = "10", price: str = "4.5", promised_on: date | None = None, position: int = 1
) -> AgreedLine:
    return AgreedLine(
        order_line_id=UUID(int=position),
        position=position,
        product_id=UUID(int=100 + position),
        sku=f"SKU-{position}",
        name=f"Article {position}",
        unit_code="C62",
        quantity=Decimal(quantity),
        unit_price=Money(Decimal(price), "EUR"),
        promised_on=promised_on,
    )


def some_terms(*lines: AgreedLine, version: int = 1) -> Terms:
    return Terms("PO-2026-00001", version, "Site, Lyon", DAY, "EUR", lines)


@given(
    quantities=st.lists(st.decimals(0, 100000, places=4), min_size=1, max_size=5),
    price=st.decimals(0, 10000, places=4),
    day=st.none() | st.dates(),
)
def test_from_json_of_as_json_gives_the_same_terms(
    quantities: list[Decimal], price: Decimal, day: date | None
) -> None:
    lines = [
        replace(a_line(position=n), quantity=q, unit_price=Money(price, "EUR"), promised_on=day)
        for n, q in enumerate(quantities, start=1)
    ]
    terms = some_terms(*lines)
    again = Terms.from_json(terms.as_json())
    assert again == terms
    assert digest(again.as_json()) == digest(terms.as_json())


def test_digest_does_not_depend_on_how_a_number_is_written() -> None:
    assert digest(some_terms(a_line("10.0000", "4.50")).as_json()) == digest(some_terms(a_line()).as_json())


def test_digest_changes_with_every_word() -> None:
    terms = some_terms(a_line())
    others = [
        replace(terms, version=2),
        replace(terms, ship_to="Site, Nantes"),
        some_terms(a_line("11")),
        some_terms(a_line(price="4.51")),
        some_terms(a_line(promised_on=DAY)),
        some_terms(replace(a_line(), order_line_id=uuid4())),
    ]
    assert len({digest(other.as_json()) for other in [terms, *others]}) == len(others) + 1


def test_confirmed_on_is_the_last_promise_and_ignores_what_was_dropped() -> None:
    first, last = a_line(promised_on=date(2026, 11, 28)), a_line(promised_on=DAY, position=2)
    dropped = a_line("0", position=3)
    assert some_terms(first, last, dropped).confirmed_on == DAY
    assert some_terms(first, a_line(position=2)).confirmed_on is None


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ("1 · Article 1 – Quantity", "10", "6")),
        ("fr", ("1 · Article 1 – Quantité", "10", "6")),
    ],
)
@pytest.mark.usefixtures("speaking")
def test_changes_are_written_for_the_reader(language: str, expected: tuple[str, str, str]) -> None:
    old, new = some_terms(a_line()), some_terms(a_line("6", promised_on=DAY), version=2)
    with speaking(language):
        found = changes(old, new)
    assert (found[0].label, found[0].old, found[0].new) == expected
    assert len(found) == 4
