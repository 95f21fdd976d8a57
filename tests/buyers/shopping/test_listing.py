"""Is a list of numbers understood line by line, and does each line that cannot be had say why?"""

from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
import xlsxwriter
from flask.testing import FlaskClient

from marketplace.buyers.requisitions.queries import lines_of as lines_of_cart, my_cart
from marketplace.buyers.shopping.listing import MOST, asked_of, lines_of, written
from marketplace.foundation.errors import Invalid
from marketplace.sellers.catalogue.actions import show_to, withdraw_product
from marketplace.sellers.catalogue.spreadsheets import read_sheet
from tests.cast import Cast
from tests.factories.agreements import an_agreement
from tests.factories.catalogue import a_product
from tests.factories.orders import placed_orders
from tests.factories.statements import counting

pytestmark = pytest.mark.usefixtures("speaking")
GTIN = "4006381333931"


def asked(market: Cast, typed: str) -> list[tuple[str, str]]:
    """By line, what it asks for or why it cannot be had."""
    with market.acme.reading("requester"):
        return [
            (answer.offer.product.sku, f"{answer.offer.price.quantity.normalize():f}")
            if answer.offer
            else ("", str(answer.refusal))
            for answer in asked_of(typed=typed)
        ]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("V-8;3", ("V-8", "3")),
        (" V-8 ; 3 ", ("V-8", "3")),
        ("V-8\t3\tscrews", ("V-8", "3")),
        ("V-8 3", ("V-8", "3")),
        ("V-8, 3", ("V-8", "3")),
        ("V-8,3", ("V-8", "3")),
        ("V-8", ("V-8", "")),
        ("GSR 18V", ("GSR 18V", "")),
        ("GSR 18V 2", ("GSR 18V", "2")),
        ("V-8;", ("V-8", "")),
        ("V-8;many", ("V-8", "many")),
        (";", ("", "")),
        ("12", ("12", "")),
    ],
)
def test_a_line_is_a_number_and_a_quantity(typed: str, expected: tuple[str, str]) -> None:
    assert [line[1:] for line in lines_of(f"\n{typed}\n\n")] == [expected]


def a_workbook(*rows: tuple[Any, ...]) -> bytes:
    stream = BytesIO()
    book = xlsxwriter.Workbook(stream)
    for number, row in enumerate(rows):
        book.add_worksheet() if not book.worksheets() else None
        book.worksheets()[0].write_row(number, 0, row)
    book.close()
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("Référence;Qté\nV-8;3\nV-9;4\n".encode("cp1252"), ["V-8;3", "V-9;4"]),
        ("Référence;Désignation;Quantité\nÉ-8;Vis;3\n".encode("utf-8-sig"), ["É-8;3"]),
        (b"V-8;3\nV-9;4\n", ["V-8;3", "V-9;4"]),
        (b"V-8\nV-9\n", ["V-8", "V-9"]),
        (a_workbook(("Part", "Qty"), (float(GTIN), 2.5), ("V-9", 1200)), [f"{GTIN};2.5", "V-9;1,200"]),
    ],
)
def test_a_file_is_a_list(content: bytes, expected: list[str]) -> None:
    assert written(read_sheet(content)).splitlines() == expected


def test_sku_part_number_and_gtin_find_it_and_the_least_is_meant(market: Cast) -> None:
    part = {"maker": "Bosch", "maker_part_number": "GSR-18V 55"}
    from_ten = {"minimum_quantity": 10, "step_quantity": 5}
    a_product(market.bolt, sku="V-8", **from_ten)
    a_product(market.bolt, sku="P-1", gtin=GTIN, **part)
    found = [("V-8", "10"), ("V-8", "15"), ("P-1", "2"), ("P-1", "3")]
    for typed, answer in zip(("v8", "V-8;15", "gsr18v55;2", f"{GTIN} 3"), found, strict=True):
        assert asked(market, typed) == [answer]


