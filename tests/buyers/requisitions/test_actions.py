"""Does a requisition hold what it must, as a whole or not at all, and give it back?"""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from marketplace.buyers.approvals.lifecycle import RunState
from marketplace.buyers.approvals.queries import run_of
from marketplace.buyers.budgets.actions import BudgetExceeded
from marketplace.buyers.budgets.queries import budget_positions
from marketplace.buyers.orders.actions import place_orders
from marketplace.buyers.requisitions.actions import (
    NotReady,
    NotYours,
    add_to_cart,
    change_line,
    copy_requisition,
    describe_requisition,
    mark_ordered,
    remove_line,
    submit_requisition,
    withdraw_requisition,
)
from marketplace.buyers.requisitions.jobs import expire_holds
from marketplace.buyers.requisitions.lifecycle import REQUISITION, RequisitionState
from marketplace.buyers.requisitions.models import Requisition, RequisitionLine
from marketplace.buyers.requisitions.offers import LineRefused, NotForYou
from marketplace.buyers.requisitions.queries import lines_of, my_cart, requisition
from marketplace.foundation import clock
from marketplace.foundation.clock import clock_at
from marketplace.foundation.errors import Invalid, NotFound
from marketplace.foundation.lifecycle import NotYourMove, WrongState
from marketplace.foundation.money import Money
from marketplace.foundation.quantity import WrongQuantity
from marketplace.sellers.catalogue.actions import change_product, withdraw_product
from marketplace.sellers.stock.doors import OutOfStock
from marketplace.sellers.stock.promises import available
from tests.cast import Cast, Party
from tests.factories.agreements import an_agreement
from tests.factories.approvals import a_rule, decided
from tests.factories.budgets import a_budget
from tests.factories.catalogue import a_product
from tests.factories.requisitions import a_cart, a_requisition

S = RequisitionState


def committed(party: Party) -> Decimal:
    with party.reading("requester"):
        (position,) = budget_positions(clock.today())
        assert position.committed is not None
        return position.committed.amount


def free(party: Party, product_id: UUID) -> Decimal:
    with party.reading("requester"):
        return available([product_id])[product_id]


def state(party: Party, row: Requisition) -> RequisitionState:
    with party.reading("requester"):
        return RequisitionState(requisition(row.id).status)


def test_add_to_cart_begins_one_cart_and_adds_up(market: Cast) -> None:
    first = a_product(market.bolt, sku="A", price="2.50")
    second = a_product(market.crown, sku="B", price="10")
    with market.acme.at_work("requester"):
        add_to_cart(product_id=first, quantity=Decimal(4))
        add_to_cart(product_id=second, quantity=Decimal(1))
        add_to_cart(product_id=first, quantity=Decimal(2))
        cart = my_cart()
        assert cart is not None
        assert cart.total == Money(Decimal(25), "EUR")
        assert [(row.sku, row.quantity, row.position) for row in lines_of(cart.id)] == [
            ("A", 6, 1),
            ("B", 1, 2),
        ]


def test_add_to_cart_of_a_colleague_is_another_cart(market: Cast) -> None:
    product = a_product(market.bolt)
    for role in ("requester", "procurement_lead"):
        with market.acme.at_work(role):
            add_to_cart(product_id=product, quantity=Decimal(1))
    with market.acme.reading("requester") as work:
        assert work.scalar(select(func.count()).select_from(Requisition)) == 2


def test_add_to_cart_so_little_that_it_costs_nothing_is_refused(market: Cast) -> None:
    screw = a_product(market.bolt, sku="SCREW", price="0.0042")
    with pytest.raises(WrongQuantity, match="cost nothing"), market.acme.at_work("requester"):
        add_to_cart(product_id=screw, quantity=Decimal(1))
    with market.acme.at_work("requester"):
        assert add_to_cart(product_id=screw, quantity=Decimal(2)).line_total == Money(Decimal("0.01"), "EUR")


@pytest.mark.parametrize("quantity", ["3", "0", "-4", "5.5", "1.0001"])
def test_add_to_cart_against_the_quantity_rules_is_refused(market: Cast, quantity: str) -> None:
    product = a_product(market.bolt, minimum_quantity=Decimal(4), step_quantity=Decimal(2))
    with pytest.raises(WrongQuantity), market.acme.at_work("requester"):
        add_to_cart(product_id=product, quantity=Decimal(quantity))


def test_add_to_cart_in_another_currency_is_refused(market: Cast, speaking: None) -> None:
    product = a_product(market.bolt, currency="USD")
    with pytest.raises(NotForYou, match="buys in EUR"), market.acme.at_work("requester"):
        add_to_cart(product_id=product, quantity=Decimal(1))


