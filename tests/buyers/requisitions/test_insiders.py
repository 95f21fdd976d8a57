"""Can somebody get something ordered that nobody approved so, by the pages that everybody can reach?"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from marketplace.buyers.approvals.queries import my_pending_steps
from marketplace.buyers.budgets.actions import change_budget
from marketplace.buyers.orders.models import PurchaseOrder, PurchaseOrderLine
from marketplace.buyers.requisitions.actions import withdraw_requisition
from marketplace.buyers.requisitions.jobs import expire_holds
from marketplace.buyers.requisitions.lifecycle import RequisitionState
from marketplace.buyers.requisitions.models import Requisition
from marketplace.buyers.requisitions.queries import lines_of, my_cart, requisition
from marketplace.foundation import clock
from marketplace.foundation.clock import clock_at
from marketplace.foundation.money import Money
from marketplace.sellers.catalogue.actions import change_product, withdraw_product
from marketplace.sellers.stock.actions import count_stock
from marketplace.sellers.stock.doors import StillPromised
from tests.cast import Cast
from tests.factories.approvals import a_rule, decided
from tests.factories.budgets import a_budget
from tests.factories.catalogue import a_product
from tests.factories.requisitions import a_requisition

EIGHT_DAYS = timedelta(days=8)


def orders(market: Cast) -> int:
    with market.acme.reading("requester") as work:
        return work.scalar(select(func.count()).select_from(PurchaseOrder)) or 0


def place(browser: FlaskClient, market: Cast, row: Requisition) -> int:
    """The status of the answer to the requester's press on “Place order”, whether or not there is such a button."""
    market.sign_in(browser, market.acme, "requester")
    return browser.post(f"/orders/place/{row.id}").status_code


def decide(browser: FlaskClient, market: Cast, step_id: UUID, document_hash: str) -> tuple[int, str]:
    market.sign_in(browser, market.acme, "approver")
    typed = {"document_hash": document_hash, "decision": "yes"}
    answer = browser.post(f"/approvals/steps/{step_id}/decide", data=typed)
    return answer.status_code, answer.get_data(as_text=True)


def waiting(market: Cast) -> Requisition:
    a_rule(market.acme)
    return a_requisition(market.acme, [(a_product(market.bolt, price="10", stock=100), 30)])


def refused(market: Cast) -> None:
    decided(market.acme, "approver", is_yes=False)
    market.run_jobs()


def taken_back(market: Cast) -> None:
    decided(market.acme, "approver")
    with market.acme.at_work("requester") as work:
        [row] = work.scalars(select(Requisition)).all()
        withdraw_requisition(requisition_id=row.id)
    market.run_jobs()


def granted_but_not_heard_of(market: Cast) -> None:
    decided(market.acme, "approver")


@pytest.mark.parametrize("turn", [lambda market: None, refused, taken_back, granted_but_not_heard_of])
def test_place_by_direct_post_of_what_is_not_approved_makes_no_order(
    browser: FlaskClient, market: Cast, turn: Callable[[Cast], None]
) -> None:
    row = waiting(market)
    turn(market)
    assert (place(browser, market, row), orders(market)) == (409, 0)


def test_place_by_direct_post_after_the_hold_is_over_makes_no_order(
    browser: FlaskClient, market: Cast
) -> None:
    row = waiting(market)
    decided(market.acme, "approver")
    market.run_jobs()
    with clock_at(clock.now() + EIGHT_DAYS):
        assert (place(browser, market, row), orders(market)) == (409, 0)
        expire_holds()
        assert (place(browser, market, row), orders(market)) == (409, 0)


def test_approve_after_the_hold_is_over_is_refused_in_words(browser: FlaskClient, market: Cast) -> None:
    row = waiting(market)
    with market.acme.reading("approver"):
        [pending] = my_pending_steps()
    with clock_at(clock.now() + EIGHT_DAYS):
        status, said = decide(browser, market, pending.step.id, pending.run.document_hash)
        assert status == 409
        assert "The time for which price, stock and budget were held is over." in said
    with market.acme.reading("requester"):
        assert requisition(row.id).status == RequisitionState.SUBMITTED


def test_approve_that_is_heard_of_after_the_hold_is_over_approves_nothing(market: Cast) -> None:
    row = waiting(market)
    decided(market.acme, "approver")
    with clock_at(clock.now() + EIGHT_DAYS):
        market.run_jobs()
        expire_holds()
    with market.acme.reading("requester"):
        assert requisition(row.id).status == RequisitionState.WITHDRAWN


def test_copy_of_an_approved_one_is_approved_anew_before_it_is_ordered(
    browser: FlaskClient, market: Cast
) -> None:
    row = waiting(market)
    decided(market.acme, "approver")
    market.run_jobs()
    assert place(browser, market, row) == 303
    assert browser.post(f"/requisitions/{row.id}/copy").status_code == 303
    with market.acme.reading("requester"):
        copied = my_cart()
        assert copied is not None
    typed = {
        "cost_centre_id": str(row.cost_centre_id),
        "site_id": str(row.site_id),
        "needed_on": str(clock.today()),
        "step": "submit",
        # What no form has is heard by nobody.
        "status": "approved",
        "approval_run_id": str(row.approval_run_id),
        "content_hash": row.content_hash,
    }
    assert browser.post("/requisitions/cart", data=typed).status_code == 303
    assert (place(browser, market, copied), orders(market)) == (409, 1)


def test_add_with_a_price_or_currency_of_ones_own_is_not_heard(browser: FlaskClient, market: Cast) -> None:
    product = a_product(market.bolt, price="10")
    market.sign_in(browser, market.acme, "requester")
    typed = {
        "product_id": str(product),
        "quantity": "3",
        "unit_price": "0.01",
        "unit_price_amount": "0.01",
        "currency": "JPY",
        "total_amount": "1",
        "requester_id": str(market.acme.people["approver"]),
    }
    assert browser.post("/requisitions/cart/lines", data=typed).status_code == 303
    with market.acme.reading("requester"):
        cart = my_cart()
        assert cart is not None
        assert cart.total == Money(Decimal(30), "EUR")
        assert [line.unit_price for line in lines_of(cart.id)] == [Money(Decimal(10), "EUR")]


def test_what_was_approved_is_ordered_as_it_was_whatever_the_others_change_meanwhile(
    browser: FlaskClient, market: Cast
) -> None:
    budget = a_budget(market.acme, amount=300)
    product = a_product(market.bolt, price="10", stock=30)
    a_rule(market.acme)
    row = a_requisition(market.acme, [(product, 30)], cost_centre_id=budget.cost_centre_id)
    decided(market.acme, "approver")
    market.run_jobs()
    with pytest.raises(IntegrityError, match="ck_budgets_within"), market.acme.at_work("buyer_finance"):
        change_budget(budget_id=budget.id, amount=Decimal(299))
    with pytest.raises(StillPromised), market.bolt.at_work("warehouse"):
        count_stock(product_id=product, counted=Decimal(29), reason="Inventaire")
    with market.bolt.at_work("sales_desk"):
        change_product(product_id=product, price=Money(Decimal(99), "EUR"), name="Something else")
        withdraw_product(product_id=product)
    assert place(browser, market, row) == 303
    with market.acme.reading("requester") as work:
        [line] = work.scalars(select(PurchaseOrderLine)).all()
        assert (line.unit_price, line.quantity) == (Money(Decimal(10), "EUR"), 30)
        assert line.name != "Something else"
