"""Can a supplier keep its catalogue by its pages, and nobody else's?"""

import io
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from marketplace.sellers.catalogue import queries
from marketplace.sellers.catalogue.actions import change_picture, show_to
from marketplace.sellers.catalogue.columns import COLUMNS
from marketplace.sellers.catalogue.models import CatalogueImport, Product
from marketplace.sellers.catalogue.spreadsheets import read_sheet
from tests.cast import Cast
from tests.factories.catalogue import TITLES, a_catalogue_file, a_picture, a_product, a_workbook
from tests.factories.prices import a_group

TYPED = {
    "sku": "A-1",
    "name": "Vis",
    "cpv_code": "44531100-6",
    "price": "1.50",
    "currency": "EUR",
    "unit_code": "C62",
    "pack_size": "100",
    "content_unit_code": "C62",
    "minimum_quantity": "10",
    "step_quantity": "5",
    "lead_time_days": "3",
}
READING = {
    **{f"column_{column.name}": "" for column in COLUMNS},
    "column_sku": "0",
    "column_name": "1",
    "column_price": "2",
    "number_style": "comma",
    "currency": "EUR",
    "cpv_code": "44000000",
    "unit_code": "C62",
    "is_published": "y",
}


@pytest.fixture
def desk(browser: FlaskClient, market: Cast) -> FlaskClient:
    return market.sign_in(browser, market.bolt, "sales_desk")


def upload(desk: FlaskClient, content: bytes) -> str:
    answer = desk.post("/catalogue/imports/new", data={"file": (io.BytesIO(content), "prix.csv")})
    assert answer.status_code == 303
    return answer.location


def product_of(market: Cast, sku: str) -> Product:
    with market.bolt.reading("sales_desk") as work:
        return work.scalars(select(Product).where(Product.sku == sku)).one()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_page_answers_in_both_languages(desk: FlaskClient, market: Cast, language: str) -> None:
    product_id = a_product(market.bolt, sku="A-1", tiers={10: "9"})
    read = upload(desk, a_catalogue_file(("A-9", "Écrou", "1,50")))
    desk.set_cookie("language", language)
    parts = ("", "/edit", "/prices", "/picture", "/audience")
    for address in (
        "/catalogue/",
        "/catalogue/?state=draft",
        "/catalogue/?q=A-1",
        "/catalogue/new",
        "/catalogue/imports",
        "/catalogue/imports/new",
        read,
        *(f"/catalogue/{product_id}{part}" for part in parts),
    ):
        assert desk.get(address).status_code == 200, address


def test_create_by_the_form_keeps_a_draft(desk: FlaskClient, market: Cast) -> None:
    answer = desk.post("/catalogue/new", data=TYPED)
    product = product_of(market, "A-1")
    assert answer.location == f"/catalogue/{product.id}"
    assert (product.status, product.cpv_code, product.pack_size, product.lead_time_days) == (
        "draft",
        "44531100",
        100,
        3,
    )


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("price", "", "Please fill this in."),
        ("price", "dear", "is not a number"),
        ("price", "0", "more than zero"),
        ("price", "99999999999999", "out of range"),
        ("gtin", "4006381333932", "check digit"),
        ("cpv_code", "12", "eight digits"),
        ("lead_time_days", "1.5", "From 0 to 365 days"),
        ("minimum_quantity", "7", "multiple of the step"),
        ("pack_size", "1e300", "below a billion"),
        ("step_quantity", "9999999999", "below a billion"),
    ],
)
def test_create_with_a_bad_value_says_why_beside_it(
    desk: FlaskClient, field: str, value: str, words: str
) -> None:
    answer = desk.post("/catalogue/new", data={**TYPED, field: value})
    assert answer.status_code in (409, 422)
    assert words in answer.text


def test_edit_keeps_what_was_typed_in_french(desk: FlaskClient, market: Cast) -> None:
    product_id = a_product(market.bolt, sku="A-1", price="1234.5")
    desk.set_cookie("language", "fr")
    assert "1\u202f234,5" in desk.get(f"/catalogue/{product_id}/edit").text
    answer = desk.post(f"/catalogue/{product_id}/edit", data={**TYPED, "price": "1\u202f234,75"})
    assert answer.status_code == 303
    assert str(product_of(market, "A-1").price.amount) == "1234.7500"


def test_prices_by_the_form_are_kept_and_emptied(desk: FlaskClient, market: Cast) -> None:
    product_id = a_product(market.bolt)
    desk.post(f"/catalogue/{product_id}/prices", data={"tiers-0-from_quantity": "10", "tiers-0-amount": "9"})
    with market.acme.reading("requester"):
        assert len(queries.tiers([product_id])[product_id]) == 1
    half = desk.post(f"/catalogue/{product_id}/prices", data={"tiers-0-from_quantity": "10"})
    assert half.status_code == 422
    desk.post(f"/catalogue/{product_id}/prices", data={"tiers-0-from_quantity": ""})
    with market.acme.reading("requester"):
        assert queries.tiers([product_id]) == {}