def test_add_to_cart_of_what_is_not_published_finds_nothing(market: Cast) -> None:
    product = a_product(market.bolt, is_published=False)
    with pytest.raises(NotFound), market.acme.at_work("requester"):
        add_to_cart(product_id=product, quantity=Decimal(1))


def test_change_line_follows_the_volume_price(market: Cast) -> None:
    product = a_product(market.bolt, price="10", tiers={100: "8"})
    cart = a_cart(market.acme, [(product, 1)])
    with market.acme.at_work("requester"):
        (row,) = lines_of(cart.id)
        assert change_line(line_id=row.id, quantity=Decimal(100)).line_total == Money(Decimal(800), "EUR")


def test_change_line_of_a_colleagues_cart_is_refused(market: Cast) -> None:
    cart = a_cart(market.acme, [(a_product(market.bolt), 1)])
    with pytest.raises(NotYours), market.acme.at_work("procurement_lead"):
        change_line(line_id=lines_of(cart.id)[0].id, quantity=Decimal(2))


def test_remove_line_closes_the_gap(market: Cast) -> None:
    wanted = [(a_product(market.bolt, sku=sku), 1) for sku in "ABC"]
    cart = a_cart(market.acme, wanted)
    with market.acme.at_work("requester"):
        remove_line(line_id=lines_of(cart.id)[1].id)
        assert [(row.sku, row.position) for row in lines_of(cart.id)] == [("A", 1), ("C", 2)]
        assert requisition(cart.id).total == Money(Decimal(20), "EUR")


def test_submit_freezes_holds_and_asks(market: Cast) -> None:
    product = a_product(market.bolt, price="10", stock=50)
    a_rule(market.acme)
    row = a_requisition(market.acme, [(product, 30)])
    assert row.status == S.SUBMITTED
    assert row.number == f"REQ-{clock.today().year}-00001"
    assert row.content_hash is not None
    assert (committed(market.acme), free(market.acme, product)) == (300, 20)
    with market.acme.reading("requester"):
        run = run_of(row.id)
        assert run is not None
        assert (run.status, run.document_hash) == (RunState.PENDING, row.content_hash)
        (line,) = lines_of(row.id)
        assert line.price_steps[0]["result"] == "300"


def test_submit_inside_policy_is_approved_without_anybody(market: Cast) -> None:
    a_rule(market.acme, above=5000)
    row = a_requisition(market.acme, [(a_product(market.bolt), 1)])
    assert row.status == S.APPROVED
    market.run_jobs()
    assert state(market.acme, row) == S.APPROVED


def test_submit_under_an_agreement_takes_its_price(market: Cast, speaking: None) -> None:
    product = a_product(market.bolt, sku="A", price="10")
    an_agreement(market, market.acme, market.bolt, {"A": "7"})
    row = a_requisition(market.acme, [(product, 3)])
    assert row.total == Money(Decimal(21), "EUR")
    with market.acme.reading("requester"):
        assert lines_of(row.id)[0].agreement_line_id is not None


def test_submit_at_a_new_price_freezes_the_new_one(market: Cast) -> None:
    product = a_product(market.bolt, price="10")
    cart = a_cart(market.acme, [(product, 3)])
    with market.bolt.at_work("sales_desk"):
        change_product(product_id=product, price=Money(Decimal(12), "EUR"))
    with market.acme.at_work("requester"):
        assert submit_requisition(requisition_id=cart.id).total == Money(Decimal(36), "EUR")


def test_submit_of_something_withdrawn_names_the_line(market: Cast, speaking: None) -> None:
    first, gone = a_product(market.bolt, sku="A"), a_product(market.bolt, sku="B", name="Gloves")
    cart = a_cart(market.acme, [(first, 1), (gone, 1)])
    with market.bolt.at_work("sales_desk"):
        withdraw_product(product_id=gone)
    with pytest.raises(LineRefused, match=r"Line 2, “Gloves” \(B\)"), market.acme.at_work("requester"):
        submit_requisition(requisition_id=cart.id)


def test_submit_of_more_than_there_is_holds_nothing(market: Cast, speaking: None) -> None:
    first = a_product(market.bolt, sku="A", stock=10)
    scarce = a_product(market.bolt, sku="B", name="Gloves", stock=5)
    cart = a_cart(market.acme, [(first, 10), (scarce, 6)])
    with pytest.raises(OutOfStock, match="Gloves"), market.acme.at_work("requester"):
        submit_requisition(requisition_id=cart.id)
    assert (committed(market.acme), free(market.acme, first)) == (0, 10)
    assert state(market.acme, cart) == S.DRAFT


def test_submit_past_the_budget_holds_nothing(market: Cast, speaking: None) -> None:
    budget = a_budget(market.acme, amount=100)
    product = a_product(market.bolt, price="10", stock=50)
    cart = a_cart(market.acme, [(product, 11)], cost_centre_id=budget.cost_centre_id)
    with pytest.raises(BudgetExceeded, match=r"€10\.00 less"), market.acme.at_work("requester"):
        submit_requisition(requisition_id=cart.id)
    assert (committed(market.acme), free(market.acme, product)) == (0, 50)


