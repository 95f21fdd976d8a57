"""Does every page of budgets show what it must, to those who may see it, in both languages?"""

from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from marketplace.buyers.budgets.actions import commit_budget, spend
from marketplace.buyers.budgets.models import Budget, CostCentre
from marketplace.foundation import clock, db
from marketplace.foundation.money import Money
from tests.cast import Cast
from tests.factories.budgets import a_budget, a_cost_centre


def used_budget(market: Cast) -> Budget:
    """1,000 €, of which 400 € are held and 150 € spent."""
    budget = a_budget(market.acme, amount=1000)
    document = uuid4()
    with market.acme.at_work("requester"):
        amount = Money(Decimal(550), "EUR")
        commit_budget(
            cost_centre_id=budget.cost_centre_id, document_id=document, amount=amount, on=clock.today()
        )
        spend(document_id=document, amount=Money(Decimal(150), "EUR"))
    return budget


def test_index_shows_where_each_cost_centre_stands(browser: FlaskClient, market: Cast) -> None:
    used_budget(market)
    a_cost_centre(market.acme, code="CC-200", name="Canteen")
    market.sign_in(browser, market.acme, "requester")
    text = browser.get("/budgets/").get_data(as_text=True)
    for figure in (
        "€1,000.00",
        "€400.00",
        "€150.00",
        "€450.00",
        "55%",
        "CC-200 · Canteen",
        "No budget today",
    ):
        assert figure in text
    assert "New cost centre" not in text


def test_index_in_french_speaks_french(browser: FlaskClient, market: Cast) -> None:
    used_budget(market)
    market.sign_in(browser, market.acme, "buyer_finance")
    browser.set_cookie("language", "fr")
    text = browser.get("/budgets/").get_data(as_text=True)
    assert "Nouveau centre de coûts" in text
    assert "450,00\u00a0€" in text


def test_show_opens_the_figures_to_their_rows(browser: FlaskClient, market: Cast) -> None:
    budget = used_budget(market)
    market.sign_in(browser, market.acme, "requester")
    text = browser.get(f"/budgets/{budget.id}").get_data(as_text=True)
    for figure in ("€550.00", "-€150.00", "Held by a requisition", "Spent", "requester of Acme Industrie"):
        assert figure in text


def test_create_cost_centre_and_budget_by_form(browser: FlaskClient, market: Cast) -> None:
    market.sign_in(browser, market.acme, "buyer_finance")
    assert browser.get("/budgets/cost-centres/new").status_code == 200
    owner = market.acme.people["approver"]
    answer = browser.post(
        "/budgets/cost-centres/new", data={"code": "cc-7", "name": "Lab", "owner_id": str(owner)}
    )
    assert answer.status_code == 303
    assert browser.get(answer.location).status_code == 200
    typed = {"starts_on": "2026-01-01", "ends_on": "2026-12-31", "amount": "2 500,50"}
    browser.set_cookie("language", "fr")
    answer = browser.post(answer.location, data=typed)
    assert answer.status_code == 303
    assert "2\u202f500,50" in browser.get(answer.location).get_data(as_text=True)
    with market.acme.reading("requester") as work:
        assert work.query(CostCentre).one().code == "CC-7"


@pytest.mark.parametrize(
    ("typed", "status", "sentence"),
    [
        ({"starts_on": "2026-12-31", "ends_on": "2026-01-01", "amount": "1"}, 422, "ends before it starts"),
        ({"starts_on": "2026-01-01", "ends_on": "2026-12-31", "amount": "-1"}, 422, "cannot be negative"),
        ({"starts_on": "2026-01-01", "ends_on": "2026-12-31", "amount": "x"}, 422, "not a number"),
        ({"starts_on": "2026-06-01", "ends_on": "2027-12-31", "amount": "1"}, 409, "already has a budget"),
    ],
)
def test_create_budget_that_cannot_be_is_refused_beside_its_field(
    browser: FlaskClient, market: Cast, typed: dict[str, str], status: int, sentence: str
) -> None:
    budget = a_budget(market.acme, year=2026)
    market.sign_in(browser, market.acme, "buyer_finance")
    address = f"/budgets/cost-centres/{budget.cost_centre_id}/new-budget"
    answer = browser.post(address, data=typed)
    assert answer.status_code == status
    assert sentence in answer.get_data(as_text=True)


