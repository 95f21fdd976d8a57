"""What if the runtime role writes to an order by hand?"""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from marketplace.buyers.orders.models import PurchaseOrder
from marketplace.foundation.db import new_id
from tests.cast import Cast, Party
from tests.factories.orders import (
    a_confirmed_order,
    a_placed_order,
    a_proposal,
    an_approved_requisition,
    some_products,
)

pytestmark = pytest.mark.usefixtures("speaking")
RAISED = """
    jsonb_set(jsonb_set(jsonb_set(snapshot, '{lines,0,unit_price}', '"9"'), '{lines,0,line_total}', '"90"'),
              '{total}', '"90"')
"""
COPY = """
    INSERT INTO order_versions (id, order_id, buyer_id, seller_id, version, base_version, kind, author_id, author_name,
                                reason, snapshot, sha256, made_at)
    SELECT :id, order_id, buyer_id, seller_id, 2, 1, :kind, :author, '', '',
           jsonb_set({snapshot}, '{{version}}', '2'), sha256, made_at FROM order_versions WHERE order_id = :order
"""


def by_hand(party: Party, *statements: str, **values: object) -> None:
    """These statements in one transaction of the party, as anybody could who has the runtime's password."""
    with party.at_work("administrator") as work:
        for statement in statements:
            names = {name: value for name, value in values.items() if f":{name}" in statement}
            work.execute(text(statement), names)


BY_HAND = (
    "UPDATE purchase_order_lines SET unit_price_amount = 99",
    "UPDATE purchase_order_lines SET unit_price_amount = 1, line_total_amount = 10",
    "UPDATE purchase_order_lines SET quantity = 1",
    "UPDATE purchase_order_lines SET promised_on = '2030-01-01'",
    "UPDATE purchase_orders SET total_amount = 1",
    "UPDATE purchase_orders SET version = 1",
    "UPDATE purchase_orders SET confirmed_on = '2030-01-01'",
    "UPDATE purchase_orders SET confirmed_at = now()",
    "UPDATE purchase_orders SET proposed_version = 1",
    "UPDATE purchase_orders SET file_id = (SELECT min(id::text)::uuid FROM stored_files)",
    "UPDATE purchase_orders SET approved_total_amount = 100000",
    "UPDATE purchase_orders SET ship_to = 'elsewhere'",
    "UPDATE purchase_orders SET seller_id = buyer_id",
    "UPDATE purchase_order_lines SET accepted = 10",
    "UPDATE purchase_order_lines SET damaged = 10",
    "UPDATE purchase_order_lines SET completed_on = '2030-01-01'",
    "UPDATE purchase_order_lines SET shipped = 11",
    "UPDATE order_versions SET snapshot = '{}'",
    "DELETE FROM order_versions",
    "DELETE FROM purchase_order_lines",
    "DELETE FROM purchase_orders",
)


@pytest.mark.parametrize("who", ["acme", "bolt"])
def test_update_by_hand_of_what_is_agreed_or_counted_is_refused(market: Cast, who: str) -> None:
    a_confirmed_order(market, "10")
    market.run_jobs()
    for statement in BY_HAND:
        with pytest.raises(DBAPIError):
            by_hand(getattr(market, who), statement)


def test_update_by_hand_of_what_was_shipped_is_refused_to_the_seller(market: Cast) -> None:
    a_placed_order(market, "10")
    for statement in (
        "UPDATE purchase_order_lines SET shipped = 5",
        "UPDATE purchase_order_lines SET replaced = 5",
    ):
        with pytest.raises(DBAPIError, match="only grows"):
            by_hand(market.bolt, statement)


@pytest.mark.parametrize("kind", ["confirmed", "change"])
def test_confirm_by_hand_with_another_price_is_refused(market: Cast, kind: str) -> None:
    placed = a_placed_order(market, "10")
    with pytest.raises(DBAPIError):
        by_hand(
            market.bolt,
            COPY.format(snapshot=RAISED),
            "UPDATE purchase_orders SET status = 'confirmed', version = 2, total_amount = 90",
            "UPDATE purchase_order_lines SET unit_price_amount = 9, line_total_amount = 90",
            id=uuid4(),
            order=placed.id,
            author=market.bolt.id,
            kind=kind,
        )


def test_accept_by_hand_of_ones_own_change_is_refused_to_the_seller(market: Cast) -> None:
    a_proposal(market, a_placed_order(market, "10"), [("6", "10")])
    with pytest.raises(DBAPIError, match="not for this party"):
        by_hand(
            market.bolt,
            "UPDATE purchase_orders SET status = 'confirmed', version = 2, proposed_version = NULL, total_amount = 60",
        )


