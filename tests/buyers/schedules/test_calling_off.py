"""Does each day that is due become one requisition, or say why not, whatever happens to machines and people?"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import func, select

from marketplace.buyers.approvals.rulebook import set_policy
from marketplace.buyers.orders.models import PurchaseOrder
from marketplace.buyers.requisitions.models import Requisition
from marketplace.buyers.requisitions.queries import my_cart
from marketplace.buyers.schedules.actions import pause_standing, resume_standing, skip_day
from marketplace.buyers.schedules.calling_off import call_off
from marketplace.buyers.schedules.jobs import call_off_one
from marketplace.buyers.schedules.models import StandingRequisition
from marketplace.buyers.schedules.queries import standings_due
from marketplace.buyers.schedules.recurrence import Frequency, Pattern
from marketplace.foundation.clock import clock_at
from marketplace.foundation.money import Money
from marketplace.foundation.outbox import News
from marketplace.foundation.tenancy import platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.identity.notices.models import Notice
from marketplace.identity.people.actions import change_roles
from marketplace.sellers.catalogue.actions import change_product, withdraw_product
from tests.cast import Cast
from tests.factories.budgets import a_budget
from tests.factories.catalogue import a_product
from tests.factories.identity import a_membership
from tests.factories.schedules import a_standing, runs, swept

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FIRST, SECOND, THIRD = date(2026, 3, 3), date(2026, 3, 10), date(2026, 3, 17)

pytestmark = pytest.mark.usefixtures("speaking")


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with clock_at(MONDAY):
        yield


def told(market: Cast, role: str) -> list[str]:
    """The kinds of news of standing requisitions that this colleague was told."""
    with market.platform() as work:
        kinds = select(News.name).join(Notice, Notice.news_id == News.id)
        mine = kinds.where(
            Notice.person_id == market.acme.people[role], News.subject == "standing_requisition"
        )
        return list(work.scalars(mine.order_by(News.position)))


def made(market: Cast) -> list[Requisition]:
    with market.platform() as work:
        return list(work.scalars(select(Requisition).where(~Requisition.is_cart).order_by(Requisition.id)))


def test_a_due_day_becomes_an_ordered_requisition_once_and_the_cart_stays(market: Cast) -> None:
    product_id = a_product(market.bolt, stock=100)
    with market.acme.at_work("procurement_lead"):
        set_policy(is_ordering_automatic=True, hold_days=Decimal(7))
    standing_id = a_standing(market.acme, [(product_id, 3)])
    assert [swept(market, on=MONDAY.date()) for _ in range(2)] == [1, 0]
    assert runs(market.acme, standing_id) == {FIRST: "made"}
    [row] = made(market)
    assert (row.status, row.needed_on, row.requester_id) == (
        "ordered",
        FIRST,
        market.acme.people["requester"],
    )
    with market.acme.at_work("requester") as work:
        assert work.scalar(select(func.count()).select_from(PurchaseOrder)) == 1
        cart = my_cart()
        assert cart is not None
        assert cart.id != row.id
    assert swept(market, on=SECOND - timedelta(days=3)) == 0
    assert swept(market, on=SECOND - timedelta(days=2)) == 1


def test_two_sweeps_at_once_make_one_requisition(market: Cast) -> None:
    standing_id = a_standing(market.acme, [(a_product(market.bolt), 3)])
    start = Barrier(4)

    def sweep() -> int:
        with unit_of_work(platform("tests"), read_only=True):
            found = standings_due(MONDAY.date())
        start.wait()
        return sum(map(call_off_one, found))

    with ThreadPoolExecutor(4) as crew:
        sweeps = [crew.submit(copy_context().run, sweep) for _ in range(4)]
        assert sorted(one.result(timeout=30) for one in sweeps) == [0, 0, 0, 1]
    assert len(made(market)) == 1
    assert runs(market.acme, standing_id) == {FIRST: "made"}


def test_what_is_cut_off_before_it_is_kept_is_made_later(market: Cast) -> None:
    standing_id = a_standing(market.acme, [(a_product(market.bolt), 3)])
    with suppress(ConnectionError), market.acme.at_work("requester"):
        assert call_off(standing_id=standing_id)
        raise ConnectionError("killed")
    assert (made(market), runs(market.acme, standing_id)) == ([], {})
    assert swept(market, on=MONDAY.date()) == 1
    assert len(made(market)) == 1


def test_of_what_was_missed_the_latest_is_made(market: Cast) -> None:
    standing_id = a_standing(market.acme, [(a_product(market.bolt), 3)], lead_days=1)
    swept(market, on=date(2026, 3, 19))
    assert runs(market.acme, standing_id) == {FIRST: "missed", SECOND: "missed", THIRD: "made"}
    assert [row.needed_on for row in made(market)] == [date(2026, 3, 19)]
    swept(market, on=date(2026, 4, 6))  # Easter Monday, and the next day is due tomorrow
    assert runs(market.acme, standing_id)[date(2026, 3, 31)] == "missed"
    assert made(market)[-1].needed_on == date(2026, 4, 7)
    assert told(market, "requester") == ["StandingRequisitionMissed"] * 2


def test_days_that_are_due_together_and_still_ahead_are_all_made(market: Cast) -> None:
    standing_id = a_standing(market.acme, [(a_product(market.bolt), 1)], lead_days=10)
    assert [swept(market, on=MONDAY.date()) for _ in range(3)] == [1, 1, 0]
    assert runs(market.acme, standing_id) == {FIRST: "made", SECOND: "made"}


def _too_dear(market: Cast, product_id: UUID) -> None:
    with market.bolt.at_work("sales_desk"):
        change_product(product_id=product_id, price=Money(Decimal("10.60"), "EUR"))


def _gone(market: Cast, product_id: UUID) -> None:
    with market.bolt.at_work("sales_desk"):
        withdraw_product(product_id=product_id)


def _spent(market: Cast, product_id: UUID) -> None:
    with market.bolt.at_work("sales_desk"):
        change_product(product_id=product_id, price=Money(Decimal("10.40"), "EUR"))


@pytest.mark.parametrize(
    ("mishap", "amount", "outcome"),
    [(_too_dear, 10_000, "too_dear"), (_gone, 10_000, "unavailable"), (_spent, 31, "no_budget")],
)
def test_what_cannot_be_asked_for_is_written_down_and_told(
    market: Cast, mishap: object, amount: int, outcome: str
) -> None:
    product_id = a_product(market.bolt)
    centre_id = a_budget(market.acme, amount=amount).cost_centre_id
    standing_id = a_standing(
        market.acme, [(product_id, 3)], cost_centre_id=centre_id, price_bound=Decimal(5), lead_days=1
    )
    mishap(market, product_id)  # type: ignore[operator]
    assert [swept(market, on=MONDAY.date()) for _ in range(2)] == [1, 0]
    assert runs(market.acme, standing_id) == {FIRST: outcome}
    assert made(market) == []
    assert told(market, "requester") == ["StandingRequisitionRefused"]
    with market.acme.at_work("requester") as work:
        row = work.get_one(StandingRequisition, standing_id)
        assert (row.status, row.next_on) == ("running", SECOND)


def test_whoever_may_not_ask_any_more_asks_for_nothing_and_the_lead_is_told(market: Cast) -> None:
    standing_id = a_standing(market.acme, [(a_product(market.bolt), 3)])
    membership_id = a_membership(market.acme, "requester")
    with market.acme.at_work("administrator"):
        change_roles(membership_id=membership_id, roles=["requester"], is_active=False)
    assert [swept(market, on=MONDAY.date()) for _ in range(2)] == [0, 0]
    assert (made(market), runs(market.acme, standing_id)) == ([], {})
    assert told(market, "procurement_lead") == ["StandingRequisitionOrphaned"]
    with market.acme.at_work("procurement_lead") as work:
        assert work.get_one(StandingRequisition, standing_id).status == "paused"


def test_paused_skipped_and_ended_days_are_not_made(market: Cast) -> None:
    three = Pattern(Frequency.WEEKLY, weekdays=("TU",), times=3)
    standing_id = a_standing(market.acme, [(a_product(market.bolt), 3)], pattern=three, lead_days=1)
    with market.acme.at_work("requester"):
        skip_day(standing_id=standing_id, day=SECOND)
    with market.acme.at_work("procurement_lead"):
        pause_standing(standing_id=standing_id)
    assert swept(market, on=MONDAY.date()) == 0
    with clock_at(MONDAY + timedelta(days=5)), market.acme.at_work("requester"):
        resume_standing(standing_id=standing_id)
    assert swept(market, on=SECOND) == 0
    assert swept(market, on=THIRD) == 1
    assert runs(market.acme, standing_id) == {SECOND: "skipped", THIRD: "made"}
    assert told(market, "requester") == ["StandingRequisitionPaused", "StandingRequisitionEnded"]
    with market.acme.at_work("requester") as work:
        assert work.get_one(StandingRequisition, standing_id).status == "ended"
