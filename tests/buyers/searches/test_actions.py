"""Is somebody told when something new answers a search, once, and nobody else?"""

from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import func, select

from marketplace.buyers.searches.actions import save_search
from marketplace.buyers.searches.jobs import look_again_where_due
from marketplace.buyers.searches.models import SavedSearch
from marketplace.buyers.searches.queries import read, written
from marketplace.buyers.shopping.questions import Order, Question
from marketplace.foundation import clock
from marketplace.foundation.outbox import News
from marketplace.identity.notices.models import Notice
from marketplace.sellers.catalogue.actions import show_to
from tests.cast import Cast
from tests.factories.catalogue import a_product


def a_saved_search(market: Cast, typed: str = "perceuse") -> UUID:
    with market.acme.at_work("requester"):
        return save_search(name="Perceuses", question=Question(typed=typed, category="42")).id


def told(market: Cast, *, hours: int) -> int:
    """How many notices of a saved search there are after looking again, so many hours from now."""
    market.run_jobs()
    with time_machine.travel(clock.now() + timedelta(hours=hours), tick=False):
        look_again_where_due()
        market.run_jobs()
    with market.platform() as work:
        wanted = select(func.count()).select_from(Notice).join(News, News.id == Notice.news_id)
        wanted = wanted.where(News.name == "SavedSearchAnswered")
        return int(work.scalar(wanted) or 0)


def test_look_again_tells_of_what_is_new_once(market: Cast) -> None:
    a_product(market.bolt, sku="OLD", name="Perceuse", cpv_code="42000000")
    market.run_jobs()
    a_saved_search(market)
    assert told(market, hours=2) == 0
    a_product(market.bolt, sku="NEW", name="Perceuse neuve", cpv_code="42000000")
    a_product(market.bolt, sku="OTHER", name="Perceuse jouet", cpv_code="37000000")
    assert told(market, hours=4) == 1
    assert told(market, hours=6) == 1


def test_look_again_tells_of_what_this_buyer_may_see_alone(market: Cast) -> None:
    a_saved_search(market)
    product_id = a_product(
        market.bolt, sku="S", name="Perceuse", cpv_code="42000000", visible_to_id=market.nosy.id
    )
    assert told(market, hours=2) == 0
    with market.bolt.at_work("sales_desk"):
        show_to(product_id=product_id, buyer_id=market.acme.id)
    assert told(market, hours=4) == 1


@pytest.mark.parametrize(
    "question",
    [
        Question(typed="vis & écrou ?=", bands=(0, 2), in_stock=True),
        Question(category="42", order=Order.NAME, units=("C62", "BX"), on_contract=True, days=(1,)),
        Question(typed="x", sellers=(UUID(int=1), UUID(int=2))),
    ],
)
def test_a_question_is_read_as_it_was_written(question: Question, speaking: None) -> None:
    assert read(written(question)) == question


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_search_is_saved_shown_and_forgotten_by_its_person_alone(
    browser: FlaskClient, market: Cast, language: str
) -> None:
    market.sign_in(browser, market.acme, "requester").set_cookie("language", language)
    assert "/searches/new?q=vis" in browser.get("/shop/?q=vis&order=name").text
    assert 'value="vis"' in browser.get("/searches/new?q=vis&category=44").text
    assert browser.post("/searches/new?q=vis&category=44", data={"name": "Vis"}).status_code == 303
    assert "q=vis" in browser.get("/searches/").text
    assert browser.post("/searches/new?q=vis", data={"name": "Vis"}).status_code == 409
    assert browser.post("/searches/new?q=vis", data={"name": ""}).status_code == 422
    assert browser.post("/searches/new", data={"name": "All"}).status_code == 422
    with market.platform() as work:
        search_id = work.scalars(select(SavedSearch.id)).one()
    for party, role in ((market.acme, "approver"), (market.nosy, "requester")):
        market.sign_in(browser, party, role)
        assert "q=vis" not in browser.get("/searches/").text
        assert browser.post(f"/searches/{search_id}/forget").status_code == 404
    market.sign_in(browser, market.acme, "requester")
    assert browser.post(f"/searches/{search_id}/forget").status_code == 303
    assert "q=vis" not in browser.get("/searches/").text
