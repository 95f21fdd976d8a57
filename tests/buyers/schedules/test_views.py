"""Does somebody see what comes next, type it in without losing a word, and nobody from outside anything?"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from marketplace.buyers.schedules.models import StandingLine, StandingRequisition
from marketplace.foundation.clock import clock_at
from tests.cast import Cast
from tests.factories.budgets import a_budget
from tests.factories.catalogue import a_product
from tests.factories.requisitions import a_cart, a_requisition
from tests.factories.schedules import a_standing, runs, swept
from tests.factories.statements import counting

MONDAY = datetime(2026, 3, 30, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with clock_at(MONDAY):
        yield


def typed(market: Cast, centre_id: UUID, **others: object) -> dict[str, object]:
    """A form filled in: every second Tuesday, six times."""
    said = {"title": "Gloves & tape", "cost_centre_id": str(centre_id), "site_id": str(market.acme.sites[0])}
    rule = {
        "frequency": "weekly",
        "interval": "2",
        "weekdays": ["TU"],
        "nth": "1",
        "month_day": "1",
        "times": "6",
    }
    return {**said, **rule, "starts_on": "2026-03-30", "lead_days": "3", "price_bound": "5", **others}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_cart_is_looked_at_ahead_begun_changed_and_stopped(
    browser: FlaskClient, market: Cast, language: str
) -> None:
    market.sign_in(browser, market.acme, "requester").set_cookie("language", language)
    assert browser.get("/standing/new").status_code == 200
    cart = a_cart(market.acme, [(a_product(market.bolt, price="7"), 3)])
    assert cart.cost_centre_id is not None
    form = typed(market, cart.cost_centre_id)
    assert "Article A-1" in browser.get("/standing/new").text
    monthly = {"frequency": "month_day", "interval": "1", "month_day": "6", "step": "preview"}
    shown = browser.post("/standing/new", data={**form, **monthly})
    assert shown.status_code == 200
    assert ("Easter Monday" if language == "en" else "Lundi de Pâques") in shown.text
    assert "Gloves &amp; tape" in shown.text
    begun = browser.post("/standing/new", data=form)
    assert begun.status_code == 303
    address = begun.headers["Location"]
    seen = browser.get(address).text
    assert seen.count('name="day"') == 6
    assert "21.00" in seen if language == "en" else "21,00" in seen
    changed = typed(market, cart.cost_centre_id, times="4", interval="1")
    assert browser.post(f"{address}/change", data=changed).status_code == 303
    assert browser.get(f"{address}/change").text.count(" checked") == 1
    assert browser.post(f"{address}/skip", data={"day": "2026-03-31"}).status_code == 303
    assert browser.post(f"{address}/skip", data={"day": "2026-03-31"}).status_code == 409
    assert browser.get(address).text.count('name="day"') == 3
    assert browser.post(f"{address}/pause", data={"reason": "Enough"}).status_code == 303
    assert "Gloves" in browser.get("/standing/?view=paused").text
    assert browser.post(f"{address}/resume").status_code == 303
    assert browser.post(f"{address}/end").status_code == 303
    assert browser.post(f"{address}/end").status_code == 409
    assert browser.get(address).text.count('name="day"') == 0


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"weekdays": []}, "weekdays"),
        ({"interval": "0"}, "interval"),
        ({"interval": "1.5"}, "interval"),
        ({"interval": "many"}, "interval"),
        ({"times": "0"}, "times"),
        ({"times": "-3"}, "times"),
        ({"times": ""}, "ends_on"),
        ({"ends_on": "2026-05-01"}, "ends_on"),
        ({"times": "", "ends_on": "2026-03-01"}, "ends_on"),
        ({"times": "", "ends_on": "2031-04-30"}, "ends_on"),
        ({"times": "999999999999999999"}, "times"),
        ({"starts_on": "2026-03-29"}, "starts_on"),
        ({"starts_on": ""}, "starts_on"),
        ({"frequency": "hourly"}, "frequency"),
        ({"weekdays": ["XX"]}, "weekdays"),
        ({"frequency": "month_day", "month_day": "32"}, "month_day"),
        ({"frequency": "month_weekday", "nth": "9"}, "nth"),
        ({"lead_days": "61"}, "lead_days"),
        ({"lead_days": "-1"}, "lead_days"),
        ({"price_bound": "-1"}, "price_bound"),
        ({"price_bound": "1001"}, "price_bound"),
        ({"title": ""}, "title"),
        ({"title": "x" * 121}, "title"),
        ({"site_id": "01a221ad-0577-7047-838a-2ee281a4e58f"}, "site_id"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_its_field_and_kept(
    browser: FlaskClient, market: Cast, wrong: dict[str, object], field: str
) -> None:
    market.sign_in(browser, market.acme, "requester")
    cart = a_cart(market.acme, [(a_product(market.bolt), 3)])
    assert cart.cost_centre_id is not None
    for step in ("save", "preview"):
        data = typed(market, cart.cost_centre_id, **wrong, step=step)
        answer = browser.post("/standing/new", data=data)
        if (step, field) != ("preview", "starts_on") or wrong["starts_on"] == "":
            assert answer.status_code == 422
            assert f'href="#{field}"' in answer.text
        assert field == "title" or "Gloves &amp; tape" in answer.text
    with market.platform() as work:
        assert work.scalars(select(StandingRequisition)).all() == []


def test_colleagues_look_and_a_lead_stops_but_nobody_else_buys_in_their_name(
    browser: FlaskClient, market: Cast
) -> None:
    standing_id = a_standing(market.acme, [(a_product(market.bolt), 3)], lead_days=1)
    swept(market, on=MONDAY.date())
    with market.acme.automatically() as work:
        line_id = work.scalars(select(StandingLine.id)).one()
    address, form = f"/standing/{standing_id}", typed(market, a_budget(market.acme, code="X").cost_centre_id)
    for party, role, look in (
        (market.nosy, "requester", 404),
        (market.nosy, "procurement_lead", 404),
        (market.acme, "approver", 403),
        (market.bolt, "sales_desk", 403),
        (market.acme, "procurement_lead", 200),
    ):
        market.sign_in(browser, party, role)
        assert browser.get(address).status_code == look
        refused = look if look != 200 else 403
        for deed, data in (("change", form), ("skip", {"day": "2026-04-07"}), ("resume", {})):
            assert browser.post(f"{address}/{deed}", data=data).status_code == refused
        assert browser.post(f"/standing/lines/{line_id}", data={"quantity": "9"}).status_code == refused
        if look != 200:
            assert browser.post(f"{address}/pause").status_code == look
            assert browser.post(f"{address}/end").status_code == look
    assert browser.post(f"{address}/pause").status_code == 303
    assert browser.post(f"{address}/resume").status_code == 403
    market.sign_in(browser, market.acme, "requester")
    assert browser.post(f"/standing/lines/{line_id}", data={"quantity": "0"}).status_code == 422
    assert browser.post(f"/standing/lines/{line_id}", data={"quantity": "9"}).status_code == 303
    assert 'value="9"' in browser.get(address).text
    assert len(runs(market.acme, standing_id)) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE standing_requisitions SET status = 'running'",
        "UPDATE standing_requisitions SET rule = 'FREQ=WEEKLY;INTERVAL=1;BYDAY=MO;COUNT=9', status = 'ended'",
        "UPDATE standing_requisitions SET requester_id = :me",
        "UPDATE standing_requisition_lines SET quantity = 9",
        "INSERT INTO standing_runs (id, organisation_id, standing_id, day, outcome, detail, noted_at)"
        " SELECT uuidv7(), organisation_id, id, '2026-04-07', 'skipped', '', now() FROM standing_requisitions",
        "DELETE FROM standing_runs",
    ],
)
def test_the_database_lets_no_colleague_buy_in_their_name_either(market: Cast, statement: str) -> None:
    standing_id = a_standing(market.acme, [(a_product(market.bolt), 3)])
    with market.acme.at_work("requester") as work:
        work.execute(text("UPDATE standing_requisitions SET status = 'paused'"))
    with pytest.raises(DBAPIError), market.acme.at_work("procurement_lead") as work:
        work.execute(text(statement), {"me": market.acme.people["procurement_lead"]})
    assert runs(market.acme, standing_id) == {}


def test_a_former_requisition_comes_again(browser: FlaskClient, market: Cast) -> None:
    row = a_requisition(market.acme, [(a_product(market.bolt), 3)])
    market.sign_in(browser, market.acme, "requester")
    assert f"/standing/new/{row.id}" in browser.get(f"/requisitions/{row.id}").text
    assert row.cost_centre_id is not None
    assert f'selected value="{row.cost_centre_id}"' in browser.get(f"/standing/new/{row.id}").text
    form = typed(market, row.cost_centre_id)
    assert browser.post(f"/standing/new/{row.id}", data=form).status_code == 303
    with market.acme.automatically() as work:
        assert work.scalars(select(StandingLine.quantity)).all() == [Decimal(3)]
        assert work.scalars(select(StandingRequisition.rule)).all() == [
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;COUNT=6"
        ]
    market.sign_in(browser, market.nosy, "requester")
    assert browser.get(f"/standing/new/{row.id}").status_code == 404


def test_pages_take_as_many_statements_for_many_rows_as_for_one(browser: FlaskClient, market: Cast) -> None:
    wanted = [(a_product(market.bolt, sku=f"S-{n}"), 1) for n in range(12)]
    centre_id = a_budget(market.acme).cost_centre_id
    market.sign_in(browser, market.acme, "requester")

    def sent(address: str) -> int:
        with counting() as statements:
            assert browser.get(address).status_code == 200
        return len(statements)

    small = a_standing(market.acme, wanted[:1], cost_centre_id=centre_id)
    swept(market, on=MONDAY.date())
    few = (sent("/standing/"), sent(f"/standing/{small}"))
    large = a_standing(market.acme, wanted, cost_centre_id=centre_id)
    for _ in range(28):
        a_standing(market.acme, wanted[:1], cost_centre_id=centre_id, starts_on=date(2027, 1, 4))
    for week in range(2):
        swept(market, on=MONDAY.date() + timedelta(days=7 * week))
    assert (sent("/standing/"), sent(f"/standing/{large}")) == few
