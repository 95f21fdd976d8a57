"""Two hundred small orders over sixty-four connections: is each placed or refused in words, and do the books agree?"""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from datetime import timedelta
from decimal import Decimal
from threading import Barrier
from uuid import UUID

from sqlalchemy import QueuePool, func, select

from marketplace.buyers.budgets.queries import position_of
from marketplace.buyers.orders.actions import place_orders
from marketplace.buyers.orders.models import PurchaseOrder, PurchaseOrderLine
from marketplace.buyers.requisitions.actions import (
    add_to_cart,
    describe_requisition,
    remove_line,
    submit_requisition,
)
from marketplace.buyers.requisitions.queries import lines_of, my_cart
from marketplace.doctor import examine
from marketplace.foundation import clock
from marketplace.foundation.db import runtime_engine
from marketplace.foundation.errors import Refusal
from marketplace.foundation.money import Money
from marketplace.foundation.outbox import deliver_everything
from marketplace.foundation.tenancy import Actor
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.identity.people.actions import add_membership, add_person
from marketplace.permissions import permissions_of
from marketplace.sellers.stock.models import StockLevel
from tests.cast import Cast
from tests.factories.budgets import a_budget
from tests.factories.catalogue import a_product

CONNECTIONS, CHECKOUTS, IN_STOCK = 64, 200, 90
BUDGETS = {"RICH": "100000", "POOR": "300"}


@contextmanager
def a_connection_for_everybody() -> Iterator[None]:
    """Inside, nobody waits for the connection of another."""
    engine = runtime_engine()
    pooled = engine.pool
    known = {"dialect": engine.dialect, "_dispatch": pooled.dispatch}
    engine.pool = QueuePool(pooled._creator, pool_size=CONNECTIONS, max_overflow=0, **known)
    try:
        yield
    finally:
        engine.pool.dispose()
        engine.pool = pooled


def requesters(market: Cast) -> list[Actor]:
    """So many colleagues at Acme who order for themselves."""
    with market.platform():
        people = [add_person(email=f"rush-{n}@acme.example", name=f"Rush {n}") for n in range(CONNECTIONS)]
        for person in people:
            add_membership(person_id=person.id, organisation_id=market.acme.id, roles=["requester"])
    return [Actor(market.acme.id, person.id, permissions_of(["requester"])) for person in people]


def check_out(actor: Actor, product_id: UUID, centre_id: UUID, site_id: UUID) -> str:
    """One piece, from the cart to its order, as four clicks; or the kind of refusal, and an empty cart again."""
    try:
        with unit_of_work(actor):
            cart_id = add_to_cart(product_id=product_id, quantity=Decimal(1)).requisition_id
        with unit_of_work(actor):
            needed_on = clock.today() + timedelta(days=14)
            describe_requisition(cost_centre_id=centre_id, site_id=site_id, needed_on=needed_on, note="")
        with unit_of_work(actor):
            submit_requisition(requisition_id=cart_id)
        with unit_of_work(actor):
            return f"{len(place_orders(requisition_id=cart_id))} order"
    except Refusal as refusal:
        with unit_of_work(actor):
            for line in lines_of(cart.id) if (cart := my_cart()) else ():
                remove_line(line_id=line.id)
        return type(refusal).__name__


def test_two_hundred_check_out_at_once_until_there_is_no_more(market: Cast, speaking: None) -> None:
    rich, poor = (
        a_budget(market.acme, code=code, amount=amount).cost_centre_id for code, amount in BUDGETS.items()
    )
    product_id = a_product(market.bolt, price="10", stock=IN_STOCK)
    actors, start = requesters(market), Barrier(CONNECTIONS)

    def run(number: int) -> list[str]:
        start.wait()
        mine, centre_id = range(number, CHECKOUTS, CONNECTIONS), (rich, poor)[number % 2]
        return [check_out(actors[number], product_id, centre_id, market.acme.sites[0]) for _ in mine]

    with a_connection_for_everybody(), ThreadPoolExecutor(CONNECTIONS) as threads:
        running = [threads.submit(copy_context().run, run, number) for number in range(CONNECTIONS)]
        outcomes = Counter(outcome for each in running for outcome in each.result())
    assert outcomes.total() == CHECKOUTS
    assert outcomes.keys() <= {"1 order", "OutOfStock", "BudgetExceeded"}
    assert outcomes["1 order"] == IN_STOCK
    with market.acme.reading("requester") as work:
        assert work.scalar(select(func.count()).select_from(PurchaseOrder)) == IN_STOCK
        assert work.scalar(select(func.sum(PurchaseOrderLine.quantity))) == IN_STOCK
        held = [position_of(centre_id, clock.today()).committed for centre_id in (rich, poor)]
    assert sum(money.amount for money in held if money) == 10 * IN_STOCK
    assert held[1] is not None
    assert held[1] <= Money(Decimal(BUDGETS["POOR"]), "EUR")
    with market.platform() as work:
        level = work.scalars(select(StockLevel).where(StockLevel.product_id == product_id)).one()
    assert (level.on_hand, level.reserved) == (IN_STOCK, IN_STOCK)
    deliver_everything()
    assert [each.name for each in examine() if not each.is_healthy] == []
