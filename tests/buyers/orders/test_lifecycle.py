"""Is there an answer to every event in every state, for every side, and does the database give the same?"""

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


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("state", OrderState)
def test_move_in_each_state_is_made_by_its_side_or_refused_in_words(
    market: Cast, state: OrderState, side: str
) -> None:
    placed = a_placed_order(market)
    put(placed.id, state)
    party: Party = getattr(market, SIDES[side])
    with party.at_work("administrator") as work, acting_as(with_everything(party)):
        order = order_for_update(placed.id)
        for target in OrderState:
            move = MOVES.get((state, target))
            if move is not None and move.side == side:
                assert ORDER.can(order, target)
                continue
            with pytest.raises(NotYourMove if move else WrongState) as refused:
                ORDER.move(order, target)
            assert refused.value.status == (403 if move else 409)
            assert move or str(ORDER.states[state].label) in str(refused.value)
        work.rollback()


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("state", OrderState)
def test_update_by_hand_is_refused_on_the_wrong_side_and_along_no_move(
    market: Cast, state: OrderState, side: str
) -> None:
    placed = a_placed_order(market)
    put(placed.id, state)
    for target in set(OrderState) - {state}:
        move = MOVES.get((state, target))
        if move is not None and move.side == side:
            continue
        proposed = "2" if target == OrderState.CHANGE_PROPOSED else "NULL"
        statement = f"UPDATE purchase_orders SET status = '{target}', proposed_version = {proposed}"
        reason = "not for this party" if move else "cannot go|not for this party"
        party: Party = getattr(market, SIDES[side])
        with pytest.raises(DBAPIError, match=reason), party.at_work("administrator") as work:
            work.execute(text(statement))


def test_every_way_ends() -> None:
    assert ORDER.finals == {OrderState.RECEIVED, OrderState.REFUSED, OrderState.CANCELLED}
