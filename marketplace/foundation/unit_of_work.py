"""When does a piece of work begin and end?

One actor, one transaction. It ends once: after a response below 400, or at the end of a job. What must happen only if
it is kept (waking the courier) is said with `after_commit`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.orm import Session, SessionTransaction

from marketplace.foundation.db import _session, runtime_engine, session
from marketplace.foundation.tenancy import Actor, acting_as, enter


@contextmanager
def unit_of_work(actor: Actor | None, *, read_only: bool = False) -> Iterator[Session]:
    """A transaction of `actor`: committed at the end, rolled back by any exception.

    With None the actor is not known yet; such a transaction may do nothing but knock at doors until `become`.
    """
    with Session(runtime_engine(), expire_on_commit=False) as work:
        work.info.update(actor=actor, read_only=read_only, after_commit={})
        token = _session.set(work)
        try:
            if actor is None:
                yield work
            else:
                with acting_as(actor):
                    yield work
            work.commit()
        finally:
            _session.reset(token)
    for callback in work.info["after_commit"].values():
        callback()


def become(actor: Actor) -> None:
    """The present transaction, begun by nobody, goes on as `actor`'s."""
    work = session()
    work.info["actor"] = actor
    enter(work.connection(), actor, read_only=work.info["read_only"])


def after_commit(name: str, callback: Callable[[], Any]) -> None:
    """Call `callback` once if, and only if, the present work is kept; a second one of the same name replaces it."""
    session().info["after_commit"][name] = callback


@event.listens_for(Session, "after_begin")
def _enter(work: Session, transaction: SessionTransaction, connection: Connection) -> None:
    actor = work.info.get("actor")
    if actor is not None and not transaction.nested:
        enter(connection, actor, read_only=work.info["read_only"])