def test_change_budget_by_form(browser: FlaskClient, market: Cast) -> None:
    budget = used_budget(market)
    market.sign_in(browser, market.acme, "procurement_lead")
    assert "1,000" in browser.get(f"/budgets/{budget.id}/edit").get_data(as_text=True)
    low = browser.post(f"/budgets/{budget.id}/edit", data={"amount": "549.99"})
    assert low.status_code == 409
    assert "already hold more" in low.get_data(as_text=True)
    good = browser.post(f"/budgets/{budget.id}/edit", data={"amount": "550"})
    assert good.status_code == 303


def test_change_cost_centre_by_form_closes_it(browser: FlaskClient, market: Cast) -> None:
    centre = a_cost_centre(market.acme)
    market.sign_in(browser, market.acme, "buyer_finance")
    address = f"/budgets/cost-centres/{centre.id}"
    assert browser.get(f"{address}/edit").status_code == 200
    typed = {"code": "CC-1", "name": "Old", "owner_id": str(centre.owner_id)}
    assert browser.post(f"{address}/edit", data=typed).status_code == 303
    assert "Closed" in browser.get(address).get_data(as_text=True)


def test_write_as_a_requester_is_forbidden(browser: FlaskClient, market: Cast) -> None:
    budget = a_budget(market.acme)
    market.sign_in(browser, market.acme, "requester")
    for address in (
        "/budgets/cost-centres/new",
        f"/budgets/cost-centres/{budget.cost_centre_id}/edit",
        f"/budgets/cost-centres/{budget.cost_centre_id}/new-budget",
        f"/budgets/{budget.id}/edit",
    ):
        assert browser.get(address).status_code == 403
        assert browser.post(address).status_code == 403


def test_open_as_an_outsider_finds_nothing(browser: FlaskClient, market: Cast) -> None:
    budget = a_budget(market.acme)
    market.sign_in(browser, market.nosy, "procurement_lead")
    for address in (
        f"/budgets/{budget.id}",
        f"/budgets/{budget.id}/edit",
        f"/budgets/cost-centres/{budget.cost_centre_id}",
        f"/budgets/cost-centres/{budget.cost_centre_id}/edit",
        f"/budgets/cost-centres/{budget.cost_centre_id}/new-budget",
    ):
        assert browser.get(address).status_code == 404


def statements(browser: FlaskClient, address: str) -> int:
    seen: list[str] = []
    engine = db.runtime_engine()

    def count(*arguments: object) -> None:
        seen.append(str(arguments[2]))

    event.listen(engine, "before_cursor_execute", count)
    assert browser.get(address).status_code == 200
    event.remove(engine, "before_cursor_execute", count)
    return len(seen)


def test_index_takes_as_many_statements_for_thirty_as_for_one(browser: FlaskClient, market: Cast) -> None:
    a_budget(market.acme, code="C0")
    market.sign_in(browser, market.acme, "requester")
    browser.get("/budgets/")
    few = statements(browser, "/budgets/")
    for n in range(1, 30):
        a_budget(market.acme, code=f"C{n}")
    assert statements(browser, "/budgets/") == few


def test_show_takes_as_many_statements_for_thirty_movements_as_for_one(
    browser: FlaskClient, market: Cast
) -> None:
    budget = used_budget(market)
    market.sign_in(browser, market.acme, "requester")
    browser.get(f"/budgets/{budget.id}")
    few = statements(browser, f"/budgets/{budget.id}")
    with market.acme.at_work("requester"):
        for _ in range(30):
            amount = Money(Decimal(1), "EUR")
            on: date = clock.today()
            document: UUID = uuid4()
            commit_budget(cost_centre_id=budget.cost_centre_id, document_id=document, amount=amount, on=on)
    assert statements(browser, f"/budgets/{budget.id}") == few
