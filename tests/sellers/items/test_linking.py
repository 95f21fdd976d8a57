"""Do offers meet by their numbers, whatever the order they come in, and never against a person's word?"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings, strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from marketplace.foundation import background
from marketplace.foundation.tenancy import platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.sellers.items.actions import join_items, keep_apart, part_offer
from marketplace.sellers.items.linking import link_offers
from marketplace.sellers.items.models import Item, ItemOffer, ItemParting, ItemSuggestion
from marketplace.sellers.items.queries import item_findings
from tests.cast import Cast
from tests.conftest import clone
from tests.factories.catalogue import a_product
from tests.factories.items import a_suggestion, at_the_desk

GTINS = ("4006381333931", "4006381333948")
OFFERS = 6


class Said(NamedTuple):
    """What an offer says of itself; `circle`: None for everybody, else one of two buyers."""

    gtin: str | None = None
    maker: str | None = None
    number: str | None = None
    circle: int | None = None
    is_published: bool = True


SAID = st.builds(
    Said,
    st.sampled_from([None, *GTINS]),
    st.sampled_from([None, "Bosch", "Makita"]),
    st.sampled_from([None, "GSR-18", "GSR-55"]),
    st.sampled_from([None, None, None, 0, 1]),
    st.sampled_from([True, True, True, False]),
)
HISTORIES = st.lists(
    st.lists(st.tuples(st.integers(0, OFFERS - 1), SAID), min_size=1, max_size=4), min_size=1, max_size=6
)
History = list[list[tuple[int, Said]]]


@pytest.fixture(scope="module")
def shelf() -> Iterator[tuple[Cast, list[UUID]]]:
    """Offers of several suppliers that still say nothing."""
    with clone(), background.in_this_process():
        market = Cast.present()
        suppliers = (market.bolt, market.crown, market.pry)
        yield market, [a_product(suppliers[n % 3], sku=f"I-{n}") for n in range(OFFERS)]


def _live(market: Cast, ids: Sequence[UUID], history: History, work: Session) -> dict[int, Said]:
    """Each batch of changes is written and heard; returns what the offers say in the end."""
    said = dict.fromkeys(range(OFFERS), Said())
    for batch in history:
        for number, news in batch:
            said[number] = news
            buyer = None if news.circle is None else (market.acme, market.nosy)[news.circle].id
            work.execute(
                text(
                    "UPDATE products SET gtin = :gtin, maker = :maker, maker_part_number = :number,"
                    " visible_to_id = :buyer, status = :status WHERE id = :id"
                ),
                {
                    "gtin": news.gtin,
                    "maker": news.maker,
                    "number": news.number,
                    "buyer": buyer,
                    "status": "published" if news.is_published else "withdrawn",
                    "id": ids[number],
                },
            )
        link_offers({ids[number] for number, _ in batch})
    return said


def _together(work: Session) -> set[frozenset[UUID]]:
    found: dict[UUID | None, set[UUID]] = {}
    for row in work.execute(select(ItemOffer.product_id, ItemOffer.item_id)):
        found.setdefault(row.item_id, set()).add(row.product_id)
    return {frozenset(products) for products in found.values()}


def _keys(work: Session) -> dict[UUID, str]:
    return {row.product_id: row.key for row in work.execute(select(ItemOffer.product_id, ItemOffer.key))}


def _contradict(one: Said, other: Said) -> bool:
    """Whether two offers cannot be one thing by what they say."""
    numbers = [(s.maker, s.number) if s.maker and s.number else None for s in (one, other)]
    return any(
        left is not None and right is not None and left != right
        for left, right in ((one.gtin, other.gtin), (one.maker, other.maker), (numbers[0], numbers[1]))
    )


def _forget(work: Session) -> None:
    for table in (ItemSuggestion, ItemParting, ItemOffer, Item):
        work.execute(text(f"DELETE FROM {table.__tablename__}"))


@given(history=HISTORIES)
@settings(
    phases=[Phase.explicit, Phase.generate],
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@example(
    history=[
        [(0, Said(GTINS[0], "Bosch", "GSR-18")), (1, Said(None, "Bosch", "GSR-18"))],
        [(2, Said(GTINS[0], "Makita"))],
    ]
)
def test_where_offers_stand_follows_from_what_they_say_not_from_its_history(
    shelf: tuple[Cast, list[UUID]], history: History
) -> None:
    market, ids = shelf
    with unit_of_work(platform("tests")) as work:
        _live(market, ids, [[(n, Said()) for n in range(OFFERS)]], work)
        said = _live(market, ids, history, work)
        keys, together = _keys(work), _together(work)
        link_offers(ids)
        assert (_keys(work), _together(work)) == (keys, together)
        _forget(work)
        for product_id in reversed(ids):
            link_offers([product_id])
        assert (_keys(work), _together(work)) == (keys, together)
        assert list(item_findings()) == []
        public = [n for n, news in said.items() if news.is_published and news.circle is None]
        for one, other in combinations(public, 2):
            if keys[ids[one]] == keys[ids[other]]:
                assert not _contradict(said[one], said[other])
        work.rollback()


@given(before=HISTORIES, between=HISTORIES, after=HISTORIES)
@settings(
    phases=[Phase.explicit, Phase.generate],
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@example(
    before=[[(0, Said(GTINS[0])), (1, Said())]],
    between=[],
    after=[[(0, Said(GTINS[1])), (1, Said(GTINS[0]))]],
)
def test_what_was_joined_stays_joined_and_what_was_parted_stays_parted_whatever_numbers_say(
    shelf: tuple[Cast, list[UUID]], before: History, between: History, after: History
) -> None:
    market, ids = shelf
    with at_the_desk(market) as work:
        _live(market, ids, [[(n, Said()) for n in range(OFFERS)], *before], work)
        items = _items(work)
        pair = next((p for p in combinations(items, 2) if items[p[0]] != items[p[1]]), None)
        if pair is not None:
            join_items(suggestion_id=a_suggestion(*pair))
            assert _items(work)[pair[0]] == _items(work)[pair[1]]
            _live(market, ids, between, work)
            items = _items(work)
            if set(pair) <= items.keys():
                assert items[pair[0]] == items[pair[1]]
                part_offer(product_id=pair[0], reason="not it")
                assert _items(work)[pair[0]] != _items(work)[pair[1]]
                _live(market, ids, after, work)
                items = _items(work)
                assert items.get(pair[0], 0) != items.get(pair[1], 1)
            assert list(item_findings()) == []
        work.rollback()


@given(before=HISTORIES, after=HISTORIES)
@settings(
    phases=[Phase.explicit, Phase.generate],
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_what_is_not_the_same_stays_apart_and_is_not_asked_again(
    shelf: tuple[Cast, list[UUID]], before: History, after: History
) -> None:
    market, ids = shelf
    with at_the_desk(market) as work:
        _live(market, ids, [[(n, Said()) for n in range(OFFERS)], *before], work)
        items = _items(work)
        pair = next((p for p in combinations(items, 2) if items[p[0]] != items[p[1]]), None)
        if pair is not None:
            asked = work.scalar(select(ItemSuggestion).where(ItemSuggestion.is_same.is_(None)))
            suggestion_id = asked.id if asked else a_suggestion(*pair)
            row = keep_apart(suggestion_id=suggestion_id, reason="two sizes")
            pair = (row.product_id, row.other_product_id)
            _live(market, ids, after, work)
            items = _items(work)
            assert items.get(pair[0], 0) != items.get(pair[1], 1)
            open_ones = select(ItemSuggestion).where(ItemSuggestion.is_same.is_(None))
            asked_of = [{s.product_id, s.other_product_id} for s in work.scalars(open_ones)]
            assert set(pair) not in asked_of
            assert list(item_findings()) == []
        work.rollback()


def _items(work: Session) -> dict[UUID, UUID | None]:
    rows = work.execute(select(ItemOffer.product_id, ItemOffer.item_id))
    return {row.product_id: row.item_id for row in rows}
