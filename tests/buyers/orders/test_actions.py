"""Do orders come about, get answered and end as they should?"""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from marketplace.buyers.budgets.queries import commitment_of
from marketplace.buyers.orders import queries
from marketplace.buyers.orders.actions import (
    AboveApproval,
    AlreadyShipped,
    AnotherProposal,
    NotApproved,
    SellerSuspended,
    accept_change,
    cancel_order,
    confirm_order,
    decline_change,
    place_orders,
    propose_change,
    refuse_order,
)
from marketplace.buyers.orders.answers import Promise, ProposedLine
from marketplace.buyers.orders.lifecycle import OrderState
from marketplace.buyers.orders.models import PurchaseOrder, VersionKind
from marketplace.buyers.orders.terms import digest
from marketplace.buyers.requisitions.actions import withdraw_requisition
from marketplace.buyers.requisitions.lifecycle import RequisitionState
from marketplace.buyers.requisitions.queries import requisition
from marketplace.events.buyers import OrderPlaced
from marketplace.foundation import clock
from marketplace.foundation.errors import Invalid, NotFound
from marketplace.foundation.lifecycle import NotYourMove, WrongState
from marketplace.foundation.money import Money
from marketplace.foundation.outbox import News
from marketplace.identity.organisations.actions import suspend_organisation
from marketplace.sellers.catalogue.models import Product
from marketplace.sellers.fulfilment.actions import ShipLine, ship
from marketplace.sellers.stock.doors import OutOfStock
from marketplace.sellers.stock.promises import available
from tests.cast import Cast, Party
from tests.factories.agreements import an_agreement
from tests.factories.orders import (
    a_confirmed_order,
    a_placed_order,
    a_proposal,
    an_approved_requisition,
    as_seen,
    placed_orders,
    shipped,
    some_products,
)

pytestmark = pytest.mark.usefixtures("speaking")


def left(party: Party, product_ids: Mapping[UUID, str] | list[UUID]) -> list[Decimal]:
    """What can still be had of each product."""
    with party.reading("requester"):
        known = available(list(product_ids))
    return [known[product_id] for product_id in product_ids]


def held(party: Party, document_id: UUID) -> Decimal:
    """What the document holds of the budget."""
    with party.reading("requester"):
        commitment = commitment_of(document_id)
    return commitment.committed if commitment else Decimal(0)