@pytest.mark.parametrize(
    ("missing", "field"),
    [("cost_centre_id", "cost_centre_id"), ("site_id", "site_id"), ("needed_on", "needed_on")],
)
def test_submit_without_saying_all_is_refused_at_the_field(market: Cast, missing: str, field: str) -> None:
    cart = a_cart(market.acme, [(a_product(market.bolt), 1)])
    said = {"cost_centre_id": cart.cost_centre_id, "site_id": cart.site_id, "needed_on": cart.needed_on}
    with market.acme.at_work("requester"):
        describe_requisition(**(said | {missing: None}))
    with pytest.raises(NotReady) as refusal, market.acme.at_work("requester"):
        submit_requisition(requisition_id=cart.id)
    assert refusal.value.field == field


def test_submit_an_empty_cart_is_refused(market: Cast) -> None:
    cart = a_cart(market.acme, [])
    with pytest.raises(NotReady, match="empty"), market.acme.at_work("requester"):
        submit_requisition(requisition_id=cart.id)


def test_submit_a_colleagues_cart_is_refused(market: Cast) -> None:
    cart = a_cart(market.acme, [(a_product(market.bolt), 1)])
    with pytest.raises(NotYours), market.acme.at_work("procurement_lead"):
        submit_requisition(requisition_id=cart.id)


def test_submit_twice_is_refused(market: Cast, speaking: None) -> None:
    row = a_requisition(market.acme, [(a_product(market.bolt), 1)])
    with pytest.raises(WrongState), market.acme.at_work("requester"):
        submit_requisition(requisition_id=row.id)


def test_describe_with_another_organisations_site_finds_nothing(market: Cast) -> None:
    with pytest.raises(NotFound), market.acme.at_work("requester"):
        describe_requisition(site_id=market.nosy.sites[0])


def test_approve_makes_it_orderable(market: Cast) -> None:
    a_rule(market.acme)
    row = a_requisition(market.acme, [(a_product(market.bolt), 1)])
    decided(market.acme, "approver")
    assert state(market.acme, row) == S.SUBMITTED
    market.run_jobs()
    assert state(market.acme, row) == S.APPROVED


def test_reject_gives_everything_back(market: Cast) -> None:
    product = a_product(market.bolt, stock=50)
    a_rule(market.acme)
    row = a_requisition(market.acme, [(product, 30)])
    decided(market.acme, "approver", is_yes=False)
    market.run_jobs()
    assert state(market.acme, row) == S.REJECTED
    assert (committed(market.acme), free(market.acme, product)) == (0, 50)


@pytest.mark.parametrize("above", [None, 10_000])
def test_withdraw_gives_everything_back_and_ends_the_approval(market: Cast, above: int | None) -> None:
    product = a_product(market.bolt, stock=50)
    a_rule(market.acme, above=above)
    row = a_requisition(market.acme, [(product, 30)])
    with market.acme.at_work("requester"):
        withdraw_requisition(requisition_id=row.id, reason="Not needed")
    market.run_jobs()
    assert state(market.acme, row) == S.WITHDRAWN
    assert (committed(market.acme), free(market.acme, product)) == (0, 50)
    with market.acme.reading("requester"):
        run = run_of(row.id)
        assert run is not None
        assert run.status == RunState.VOID


def test_withdraw_by_a_colleague_without_the_role_is_refused(market: Cast) -> None:
    row = a_requisition(market.acme, [(a_product(market.bolt), 1)])
    with pytest.raises(NotYours), market.acme.at_work("approver"):
        withdraw_requisition(requisition_id=row.id)


def test_withdraw_before_a_granted_approval_arrives_stays_withdrawn(market: Cast) -> None:
    a_rule(market.acme)
    row = a_requisition(market.acme, [(a_product(market.bolt), 1)])
    decided(market.acme, "approver")
    with market.acme.at_work("requester"):
        withdraw_requisition(requisition_id=row.id)
    market.run_jobs()
    assert state(market.acme, row) == S.WITHDRAWN


def test_expire_after_seven_days_gives_everything_back(market: Cast) -> None:
    product = a_product(market.bolt, stock=50)
    a_rule(market.acme)
    row = a_requisition(market.acme, [(product, 30)])
    with clock_at(clock.now() + timedelta(days=6, hours=23)):
        expire_holds()
        assert state(market.acme, row) == S.SUBMITTED
    with clock_at(clock.now() + timedelta(days=7, minutes=1)):
        expire_holds()
        expire_holds()
        assert state(market.acme, row) == S.WITHDRAWN
        assert (committed(market.acme), free(market.acme, product)) == (0, 50)


