"""What is done again and again, and when was it last done?

`marketplace/schedule.py` lists the periodic jobs; one process at a time works through the list, holding an advisory
lock, so that two schedulers never do a thing twice. The last time is kept in the database and survives a restart.
Whatever goes through many documents takes them one by one, so that none stands in the way of the others.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

import structlog
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.foundation import clock
from marketplace.foundation.db import Base, new_id, runtime_engine
from marketplace.foundation.tenancy import Kind, platform
from marketplace.foundation.unit_of_work import unit_of_work

log = structlog.get_logger()
LOCK = 7_310_552
T = TypeVar("T")


class PeriodicRun(Base):
    """When a periodic job was last done."""

    __tablename__ = "periodic_runs"
    tenancy = Kind.PLATFORM

    name: Mapped[str] = mapped_column(unique=True)
    ran_at: Mapped[datetime]


class Periodic(NamedTuple):
    """A job and the time between two runs of it."""

    name: str
    every: timedelta
    function: Callable[[], object]


def run_due(periodics: Sequence[Periodic]) -> list[str]:
    """Do what is due; returns the names of what was done. A failure is logged and tried again when next due."""
    with unit_of_work(platform("schedule"), read_only=True) as work:
        last = {row.name: row.ran_at for row in work.execute(select(PeriodicRun.name, PeriodicRun.ran_at))}
    due = [p for p in periodics if p.name not in last or last[p.name] + p.every <= clock.now()]
    for periodic in due:
        try:
            periodic.function()
        except Exception:  # one job's failure must not stop the others
            log.exception("periodic job failed", name=periodic.name)
        _remember(periodic.name)
    return [periodic.name for periodic in due]


def one_by_one(what: str, things: Iterable[T], act: Callable[[T], int]) -> int:
    """Do `act` for each of these things; returns the sum of what it answers.

    One that fails is logged under `what`, is found again when the job is next due, and holds up no other.
    """
    done = 0
    for thing in things:
        try:
            done += act(thing)
        except Exception:  # one document's failure must not stop the others
            log.exception("periodic job failed for one", what=what, thing=str(thing))
    return done


def run_forever(periodics: Sequence[Periodic], *, pause: float = 1.0) -> None:
    """Do what is due, for as long as this process lives; waits while another process holds the schedule."""
    while True:
        with runtime_engine().connect() as connection:
            if connection.scalar(select(func.pg_try_advisory_lock(LOCK))):
                connection.commit()
                while not connection.invalidated:
                    run_due(periodics)
                    time.sleep(pause)
                    connection.scalar(select(1))
                    connection.commit()
        time.sleep(5)


def _remember(name: str) -> None:
    with unit_of_work(platform("schedule")) as work:
        row = insert(PeriodicRun).values(id=new_id(), name=name, ran_at=clock.now())
        work.execute(row.on_conflict_do_update(index_elements=["name"], set_={"ran_at": row.excluded.ran_at}))
