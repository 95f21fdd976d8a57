"""How far is a long job?

A task is a row that says what is being done, how much of it is done and with what result. A worker advances it in
transactions of its own, so that the page sees it move; a task whose worker died is found by its heartbeat and resumed.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import CheckConstraint, func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.foundation import clock
from marketplace.foundation.background import enqueue, job
from marketplace.foundation.constraints import refusal_of
from marketplace.foundation.db import Base, fetch, save
from marketplace.foundation.errors import Refusal
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.tenancy import Kind, automatic, current_actor, platform
from marketplace.foundation.unit_of_work import after_commit, unit_of_work

log = structlog.get_logger()
SILENCE = timedelta(minutes=2)
KINDS: dict[str, Callable[["Progress"], None]] = {}


class TaskState(StrEnum):
    """Where a task stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Task(Base):
    """A long job of one organisation."""

    __tablename__ = "tasks"
    __table_args__ = (
        CheckConstraint("state in ('queued','running','done','failed','cancelled')", name="state"),
    )
    tenancy = Kind.private()

    organisation_id: Mapped[UUID] = mapped_column(index=True)
    person_id: Mapped[UUID | None]
    kind: Mapped[str]
    arguments: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(default=TaskState.QUEUED, index=True)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    message: Mapped[str] = mapped_column(default="")
    result: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    heartbeat_at: Mapped[datetime] = mapped_column(default=clock.now)

    @property
    def percent(self) -> int:
        """How much is done, 0 to 100."""
        return 100 * self.done // self.total if self.total else 0

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in (TaskState.DONE, TaskState.FAILED, TaskState.CANCELLED)


class Cancelled(Exception):
    """Somebody cancelled the task while it ran."""


class Progress:
    """What a task's function is given: its arguments, and the way to say how far it is."""

    def __init__(self, task_id: UUID, organisation_id: UUID, arguments: dict[str, Any], done: int) -> None:
        self.task_id, self.organisation_id, self.arguments, self.done = (
            task_id,
            organisation_id,
            arguments,
            done,
        )

    def expect(self, total: int) -> None:
        """Say how much there is to do."""
        self._write(total=total)

    def advance(self, done: int, **result: Any) -> None:
        """Say that `done` of it are done in all, and what has come of it so far. Raises Cancelled."""
        self.done = done
        self._write(done=done, **({"result": result} if result else {}))

    def _write(self, **values: Any) -> None:
        with unit_of_work(automatic(self.organisation_id)) as work:
            running = update(Task).where(Task.id == self.task_id, Task.state == TaskState.RUNNING)
            if not work.execute(running.values(heartbeat_at=clock.now(), **values)).rowcount:  # type: ignore[attr-defined]
                raise Cancelled


def task(kind: str) -> Callable[[Callable[[Progress], None]], Callable[[Progress], None]]:
    """Register the decorated function as what is done for tasks of that kind. It may be called again after a crash."""

    def register(function: Callable[[Progress], None]) -> Callable[[Progress], None]:
        KINDS[kind] = function
        return function

    return register


def start_task(kind: str, **arguments: object) -> Task:
    """Begin a long job for the present actor's organisation; it runs once the present work is kept."""
    actor = current_actor()
    row = save(
        Task(
            organisation_id=actor.organisation,
            person_id=actor.person_id,
            kind=kind,
            arguments=_plain(arguments),
        )
    )
    task_id, organisation_id = row.id, row.organisation_id
    after_commit(
        f"task {task_id}", lambda: enqueue(perform, task_id=task_id, organisation_id=organisation_id)
    )
    return row


def cancel_task(task_id: UUID) -> Task:
    """Stop a long job at its next step; what it has done stays. Raises NotFound."""
    row = fetch(Task, task_id, lock=True)
    if not row.is_over:
        row.state = TaskState.CANCELLED
    return row


@job(queue="imports")
def perform(*, task_id: UUID, organisation_id: UUID) -> None:
    """Do what the task is for, unless it is over or another worker is at it."""
    with unit_of_work(automatic(organisation_id)):
        row = fetch(Task, task_id, lock=True)
        alive = row.state == TaskState.RUNNING and row.heartbeat_at > clock.now() - SILENCE
        if row.is_over or alive:
            return
        row.state, row.heartbeat_at = TaskState.RUNNING, clock.now()
        progress = Progress(row.id, row.organisation_id, row.arguments, row.done)
        kind = row.kind
    try:
        KINDS[kind](progress)
    except Cancelled:
        return
    except Refusal as refusal:
        _finish(progress, TaskState.FAILED, str(refusal))
    except Exception as error:
        log.exception("task failed", kind=kind, task=str(task_id))
        _finish(progress, TaskState.FAILED, _excuse(error))
        raise
    else:
        _finish(progress, TaskState.DONE, "")


def resume_tasks() -> int:
    """Enqueue the tasks that wait or whose worker fell silent; returns how many."""
    with unit_of_work(platform("resume tasks"), read_only=True) as work:
        silent = select(Task.id, Task.organisation_id).where(
            Task.state.in_([TaskState.QUEUED, TaskState.RUNNING]), Task.heartbeat_at < clock.now() - SILENCE
        )
        rows = work.execute(silent).all()
    return sum(enqueue(perform, task_id=row.id, organisation_id=row.organisation_id) for row in rows)


def _excuse(error: Exception) -> str:
    """What people are told: what the database's rule says, else that it is our mistake; what we know is in the log."""
    with suppress(DBAPIError):
        if isinstance(error, DBAPIError):
            return str(refusal_of(error))
    return str(_l("Something went wrong on our side. What was done before that stays."))


def _finish(progress: Progress, state: TaskState, message: str) -> None:
    with unit_of_work(automatic(progress.organisation_id)) as work:
        running = update(Task).where(Task.id == progress.task_id, Task.state == TaskState.RUNNING)
        work.execute(
            running.values(
                state=state,
                message=message,
                done=func.greatest(Task.done, Task.total) if state == TaskState.DONE else Task.done,
                heartbeat_at=clock.now(),
            )
        )


def _plain(arguments: dict[str, object]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, UUID) else value for name, value in arguments.items()}