def test_change_line_after_approval_is_refused(market: Cast, speaking: None) -> None:
    row = a_requisition(market.acme, [(a_product(market.bolt), 1)])
    with pytest.raises(WrongState), market.acme.at_work("requester"):
        change_line(line_id=lines_of(row.id)[0].id, quantity=Decimal(2))


def test_copy_an_approved_one_needs_its_own_approval(market: Cast) -> None:
    product = a_product(market.bolt, price="10")
    row = a_requisition(market.acme, [(product, 30)])
    a_rule(market.acme)
    with market.acme.at_work("requester"):
        assert copy_requisition(requisition_id=row.id) == []
        cart = my_cart()
        assert cart is not None
        assert (cart.status, cart.approval_run_id, cart.content_hash) == (S.DRAFT, None, None)
        assert (cart.copied_from_id, cart.cost_centre_id) == (row.id, row.cost_centre_id)
        describe_requisition(
            cost_centre_id=row.cost_centre_id, site_id=row.site_id, needed_on=clock.today(), note=None
        )
        assert submit_requisition(requisition_id=cart.id).status == S.SUBMITTED


def test_copy_leaves_out_what_is_gone_and_says_so(market: Cast) -> None:
    first, gone = a_product(market.bolt, sku="A"), a_product(market.bolt, sku="B", name="Gloves")
    row = a_requisition(market.acme, [(first, 1), (gone, 1)])
    with market.bolt.at_work("sales_desk"):
        withdraw_product(product_id=gone)
    with market.acme.at_work("requester"):
        assert copy_requisition(requisition_id=row.id) == ["Gloves"]


def test_copy_twice_adds_nothing_twice(market: Cast) -> None:
    row = a_requisition(market.acme, [(a_product(market.bolt), 7)])
    for _ in range(2):
        with market.acme.at_work("requester"):
            copy_requisition(requisition_id=row.id)
    with market.acme.reading("requester"):
        cart = my_cart()
        assert cart is not None
        assert [line.quantity for line in lines_of(cart.id)] == [7]


def test_order_before_approval_is_refused(market: Cast, speaking: None) -> None:
    a_rule(market.acme)
    row = a_requisition(market.acme, [(a_product(market.bolt), 1)])
    with pytest.raises(WrongState), market.acme.at_work("requester"):
        mark_ordered(requisition_id=row.id, order_numbers=["PO-1"])


def test_order_by_somebody_without_the_permission_is_refused(market: Cast, speaking: None) -> None:
    row = a_requisition(market.acme, [(a_product(market.bolt), 1)])
    with pytest.raises(NotYourMove), market.acme.at_work("approver"):
        mark_ordered(requisition_id=row.id, order_numbers=["PO-1"])


def test_order_after_approval_is_the_end(market: Cast) -> None:
    row = a_requisition(market.acme, [(a_product(market.bolt), 1)])
    with market.acme.at_work("requester"):
        place_orders(requisition_id=row.id)
    assert state(market.acme, row) == S.ORDERED
    assert REQUISITION.finals == {S.ORDERED, S.REJECTED, S.WITHDRAWN}


def test_describe_with_a_closed_cost_centre_is_refused(market: Cast) -> None:
    budget = a_budget(market.acme)
    with market.platform() as work:
        work.execute(RequisitionLine.metadata.tables["cost_centres"].update().values(is_active=False))
    with pytest.raises(Invalid, match="closed"), market.acme.at_work("requester"):
        describe_requisition(cost_centre_id=budget.cost_centre_id)


def test_submit_by_the_only_approver_asks_somebody_else(market: Cast) -> None:
    a_rule(market.acme, asks=["procurement_lead", "approver"])
    row = a_requisition(market.acme, [(a_product(market.bolt), 1)], role="procurement_lead")
    decided(market.acme, "procurement_lead")
    market.run_jobs()
    assert state(market.acme, row) == S.SUBMITTED
    decided(market.acme, "approver")
    market.run_jobs()
    assert state(market.acme, row) == S.APPROVED


def test_read_as_an_outsider_finds_nothing(market: Cast) -> None:
    row = a_requisition(market.acme, [(a_product(market.bolt), 1)])
    for party, role in ((market.nosy, "requester"), (market.bolt, "sales_desk")):
        with party.reading(role) as work:
            assert work.scalar(select(func.count()).select_from(Requisition)) == 0
            with pytest.raises(NotFound):
                requisition(row.id)


def test_begin_a_cart_for_somebody_else_is_refused(market: Cast) -> None:
    with pytest.raises(IntegrityError, match="made by the one"), market.acme.at_work("requester") as work:
        work.add(
            Requisition(
                organisation_id=market.acme.id,
                requester_id=market.acme.people["approver"],
                total=Money(Decimal(0), "EUR"),
            )
        )