def test_publish_and_withdraw_of_chosen_products(desk: FlaskClient, market: Cast) -> None:
    ids = [a_product(market.bolt, sku=f"A-{n}", is_published=False) for n in range(2)]
    desk.post("/catalogue/publish", data={"product": [str(identity) for identity in ids]})
    assert product_of(market, "A-0").status == "published"
    desk.post("/catalogue/withdraw", data={"product": str(ids[0])})
    assert product_of(market, "A-0").status == "withdrawn"
    assert desk.post("/catalogue/withdraw", data={"product": str(ids[0])}).status_code == 409


def test_picture_is_shown_with_its_own_tag(desk: FlaskClient, market: Cast) -> None:
    product_id = a_product(market.bolt)
    wrong = desk.post(f"/catalogue/{product_id}/picture", data={"picture": (io.BytesIO(b"<svg/>"), "a.svg")})
    assert wrong.status_code == 422
    desk.post(f"/catalogue/{product_id}/picture", data={"picture": (io.BytesIO(a_picture()), "a.png")})
    address = f"/catalogue/{product_id}/image/{product_of(market, 'A-1').image_file_id}"
    answer = desk.get(address)
    assert (answer.status_code, answer.mimetype) == (200, "image/webp")
    assert desk.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    desk.post(f"/catalogue/{product_id}/picture/remove")
    assert desk.get(address).status_code == 404


def test_picture_of_a_private_product_is_hidden_from_others(browser: FlaskClient, market: Cast) -> None:
    product_id = a_product(market.bolt)
    with market.bolt.at_work("sales_desk"):
        change_picture(product_id=product_id, picture=a_picture())
        file_id = show_to(product_id=product_id, buyer_id=market.acme.id).image_file_id
    for party, status in ((market.acme, 200), (market.nosy, 404)):
        market.sign_in(browser, party, "requester")
        assert browser.get(f"/catalogue/{product_id}/image/{file_id}").status_code == status


def test_audience_by_the_form_keeps_the_product_for_some(desk: FlaskClient, market: Cast) -> None:
    address = f"/catalogue/{a_product(market.bolt)}/audience"
    group_id, foreign = a_group(market.bolt, market.acme), a_group(market.crown, market.acme)
    for chosen, circle_id in (
        (f"buyer {market.acme.id}", market.acme.id),
        (f"group {group_id}", group_id),
        ("agreement", market.bolt.id),
    ):
        assert desk.post(address, data={"audience": chosen}).status_code == 303
        assert product_of(market, "A-1").circle_id == circle_id
        assert f'selected value="{chosen}"' in desk.get(address).text
    for chosen in (f"group {foreign}", f"buyer {market.crown.id}", "buyer x", "everybody"):
        assert desk.post(address, data={"audience": chosen}).status_code == 422
    assert product_of(market, "A-1").circle_id == market.bolt.id
    desk.post(address, data={"audience": ""})
    assert product_of(market, "A-1").circle_id is None


def test_import_from_upload_to_result(desk: FlaskClient, market: Cast) -> None:
    rows = (("A-1", "Vis", "1,50"), ("A-2", "=1+1", "dear"))
    read = upload(desk, a_catalogue_file(*rows))
    assert "A-2" in desk.get(read).text
    tried = desk.post(read, data={**READING, "check": "1"})
    assert "Line 3, Price per unit" in tried.text
    started = desk.post(read, data=READING)
    assert started.status_code == 303
    assert "hx-get" in desk.get(started.location).text
    market.run_jobs()
    result = desk.get(started.location)
    assert "This is not a number as it is written in this file." in result.text
    assert desk.get(f"{started.location}/progress").headers["HX-Refresh"] == "true"
    assert product_of(market, "A-1").status == "published"
    assert desk.post(read, data=READING).status_code == 409


def test_import_read_without_the_number_style_asks_again(desk: FlaskClient) -> None:
    read = upload(desk, a_catalogue_file(("A-1", "Vis", "1,50")))
    answer = desk.post(read, data={name: value for name, value in READING.items() if name != "number_style"})
    assert answer.status_code == 422


def test_import_of_what_is_no_table_is_refused(desk: FlaskClient) -> None:
    answer = desk.post("/catalogue/imports/new", data={"file": (io.BytesIO(bytes(200)), "a.xlsx")})
    assert answer.status_code == 422
    assert "cannot be read" in answer.text


def test_rejected_rows_as_a_file_hold_no_formula(desk: FlaskClient, market: Cast) -> None:
    read = upload(desk, a_catalogue_file(("A-1", "Vis", "=cmd|' /C calc'!A0"), titles=TITLES))
    desk.post(read, data=READING)
    market.run_jobs()
    answer = desk.get(read.replace("/read", "/rejected"))
    assert answer.mimetype == "text/csv"
    assert "A-1;Vis;'=cmd" in answer.text
    assert "Price per unit: This is not a number" in answer.text


