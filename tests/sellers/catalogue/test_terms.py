"""Is an offer there for buyers from its first day to its last, exactly, whichever way it is looked for?"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from marketplace.buyers.orders.actions import NotApproved, place_orders
from marketplace.buyers.requisitions.actions import add_to_cart, submit_requisition
from marketplace.buyers.requisitions.lifecycle import RequisitionState
from marketplace.buyers.requisitions.models import Requisition
from marketplace.buyers.requisitions.offers import LineRefused
from marketplace.buyers.shopping.finding import found, shelved
from marketplace.buyers.shopping.questions import Question
from marketplace.doctor import examine
from marketplace.foundation import background, clock
from marketplace.foundation.errors import NotFound
from marketplace.sellers.catalogue.actions import change_picture, import_catalogue
from marketplace.sellers.catalogue.bmecat import TITLES, products_in
from marketplace.sellers.catalogue.jobs import turn_offers
from marketplace.sellers.catalogue.models import Product
from marketplace.sellers.catalogue.queries import rejections
from marketplace.sellers.versions.actions import take_back
from marketplace.sellers.versions.differences import USUAL_PRICE_LIMIT
from marketplace.sellers.versions.queries import differences
from tests.cast import Cast, Party
from tests.databases import clone
from tests.factories.catalogue import a_catalogue_file, a_picture, a_product, a_workbook
from tests.factories.documents import attached
from tests.factories.identity import a_key
from tests.factories.requisitions import a_cart, a_requisition
from tests.factories.versions import a_version, published, put

HERE = ZoneInfo("Europe/Paris")
FIRST, LAST = date(2027, 3, 1), date(2027, 3, 31)
TERM = {"starts_on": FIRST, "ends_on": LAST}
NIGHT = timedelta(seconds=1)
MIDNIGHTS = {
    "the second before the first day": (datetime(2027, 3, 1, tzinfo=HERE) - NIGHT, False),
    "the first day begins": (datetime(2027, 3, 1, tzinfo=HERE), True),
    "the last second of the last day": (datetime(2027, 4, 1, tzinfo=HERE) - NIGHT, True),
    "the day after begins": (datetime(2027, 4, 1, tzinfo=HERE), False),
}
WAYS = ("/shop/", "/shop/?q=zorglub", "/shop/?q=SEASON", "/shop/?category=31", "/shop/suggestions?q=zorg",
        "/shop/compare?product={product}&product={other}", "/shop/{other}", "/api/products",
        "/api/products?q=zorglub")  # fmt: skip
DOORS = ("/shop/{product}", "/api/products/{product}", "/catalogue/{product}/image/{picture}",
         "/catalogue/{product}/documents/{document}")  # fmt: skip


class Shop:
    """A market with one offer that has a term, beside the same of another supplier that has none."""

    def __init__(self, market: Cast, portal: Flask) -> None:
        self.market, self.portal = market, portal
        gtin = {"gtin": "4006381333931"}
        product_id = a_product(market.bolt, sku="SEASON", name="Zorglub", stock=9, **gtin, **TERM)
        other = a_product(market.crown, sku="ALWAYS", name="Galaxy", stock=9, **gtin)
        document = attached(market.bolt, product_id)
        with market.bolt.at_work("sales_desk"):
            picture = change_picture(product_id=product_id, picture=a_picture()).image_file_id
        market.run_jobs()
        self.product = product_id
        self.places = {"product": product_id, "other": other, "picture": picture, "document": document}

    def asked(self, address: str, party: Party, role: str) -> tuple[int, str]:
        """What is answered."""
        browser: FlaskClient = self.market.sign_in(self.portal.test_client(), party, role)
        browser.set_cookie("language", "en")
        key = {"Authorization": f"Bearer {a_key(party, role)}"} if address.startswith("/api") else {}
        answer = browser.get(address.format(**self.places), headers=key)
        return answer.status_code, answer.get_data().decode("utf-8", "replace")


@pytest.fixture(scope="module")
def shop(portal: Flask) -> Iterator[Shop]:
    with clone(), background.in_this_process():
        yield Shop(Cast.present(), portal)


@pytest.mark.parametrize("moment", MIDNIGHTS)
def test_an_offer_is_there_from_the_first_second_of_its_term_to_the_last(shop: Shop, moment: str) -> None:
    instant, is_there = MIDNIGHTS[moment]
    with time_machine.travel(instant, tick=False):
        for way in WAYS:
            assert ("SEASON" in shop.asked(way, shop.market.acme, "requester")[1].replace(way, "")) == (
                is_there or way.endswith("q=SEASON")
            ), way
        for door in DOORS:
            assert shop.asked(door, shop.market.acme, "requester")[0] == (200 if is_there else 404), door
        assert shop.asked("/catalogue/{product}", shop.market.bolt, "sales_desk")[0] == 200
        assert orders(shop.market.acme, shop.product) == is_there


def orders(party: Party, product_id: UUID) -> bool:
    """Whether it can be put into a cart, priced and reserved by that party; nothing of it is kept."""
    priced = "SELECT count(*) FROM doors.prices(ARRAY[cast(:id AS uuid)], '{1}', :us, current_date)"
    with party.at_work("requester") as work:
        count = work.scalar(text(priced), {"id": product_id, "us": party.id})
        try:
            add_to_cart(product_id=product_id, quantity=Decimal(1))
        except NotFound:
            assert count == 0
            return False
        finally:
            work.rollback()
    return count == 1


@pytest.mark.parametrize("moment", MIDNIGHTS)
def test_shelves_count_it_once_the_sweep_has_seen_the_day(shop: Shop, moment: str) -> None:
    instant, is_there = MIDNIGHTS[moment]
    with time_machine.travel(instant, tick=False):
        turn_offers()
        assert turn_offers() == 0
        with shop.market.acme.reading("requester"):
            assert shelved(Question(category="31")).total == 1 + is_there
            assert found(Question(category="31", in_stock=True)).total == 1 + is_there
        assert [
            each.detail for each in examine() if "shel" in each.name.lower() and not each.is_healthy
        ] == []


def test_a_day_that_was_missed_is_found(shop: Shop) -> None:
    with time_machine.travel(datetime(2027, 3, 10, tzinfo=HERE), tick=False):
        turn_offers()
    with time_machine.travel(datetime(2027, 4, 2, tzinfo=HERE), tick=False):
        assert [each.name for each in examine() if str(shop.product) in each.detail]
        turn_offers()
        assert [each.name for each in examine() if str(shop.product) in each.detail] == []


def test_a_cart_says_what_is_offered_no_longer_and_cannot_be_handed_in(
    market: Cast, browser: FlaskClient
) -> None:
    product_id = a_product(market.bolt, ends_on=clock.today())
    cart = a_cart(market.acme, [(product_id, 1)])
    with time_machine.travel(clock.now() + timedelta(days=1)):
        browser.set_cookie("language", "en")
        page = market.sign_in(browser, market.acme, "requester").get("/requisitions/cart").text
        assert "it is not sold to you any more" in page
        with pytest.raises(LineRefused), market.acme.at_work("requester"):
            submit_requisition(requisition_id=cart.id)


def test_what_is_held_is_held_no_longer_than_it_is_offered(market: Cast) -> None:
    last = clock.today() + timedelta(days=2)
    brief, long = a_product(market.bolt, ends_on=last), a_product(market.bolt, sku="B")
    asked = a_requisition(market.acme, [(brief, 1), (long, 1)])
    assert asked.held_until == clock.beginning_of(last + timedelta(days=1))
    assert asked.status == RequisitionState.APPROVED
    with (
        time_machine.travel(asked.held_until),
        pytest.raises(NotApproved, match="were held is over"),
        market.acme.at_work("procurement_lead"),
    ):
        place_orders(requisition_id=asked.id)
    with market.acme.reading("requester") as work:
        assert work.get_one(Requisition, asked.id).status == RequisitionState.APPROVED


def test_nobody_but_its_supplier_says_when_it_is_offered(market: Cast) -> None:
    product_id = a_product(market.bolt)
    write = text("UPDATE products SET ends_on = '2026-01-01' WHERE id = :id")
    with market.crown.at_work("sales_desk") as work:
        assert work.execute(write, {"id": product_id}).rowcount == 0  # type: ignore[attr-defined]
    with pytest.raises(DBAPIError), market.bolt.at_work("sales_desk") as work:
        work.execute(text("UPDATE products SET is_current = false WHERE id = :id"), {"id": product_id})
    backwards = text("UPDATE products SET starts_on = '2027-01-02', ends_on = '2027-01-01' WHERE id = :id")
    with pytest.raises(IntegrityError), market.bolt.at_work("sales_desk") as work:
        work.execute(backwards, {"id": product_id})


def test_no_door_and_no_policy_shows_an_offer_without_asking_for_the_day(market: Cast) -> None:
    wanted = r"""
    SELECT proname FROM pg_proc WHERE pronamespace = 'doors'::regnamespace
        AND regexp_count(prosrc, '(p|o|this)\.circle_id IS NULL') * 2 <> regexp_count(prosrc, 'present_day')
    UNION ALL SELECT tablename FROM pg_policies WHERE qual ~ 'published' AND qual !~ 'present_day'
    """
    with market.platform() as work:
        assert list(work.scalars(text(wanted))) == []


def test_the_form_says_what_is_wrong_and_the_supplier_sees_how_it_stands(
    market: Cast, browser: FlaskClient
) -> None:
    product_id, today = a_product(market.bolt), clock.today()
    browser.set_cookie("language", "en")
    desk = market.sign_in(browser, market.bolt, "sales_desk")
    typed = {
        "sku": "A-1", "name": "Kept as typed", "cpv_code": "31000000", "price": "10", "currency": "EUR",
        "unit_code": "C62", "pack_size": "1", "content_unit_code": "C62", "minimum_quantity": "1",
        "step_quantity": "1", "lead_time_days": "2",
    }  # fmt: skip
    for wrong, said in (
        ({"starts_on": "2027-01-02", "ends_on": "2027-01-01"}, "The last day cannot be before the first."),
        ({"ends_on": "2027-02-30"}, "This is no day of the calendar."),
        ({"ends_on": "9999-12-31"}, "Please give a day of this century."),
    ):
        answer = desk.post(f"/catalogue/{product_id}/edit", data={**typed, **wrong})
        assert (answer.status_code, said in answer.text, "Kept as typed" in answer.text) == (422, True, True)
    for days, word, told in ((1, "Planned", "Not offered yet"), (-1, "Over", "No longer offered")):
        day = str(today + timedelta(days=days))
        term = {"starts_on": day if days > 0 else "", "ends_on": day if days < 0 else ""}
        assert desk.post(f"/catalogue/{product_id}/edit", data={**typed, **term}).status_code == 303
        assert told in desk.get(f"/catalogue/{product_id}").text
        assert f">{word}<" in desk.get("/catalogue/").text


def test_an_offer_is_compared_with_its_last_day(market: Cast, browser: FlaskClient) -> None:
    product_id = a_product(market.bolt, ends_on=date(2099, 12, 31))
    browser.set_cookie("language", "en")
    buyer = market.sign_in(browser, market.acme, "requester")
    for address in (f"/shop/{product_id}", f"/shop/compare?product={product_id}"):
        assert "Offered until 31 Dec 2099" in buyer.get(address).text


FILE = ("Référence", "valid from", "valid until")
READ: dict[str, tuple[object, object, tuple[date | None, date | None] | str]] = {
    "both": ("2027-03-01", "2027-03-31", (FIRST, LAST)),
    "with a time of day": ("2027-03-01T00:00:00", "2027-03-31 23:59", (FIRST, LAST)),
    "one": ("", "2027-03-31", (None, LAST)),
    "neither": ("", "", (None, None)),
    "as one writes here": ("01/03/2027", "", "no_day"),
    "no day": ("2027-02-29", "", "no_day"),
    "no year of ours": ("", "0001-01-01", "no_day"),
    "a number": ("", "46447", "no_day"),
    "backwards": ("2027-03-31", "2027-03-01", "ends_before"),
}


@pytest.mark.parametrize("name", READ)
def test_a_file_says_from_when_until_when(market: Cast, name: str) -> None:
    first, last, expected = READ[name]
    product_id = a_product(market.bolt, starts_on=date(2028, 1, 1))
    content = a_catalogue_file(("A-1", first, last), titles=FILE)
    work = import_catalogue(
        content, file_name="a.csv", supplier_id=market.bolt.id, number_style="comma", cpv_code=None
    )
    with market.bolt.reading("sales_desk") as reading:
        row = reading.get_one(Product, product_id)
        reasons = [each.reason for each in rejections(work.id)]
    if isinstance(expected, str):
        assert (reasons, row.starts_on) == ([expected], date(2028, 1, 1))
    else:
        assert (reasons, (row.starts_on, row.ends_on)) == ([], expected)


def test_a_spreadsheet_says_days_as_days(market: Cast) -> None:
    product_id = a_product(market.bolt)
    import_catalogue(
        a_workbook(("SKU", "valid until"), ("A-1", LAST)),
        file_name="a.xlsx", supplier_id=market.bolt.id, number_style="comma", cpv_code=None,
    )  # fmt: skip
    with market.bolt.reading("sales_desk") as work:
        assert work.get_one(Product, product_id).ends_on == LAST


@pytest.mark.parametrize(
    "details",
    [
        "<ARTICLE_PRICE_DETAILS><DATETIME type='valid_start_date'><DATE>2027-03-01</DATE></DATETIME>"
        "<DATETIME type='valid_end_date'><DATE>2027-03-31</DATE><TIME>23:59:59</TIME></DATETIME>"
        "</ARTICLE_PRICE_DETAILS>",
        "<PRODUCT_PRICE_DETAILS><VALID_START_DATE>2027-03-01</VALID_START_DATE>"
        "<VALID_END_DATE>2027-03-31T23:59:59</VALID_END_DATE></PRODUCT_PRICE_DETAILS>",
    ],
)
def test_bmecat_says_it_in_both_versions(details: str) -> None:
    content = f"<BMECAT><T_NEW_CATALOG><ARTICLE>{details}</ARTICLE></T_NEW_CATALOG></BMECAT>"
    [listed] = products_in(content.encode())
    said = dict(zip(TITLES, listed.cells, strict=True))
    assert (said["starts_on"], said["ends_on"]) == (str(FIRST), str(LAST))


def test_a_version_moves_the_term_and_brings_it_back(market: Cast) -> None:
    product_id = a_product(market.bolt, **TERM)
    version_id = a_version(market.bolt)
    put(market.bolt, version_id, "A-1", name="Article A-1", ends_on=None, starts_on=date(2027, 4, 1))
    with market.bolt.reading("sales_desk"):
        [line] = differences(version_id, USUAL_PRICE_LIMIT).rows
    assert [(fact.label, fact.old, fact.new) for fact in line.facts] == [
        ("Offered from", "1 Mar 2027", "1 Apr 2027"),
        ("Offered until", "31 Mar 2027", "—"),
    ]
    published(market, market.bolt, version_id)
    assert term(market, product_id) == (date(2027, 4, 1), None)
    with market.bolt.at_work("sales_desk"):
        back = take_back(version_id=version_id).id
    published(market, market.bolt, back)
    assert term(market, product_id) == (FIRST, LAST)


def term(market: Cast, product_id: UUID) -> tuple[date | None, date | None]:
    """From when until when it is offered."""
    with market.bolt.reading("sales_desk") as work:
        row = work.get_one(Product, product_id)
        return row.starts_on, row.ends_on
