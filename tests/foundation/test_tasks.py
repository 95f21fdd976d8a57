"""Does a long job say how far it is, end in one of its states, and survive its worker?"""

from collections.abc import Iterator
from contextvars import copy_context
from datetime import timedelta
from threading import Event, Thread
from uuid import UUID, uuid4

import pytest
from sqlalchemy.exc import IntegrityError

from marketplace.foundation import clock
from marketplace.foundation.background import run_waiting
from marketplace.foundation.clock import clock_at
from marketplace.foundation.db import fetch, save
from marketplace.foundation.errors import Conflict, NotFound
from marketplace.foundation.tasks import (
    KINDS,
    SILENCE,
    Progress,
    Task,
    TaskState,
    cancel_task,
    perform,
    resume_tasks,
    start_task,
    task,
)
from marketplace.foundation.tenancy import automatic
from marketplace.foundation.unit_of_work import unit_of_work
from tests.cast import Cast

ran: list[int] = []
begun, may_go_on = Event(), Event()


@pytest.fixture(autouse=True)
def counting() -> Iterator[None]:
    """The kinds of tasks of these tests, which note that they ran."""

    @task("tests.count")
    def count(progress: Progress) -> None:
        progress.expect(int(progress.arguments["total"]))
        for number in range(progress.done, int(progress.arguments["total"])):
            ran.append(number)
            progress.advance(number + 1, seen=number + 1)

    @task("tests.refuse")
    def refuse(_progress: Progress) -> None:
        raise Conflict("There is no such file.")

    @task("tests.break")
    def breaks(_progress: Progress) -> None:
        raise RuntimeError("broken")

    @task("tests.contradict")
    def contradicts(progress: Progress) -> None:
        with unit_of_work(automatic(progress.organisation_id)):
            save(Task(id=progress.task_id, organisation_id=progress.organisation_id, kind="", arguments={}))

    @task("tests.wait")
    def wait(progress: Progress) -> None:
        ran.append(0)
        begun.set()
        may_go_on.wait(timeout=20)
        progress.advance(1)

    ran.clear()
    begun.clear()
    may_go_on.clear()
    yield
    for kind in ("tests.count", "tests.refuse", "tests.break", "tests.contradict", "tests.wait"):
        del KINDS[kind]


def started(market: Cast, kind: str = "tests.count", **arguments: object) -> UUID:
    with market.acme.at_work("requester"):
        return start_task(kind, **{"total": 3, **arguments}).id


def seen(market: Cast, task_id: UUID) -> Task:
    with market.acme.reading("requester"):
        return fetch(Task, task_id)


def test_start_task_runs_once_the_work_is_kept(market: Cast) -> None:
    task_id = started(market)
    assert seen(market, task_id).state == TaskState.QUEUED
    run_waiting()
    over = seen(market, task_id)
    assert (over.state, over.done, over.total, over.percent, over.is_over) == (
        TaskState.DONE,
        3,
        3,
        100,
        True,
    )
    assert over.result == {"seen": 3}
    assert ran == [0, 1, 2]


def test_start_task_that_is_not_kept_never_runs(market: Cast) -> None:
    with market.acme.at_work("requester") as work:
        start_task("tests.count", total=3)
        work.rollback()
        work.info["after_commit"].clear()
    run_waiting()
    assert ran == []


def test_a_task_is_known_to_its_organisation_only(market: Cast) -> None:
    task_id = started(market, subject=uuid4())
    with market.nosy.reading("administrator"), pytest.raises(NotFound):
        fetch(Task, task_id)


def test_a_refusal_is_the_tasks_message(market: Cast) -> None:
    task_id = started(market, "tests.refuse")
    run_waiting()
    over = seen(market, task_id)
    assert (over.state, over.message) == (TaskState.FAILED, "There is no such file.")


def test_a_mistake_of_ours_fails_the_task_and_is_heard_of(market: Cast) -> None:
    task_id = started(market, "tests.break")
    with pytest.raises(RuntimeError, match="broken"):
        run_waiting()
    over = seen(market, task_id)
    assert (over.state, "our side" in over.message, "broken" in over.message) == (
        TaskState.FAILED,
        True,
        False,
    )


def test_a_rule_of_the_database_speaks_in_the_tasks_message(market: Cast) -> None:
    task_id = started(market, "tests.contradict")
    with pytest.raises(IntegrityError):
        run_waiting()
    assert seen(market, task_id).message == "This contradicts what is already recorded."


def test_cancel_task_stops_it_at_its_next_step(market: Cast) -> None:
    task_id = started(market, "tests.wait")
    worker = Thread(
        target=copy_context().run,
        args=(lambda: perform(task_id=task_id, organisation_id=market.acme.id),),
    )
    worker.start()
    assert begun.wait(timeout=20)
    with market.acme.at_work("requester"):
        cancel_task(task_id)
    may_go_on.set()
    worker.join()
    assert seen(market, task_id).state == TaskState.CANCELLED


def test_perform_by_two_workers_is_done_by_one(market: Cast) -> None:
    task_id = started(market, "tests.wait")
    worker = Thread(
        target=copy_context().run,
        args=(lambda: perform(task_id=task_id, organisation_id=market.acme.id),),
    )
    worker.start()
    assert begun.wait(timeout=20)
    perform(task_id=task_id, organisation_id=market.acme.id)
    may_go_on.set()
    worker.join()
    assert ran == [0]
    assert seen(market, task_id).state == TaskState.DONE


def test_resume_tasks_goes_on_where_a_silent_worker_stopped(market: Cast) -> None:
    task_id = started(market)
    with market.acme.automatically():
        dead = fetch(Task, task_id)
        dead.state, dead.done, dead.total = TaskState.RUNNING, 2, 3
    perform(task_id=task_id, organisation_id=market.acme.id)
    assert ran == []
    with clock_at(clock.now() + SILENCE + timedelta(seconds=1)):
        assert resume_tasks() == 1
        run_waiting()
    assert ran == [2]
    assert seen(market, task_id).state == TaskState.DONE


def test_perform_again_after_the_end_does_nothing(market: Cast) -> None:
    task_id = started(market)
    run_waiting()
    perform(task_id=task_id, organisation_id=market.acme.id)
    assert ran == [0, 1, 2]
