"""Does a sales desk keep its prices on pages, in both languages, and see what is wrong at its field?"""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.foundation import clock
from marketplace.sellers.price_lists.models import PriceList
from marketplace.sellers.price_lists.queries import versions_of
from marketplace.sellers.promotions.models import Promotion
from tests.cast import Cast
from tests.factories.catalogue import a_product
from tests.factories.prices import a_group, a_list, a_promotion, price_of
from tests.house.test_statements import counting


@pytest.fixture
def desk(browser: FlaskClient, market: Cast) -> FlaskClient:
    return market.sign_in(browser, market.bolt, "sales_desk")


def today(days: int = 0) -> str:
    return (clock.today() + timedelta(days=days)).isoformat()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_page_answers_in_both_languages(desk: FlaskClient, market: Cast, language: str) -> None:
    product_id = a_product(market.bolt, sku="VIS", price="10", tiers={10: "9"})
    group_id = a_group(market.bolt, market.acme)
    list_id = a_list(
        market.bolt, {product_id: "9"}, tiers={100: "8"}, pack=("12", "1", "2"), group_id=group_id
    )
    promotion_id = a_promotion(market.bolt, sku="VIS", price="5")
    with market.bolt.reading("sales_desk"):
        line_id = versions_of(list_id, product_id)[0].id
    desk.set_cookie("language", language)
    for address in (
        "/price-lists/", "/price-lists/?standing=over", "/price-lists/new", f"/price-lists/{list_id}?q=vis",
        f"/price-lists/{list_id}/name", f"/price-lists/{list_id}/end", f"/price-lists/{list_id}/import",
        f"/price-lists/{list_id}/prices?after_line={line_id}", f"/price-lists/{list_id}/products/{product_id}",
        f"/price-lists/lines/{line_id}/end", "/customer-groups/", "/customer-groups/new",
        f"/customer-groups/{group_id}", f"/customer-groups/{group_id}/name",
        "/promotions/", "/promotions/?standing=planned", "/promotions/new", f"/promotions/{promotion_id}/end",
        "/prices/check", f"/prices/check?buyer_id={market.acme.id}&sku=VIS&quantity=150&day={today(1)}",
    ):  # fmt: skip
        answer = desk.get(address)
        assert answer.status_code == 200, (address, answer.text)


def test_a_list_is_opened_filled_and_ended_by_form(desk: FlaskClient, market: Cast) -> None:
    product_id = a_product(market.bolt, sku="VIS", price="10")
    opened = desk.post(
        "/price-lists/new",
        data={"name": "Acme", "currency": "EUR", "starts_on": today(), "buyer_id": str(market.acme.id)},
    )
    address = opened.location
    said = {"sku": "VIS", "price": "9.5", "starts_on": today(), "kind": "incremental"}
    tiers = {
        "tiers-0-from_quantity": "100",
        "tiers-0-amount": "9",
        "tiers-3-from_quantity": "200",
        "tiers-3-amount": "8",
    }
    written = desk.post(f"{address}/prices", data=said | tiers)
    assert written.status_code == 303
    assert "beyond 100" in desk.get(written.location).text
    assert price_of(market.acme, product_id, 150).line_total.amount == 1400
    assert desk.post(f"{address}/name", data={"name": "Acme Industrie"}).status_code == 303
    assert desk.post(f"{address}/end", data={"ends_on": today(-1)}).status_code == 303
    assert price_of(market.acme, product_id, 150).line_total.amount == 1500
    assert "Price list ended" in desk.get(address).text


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("sku", "NONE", "no such product"),
        ("price", "0", "More than zero"),
        ("price", "1e9", "is not a number"),
        ("price", "0.00001", "More than zero"),
        ("price", "1.23456", "At most 4 decimals"),
        ("starts_on", today(-1), "stays as it was"),
        ("ends_on", today(-1), "cannot be before"),
        ("tiers-0-amount", "11", "cheaper than the one before"),
        ("tiers-0-from_quantity", "", "needs a quantity and a price"),
        ("pack_quantity", "12", "a pack needs a surcharge"),
        ("kind", "other", "Not a valid choice"),
    ],
)
def test_a_bad_price_is_refused_at_its_field_and_nothing_typed_is_lost(
    desk: FlaskClient, market: Cast, field: str, typed: str, words: str
) -> None:
    product_id = a_product(market.bolt, sku="VIS", price="10")
    list_id = a_list(market.bolt, {})
    said = {
        "sku": "VIS", "price": "9", "starts_on": today(), "kind": "all_units", "tiers-0-from_quantity": "77",
        "tiers-0-amount": "8",
    }  # fmt: skip
    answer = desk.post(f"/price-lists/{list_id}/prices", data=said | {field: typed})
    assert answer.status_code in (409, 422)
    assert words in answer.text
    assert 'value="VIS"' in answer.text or field == "sku"
    with market.bolt.reading("sales_desk"):
        assert versions_of(list_id, product_id) == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"group_id": "{group}"}, "Either a group or one customer"),
        ({"name": "Tarif"}, "Another list has this name"),
        ({"currency": "XXX"}, "Not a valid choice"),
        ({"starts_on": "yesterday"}, "This is no day of the calendar"),
    ],
)
def test_a_bad_list_is_refused_at_its_field(
    desk: FlaskClient, market: Cast, changed: dict[str, str], words: str
) -> None:
    a_list(market.bolt, {}, name="Tarif")
    group = str(a_group(market.bolt))
    said = {"name": "Neuf", "currency": "EUR", "starts_on": today(), "buyer_id": str(market.acme.id)}
    values = {name: value.format(group=group) for name, value in changed.items()}
    answer = desk.post("/price-lists/new", data=said | values)
    assert answer.status_code in (409, 422)
    assert words in answer.text
    with market.bolt.reading("sales_desk") as work:
        assert [row.name for row in work.scalars(select(PriceList))] == ["Tarif"]


