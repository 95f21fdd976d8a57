"""Does news reach every reaction exactly once, in order, whatever crashes and whoever else delivers it?"""

from collections.abc import Callable, Iterator
from contextvars import copy_context
from dataclasses import dataclass
from datetime import timedelta
from threading import Barrier, Thread
from typing import ClassVar
from uuid import UUID, uuid4

import pytest
from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError, IntegrityError

from marketplace.foundation import clock, outbox
from marketplace.foundation.background import run_waiting
from marketplace.foundation.clock import clock_at
from marketplace.foundation.db import save, session
from marketplace.foundation.outbox import (
    News,
    OrganisationEvent,
    PendingNews,
    TradeEvent,
    announce,
    deliver,
    deliver_everything,
    reacts_to,
    story,
    sweep,
)
from marketplace.foundation.tasks import Task
from marketplace.foundation.tenancy import current_actor
from tests.cast import Cast


@dataclass(frozen=True, kw_only=True)
class BellRung(OrganisationEvent):
    """Announced by these tests only."""

    subject: ClassVar[str] = "bell"
    headline: ClassVar[str] = "Bell rung"
    tone: str = ""


@dataclass(frozen=True, kw_only=True)
class HandShaken(TradeEvent):
    """Announced by these tests only."""

    subject: ClassVar[str] = "hand"


heard: list[tuple[str, str]] = []
failures: dict[str, int] = {}


def listen(name: str, event: BellRung) -> None:
    """Write down a task of that name, and fail as often as the test wants: what is written must go with the failure."""
    save(Task(organisation_id=event.organisation_id, kind=f"{name} {event.tone}", arguments={}))
    if failures.get(name, 0):
        failures[name] -= 1
        raise RuntimeError(name)
    heard.append((name, event.tone))


@reacts_to(BellRung, as_party="organisation_id")
def first(event: BellRung) -> None:
    listen("first", event)


