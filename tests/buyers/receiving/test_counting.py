"""What does a count mean for the order?"""

from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import given, strategies as st

from marketplace.buyers.orders.models import PurchaseOrderLine
from marketplace.buyers.receiving.counting import Count, counted, expected
from marketplace.foundation.errors import Invalid
from marketplace.foundation.money import Money
from marketplace.foundation.quantity import WrongQuantity

WHOLE = st.integers(0, 30).map(Decimal)


def a_line(
    ordered: str = "10", price: str = "4.5", *, unit_code: str = "C62", **counts: str
) -> PurchaseOrderLine:
    figures = {
        "shipped": "0",
        "accepted": "0",
        "damaged": "0",
        "missing": "0",
        "over": "0",
        "replaced": "0",
        **counts,
    }
    return PurchaseOrderLine(
        id=uuid4(),
        name="Vis",
        unit_code=unit_code,
        quantity=Decimal(ordered),
        unit_price=Money(Decimal(price), "EUR"),
        **{name: Decimal(figure) for name, figure in figures.items()},
    )


def split(line: PurchaseOrderLine, accepted: str, damaged: str = "0", missing: str = "0") -> list[str]:
    found = counted(line, Count(line.id, Decimal(accepted), Decimal(damaged), Decimal(missing)))
    return [str(figure) for figure in (found.accepted, found.damaged, found.missing, found.over)]


@pytest.mark.parametrize(
    ("typed", "meaning"),
    [
        (("10",), ["10", "0", "0", "0"]),
        (("7",), ["7", "0", "0", "0"]),
        (("12",), ["10", "0", "0", "2"]),
        (("8", "2"), ["8", "2", "0", "0"]),
        (("9", "3"), ["9", "1", "0", "2"]),
        (("6", "1", "3"), ["6", "1", "3", "0"]),
        (("0", "0", "10"), ["0", "0", "10", "0"]),
    ],
)
def test_counted_never_accepts_beyond_the_order(typed: tuple[str, ...], meaning: list[str]) -> None:
    assert split(a_line(), *typed) == meaning


def test_counted_of_more_missing_than_is_to_come_is_refused() -> None:
    with pytest.raises(Invalid, match="more is declared missing"):
        split(a_line(), "8", "0", "3")


@pytest.mark.parametrize("figure", ["-1", "0.5", "1e20"])
def test_counted_of_an_impossible_quantity_is_refused(figure: str) -> None:
    with pytest.raises(WrongQuantity):
        split(a_line(), figure)


@given(parts=st.lists(WHOLE, max_size=6), price=st.decimals(0, 100, places=4), ordered=st.integers(1, 60))
def test_counted_parts_add_up_to_the_lines_own_total(
    parts: list[Decimal], price: Decimal, ordered: int
) -> None:
    line = a_line(str(ordered), str(price))
    paid = Money.zero("EUR")
    for part in parts:
        found = counted(line, Count(line.id, part))
        paid += found.amount
        line.accepted += found.accepted
        line.over += found.over
    assert line.accepted <= line.quantity
    assert line.accepted + line.over == sum(parts)
    assert paid == line.unit_price.times(line.accepted)


def test_counted_of_a_replacement_is_accepted_and_never_paid_twice() -> None:
    line = a_line(accepted="10", replaced="3")
    found = counted(line, Count(line.id, Decimal(3)))
    assert (found.accepted, found.over, found.amount) == (Decimal(3), 0, Money.zero("EUR"))


def test_expected_is_what_is_announced_else_what_is_under_way_else_the_rest() -> None:
    first, second = a_line(shipped="6", accepted="2"), a_line(shipped="0")
    assert expected([first, second], {first.id: Decimal(4)}) == {first.id: Decimal(4), second.id: Decimal(0)}
    assert expected([first, second], None) == {first.id: Decimal(4), second.id: Decimal(0)}
    assert expected([second], None) == {second.id: Decimal(10)}