def test_what_cannot_be_had_says_why_and_the_rest_is_found(market: Cast) -> None:
    a_product(market.bolt, sku="V-8", minimum_quantity=10, step_quantity=5)
    a_product(market.bolt, sku="CHF", currency="CHF")
    a_product(market.bolt, sku="GONE")
    old, secret = a_product(market.bolt, sku="OLD"), a_product(market.bolt, sku="SECRET")
    with market.bolt.at_work("sales_desk"):
        withdraw_product(product_id=old)
        show_to(product_id=secret, buyer_id=market.nosy.id)
    typed = (
        "V-8;20\nV-8;20\nv8\nOLD\nSECRET\nCHF\n V-8;0\nV-8;-1\nV-8;1e99\nV-8;1000000000000\nGONE;0.5\n;3\n💥"
    )
    answers = asked(market, typed)
    assert answers[0] == ("V-8", "20")
    assert {sku for sku, _why in answers[1:]} == {""}
    assert answers[1][1] == answers[2][1] == "Line 1 asks for the same."
    assert answers[3][1] == answers[4][1] == answers[-1][1] == "Nothing that you may order has this number."
    assert "CHF" in answers[5][1]


def test_of_the_same_the_agreed_one_is_meant_then_the_cheapest(market: Cast) -> None:
    for party, price in ((market.bolt, "10"), (market.crown, "9"), (market.pry, "8")):
        a_product(party, sku=f"{party.name[0]}-1", gtin=GTIN, price=price)
    market.run_jobs()
    assert asked(market, GTIN) == [("P-1", "1")]
    an_agreement(market, market.acme, market.bolt, {"B-1": "9.50"})
    assert asked(market, GTIN) == [("B-1", "1")]


def test_different_products_of_one_number_are_left_to_a_person(market: Cast) -> None:
    a_product(market.bolt, sku="100", name="Vis")
    a_product(market.crown, sku="100", name="Perceuse")
    market.run_jobs()
    assert asked(market, "100;5") == [("", "Several products have this number. Which one is meant?")]


def test_a_list_that_is_empty_or_too_long_is_refused(market: Cast) -> None:
    for typed in ("", " \n\n", "V-8\n" * (MOST + 1)):
        with market.acme.reading("requester"), pytest.raises(Invalid):
            asked_of(typed=typed)


def test_the_page_checks_first_and_takes_what_was_found_once(browser: FlaskClient, market: Cast) -> None:
    a_product(market.bolt, sku="V-8", price="2")
    market.sign_in(browser, market.acme, "requester")
    assert browser.get("/shop/list").status_code == 200
    assert browser.post("/shop/list", data={"lines": ""}).status_code == 422
    page = browser.post("/shop/list", data={"lines": "V-8;3\nNONE;1"})
    assert page.status_code == 422
    assert "NONE;1" in page.text
    chosen = page.text.partition('name="wanted" value="')[2].partition('"')[0]
    for _click in range(2):
        assert browser.post("/shop/list/cart", data={"wanted": chosen}).status_code == 303
    with market.acme.reading("requester"):
        assert [(row.sku, row.quantity) for row in lines_of_cart(my_cart().id)] == [("V-8", 3)]
    sent = {"file": (BytesIO(b"sku;qty\nV-8;7\n"), "list.csv")}
    assert ">7<" in browser.post("/shop/list", data=sent).text.replace(" ", "").replace("\n", "")
    assert browser.post("/shop/list/cart").status_code == 404
    garbage = {"file": (BytesIO(b"\x00\x01\x02"), "list.csv")}
    assert browser.post("/shop/list", data=garbage).status_code == 422
    for bad in (
        "",
        "x",
        f"{'-' * 36} 1",
        f"{chosen.split()[0]} 0",
        f"{market.acme.id} 1",
        f"{market.acme.id} -1",
        chosen.replace(" 3", " 999999999999"),
    ):
        assert 400 <= browser.post("/shop/list/cart", data={"wanted": bad}).status_code < 500


def test_what_was_ordered_last_is_filled_in(browser: FlaskClient, market: Cast) -> None:
    first: UUID = a_product(market.bolt, sku="V-8", stock=100)
    placed_orders(market.acme, {first: "5"})
    market.sign_in(browser, market.acme, "requester")
    assert "V-8;5" in browser.get("/shop/list?from=last").text


def test_statements_do_not_grow_with_the_list(market: Cast) -> None:
    for number in range(12):
        a_product(market.bolt, sku=f"V-{number}")
    with market.acme.reading("requester"), counting() as few:
        asked_of(typed="V-0;1")
    with market.acme.reading("requester"), counting() as many:
        assert all(
            answer.offer for answer in asked_of(typed="\n".join(f"V-{number}" for number in range(12)))
        )
    assert len(many) == len(few)
