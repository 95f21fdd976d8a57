"""Does every page of requisitions show what it must, to those who may see it, in both languages?"""

from datetime import timedelta
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from marketplace.buyers.requisitions.actions import add_to_cart
from marketplace.buyers.requisitions.models import Requisition
from marketplace.buyers.requisitions.queries import lines_of, my_cart
from marketplace.foundation import clock, db
from marketplace.foundation.money import Money
from marketplace.sellers.catalogue.actions import change_product, withdraw_product
from tests.cast import Cast
from tests.factories.approvals import a_rule
from tests.factories.budgets import a_budget, a_cost_centre
from tests.factories.catalogue import a_product
from tests.factories.requisitions import a_cart, a_requisition


def text(browser: FlaskClient, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def in_french(browser: FlaskClient, address: str) -> str:
    browser.set_cookie("language", "fr")
    seen = text(browser, address)
    browser.set_cookie("language", "en")
    return seen


def details(row: Requisition) -> dict[str, str]:
    day = clock.today() + timedelta(days=10)
    return {"cost_centre_id": str(row.cost_centre_id), "site_id": str(row.site_id), "needed_on": str(day)}


def test_cart_without_anything_says_what_to_do(browser: FlaskClient, market: Cast) -> None:
    market.sign_in(browser, market.acme, "requester")
    assert "Your cart is empty" in text(browser, "/requisitions/cart")
    assert "Votre panier est vide" in in_french(browser, "/requisitions/cart")


def test_cart_shows_suppliers_sums_and_what_happens_next(browser: FlaskClient, market: Cast) -> None:
    a_rule(market.acme, name="Large", above=100)
    a_rule(market.acme, name="Very large", above=5000)
    products = [a_product(market.bolt, sku="A", price="20"), a_product(market.crown, sku="B", price="3")]
    a_cart(market.acme, [(products[0], 10), (products[1], 2)])
    market.sign_in(browser, market.acme, "requester")
    seen = text(browser, "/requisitions/cart")
    for figure in ("Bolt Fournitures", "Crown Outillage", "€200.00", "€206.00", "Becomes 2 orders"):
        assert figure in seen
    for figure in (
        "€206.00 is at least €100.00.",
        "approver of Acme",
        "€206.00 is less than €5,000.00.",
        "€9,794.00",
    ):
        assert figure in seen


def test_cart_without_a_cost_centre_says_which_rules_would_not_ask(
    browser: FlaskClient, market: Cast
) -> None:
    a_rule(market.acme, name="Workshop", cost_centre_id=a_cost_centre(market.acme).id)
    product = a_product(market.bolt)
    with market.acme.at_work("requester"):
        add_to_cart(product_id=product, quantity=Decimal(1))
    market.sign_in(browser, market.acme, "requester")
    assert "It is not for cost centre" in text(browser, "/requisitions/cart")


def test_cart_shows_a_new_price_and_what_is_gone(browser: FlaskClient, market: Cast) -> None:
    dearer, gone = a_product(market.bolt, sku="A", price="20"), a_product(market.bolt, sku="B", name="Gloves")
    a_cart(market.acme, [(dearer, 1), (gone, 1)])
    with market.bolt.at_work("sales_desk"):
        change_product(product_id=dearer, price=Money(Decimal(25), "EUR"))
        withdraw_product(product_id=gone)
    market.sign_in(browser, market.acme, "requester")
    seen = text(browser, "/requisitions/cart")
    assert "new price since you added it" in seen
    assert "€25.00" in seen
    assert "it is not sold to you any more" in seen


def test_add_change_and_remove_by_form(browser: FlaskClient, market: Cast) -> None:
    product = a_product(market.bolt)
    market.sign_in(browser, market.acme, "requester")
    added = browser.post("/requisitions/cart/lines", data={"product_id": str(product), "quantity": "2"})
    assert (added.status_code, added.location) == (303, "/requisitions/cart")
    with market.acme.reading("requester"):
        cart = my_cart()
        assert cart is not None
        (line,) = lines_of(cart.id)
    address = f"/requisitions/cart/lines/{line.id}"
    assert browser.post(address, data={"quantity": "7"}).status_code == 303
    assert "€70.00" in text(browser, "/requisitions/cart")
    wrong = browser.post(address, data={"quantity": "1.5"})
    assert wrong.status_code == 422
    assert "cannot be divided" in wrong.get_data(as_text=True)
    assert browser.post(f"{address}/remove").status_code == 303
    assert "Your cart is empty" in text(browser, "/requisitions/cart")


def test_add_more_than_can_be_by_form_is_refused_with_the_reason(browser: FlaskClient, market: Cast) -> None:
    product = a_product(market.bolt, minimum_quantity=Decimal(10), step_quantity=Decimal(5))
    market.sign_in(browser, market.acme, "requester")
    typed = {"product_id": str(product), "quantity": "12"}
    answer = browser.post("/requisitions/cart/lines", data=typed)
    assert answer.status_code == 422
    assert "steps of 5" in answer.get_data(as_text=True)


def test_save_keeps_what_is_said_so_far(browser: FlaskClient, market: Cast) -> None:
    cart = a_cart(market.acme, [(a_product(market.bolt), 1)])
    market.sign_in(browser, market.acme, "requester")
    typed = {"cost_centre_id": str(cart.cost_centre_id), "step": "save", "note": "Urgent"}
    assert browser.post("/requisitions/cart", data=typed).status_code == 303
    assert "Urgent" in text(browser, "/requisitions/cart")


def test_submit_by_form_leads_to_the_requisition(browser: FlaskClient, market: Cast) -> None:
    a_rule(market.acme)
    cart = a_cart(market.acme, [(a_product(market.bolt), 1)])
    market.sign_in(browser, market.acme, "requester")
    answer = browser.post("/requisitions/cart", data=details(cart) | {"step": "submit"})
    assert (answer.status_code, answer.location) == (303, f"/requisitions/{cart.id}")
    seen = text(browser, answer.location)
    for figure in (
        "Waiting for approval",
        "approver of Acme Industrie",
        "Requisition submitted",
        "Withdraw",
        "Copy as new",
    ):
        assert figure in seen
    assert "Place order" not in seen
    assert "En attente d’approbation" in in_french(browser, answer.location)


def test_submit_inside_policy_offers_the_order_at_once(browser: FlaskClient, market: Cast) -> None:
    a_rule(market.acme, name="Large", above=5000)
    row = a_requisition(market.acme, [(a_product(market.bolt), 1)])
    market.sign_in(browser, market.acme, "requester")
    seen = text(browser, f"/requisitions/{row.id}")
    for figure in ("Place order", "No rule asked for a decision", "€10.00 is less than €5,000.00."):
        assert figure in seen


@pytest.mark.parametrize("missing", ["cost_centre_id", "site_id", "needed_on"])
def test_submit_by_form_without_saying_all_is_refused(
    browser: FlaskClient, market: Cast, missing: str
) -> None:
    cart = a_cart(market.acme, [(a_product(market.bolt), 1)])
    market.sign_in(browser, market.acme, "requester")
    typed = details(cart) | {missing: "", "step": "submit"}
    assert browser.post("/requisitions/cart", data=typed).status_code == 422


def test_submit_past_the_budget_by_form_is_refused_and_says_why(browser: FlaskClient, market: Cast) -> None:
    budget = a_budget(market.acme, amount=5)
    cart = a_cart(market.acme, [(a_product(market.bolt), 1)], cost_centre_id=budget.cost_centre_id)
    market.sign_in(browser, market.acme, "requester")
    answer = browser.post("/requisitions/cart", data=details(cart) | {"step": "submit"})
    assert answer.status_code == 409
    assert "has €5.00 left" in answer.get_data(as_text=True)
    assert "The budget does not suffice" in answer.get_data(as_text=True)


def test_change_after_approval_by_direct_post_is_refused(browser: FlaskClient, market: Cast) -> None:
    row = a_requisition(market.acme, [(a_product(market.bolt), 1)])
    with market.acme.reading("requester"):
        (line,) = lines_of(row.id)
    market.sign_in(browser, market.acme, "requester")
    address = f"/requisitions/cart/lines/{line.id}"
    assert browser.post(address, data={"quantity": "9"}).status_code == 409
    assert browser.post(f"{address}/remove").status_code == 409


def test_withdraw_by_form_and_copy_as_new(browser: FlaskClient, market: Cast) -> None:
    row = a_requisition(market.acme, [(a_product(market.bolt), 3)])
    market.sign_in(browser, market.acme, "requester")
    assert browser.post(f"/requisitions/{row.id}/withdraw", data={"reason": "Not needed"}).status_code == 303
    seen = text(browser, f"/requisitions/{row.id}")
    assert "Taken back" in seen
    assert "Not needed" in seen
    answer = browser.post(f"/requisitions/{row.id}/copy")
    assert (answer.status_code, answer.location) == (303, "/requisitions/cart")
    assert "€30.00" in text(browser, "/requisitions/cart")


def test_copy_that_leaves_something_out_says_so_without_trusting_names(
    browser: FlaskClient, market: Cast
) -> None:
    gone = a_product(market.bolt, name="<b>Gloves</b>")
    row = a_requisition(market.acme, [(gone, 1)])
    with market.bolt.at_work("sales_desk"):
        withdraw_product(product_id=gone)
    market.sign_in(browser, market.acme, "requester")
    browser.post(f"/requisitions/{row.id}/copy")
    seen = text(browser, "/requisitions/cart")
    assert "&lt;b&gt;Gloves&lt;/b&gt;" in seen
    assert "<b>Gloves</b>" not in seen


def test_cart_never_trusts_the_names_in_its_reasons(browser: FlaskClient, market: Cast) -> None:
    centre = a_cost_centre(market.acme, name="<b>Lab</b>")
    a_rule(market.acme, cost_centre_id=centre.id)
    a_budget(market.acme, centre=centre)
    a_cart(market.acme, [(a_product(market.bolt), 1)], cost_centre_id=centre.id)
    market.sign_in(browser, market.acme, "requester")
    seen = text(browser, "/requisitions/cart")
    assert "It is for cost centre CC-100 · &lt;b&gt;Lab&lt;/b&gt;." in seen
    assert "<b>Lab</b>" not in seen


def test_index_shows_ones_own_and_by_wish_everybodys(browser: FlaskClient, market: Cast) -> None:
    budget, product = a_budget(market.acme), a_product(market.bolt)
    mine = a_requisition(market.acme, [(product, 1)], cost_centre_id=budget.cost_centre_id)
    other = a_requisition(
        market.acme, [(product, 1)], cost_centre_id=budget.cost_centre_id, role="procurement_lead"
    )
    market.sign_in(browser, market.acme, "requester")
    seen = text(browser, "/requisitions/")
    assert mine.number in seen
    assert other.number not in seen
    assert other.number in text(browser, "/requisitions/?all=1")
    assert mine.number not in text(browser, "/requisitions/?view=ordered")
    assert "Demandes d’achat" in in_french(browser, "/requisitions/")


def test_lines_are_a_fragment_for_other_pages(browser: FlaskClient, market: Cast) -> None:
    row = a_requisition(market.acme, [(a_product(market.bolt, name="Gloves"), 3)])
    market.sign_in(browser, market.acme, "approver")
    seen = text(browser, f"/requisitions/{row.id}/lines")
    assert "Gloves" in seen
    assert "<html" not in seen


def test_lines_of_a_colleagues_cart_are_nobodys_business(browser: FlaskClient, market: Cast) -> None:
    cart = a_cart(market.acme, [(a_product(market.bolt), 1)])
    market.sign_in(browser, market.acme, "approver")
    assert browser.get(f"/requisitions/{cart.id}/lines").status_code == 404


def test_open_as_an_outsider_finds_nothing(browser: FlaskClient, market: Cast) -> None:
    row = a_requisition(market.acme, [(a_product(market.bolt), 3)])
    with market.acme.reading("requester"):
        (line,) = lines_of(row.id)
    for party, role in ((market.nosy, "procurement_lead"), (market.bolt, "sales_desk")):
        market.sign_in(browser, party, role)
        assert browser.get(f"/requisitions/{row.id}").status_code == 404
        assert browser.get(f"/requisitions/{row.id}/lines").status_code == 404
    market.sign_in(browser, market.nosy, "procurement_lead")
    for address in ("withdraw", "copy"):
        assert browser.post(f"/requisitions/{row.id}/{address}").status_code == 404
    assert browser.post(f"/requisitions/cart/lines/{line.id}", data={"quantity": "1"}).status_code == 404
    assert browser.post(f"/requisitions/cart/lines/{line.id}/remove").status_code == 404


def test_show_a_cart_leads_to_the_cart(browser: FlaskClient, market: Cast) -> None:
    cart = a_cart(market.acme, [(a_product(market.bolt), 1)])
    market.sign_in(browser, market.acme, "requester")
    assert browser.get(f"/requisitions/{cart.id}").location == "/requisitions/cart"


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
    budget, product = a_budget(market.acme), a_product(market.bolt)
    a_requisition(market.acme, [(product, 1)], cost_centre_id=budget.cost_centre_id)
    market.sign_in(browser, market.acme, "requester")
    browser.get("/requisitions/")
    few = statements(browser, "/requisitions/")
    for _ in range(29):
        a_requisition(market.acme, [(product, 1)], cost_centre_id=budget.cost_centre_id)
    assert statements(browser, "/requisitions/") == few


def test_cart_takes_as_many_statements_for_thirty_lines_as_for_one(
    browser: FlaskClient, market: Cast
) -> None:
    products = [a_product(market.bolt, sku=f"P{n}") for n in range(30)]
    a_cart(market.acme, [(products[0], 1)])
    market.sign_in(browser, market.acme, "requester")
    browser.get("/requisitions/cart")
    few = statements(browser, "/requisitions/cart")
    with market.acme.at_work("requester"):
        for product in products[1:]:
            add_to_cart(product_id=product, quantity=Decimal(1))
    assert statements(browser, "/requisitions/cart") == few