@pytest.mark.parametrize(("author", "who"), [("bolt", "acme"), ("acme", "bolt"), ("acme", "acme")])
def test_insert_by_hand_of_a_version_in_another_name_is_refused(market: Cast, author: str, who: str) -> None:
    placed = a_placed_order(market, "10")
    with pytest.raises(DBAPIError, match="does not follow"):
        by_hand(
            getattr(market, who),
            COPY.format(snapshot=RAISED),
            id=uuid4(),
            order=placed.id,
            author=getattr(market, author).id,
            kind="change",
        )


def test_insert_by_hand_of_a_version_that_does_not_add_up_is_refused(market: Cast) -> None:
    placed = a_placed_order(market, "10")
    wrong = "jsonb_set(snapshot, '{total}', '\"1\"')"
    with pytest.raises(DBAPIError, match="does not add up"):
        by_hand(
            market.bolt,
            COPY.format(snapshot=wrong),
            id=uuid4(),
            order=placed.id,
            author=market.bolt.id,
            kind="change",
        )


def test_insert_by_hand_of_another_product_into_a_version_is_refused(market: Cast) -> None:
    placed = a_placed_order(market, "10")
    other = f"jsonb_set(snapshot, '{{lines,0,product_id}}', '\"{some_products(market.bolt)[0]}\"')"
    with pytest.raises(DBAPIError, match="does not follow"):
        by_hand(
            market.bolt,
            COPY.format(snapshot=other),
            id=uuid4(),
            order=placed.id,
            author=market.bolt.id,
            kind="change",
        )


INSERT = """
    INSERT INTO purchase_orders (id, buyer_id, seller_id, number, requisition_id, cost_centre_id, ship_to, requested_on,
        status, version, total_amount, total_currency, approved_total_amount, approved_total_currency, placed_by,
        placed_at)
    SELECT :id, :buyer, :seller, 'PO-X', :requisition, r.cost_centre_id, concat_ws(', ', s.name, s.street,
        s.postal_code || ' ' || s.city, s.country), r.needed_on, 'placed', 1, 1, 'EUR', 1, 'EUR', '', now()
    FROM (VALUES (1)) v LEFT JOIN requisitions r ON r.id = :requisition LEFT JOIN sites s ON s.id = r.site_id
"""


def insert_by_hand(
    party: Party, *, buyer: Party, seller: Party, requisition_id: UUID | None
) -> Callable[[], None]:
    values = {"id": new_id(), "buyer": buyer.id, "seller": seller.id, "requisition": requisition_id}
    return lambda: by_hand(party, INSERT, **values)


def test_insert_by_hand_without_an_approved_requisition_is_refused(market: Cast) -> None:
    approved = an_approved_requisition(market.acme, {some_products(market.bolt)[0]: "1"})
    attempts = [
        insert_by_hand(market.acme, buyer=market.acme, seller=market.bolt, requisition_id=None),
        insert_by_hand(market.acme, buyer=market.acme, seller=market.bolt, requisition_id=uuid4()),
        insert_by_hand(market.nosy, buyer=market.nosy, seller=market.bolt, requisition_id=approved),
        insert_by_hand(market.bolt, buyer=market.acme, seller=market.bolt, requisition_id=approved),
    ]
    for attempt in attempts:
        with pytest.raises(DBAPIError, match="granted approval"):
            attempt()


def test_insert_by_hand_of_an_order_without_its_lines_is_refused(market: Cast) -> None:
    approved = an_approved_requisition(market.acme, {some_products(market.bolt)[0]: "1"})
    with pytest.raises(DBAPIError, match="not as its version says"):
        insert_by_hand(market.acme, buyer=market.acme, seller=market.bolt, requisition_id=approved)()


def test_insert_by_hand_of_a_line_into_an_order_is_refused(market: Cast) -> None:
    placed: PurchaseOrder = a_placed_order(market, "10")
    statement = """
        INSERT INTO purchase_order_lines SELECT (jsonb_populate_record(null::purchase_order_lines, to_jsonb(l)
            || jsonb_build_object('id', CAST(:id AS text), 'position', 2, 'requisition_line_id', null))).*
        FROM purchase_order_lines l WHERE order_id = :order
    """
    with pytest.raises(DBAPIError, match="approved requisition"):
        by_hand(market.acme, statement, id=str(uuid4()), order=placed.id)


@pytest.mark.parametrize("outsider", ["nosy", "pry", "crown"])
def test_select_by_an_outsider_finds_nothing(market: Cast, outsider: str) -> None:
    a_confirmed_order(market, "10")
    with getattr(market, outsider).reading("administrator") as work:
        for table in ("purchase_orders", "purchase_order_lines", "order_versions", "order_documents"):
            assert work.scalar(text(f"SELECT count(*) FROM {table}")) == 0
