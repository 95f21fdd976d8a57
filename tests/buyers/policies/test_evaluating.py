"""Do buying rules find what they must, whatever the order, and never less for one rule more?"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, strategies as st

from marketplace.buyers.policies.evaluating import (
    Effect,
    Facts,
    Hit,
    Line,
    PolicyKind,
    Purchase,
    evaluate,
    in_force,
)

K = PolicyKind
TODAY = date(2026, 10, 31)
ONE, OTHER, ANY = UUID(int=1), UUID(int=2), UUID(int=7)


@dataclass(frozen=True)
class Rule:
    kind: PolicyKind
    id: UUID = ANY
    rule_id: UUID = ANY
    version: int = 1
    name: str = "Rule"
    effect: Effect = Effect.WARN
    cpv_prefix: str | None = None
    cost_centre_id: UUID | None = None
    site_id: UUID | None = None
    minimum_amount: Decimal | None = None
    figure: Decimal | None = None
    supplier_ids: list[UUID] = field(default_factory=list)
    starts_on: date = TODAY
    ends_on: date | None = None
    is_on: bool = True


LINE = Line(
    id=UUID(int=100),
    position=1,
    name="Vis",
    product_id=ONE,
    seller_id=ONE,
    cpv_code="44316000",
    unit_price=Decimal(11),
    amount=Decimal(110),
    is_agreed=False,
)
FACTS = Facts(suppliers={ONE: 2}, paid={ONE: Decimal(10)}, points={ONE: Decimal(60)})


def found(rule: Rule, line: Line, facts: Facts) -> list[dict[str, str]]:
    return [dict(hit.found) for hit in evaluate([rule], Purchase([line]), facts)]


@pytest.mark.parametrize(
    ("rule", "line", "facts", "expected"),
    [
        (Rule(K.CATEGORY_BAN, cpv_prefix="443"), LINE, FACTS, {"category": "44316000"}),
        (Rule(K.CATEGORY_BAN, cpv_prefix="45"), LINE, FACTS, None),
        (Rule(K.PREFERRED_SUPPLIER, supplier_ids=[OTHER]), LINE, FACTS, {}),
        (Rule(K.PREFERRED_SUPPLIER, supplier_ids=[OTHER, ONE]), LINE, FACTS, None),
        (Rule(K.QUOTES, figure=Decimal(3)), LINE, FACTS, {"suppliers": "2"}),
        (Rule(K.QUOTES, figure=Decimal(2)), LINE, FACTS, None),
        (Rule(K.QUOTES, figure=Decimal(2)), LINE, Facts(), {"suppliers": "1"}),
        (Rule(K.CONTRACT_FIRST), LINE, FACTS, {}),
        (Rule(K.CONTRACT_FIRST), replace(LINE, is_agreed=True), FACTS, None),
        (Rule(K.STANDING, figure=Decimal(61)), LINE, FACTS, {"points": "60"}),
        (Rule(K.STANDING, figure=Decimal(60)), LINE, FACTS, None),
        (Rule(K.STANDING, figure=Decimal(60)), LINE, Facts(), None),
        (Rule(K.STANDING, figure=Decimal(0)), LINE, Facts(barred={ONE}), {}),
        (Rule(K.PRICE_RISE, figure=Decimal("9.99")), LINE, FACTS, {"paid": "10", "asked": "11"}),
        (Rule(K.PRICE_RISE, figure=Decimal(10)), LINE, FACTS, None),
        (Rule(K.PRICE_RISE, figure=Decimal(0)), LINE, Facts(), None),
    ],
)
def test_evaluate_finds_what_each_kind_asks_and_nothing_at_its_edge(
    rule: Rule, line: Line, facts: Facts, expected: dict[str, str] | None
) -> None:
    assert found(rule, line, facts) == ([] if expected is None else [expected])


def test_evaluate_counts_the_amount_of_all_lines_together_so_that_splitting_is_no_way_around() -> None:
    rule = Rule(K.CONTRACT_FIRST, cpv_prefix="44", minimum_amount=Decimal(200))
    halves = [replace(LINE, id=UUID(int=n), amount=Decimal(100)) for n in (1, 2)]
    elsewhere = replace(LINE, id=UUID(int=3), cpv_code="30000000", amount=Decimal(900))
    assert evaluate([rule], Purchase([halves[0], elsewhere]), FACTS) == []
    assert [hit.line for hit in evaluate([rule], Purchase([*halves, elsewhere]), FACTS)] == halves


def test_evaluate_asks_for_the_destination_where_the_rule_names_one() -> None:
    rule = Rule(K.CONTRACT_FIRST, cost_centre_id=ONE, site_id=OTHER)
    assert len(evaluate([rule], Purchase([LINE], ONE, OTHER), FACTS)) == 1
    for centre_id, site_id in ((ONE, ONE), (OTHER, OTHER), (None, None)):
        assert evaluate([rule], Purchase([LINE], centre_id, site_id), FACTS) == []


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        (Rule(K.CONTRACT_FIRST), True),
        (Rule(K.CONTRACT_FIRST, ends_on=TODAY), True),
        (Rule(K.CONTRACT_FIRST, is_on=False), False),
        (Rule(K.CONTRACT_FIRST, starts_on=date(2026, 11, 1)), False),
        (Rule(K.CONTRACT_FIRST, starts_on=date(2026, 10, 1), ends_on=date(2026, 10, 30)), False),
    ],
)
def test_in_force_on_both_days_of_a_rule(rule: Rule, holds: bool) -> None:
    assert in_force([rule], TODAY) == ([rule] if holds else [])


IDS = st.sampled_from([UUID(int=n) for n in range(1, 5)])
CODES = st.sampled_from(["44316000", "44300000", "30000000", "31100000"])
AMOUNTS = st.decimals(0, 500, places=2)
LINES = st.lists(
    st.builds(
        Line,
        id=st.uuids(),
        position=st.integers(1, 9),
        name=st.just("Vis"),
        product_id=IDS,
        seller_id=IDS,
        cpv_code=CODES,
        unit_price=AMOUNTS,
        amount=AMOUNTS,
        is_agreed=st.booleans(),
    ),
    max_size=6,
)
RULES = st.lists(
    st.builds(
        Rule,
        kind=st.sampled_from(PolicyKind),
        id=st.uuids(),
        name=st.sampled_from("ABC"),
        cpv_prefix=st.none() | st.sampled_from(["44", "443", "31"]),
        cost_centre_id=st.none() | IDS,
        site_id=st.none() | IDS,
        minimum_amount=st.none() | AMOUNTS,
        figure=st.decimals(0, 100, places=1),
        supplier_ids=st.lists(IDS, max_size=2),
    ),
    max_size=6,
)
KNOWN = st.builds(
    Facts,
    suppliers=st.dictionaries(IDS, st.integers(1, 5)),
    paid=st.dictionaries(IDS, AMOUNTS),
    points=st.dictionaries(IDS, st.decimals(0, 100, places=1)),
    barred=st.frozensets(IDS),
)


def asked(rules: Sequence[Rule], lines: Sequence[Line], facts: Facts) -> list[Hit]:
    return evaluate(rules, Purchase(lines, ONE, OTHER), facts)


@given(RULES, LINES, KNOWN, st.randoms(use_true_random=False))
def test_evaluate_is_the_same_in_whatever_order(
    rules: list[Rule], lines: list[Line], facts: Facts, chance: object
) -> None:
    shuffled_rules, shuffled_lines = list(rules), list(lines)
    chance.shuffle(shuffled_rules)  # type: ignore[attr-defined]
    chance.shuffle(shuffled_lines)  # type: ignore[attr-defined]
    assert asked(shuffled_rules, shuffled_lines, facts) == asked(rules, lines, facts)


@given(RULES, RULES, LINES, LINES, KNOWN)
def test_evaluate_finds_no_less_for_a_rule_or_a_line_more(
    rules: list[Rule], more_rules: list[Rule], lines: list[Line], more_lines: list[Line], facts: Facts
) -> None:
    few = asked(rules, lines, facts)
    assert all(hit in asked([*rules, *more_rules], lines, facts) for hit in few)
    assert all(hit in asked(rules, [*lines, *more_lines], facts) for hit in few)


@given(LINES, KNOWN)
def test_evaluate_without_a_rule_finds_nothing(lines: list[Line], facts: Facts) -> None:
    assert asked([], lines, facts) == []
