"""Does what is for some buyers ever show itself to another, whichever way it is looked for?"""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from marketplace.foundation import background
from marketplace.sellers.catalogue.actions import change_picture, change_product, show_to
from tests.cast import Cast
from tests.databases import clone
from tests.factories.agreements import an_agreement
from tests.factories.catalogue import a_picture, a_product
from tests.factories.identity import a_key
from tests.factories.moderation import look_at
from tests.factories.prices import a_group

GTIN = "4006381333931"
AUDIENCES = ("one buyer", "a group", "those with an agreement")
# Every way of looking; the supplier has nothing else, so not even its name may be said.
WAYS = (
    "/shop/", "/shop/?q=zorglub", "/shop/?q=zorglup", "/shop/?q=SEC-1", f"/shop/?q={GTIN}", "/shop/?category=38",
    "/shop/?q=galaxy", "/shop/?q=galaxy&order=price", "/shop/?in_stock=1", "/shop/?price=0&days=1",
    "/shop/?supplier={seller}", "/shop/suggestions?q=zorg", "/shop/suggestions?q=SEC-", "/shop/suggestions?q=pry",
    "/shop/compare?product={product}&product={open}", "/shop/{open}", "/api/products", "/api/products?q=zorglub",
    "/api/products?q=SEC-1", f"/api/products?q={GTIN}",
)  # fmt: skip
DOORS_TO_IT = ("/shop/{product}", "/api/products/{product}", "/catalogue/{product}/image/{picture}")
WORDS = ("Zorglub", "SEC-1", "Pry N", "38000000")


class Shop:
    """A market with one product that is for some buyers, of a supplier that has nothing else."""

    def __init__(self, market: Cast, portal: Flask) -> None:
        self.market, self.portal = market, portal
        opened = a_product(market.bolt, sku="OPEN", name="Galaxy", gtin=GTIN, stock=9)
        self.product = a_product(
            market.pry, sku="SEC-1", name="Zorglub Galaxy", gtin=GTIN, cpv_code="38000000", stock=9, price="5"
        )
        with market.pry.at_work("sales_desk"):
            change_picture(product_id=self.product, picture=a_picture())
        with portal.test_request_context(base_url="http://localhost"):
            an_agreement(market, market.acme, market.pry, {"SEC-1": "4"})
        self.group = a_group(market.pry, market.acme)
        market.run_jobs()
        self.places: dict[str, object] = {"seller": market.pry.id, "product": self.product, "open": opened}
        self.keys = {party.name: a_key(party) for party in (market.acme, market.nosy)}

    def show_to(self, audience: str) -> None:
        """Let Acme see it in that capacity."""
        chosen: dict[str, object] = {
            "one buyer": {"buyer_id": self.market.acme.id},
            "a group": {"group_id": self.group},
            "those with an agreement": {"needs_agreement": True},
        }[audience]
        with self.market.pry.at_work("sales_desk"):
            self.places["picture"] = show_to(product_id=self.product, **chosen).image_file_id
        self.market.run_jobs()

    def asked(self, party_name: str, address: str) -> tuple[int, str]:
        """Status and text of what is answered to a requester of that party, or to its program."""
        party = {"acme": self.market.acme, "nosy": self.market.nosy}[party_name]
        browser: FlaskClient = self.market.sign_in(self.portal.test_client(), party, "requester")
        browser.set_cookie("language", "en")
        is_api = address.startswith("/api")
        headers = {"Authorization": f"Bearer {self.keys[party.name]}"} if is_api else {}
        place = address.format(**self.places)
        answer = browser.get(place, headers=headers)
        return answer.status_code, answer.get_data().decode("utf-8", "replace")


@pytest.fixture(scope="module")
def shop(portal: Flask) -> Iterator[Shop]:
    with clone(), background.in_this_process():
        yield Shop(Cast.present(), portal)


@pytest.mark.parametrize("audience", AUDIENCES)
def test_what_is_for_some_shows_itself_to_nobody_else(shop: Shop, audience: str) -> None:
    shop.show_to(audience)
    for way in WAYS:
        assert any(word in shop.asked("acme", way)[1] for word in WORDS), way
        status, said = shop.asked("nosy", way)
        assert status == 200
        typed = way.partition("q=")[2] + ("Pry N" if "{seller}" in way else "")
        assert not [word for word in WORDS if word in said and word.lower() not in typed.lower()], way
    for door in DOORS_TO_IT:
        assert shop.asked("acme", door)[0] == 200, door
        assert shop.asked("nosy", door)[0] == 404, door


@pytest.mark.parametrize("audience", AUDIENCES)
def test_what_is_for_some_is_in_nobody_elses_sql(shop: Shop, audience: str) -> None:
    shop.show_to(audience)
    questions = (
        "SELECT count(*) FROM products WHERE id = :id",
        "SELECT count(*) FROM doors.known_terms(ARRAY['zorglub'])",
        "SELECT count(*) FROM doors.terms_beginning(ARRAY['zorg'], 5)",
        "SELECT count(*) FROM doors.products_begun('SEC', 5)",
        "SELECT count(*) FROM jsonb_object_keys(doors.shelves('38', NULL) -> 'sellers')",
        "SELECT count(*) FROM jsonb_object_keys(doors.understood(ARRAY['zorglub'], '{}', '{}') -> 'documents')",
        "SELECT count(*) FROM doors.promised_stock(ARRAY[cast(:id AS uuid)], '{1}', now(), current_date)",
    )
    for question in questions:
        for party, expected in ((shop.market.acme, 1), (shop.market.nosy, 0)):
            with party.reading("requester") as work:
                asked = {"id": shop.product} if ":id" in question else {}
                assert work.scalar(text(question), asked) == expected, question


@pytest.mark.parametrize("are_jobs_run", [False, True])
def test_what_is_held_shows_itself_to_nobody(shop: Shop, are_jobs_run: bool) -> None:
    look_at(shop.market, shop.market.pry)
    with shop.market.pry.at_work("sales_desk"):
        change_product(product_id=shop.product, description="Anything new")
        shop.places["picture"] = change_picture(
            product_id=shop.product, picture=a_picture(50, 50)
        ).image_file_id
    if are_jobs_run:
        shop.market.run_jobs()
    for party in ("acme", "nosy"):
        for way in WAYS:
            status, said = shop.asked(party, way)
            assert status == 200
            typed = way.partition("q=")[2] + ("Pry N" if "{seller}" in way else "")
            assert not [word for word in WORDS if word in said and word.lower() not in typed.lower()], way
        for door in DOORS_TO_IT:
            assert shop.asked(party, door)[0] == 404, door


def test_who_may_see_a_product_is_said_in_one_way_only(market: Cast) -> None:
    """No policy and no door speaks of the columns that the circle of a product follows from."""
    wanted = """
    SELECT proname FROM pg_proc WHERE pronamespace = 'doors'::regnamespace
        AND prosrc ~ 'visible_to_id|needs_agreement'
    UNION ALL SELECT tablename FROM pg_policies WHERE qual ~ 'visible_to_id|needs_agreement'
    """
    with market.platform() as work:
        assert list(work.scalars(text(wanted))) == []