def test_customers_come_and_go_and_their_price_with_them(desk: FlaskClient, market: Cast) -> None:
    product_id = a_product(market.bolt, price="10")
    address = desk.post("/customer-groups/new", data={"name": "Grands comptes"}).location
    a_list(market.bolt, {product_id: "7"}, group_id=address.rpartition("/")[2])  # type: ignore[arg-type]
    assert desk.post(f"{address}/members", data={"buyer_id": str(market.acme.id)}).status_code == 303
    assert price_of(market.acme, product_id, 1).unit_price.amount == 7
    assert desk.post(f"{address}/members", data={"buyer_id": str(market.crown.id)}).status_code == 422
    assert "Customer joined a group" in desk.get(address).text
    assert desk.post(f"{address}/members/{market.acme.id}/remove").status_code == 303
    assert price_of(market.acme, product_id, 1).unit_price.amount == 10
    assert desk.post(f"{address}/members/{market.acme.id}/remove").status_code == 404


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, "Either a percentage or a price"),
        ({"percentage": "10", "price": "5", "sku": "VIS"}, "Either a percentage or a price"),
        ({"percentage": "100"}, "less than 100"),
        ({"percentage": "-3"}, "less than 100"),
        ({"price": "5"}, "needs the product"),
        ({"price": "0", "sku": "VIS"}, "More than zero"),
        ({"percentage": "5", "minimum_quantity": "0"}, "more than zero"),
        ({"percentage": "5", "minimum_quantity": "0.5", "sku": "VIS"}, "divided that finely"),
        ({"percentage": "5", "ends_on": ""}, "fill this in"),
    ],
)
def test_a_bad_promotion_is_refused_at_its_field(
    desk: FlaskClient, market: Cast, said: dict[str, str], words: str
) -> None:
    a_product(market.bolt, sku="VIS")
    frame = {"title": "P", "starts_on": today(), "ends_on": today(3), "currency": "EUR"}
    answer = desk.post("/promotions/new", data=frame | said)
    assert answer.status_code == 422
    assert words in answer.text
    with market.bolt.reading("sales_desk") as work:
        assert work.scalars(select(Promotion)).all() == []


def test_a_promotion_is_planned_and_ended_by_form(desk: FlaskClient, market: Cast) -> None:
    product_id = a_product(market.bolt, sku="VIS", price="10")
    said = {
        "title": "Soldes",
        "starts_on": today(),
        "ends_on": today(3),
        "percentage": "12.5",
        "currency": "EUR",
    }
    assert desk.post("/promotions/new", data=said).status_code == 303
    assert price_of(market.acme, product_id, 1).unit_price.amount.normalize() == 8.75
    with market.bolt.reading("sales_desk") as work:
        [row] = work.scalars(select(Promotion))
    assert desk.post(f"/promotions/{row.id}/end", data={"ends_on": today(-2)}).status_code == 422
    assert desk.post(f"/promotions/{row.id}/end", data={"ends_on": today(-1)}).status_code == 303
    assert price_of(market.acme, product_id, 1).unit_price.amount == 10


def test_check_answers_for_a_customer_and_refuses_nonsense_at_its_field(
    desk: FlaskClient, market: Cast
) -> None:
    product_id = a_product(market.bolt, sku="VIS", price="10", minimum_quantity=10, step_quantity=5)
    a_list(market.bolt, {product_id: "9"}, name="Secret", buyer=market.acme)
    asked = f"/prices/check?buyer_id={market.acme.id}&day={today()}"
    assert "€135.00" in desk.get(f"{asked}&sku=VIS&quantity=15").text
    assert (
        "€150.00"
        in desk.get(f"/prices/check?buyer_id={market.nosy.id}&day={today()}&sku=VIS&quantity=15").text
    )
    for nonsense, words in (("sku=X&quantity=15", "no such product"), ("sku=VIS&quantity=12", "steps of 5")):
        answer = desk.get(f"{asked}&{nonsense}")
        assert (answer.status_code, words in answer.text) == (422, True)


def test_a_list_takes_as_many_statements_for_thirty_prices_as_for_one(
    desk: FlaskClient, market: Cast
) -> None:
    ids = [a_product(market.bolt, sku=f"V-{number}") for number in range(30)]
    few, many = a_list(market.bolt, {ids[0]: "1"}), a_list(market.bolt, dict.fromkeys(ids, "1"), name="Long")
    counts = []
    for address in (f"/price-lists/{few}", f"/price-lists/{many}"):
        desk.get(address)
        with counting() as sent:
            assert desk.get(address).status_code == 200
        counts.append(len(sent))
    assert counts[0] == counts[1]


def test_only_the_sales_desk_sees_them(browser: FlaskClient, market: Cast) -> None:
    for party, role in ((market.bolt, "warehouse"), (market.acme, "procurement_lead")):
        market.sign_in(browser, party, role)
        for address in ("/price-lists/", "/customer-groups/", "/promotions/", "/prices/check"):
            assert browser.get(address).status_code == 403