@reacts_to(BellRung, as_party="organisation_id")
def second(event: BellRung) -> None:
    listen("second", event)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Nobody has heard anything yet, and nothing fails."""
    heard.clear()
    failures.clear()
    yield
    failures.clear()


def ring(market: Cast, *tones: str, subject_id: UUID | None = None) -> UUID:
    subject_id = subject_id or uuid4()
    for tone in tones:
        with market.acme.at_work("administrator"):
            announce(BellRung(subject_id=subject_id, organisation_id=market.acme.id, tone=tone))
    return subject_id


def written(market: Cast) -> list[str]:
    """The tasks that the reactions wrote down."""
    with market.acme.reading("administrator") as work:
        return list(work.scalars(select(Task.kind).order_by(Task.id)))


def pending(market: Cast) -> list[PendingNews]:
    with market.platform() as work:
        return list(work.scalars(select(PendingNews).order_by(PendingNews.position)))


def at_once(*acts: Callable[[], object]) -> None:
    together = Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        together.wait()
        act()

    threads = [Thread(target=copy_context().run, args=(run, act)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_announce_is_kept_with_the_work_or_not_at_all(market: Cast) -> None:
    with market.acme.at_work("administrator") as work:
        announce(BellRung(subject_id=uuid4(), organisation_id=market.acme.id))
        work.rollback()
    with market.platform() as work:
        assert work.scalars(select(News).where(News.name == "BellRung")).all() == []


def test_announce_says_who_did_it_and_wakes_the_courier(market: Cast) -> None:
    subject_id = ring(market, "low")
    with market.acme.reading("requester") as work:
        news = work.scalars(select(News).where(News.subject_id == subject_id)).one()
    assert (news.person_id, news.organisation_id) == (market.acme.people["administrator"], market.acme.id)
    assert news.event == BellRung(subject_id=subject_id, organisation_id=market.acme.id, tone="low")
    assert run_waiting() >= 1
    assert heard == [("first", "low"), ("second", "low")]


def test_deliver_brings_the_news_of_one_document_in_its_order(market: Cast) -> None:
    deliver(subject_id=ring(market, "a", "b", "c"))
    assert [tone for name, tone in heard if name == "first"] == ["a", "b", "c"]


def test_deliver_twice_is_heard_once(market: Cast) -> None:
    subject_id = ring(market, "low")
    for _ in range(2):
        deliver(subject_id=subject_id)
    assert heard == [("first", "low"), ("second", "low")]


@pytest.mark.parametrize("courier", ["deliver", "deliver_everything"])
def test_deliver_by_several_at_once_is_heard_once(market: Cast, courier: str) -> None:
    subject_id = ring(market, "a", "b")
    act = deliver_everything if courier == "deliver_everything" else lambda: deliver(subject_id=subject_id)
    at_once(*[act] * 4)
    run_waiting()
    deliver_everything()
    assert sorted(heard) == [(name, tone) for name in ("first", "second") for tone in ("a", "b")]
    assert len(written(market)) == 4
    assert pending(market) == []


def test_a_reaction_acts_for_the_party_that_it_names(market: Cast) -> None:
    actors = []
    outbox.REACTIONS["HandShaken"] = [
        outbox.Reaction("buyer", lambda _: actors.append(current_actor()), "buyer_id"),
        outbox.Reaction("seller", lambda _: actors.append(current_actor()), "seller_id"),
        outbox.Reaction("platform", lambda _: actors.append(current_actor())),
    ]
    with market.acme.at_work("administrator"):
        announce(HandShaken(subject_id=uuid4(), buyer_id=market.acme.id, seller_id=market.bolt.id))
    deliver_everything()
    assert [actor.organisation_id for actor in actors] == [market.acme.id, market.bolt.id, None]
    assert [actor.is_platform for actor in actors] == [False, False, True]
    assert all(actor.is_automatic for actor in actors)


def test_a_crash_between_two_reactions_repeats_only_the_second(market: Cast) -> None:
    subject_id = ring(market, "low")
    failures["second"] = 1
    deliver(subject_id=subject_id)
    assert heard == [("first", "low")]
    assert written(market) == ["first low"]
    [waiting] = pending(market)
    assert waiting.attempts == 1
    assert "second" in str(waiting.last_error)
    assert waiting.next_try_at > clock.now()
    deliver(subject_id=subject_id)
    assert heard == [("first", "low"), ("second", "low")]
    assert written(market) == ["first low", "second low"]
    assert pending(market) == []


def test_a_reaction_that_fails_takes_the_news_from_no_other(market: Cast) -> None:
    subject_id = ring(market, "low")
    failures["first"] = 1
    deliver(subject_id=subject_id)
    assert heard == [("second", "low")]
    [waiting] = pending(market)
    assert "first" in str(waiting.last_error)
    deliver(subject_id=subject_id)
    assert heard == [("second", "low"), ("first", "low")]
    assert pending(market) == []


def test_a_failure_holds_the_later_news_of_its_document_and_of_no_other(market: Cast) -> None:
    failures["first"] = 1
    held, other = ring(market, "a", "b"), ring(market, "c")
    deliver(subject_id=held)
    deliver(subject_id=other)
    assert heard == [("second", "a"), ("first", "c"), ("second", "c")]
    deliver(subject_id=held)
    assert [tone for name, tone in heard if name == "first"] == ["c", "a", "b"]


def test_news_that_fails_for_good_is_left_behind_and_everything_else_goes_on(
    market: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MAXIMUM_ATTEMPTS", 3)
    failures["first"] = 3
    subject_id = ring(market, "a", "b")
    for _ in range(3):
        deliver(subject_id=subject_id)
    assert [tone for name, tone in heard if name == "first"] == ["b"]
    assert [waiting.attempts for waiting in pending(market)] == [3]
    assert deliver_everything() == 0
    with clock_at(clock.now() + timedelta(days=1)):
        assert sweep() == 0


def test_deliver_everything_raises_what_a_reaction_raises(market: Cast) -> None:
    ring(market, "low")
    failures["second"] = 1
    with pytest.raises(RuntimeError, match="second"):
        deliver_everything()
    deliver_everything()
    assert heard == [("first", "low"), ("second", "low")]


def test_sweep_finds_what_a_crash_left_behind(market: Cast) -> None:
    ring(market, "low")
    run_waiting()
    heard.clear()
    with market.acme.at_work("administrator"):
        announce(BellRung(subject_id=uuid4(), organisation_id=market.acme.id, tone="lost"))
        session().info["after_commit"].clear()
    assert sweep() == 0
    with clock_at(clock.now() + timedelta(seconds=11)):
        assert sweep() == 1
        run_waiting()
    assert heard == [("first", "lost"), ("second", "lost")]


def test_a_listener_hears_every_kind_of_news_before_the_rooms_do(
    market: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[tuple[str, int]] = []
    listener = outbox.Reaction("tests", lambda news: order.append((news.name, len(heard))), hears_rows=True)
    monkeypatch.setattr(outbox, "LISTENERS", [listener])
    ring(market, "low")
    deliver_everything()
    assert order == [("BellRung", 0)]
    assert heard == [("first", "low"), ("second", "low")]


def test_a_listener_for_each_hears_once_as_each_organisation(
    market: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    actors: list[UUID | None] = []

    def hear(news: News) -> None:
        actors.append(current_actor().organisation_id)
        if len(actors) == 2:
            raise RuntimeError("the second one is away")

    both = [market.acme.id, market.bolt.id]
    listener = outbox.Reaction("tests", hear, hears_rows=True, for_each=lambda news: both)
    monkeypatch.setattr(outbox, "LISTENERS", [listener])
    subject_id = ring(market, "low")
    for _ in range(2):
        deliver(subject_id=subject_id)
    assert actors == [market.acme.id, market.bolt.id, market.bolt.id]
    assert pending(market) == []


@pytest.mark.parametrize(
    "statement", ["UPDATE news SET reason = 'x'", "DELETE FROM news", "DELETE FROM deliveries"]
)
@pytest.mark.parametrize("who", ["tenant", "platform"])
def test_news_stays_as_it_is(market: Cast, statement: str, who: str) -> None:
    work = market.acme.at_work("administrator") if who == "tenant" else market.platform()
    with pytest.raises(DBAPIError, match="permission denied"), work as present:
        present.execute(text(statement))


def test_news_is_known_to_its_parties_and_to_nobody_else(market: Cast) -> None:
    subject_id = ring(market, "low")
    with market.acme.reading("requester"):
        assert [entry.label for entry in story(subject_id)] == ["Bell rung"]
    with market.nosy.reading("administrator"):
        assert story(subject_id) == []


def test_news_in_the_name_of_others_is_refused(market: Cast) -> None:
    with pytest.raises(DBAPIError, match="row-level security"), market.nosy.at_work("administrator"):
        announce(BellRung(subject_id=uuid4(), organisation_id=market.acme.id))


FORGED: dict[str, tuple[str, dict[str, str]]] = {
    "told in another's name": ("HandShaken", {"organisation_id": "acme"}),
    "told as a colleague": ("HandShaken", {"person_id": "colleague"}),
    "names somebody who does not hear it": ("HandShaken", {"buyer_id": "nosy"}),
    "goods that the buyer has not counted": ("GoodsReceived", {"receipt_id": "nosy"}),
    "an order that nobody has confirmed": ("OrderConfirmed", {"version": "1", "total": "1"}),
    "an order that stands, cancelled": ("OrderCancelled", {}),
    "an order that stands, refused": ("OrderRefused", {}),
}


@pytest.mark.parametrize("attack", FORGED)
def test_news_that_a_tenant_writes_by_hand_is_true(market: Cast, attack: str) -> None:
    name, changed = FORGED[attack]
    cast = {"acme": market.acme.id, "nosy": market.nosy.id, "colleague": market.bolt.people["warehouse"]}
    told = {key: str(cast.get(value, value)) for key, value in changed.items()}
    forged = {
        "id": str(uuid4()),
        "name": name,
        "subject": "hand",
        "subject_id": str(market.acme.id),
        "owner_id": str(market.acme.id),
        "counterparty_id": str(market.bolt.id),
        "organisation_id": told.get("organisation_id", str(market.bolt.id)),
        "person_id": told.get("person_id", str(market.bolt.people["sales_desk"])),
        "person_name": "",
        "reason": "",
        "happened_at": "2026-01-01T00:00:00Z",
        "payload": {
            "subject_id": str(market.acme.id),
            "buyer_id": str(market.acme.id),
            "seller_id": str(market.bolt.id),
            **{key: value for key, value in told.items() if key not in ("organisation_id", "person_id")},
        },
    }
    columns = ", ".join(forged)
    insert = (
        f"INSERT INTO news ({columns}) SELECT {columns} FROM jsonb_populate_record(CAST(null AS news), :news)"
    )
    with pytest.raises(IntegrityError, match="is not so"), market.bolt.at_work("sales_desk") as work:
        work.execute(text(insert).bindparams(bindparam("news", type_=JSONB)), {"news": forged})