def test_rejected_rows_that_were_repaired_come_in(desk: FlaskClient, market: Cast) -> None:
    content = a_workbook(TITLES, ["A-1", "Vis", "beaucoup"], ["A-2", "Écrou", 2.5], ["A-3", "", 1])
    desk.post(upload(desk, content), data=READING)
    market.run_jobs()
    with market.bolt.reading("sales_desk") as work:
        import_id = work.scalars(select(CatalogueImport.id)).one()
    back = read_sheet(desk.get(f"/catalogue/imports/{import_id}/rejected").data)
    assert [row.cells[:3] for row in back.rows] == [("A-1", "Vis", "beaucoup"), ("A-3", "", 1.0)]
    assert back.titles == (*TITLES, "Reason")


def test_a_file_with_the_same_columns_is_read_as_the_last_one(desk: FlaskClient, market: Cast) -> None:
    content = a_catalogue_file(("A-1", "Vis", "1,50"), titles=("x", "y", "z"))
    chosen = {"column_sku": "2", "column_name": "1", "column_price": "0", "cpv_code": "44000000"}
    desk.post(
        upload(desk, a_catalogue_file(("1,50", "Vis", "A-1"), titles=("x", "y", "z"))), data=READING | chosen
    )
    market.run_jobs()
    asked = desk.get(upload(desk, content)).text
    assert "As for the last file with these columns." in asked
    assert '<option selected value="2">z</option>' in asked
    market.sign_in(desk, market.crown, "sales_desk")
    assert "Guessed from the titles" in desk.get(upload(desk, content)).text


def test_a_category_for_the_rest_is_asked_only_where_the_file_has_none(
    desk: FlaskClient, market: Cast
) -> None:
    without = {**READING, "cpv_code": ""}
    plain = a_catalogue_file(("A-1", "Vis", "1,50"))
    assert "Please fill this in." in desk.post(upload(desk, plain), data=without).text
    classified = a_catalogue_file(("A-1", "Vis", "1,50", "44531100"), titles=(*TITLES, "CPV"))
    assert desk.post(upload(desk, classified), data={**without, "column_cpv_code": "3"}).status_code == 303


def test_import_is_stopped_by_its_button(desk: FlaskClient, market: Cast) -> None:
    read = upload(desk, a_catalogue_file(("A-1", "Vis", "1,50")))
    desk.post(read, data=READING)
    desk.post(read.replace("/read", "/cancel"))
    market.run_jobs()
    with market.bolt.reading("sales_desk") as work:
        assert work.scalars(select(CatalogueImport)).one().created == 0


def answers(browser: FlaskClient, product_id: UUID, work_id: str) -> list[TestResponse]:
    parts = ("", "/edit", "/prices", "/picture", "/audience")
    return [
        *(browser.get(f"/catalogue/{product_id}{part}") for part in parts),
        browser.get(work_id),
        browser.post(work_id, data=READING),
        browser.post("/catalogue/withdraw", data={"product": str(product_id)}),
        browser.post(f"/catalogue/{product_id}/picture/remove"),
    ]


def test_another_supplier_finds_nothing_of_it(desk: FlaskClient, market: Cast) -> None:
    product_id = a_product(market.bolt)
    read = upload(desk, a_catalogue_file(("A-1", "Vis", "1,50")))
    market.sign_in(desk, market.pry, "sales_desk")
    assert {answer.status_code for answer in answers(desk, product_id, read)} == {404}


def test_a_role_without_the_right_may_look_but_not_write(browser: FlaskClient, market: Cast) -> None:
    product_id = a_product(market.bolt)
    market.sign_in(browser, market.bolt, "warehouse")
    assert browser.get(f"/catalogue/{product_id}").status_code == 200
    assert browser.get(f"/catalogue/{product_id}/edit").status_code == 403
    assert browser.post("/catalogue/withdraw", data={"product": str(product_id)}).status_code == 403


@pytest.mark.parametrize("language", ["en", "fr"])
def test_categories_are_walked_and_looked_up(market: Cast, browser: FlaskClient, language: str) -> None:
    market.sign_in(browser, market.bolt, "sales_desk")
    browser.set_cookie("language", language)
    all_of_them = browser.get("/catalogue/categories").text
    assert "above=31000000" in all_of_them
    assert "31000000" in browser.get("/catalogue/categories?above=31000000").text
    found = browser.get("/catalogue/categories?cpv_code=31").text
    assert "31000000" in found
    assert "44000000" not in found
    assert browser.get("/catalogue/categories?cpv_code=%25").status_code == 200
    choices = browser.get("/catalogue/categories?cpv_code=31", headers={"HX-Request": "true"}).text
    assert choices.strip().startswith('<option value="31000000">')


def test_a_category_that_is_not_listed_is_refused_beside_its_field(
    market: Cast, browser: FlaskClient
) -> None:
    market.sign_in(browser, market.bolt, "sales_desk")
    answer = browser.post("/catalogue/new", data={**TYPED, "cpv_code": "99000000"})
    assert answer.status_code == 422
    assert "The CPV has no category 99000000." in answer.text
