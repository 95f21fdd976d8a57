"""Is everything found that should be, best first, and nothing that may not be seen?"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, text
from werkzeug.datastructures import MultiDict

from marketplace.buyers.shopping.finding import Found, found, shelved
from marketplace.buyers.shopping.questions import Order, Question
from marketplace.foundation import background, clock
from marketplace.foundation.db import owner_engine
from marketplace.identity.organisations.actions import suspend_organisation
from marketplace.sellers.catalogue import queries
from marketplace.sellers.catalogue.actions import change_product, show_to, withdraw_product
from marketplace.sellers.catalogue.models import Product
from tests.cast import Cast, Party
from tests.databases import clone
from tests.factories.agreements import an_agreement
from tests.factories.catalogue import COPIES_OF_PRODUCTS, a_product
from tests.factories.facts import specified
from tests.factories.statements import counting
from tests.factories.stock import a_policy

GTIN = "4006381333931"
BLACK = Question(typed="black noir")


def answer(party: Party, question: Question | str, **others: int) -> Found:
    with party.reading("requester"):
        return found(question if isinstance(question, Question) else Question(question), **others)


def skus(party: Party, question: Question | str) -> list[str]:
    ids = answer(party, question).product_ids
    with party.reading("requester"):
        rows = queries.products(ids)
    return [rows[identity].sku for identity in ids]


def stocked(market: Cast) -> None:
    number = {"maker": "Bosch", "maker_part_number": "GSR18V-55"}
    a_product(market.bolt, sku="DRILL-18V", name="Perceuse visseuse 18 V", lead_time_days=9, **number)
    a_product(market.bolt, sku="CABLE-3", name="Câble souple H07 3G1,5 noir", cpv_code="31300000", price="80")
    a_product(
        market.crown, sku="PHONE", name="Galaxy S9 64GB black", cpv_code="32250000", price="300", gtin=GTIN
    )
    a_product(
        market.crown, sku="CASE", name="Black case for Galaxy S9", cpv_code="32000000", price="9", stock=5
    )
    a_product(
        market.crown, sku="000123-45", name="Micro-onde", cpv_code="39711362", maker_part_number="GALAXY"
    )
    a_product(market.crown, sku="AS-1", name="Aspirateur industriel", cpv_code="39713430", unit_code="BX")
    for sku in ("A", "B", "C"):
        a_product(market.pry, sku=sku, name=f"Frigo congelateur {sku}", cpv_code="39711110")
    certified(market)
    market.run_jobs()


def certified(market: Cast) -> None:
    """The phone bears what holds today for the last time, the cable what has ended, the case what has no end."""
    today = clock.today()
    said = {
        "PHONE": f"FSC; ISO 9001 ({today})",
        "CABLE-3": f"FSC (2020-01-31); ISO 9001 ({today - timedelta(days=1)}); RoHS",
        "CASE": "FSC; RoHS (2099-12-31)",
    }
    with market.platform() as work:
        known = {row.sku: row.id for row in work.scalars(select(Product).where(Product.sku.in_(said)))}
    for sku, certificates in said.items():
        specified(market.bolt if sku == "CABLE-3" else market.crown, known[sku], certificates=certificates)


@pytest.fixture(scope="module")
def shop(portal: Flask) -> Iterator[Cast]:
    """A market in which is only looked."""
    with clone(), background.in_this_process():
        cast = Cast.present()
        stocked(cast)
        with portal.test_request_context(base_url="http://localhost"):
            an_agreement(cast, cast.acme, cast.crown, {"PHONE": "8.50"})
        yield cast


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("perceuses", "DRILL-18V"),
        ("bosch 18v", "DRILL-18V"),
        ("cable noir", "CABLE-3"),
        ("CÂBLES", "CABLE-3"),
        ("galaxy 64 gb", "PHONE"),
        ("galaxy case", "CASE"),
        ("galaxy s9 64gb nonsense", "PHONE"),
        (GTIN, "PHONE"),
        ("0" + GTIN, "PHONE"),
        ("00" + GTIN, "PHONE"),
        ("4 006381-333931", "PHONE"),
        ("gsr 18v 55", "DRILL-18V"),
        ("gsr18v55", "DRILL-18V"),
        ("galaxy GSR18V-55", "DRILL-18V"),
        ("galaxy gsr 18v 55 black", "DRILL-18V"),
        ("galaxy", "000123-45"),
        ("12345", "000123-45"),
        ("00012345", "000123-45"),
        ("000123 45", "000123-45"),
        ("drill18v", "DRILL-18V"),
        ("galxy 64gb", "PHONE"),
        ("gallaxy 64gb", "PHONE"),
        ("glaaxy 64gb", "PHONE"),
        ("galaxu 64gb", "PHONE"),
        ("GSR18V56", "DRILL-18V"),
        ("4006381333932", "PHONE"),
        ("vissseuze", "DRILL-18V"),
        ("galaxycase", "CASE"),
        ("micro onde", "000123-45"),
        ("perceusevisseuse", "DRILL-18V"),
    ],
)
def test_found_first_is_what_was_meant(shop: Cast, typed: str, first: str) -> None:
    assert skus(shop.acme, typed)[0] == first


@pytest.mark.parametrize("typed", ["?!", "zzzzzzzz", "'; DROP SCHEMA products --", "%", "\x00", "x" * 200])
def test_found_for_nothing_is_nothing(shop: Cast, typed: str) -> None:
    assert answer(shop.acme, typed).total == 0


def test_found_says_which_word_it_doubted(shop: Cast) -> None:
    assert answer(shop.acme, "black Galxy").guessed == {"galxy": ["galax"]}
    assert answer(shop.acme, "black Galaxy").guessed == {}


def test_found_reads_no_more_than_somebody_types() -> None:
    assert Question.asked(MultiDict({"q": "?" * 190 + " galaxy"})).typed.endswith(" galaxy")
    assert "galaxy" not in Question.asked(MultiDict({"q": "?" * 200 + " galaxy"})).typed


def test_found_doubts_no_word_for_the_sake_of_one_that_this_buyer_may_not_see(market: Cast) -> None:
    stocked(market)
    product_id = a_product(market.bolt, sku="SECRET", name="Zorglub")
    with market.bolt.at_work("sales_desk"):
        show_to(product_id=product_id, buyer_id=market.acme.id)
    market.run_jobs()
    for typed in ("zorglup", "zorglubx", "zorqlbu"):
        assert answer(market.acme, typed).guessed == {typed: ["zorglub"]}
        assert answer(market.nosy, typed).guessed == {}


def test_found_is_only_what_this_buyer_may_see(market: Cast) -> None:
    stocked(market)
    product_id = a_product(market.bolt, sku="SECRET", name="Galaxy secret", maker_part_number="SEC-1234")
    with market.bolt.at_work("sales_desk"):
        show_to(product_id=product_id, buyer_id=market.acme.id)
    market.run_jobs()
    assert "SECRET" in skus(market.acme, "galaxy secret")
    assert "SECRET" in skus(market.acme, "SEC-1234")
    for typed in ("galaxy secret", "SEC-1234", "SECRET", "SEC-1235"):
        result = answer(market.nosy, typed)
        assert product_id not in result.product_ids
        assert market.bolt.id not in result.sellers


def test_found_is_no_withdrawn_product_at_once_and_a_changed_name_soon(market: Cast) -> None:
    product_id = a_product(market.bolt, sku="A-1", name="Marteau")
    other = a_product(market.bolt, sku="A-2", name="Marteau arrache-clou")
    market.run_jobs()
    with market.bolt.at_work("sales_desk"):
        withdraw_product(product_id=product_id)
        change_product(product_id=other, name="Tenaille")
    assert skus(market.acme, "marteau") == ["A-2"]
    market.run_jobs()
    assert skus(market.acme, "marteau") == []
    assert skus(market.acme, "tenailles") == ["A-2"]


def test_found_is_nothing_of_a_suspended_supplier(market: Cast) -> None:
    stocked(market)
    with market.platform():
        suspend_organisation(organisation_id=market.crown.id, reason="test")
    assert skus(market.acme, "galaxy") == []
    with market.acme.reading("requester"):
        assert market.crown.id not in shelved(Question()).sellers


def test_facets_count_what_was_found(shop: Cast) -> None:
    result = answer(shop.acme, BLACK)
    assert (result.total, result.is_cut_off) == (3, False)
    assert result.categories == {"31": 1, "32": 2}
    assert result.sellers == {shop.bolt.id: 1, shop.crown.id: 2}
    assert result.bands == {0: 2, 2: 1}
    assert result.days == {1: 3}
    assert result.units == {"C62": 3}
    assert result.certificates == {"FSC": 2, "RoHS": 2, "ISO 9001": 1}
    assert (result.in_stock, result.on_contract) == (1, 1)
    assert answer(shop.nosy, BLACK).on_contract == 0


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        ({"category": "31"}, {"CABLE-3"}),
        ({"category": "3225"}, {"PHONE"}),
        ({"bands": (0,)}, {"CASE", "PHONE"}),
        ({"bands": (0, 2)}, {"CASE", "PHONE", "CABLE-3"}),
        ({"bands": (4,)}, set()),
        ({"category": "32", "in_stock": True}, {"CASE"}),
        ({"on_contract": True}, {"PHONE"}),
        ({"on_contract": True, "in_stock": True}, set()),
        ({"days": (0,)}, set()),
        ({"days": (1, 3)}, {"CASE", "PHONE", "CABLE-3"}),
        ({"units": ("BX",)}, set()),
        ({"certificates": ("FSC",)}, {"PHONE", "CASE"}),
        ({"certificates": ("ISO 9001",)}, {"PHONE"}),
        ({"certificates": ("ISO 9001", "RoHS")}, {"PHONE", "CASE", "CABLE-3"}),
        ({"certificates": ("RoHS",), "in_stock": True}, {"CASE"}),
        ({"certificates": ("fsc", "'; --")}, set()),
    ],
)
def test_found_with_choices_is_what_fits_all_of_them(
    shop: Cast, choices: dict[str, object], expected: set[str]
) -> None:
    assert set(skus(shop.acme, BLACK.otherwise(**choices))) == expected


def test_found_of_several_suppliers_is_of_any_of_them(shop: Cast) -> None:
    crown, both = (shop.crown.id,), (shop.crown.id, shop.bolt.id)
    assert set(skus(shop.acme, BLACK.otherwise(sellers=crown))) == {"PHONE", "CASE"}
    assert set(skus(shop.acme, BLACK.otherwise(sellers=both))) == {"PHONE", "CASE", "CABLE-3"}


CHOICES = (
    Question(typed="black noir galaxy frigo perceuse"),
    Question(typed="galaxy", in_stock=True),
    Question(typed="black noir", bands=(0,), days=(1,)),
    Question(category="39"),
    Question(category="39", order=Order.NAME),
    Question(in_stock=True),
    Question(on_contract=True),
    Question(units=("BX", "C62"), days=(1,)),
    Question(certificates=("FSC", "RoHS")),
    Question(category="32", certificates=("FSC",), in_stock=True),
)


@pytest.mark.parametrize("question", CHOICES, ids=repr)
def test_a_facet_counts_what_its_choice_then_finds(shop: Cast, question: Question) -> None:
    """For every choice of every kind: with that choice alone of its kind, as many are found as were announced."""
    question = question.otherwise(order=Order.NAME)
    result = answer(shop.acme, question)
    for kind, counts in (
        ("sellers", result.sellers),
        ("bands", result.bands),
        ("days", result.days),
        ("units", result.units),
        ("certificates", result.certificates),
    ):
        for choice, count in counts.items():
            assert answer(shop.acme, question.otherwise(**{kind: (choice,)})).total == count, (kind, choice)
    for prefix, count in result.categories.items():
        assert answer(shop.acme, question.otherwise(category=prefix)).total == count, prefix
    for kind in ("in_stock", "on_contract"):
        assert answer(shop.acme, question.otherwise(**{kind: True})).total == getattr(result, kind)


def test_a_certificate_that_ends_today_is_found_no_more_tomorrow(shop: Cast) -> None:
    question = Question(certificates=("ISO 9001",))
    for hours, expected in ((0, ["PHONE"]), (24, [])):
        with time_machine.travel(clock.now() + timedelta(hours=hours), tick=False):
            assert skus(shop.acme, question) == expected
            assert answer(shop.acme, question).certificates.get("ISO 9001", 0) == len(expected)


def test_what_bears_a_certificate_is_found_however_many_came_on_the_shelf_since(market: Cast) -> None:
    old, _ = a_product(market.bolt, sku="OLD"), a_product(market.bolt, sku="NEW")
    private = a_product(market.bolt, sku="MINE")
    for each in (old, private):
        specified(market.bolt, each, certificates="Halal")
    with market.bolt.at_work("sales_desk"):
        show_to(product_id=private, buyer_id=market.acme.id)
    with owner_engine().begin() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        connection.execute(text(COPIES_OF_PRODUCTS), {"many": 6_100})
    question = Question(certificates=("Halal",))
    assert skus(market.nosy, question) == ["OLD"]
    assert answer(market.nosy, question).certificates == {"Halal": 1}
    assert set(skus(market.acme, question)) == {"OLD", "MINE"}


def test_facets_of_a_chosen_kind_count_the_other_choices_too(shop: Cast) -> None:
    chosen = answer(shop.acme, BLACK.otherwise(sellers=(shop.bolt.id,)))
    assert (chosen.total, chosen.sellers) == (1, {shop.bolt.id: 1, shop.crown.id: 2})
    assert chosen.bands == {2: 1}


def test_shelves_count_what_each_member_sees_and_go_down_to_the_category(market: Cast) -> None:
    a_product(market.bolt, sku="1", cpv_code="31320000")
    private = a_product(market.bolt, sku="2", cpv_code="31311000")
    a_product(market.crown, sku="3", cpv_code="44512000")
    with market.bolt.at_work("sales_desk"):
        show_to(product_id=private, buyer_id=market.acme.id)
    for party, division, finer in (
        (market.acme, {"31": 2, "44": 1}, {"313": 2}),
        (market.nosy, {"31": 1, "44": 1}, {"313": 1}),
    ):
        with party.reading("requester"):
            assert shelved(Question()).categories == division
            assert shelved(Question(category="31")).categories == finer
    with market.acme.reading("requester"):
        assert shelved(Question(category="313")).categories == {"3131": 1, "3132": 1}
        assert shelved(Question(category="44", sellers=(market.bolt.id,))).total == 0
        assert shelved(Question(sellers=(market.bolt.id,))).sellers == {market.bolt.id: 2, market.crown.id: 1}


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (Order.NAME, ["CASE", "CABLE-3", "PHONE"]),
        (Order.PRICE, ["PHONE", "CASE", "CABLE-3"]),
        (Order.DAYS, ["CASE", "PHONE", "CABLE-3"]),
    ],
)
def test_found_in_another_order_is_the_same(shop: Cast, order: Order, expected: list[str]) -> None:
    ordered = skus(shop.acme, BLACK.otherwise(order=order))
    assert sorted(ordered) == sorted(expected)
    if order != Order.DAYS:
        assert ordered == expected


def test_found_in_stock_is_nothing_of_a_supplier_that_shows_no_stock(market: Cast) -> None:
    a_product(market.bolt, sku="B", name="Vis", stock=5)
    a_product(market.crown, sku="C", name="Vis", stock=5)
    market.run_jobs()
    assert set(skus(market.acme, Question("vis", in_stock=True))) == {"B", "C"}
    a_policy(market.crown, shows="nothing")
    assert set(skus(market.acme, Question("vis", in_stock=True))) == {"B"}
    assert answer(market.acme, "vis").in_stock == 1


def test_found_by_price_compares_the_base_unit(market: Cast) -> None:
    a_product(market.bolt, sku="BOX", name="Vis", price="10", unit_code="BX", pack_size="100")
    a_product(market.bolt, sku="ONE", name="Vis", price="0.20")
    a_product(market.bolt, sku="DOLLAR", name="Vis", price="0.01", currency="USD")
    a_product(market.bolt, sku="TEN", name="Vis", price="1.50", unit_code="BX", pack_size="10")
    market.run_jobs()
    assert skus(market.acme, Question("vis", order=Order.PRICE)) == ["BOX", "TEN", "ONE", "DOLLAR"]


def test_found_by_pages_shows_each_product_once(market: Cast) -> None:
    for number in range(5):
        a_product(market.bolt, sku=f"V-{number}", name="Vis inox")
    market.run_jobs()
    for question in (Question("vis"), Question("vis", order=Order.NAME), Question(days=(1,))):
        pages = [answer(market.acme, question, skipped=skip, wanted=2).product_ids for skip in (0, 2, 4)]
        assert len({identity for page in pages for identity in page}) == 5


@pytest.mark.parametrize(
    ("typed", "most"), [("frigo", 2), ("galxy blakc", 3), ("galxy zzyzzyx", 4), (GTIN, 2)]
)
def test_found_takes_two_statements_or_some_more_where_it_guesses(shop: Cast, typed: str, most: int) -> None:
    with shop.acme.reading("requester"), counting() as statements:
        found(Question(typed))
    asked = [
        statement for statement in statements if statement.startswith("SELECT") and "doors." in statement
    ]
    assert len(asked) == most, asked