def euros(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def test_place_orders_of_two_suppliers_makes_one_order_each_at_the_approved_prices(market: Cast) -> None:
    first, second = some_products(market.bolt, 2, price="10"), some_products(market.crown, 1, price="7.50")
    placed = placed_orders(market.acme, {first[0]: "3", second[0]: "4", first[1]: "2"})
    assert {order.seller_id: order.total for order in placed} == {
        market.bolt.id: euros("50"),
        market.crown.id: euros("30"),
    }
    assert sorted(order.number for order in placed) == ["PO-2026-00001", "PO-2026-00002"]
    with market.acme.reading("requester"):
        of_bolt = next(order for order in placed if order.seller_id == market.bolt.id)
        lines = queries.lines_of(of_bolt.id)
        assert [(line.position, line.quantity, line.line_total) for line in lines] == [
            (1, Decimal(3), euros("30")),
            (2, Decimal(2), euros("20")),
        ]
        assert requisition(of_bolt.requisition_id).status == RequisitionState.ORDERED
        assert of_bolt.ship_to.startswith("Site Acme Industrie")
        assert of_bolt.placed_by == "requester of Acme Industrie"


def test_place_orders_writes_the_first_version_with_the_hash_of_what_it_says(market: Cast) -> None:
    placed = a_placed_order(market, "3")
    with market.bolt.reading("sales_desk"):
        [version] = queries.versions_of(placed.id)
    assert (version.version, version.kind, version.author_id) == (1, VersionKind.PLACED, market.acme.id)
    assert version.sha256 == digest(version.snapshot)
    assert version.snapshot["lines"][0]["quantity"] == "3"


def test_place_orders_announces_each_order_with_its_lines(market: Cast) -> None:
    placed = a_placed_order(market, "3", "2")
    with market.bolt.reading("sales_desk") as work:
        news = work.query(News).where(News.subject_id == placed.id).one().event
    assert isinstance(news, OrderPlaced)
    assert (news.version, news.total, news.ship_to) == (1, Decimal(50), placed.ship_to)
    assert [line.quantity for line in news.lines] == [Decimal(3), Decimal(2)]


def test_place_orders_hands_stock_and_budget_over_to_the_order(market: Cast) -> None:
    [product_id] = some_products(market.bolt, stock="10")
    [placed] = placed_orders(market.acme, {product_id: "4"})
    assert left(market.acme, [product_id]) == [Decimal(6)]
    assert held(market.acme, placed.id) == Decimal(40)
    assert held(market.acme, placed.requisition_id or uuid4()) == 0


def test_place_orders_calls_off_from_the_agreement(market: Cast) -> None:
    [product_id] = some_products(market.bolt, price="10")
    sku = sku_of(market.bolt, product_id)
    agreement_id = an_agreement(market, market.acme, market.bolt, {sku: "8"}, ceiling_quantity="5")
    [placed] = placed_orders(market.acme, {product_id: "4"})
    assert (placed.agreement_id, placed.total) == (agreement_id, euros("32"))


def sku_of(seller: Party, product_id: UUID) -> str:
    with seller.reading("sales_desk") as work:
        return work.get_one(Product, product_id).sku


def test_place_orders_again_gives_the_same_orders(market: Cast) -> None:
    requisition_id = an_approved_requisition(market.acme, {some_products(market.bolt)[0]: "1"})
    with market.acme.at_work("requester"):
        [first] = place_orders(requisition_id=requisition_id)
    with market.acme.at_work("requester"):
        [second] = place_orders(requisition_id=requisition_id)
    assert first.id == second.id


def test_place_orders_of_a_withdrawn_requisition_is_refused(market: Cast) -> None:
    requisition_id = an_approved_requisition(market.acme, {some_products(market.bolt)[0]: "1"})
    with market.acme.at_work("requester"):
        withdraw_requisition(requisition_id=requisition_id)
    with pytest.raises(NotApproved, match="Taken back"), market.acme.at_work("requester"):
        place_orders(requisition_id=requisition_id)


@pytest.mark.parametrize("role", ["approver", "receiver", "buyer_finance"])
def test_place_orders_without_the_permission_is_refused(market: Cast, role: str) -> None:
    requisition_id = an_approved_requisition(market.acme, {some_products(market.bolt)[0]: "1"})
    with pytest.raises(NotYourMove), market.acme.at_work(role):
        place_orders(requisition_id=requisition_id)


def test_place_orders_of_another_organisation_finds_nothing(market: Cast) -> None:
    requisition_id = an_approved_requisition(market.acme, {some_products(market.bolt)[0]: "1"})
    with pytest.raises(NotFound), market.nosy.at_work("requester"):
        place_orders(requisition_id=requisition_id)


def test_place_orders_with_a_suspended_supplier_is_refused(market: Cast) -> None:
    requisition_id = an_approved_requisition(market.acme, {some_products(market.bolt)[0]: "1"})
    with market.platform():
        suspend_organisation(organisation_id=market.bolt.id, reason="Contrôle")
    with pytest.raises(SellerSuspended, match="Bolt"), market.acme.at_work("requester"):
        place_orders(requisition_id=requisition_id)


def test_confirm_order_for_a_day_writes_a_version_with_the_promise(market: Cast) -> None:
    placed = a_placed_order(market, "3", "2")
    day = placed.requested_on - timedelta(days=2)
    with market.bolt.at_work("sales_desk"):
        lines = queries.lines_of(placed.id)
        confirm_order(order_id=placed.id, confirmed_on=placed.requested_on, lines=[Promise(lines[0].id, day)])
    confirmed = as_seen(market.acme, placed.id)
    assert (confirmed.status, confirmed.version) == (OrderState.CONFIRMED, 2)
    assert confirmed.confirmed_on == placed.requested_on
    with market.acme.reading("requester"):
        assert [line.promised_on for line in queries.lines_of(placed.id)] == [day, placed.requested_on]
        assert queries.version(placed.id, 2).kind == VersionKind.CONFIRMED


def test_confirm_order_for_a_later_day_is_refused_as_a_change(market: Cast) -> None:
    placed = a_placed_order(market)
    with pytest.raises(Invalid, match="propose it") as refused, market.bolt.at_work("sales_desk"):
        confirm_order(order_id=placed.id, confirmed_on=placed.requested_on + timedelta(days=1))
    assert refused.value.field == "confirmed_on"
    assert as_seen(market.acme, placed.id).status == OrderState.PLACED


def test_confirm_order_for_a_day_that_has_passed_is_refused(market: Cast) -> None:
    placed = a_placed_order(market)
    with pytest.raises(Invalid, match="has passed"), market.bolt.at_work("sales_desk"):
        confirm_order(order_id=placed.id, confirmed_on=clock.today() - timedelta(days=1))


def test_confirm_order_by_the_buyer_is_refused(market: Cast) -> None:
    placed = a_placed_order(market)
    with pytest.raises(NotYourMove), market.acme.at_work("procurement_lead"):
        confirm_order(order_id=placed.id)


def test_confirm_order_by_another_supplier_finds_nothing(market: Cast) -> None:
    placed = a_placed_order(market)
    with pytest.raises(NotFound), market.crown.at_work("sales_desk"):
        confirm_order(order_id=placed.id)


def test_refuse_order_releases_stock_budget_and_ceiling(market: Cast) -> None:
    [product_id] = some_products(market.bolt, stock="10")
    an_agreement(
        market, market.acme, market.bolt, {sku_of(market.bolt, product_id): "8"}, ceiling_quantity="5"
    )
    [placed] = placed_orders(market.acme, {product_id: "5"})
    with market.bolt.at_work("sales_desk"):
        refuse_order(order_id=placed.id, reason="Article arrêté")
    market.run_jobs()
    assert left(market.acme, [product_id]) == [Decimal(10)]
    assert held(market.acme, placed.id) == 0
    [again] = placed_orders(market.acme, {product_id: "5"})
    assert again.total == euros("40")


def test_propose_change_leaves_the_order_as_it_is(market: Cast) -> None:
    placed = a_placed_order(market, "10")
    a_proposal(market, placed, [("6", "10")])
    proposed = as_seen(market.acme, placed.id)
    assert (proposed.status, proposed.version, proposed.proposed_version) == (
        OrderState.CHANGE_PROPOSED,
        1,
        2,
    )
    assert proposed.total == euros("100")
    with market.acme.reading("requester"):
        assert queries.version(placed.id, 2).reason == "Rupture partielle"


@pytest.mark.parametrize(
    ("quantity", "price", "days", "sentence"),
    [
        ("0", "10", 20, "refuse it instead"),
        ("10", "10", 5, "confirm the order instead"),
        ("-1", "10", 20, "more than zero"),
        ("1.5", "10", 20, "divided that finely"),
        ("10", "-1", 20, "at least 0"),
        ("10", "1.00001", 20, "four decimals"),
        ("5", "10", -1, "has passed"),
    ],
)
def test_propose_change_that_makes_no_sense_is_refused(
    market: Cast, quantity: str, price: str, days: int, sentence: str
) -> None:
    placed = a_placed_order(market, "10")
    with pytest.raises(Invalid, match=sentence):
        a_proposal(market, placed, [(quantity, price)], days=days)


def test_propose_change_in_another_currency_is_refused(market: Cast) -> None:
    placed = a_placed_order(market, "10")
    with market.bolt.reading("sales_desk"):
        [line] = queries.lines_of(placed.id)
    offer = ProposedLine(line.id, Decimal(10), Money(Decimal(9), "USD"))
    with pytest.raises(Invalid, match="currency"), market.bolt.at_work("sales_desk"):
        propose_change(order_id=placed.id, lines=[offer], reason="Dollars")


def test_accept_change_lets_stock_budget_and_ceiling_follow(market: Cast) -> None:
    first, second = some_products(market.bolt, 2, stock="20")
    [placed] = placed_orders(market.acme, {first: "10", second: "5"})
    a_proposal(market, placed, [("4", "10"), ("8", "9.50")])
    with market.acme.at_work("requester"):
        accept_change(order_id=placed.id, version=2)
    accepted = as_seen(market.bolt, placed.id)
    assert (accepted.status, accepted.version, accepted.proposed_version) == (OrderState.CONFIRMED, 2, None)
    assert accepted.total == euros("116")
    assert left(market.acme, [first, second]) == [Decimal(16), Decimal(12)]
    assert held(market.acme, placed.id) == Decimal(116)


def test_accept_change_that_drops_a_line_frees_its_goods(market: Cast) -> None:
    first, second = some_products(market.bolt, 2, stock="20")
    [placed] = placed_orders(market.acme, {first: "10", second: "5"})
    a_proposal(market, placed, [("10", "10"), ("0", "10")])
    with market.acme.at_work("requester"):
        accept_change(order_id=placed.id)
    assert left(market.acme, [first, second]) == [Decimal(10), Decimal(20)]
    with market.acme.reading("requester"):
        assert [line.is_complete for line in queries.lines_of(placed.id)] == [False, True]


def test_accept_change_beyond_the_approved_total_is_refused_and_changes_nothing(market: Cast) -> None:
    placed = a_placed_order(market, "10")
    a_proposal(market, placed, [("10", "10.01")])
    with pytest.raises(AboveApproval, match=r"100\.10") as refused, market.acme.at_work("requester"):
        accept_change(order_id=placed.id)
    assert "requisition of its own" in str(refused.value)
    assert as_seen(market.acme, placed.id).status == OrderState.CHANGE_PROPOSED


def test_accept_change_that_stock_does_not_allow_changes_nothing(market: Cast) -> None:
    [product_id] = some_products(market.bolt, stock="12")
    [placed] = placed_orders(market.acme, {product_id: "10"})
    a_proposal(market, placed, [("15", "5")])
    with pytest.raises(OutOfStock), market.acme.at_work("requester"):
        accept_change(order_id=placed.id)
    assert as_seen(market.acme, placed.id).total == euros("100")
    assert (left(market.acme, [product_id]), held(market.acme, placed.id)) == ([Decimal(2)], Decimal(100))


def test_accept_change_of_a_proposal_that_was_replaced_is_refused(market: Cast) -> None:
    placed = a_placed_order(market, "10")
    a_proposal(market, placed, [("6", "10")])
    with market.acme.at_work("requester"):
        decline_change(order_id=placed.id, reason="Trop peu")
    a_proposal(market, placed, [("2", "10")])
    with pytest.raises(AnotherProposal), market.acme.at_work("requester"):
        accept_change(order_id=placed.id, version=2)


def test_accept_change_without_a_proposal_is_refused(market: Cast) -> None:
    placed = a_placed_order(market)
    with pytest.raises(WrongState), market.acme.at_work("requester"):
        accept_change(order_id=placed.id)


def test_accept_change_by_the_seller_is_refused(market: Cast) -> None:
    placed = a_placed_order(market, "10")
    a_proposal(market, placed, [("6", "10")])
    with pytest.raises(NotYourMove), market.bolt.at_work("sales_desk"):
        accept_change(order_id=placed.id)


def test_decline_change_lets_the_order_wait_as_it_was_placed(market: Cast) -> None:
    placed = a_placed_order(market, "10")
    a_proposal(market, placed, [("6", "10")])
    with market.acme.at_work("requester"):
        decline_change(order_id=placed.id, reason="Trop peu")
    with market.bolt.at_work("sales_desk"):
        confirm_order(order_id=placed.id)
    confirmed = as_seen(market.acme, placed.id)
    assert (confirmed.status, confirmed.version, confirmed.total) == (OrderState.CONFIRMED, 3, euros("100"))
    with market.acme.reading("requester"):
        assert queries.versions_in_force(confirmed, queries.versions_of(placed.id)) == {1, 3}


@pytest.mark.parametrize("is_confirmed", [False, True])
def test_cancel_order_before_shipment_releases_everything_at_once(market: Cast, is_confirmed: bool) -> None:
    [product_id] = some_products(market.bolt, stock="10")
    [placed] = placed_orders(market.acme, {product_id: "5"})
    if is_confirmed:
        with market.bolt.at_work("sales_desk"):
            confirm_order(order_id=placed.id)
        market.run_jobs()
    with market.acme.at_work("procurement_lead"):
        cancel_order(order_id=placed.id, reason="Plus besoin")
    assert as_seen(market.bolt, placed.id).status == OrderState.CANCELLED
    assert (left(market.acme, [product_id]), held(market.acme, placed.id)) == ([Decimal(10)], Decimal(0))


def test_cancel_order_of_an_open_proposal_ends_it(market: Cast) -> None:
    placed = a_placed_order(market, "10")
    a_proposal(market, placed, [("6", "10")])
    with market.acme.at_work("procurement_lead"):
        cancel_order(order_id=placed.id, reason="Plus besoin")
    assert as_seen(market.acme, placed.id).proposed_version is None


def test_cancel_order_after_shipment_is_refused(market: Cast) -> None:
    confirmed = a_confirmed_order(market, "10")
    shipped(market, confirmed, "4")
    with pytest.raises(WrongState, match="Under way"), market.acme.at_work("procurement_lead"):
        cancel_order(order_id=confirmed.id, reason="Trop tard")


def test_cancel_order_whose_ship_notice_is_still_on_its_way_is_refused(market: Cast) -> None:
    confirmed = a_confirmed_order(market, "10")
    left_unheard(market, confirmed)
    with pytest.raises(AlreadyShipped), market.acme.at_work("procurement_lead"):
        cancel_order(order_id=confirmed.id, reason="Trop tard")


def left_unheard(market: Cast, confirmed: PurchaseOrder) -> None:
    """Goods leave, and nobody has delivered the news of it yet."""
    with market.bolt.at_work("warehouse"):
        ship(
            order_id=confirmed.id,
            lines=[ShipLine(line.id, line.quantity) for line in queries.lines_of(confirmed.id)],
            carrier="Chronopost",
            tracking_number="XY",
            expected_on=clock.today(),
        )


def test_cancel_order_by_a_requester_is_refused(market: Cast) -> None:
    placed = a_placed_order(market)
    with pytest.raises(NotYourMove), market.acme.at_work("requester"):
        cancel_order(order_id=placed.id, reason="Plus besoin")
