"""Is there an answer to every event in every state, for every side, and does the database give the same?"""

from itertools import product

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError

from marketplace.buyers.orders.lifecycle import BUYER, ORDER, OrderState
from marketplace.buyers.orders.models import PurchaseOrder
from marketplace.buyers.orders.queries import order_for_update
from marketplace.foundation.db import owner_engine
from marketplace.foundation.lifecycle import NotYourMove, WrongState
from marketplace.foundation.tenancy import Actor, acting_as
from marketplace.permissions import Permission
from tests.cast import Cast, Party
from tests.factories.orders import a_placed_order

MOVES = {(move.source, move.target): move for move in ORDER.moves}
PAIRS = list(product(OrderState, OrderState))
SIDES = {BUYER: "acme", "seller_id": "bolt"}


def put(order_id: object, state: OrderState) -> None:
    """The order in that state, however it came there: as the owner of the tables, past every guard."""
    with owner_engine().begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(
            update(PurchaseOrder)
            .where(PurchaseOrder.id == order_id)
            .values(status=state, proposed_version=2 if state == OrderState.CHANGE_PROPOSED else None)
        )


def with_everything(party: Party) -> Actor:
    """Somebody of that party who may do everything that a permission allows."""
    actor = party.actor("administrator")
    return Actor(actor.organisation_id, actor.person_id, frozenset(map(str, Permission)), side=actor.side)


@pytest.mark.parametrize(("state", "target"), PAIRS, ids=lambda state: str(state))
def test_move_in_each_state_is_made_by_its_side_or_refused_in_words(
    market: Cast, state: OrderState, target: OrderState
) -> None:
    placed = a_placed_order(market)
    put(placed.id, state)
    move = MOVES.get((state, target))
    for side, name in SIDES.items():
        party: Party = getattr(market, name)
        with party.at_work("administrator") as work, acting_as(with_everything(party)):
            order = order_for_update(placed.id)
            if move is None:
                with pytest.raises(WrongState) as refused:
                    ORDER.move(order, target)
                assert refused.value.status == 409
                assert str(ORDER.states[state].label) in str(refused.value)
            elif move.side != side:
                with pytest.raises(NotYourMove) as refused_side:
                    ORDER.move(order, target)
                assert refused_side.value.status == 403
            else:
                assert ORDER.can(order, target)
            work.rollback()


@pytest.mark.parametrize("move", ORDER.moves, ids=lambda move: f"{move.source}-{move.target}")
def test_update_by_hand_on_the_wrong_side_is_refused_by_the_database(market: Cast, move: object) -> None:
    placed = a_placed_order(market)
    put(placed.id, move.source)  # type: ignore[attr-defined]
    wrong = market.bolt if move.side == BUYER else market.acme  # type: ignore[attr-defined]
    proposed = "2" if move.target == OrderState.CHANGE_PROPOSED else "NULL"  # type: ignore[attr-defined]
    statement = f"UPDATE purchase_orders SET status = '{move.target}', proposed_version = {proposed}"  # type: ignore[attr-defined]
    with pytest.raises(DBAPIError, match="not for this party"), wrong.at_work("administrator") as work:
        work.execute(text(statement))


@pytest.mark.parametrize(("state", "target"), [p for p in PAIRS if p not in MOVES and p[0] != p[1]], ids=str)
def test_update_by_hand_along_no_move_is_refused_by_the_database(
    market: Cast, state: OrderState, target: OrderState
) -> None:
    placed = a_placed_order(market)
    put(placed.id, state)
    proposed = "2" if target == OrderState.CHANGE_PROPOSED else "NULL"
    statement = f"UPDATE purchase_orders SET status = '{target}', proposed_version = {proposed}"
    for party in (market.acme, market.bolt):
        with pytest.raises(DBAPIError), party.at_work("administrator") as work:
            work.execute(text(statement))


def test_every_way_ends() -> None:
    assert ORDER.finals == {OrderState.RECEIVED, OrderState.REFUSED, OrderState.CANCELLED}
