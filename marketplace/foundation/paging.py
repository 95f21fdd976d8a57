"""Which part of a long list does a page show?

Keyset paging: a page begins after a row, never at an offset, so the thousandth page costs what the first does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from flask import has_request_context, request, url_for
from sqlalchemy import Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.foundation.db import Base, session
from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l

T = TypeVar("T")
M = TypeVar("M", bound=Base)
SIZE = 30
# Of what stands in the address: where this page begins, and what `url_for` would take for its own.
NOT_KEPT = frozenset({"after", "before", "endpoint"})


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some rows, and where those before and after them begin (None: there are none)."""

    rows: Sequence[T]
    after: str | None = None
    before: str | None = None

    @property
    def next_url(self) -> str | None:
        """The address of the following page."""
        return _address(after=self.after) if self.after else None

    @property
    def previous_url(self) -> str | None:
        """The address of the preceding page."""
        return _address(before=self.before) if self.before else None


def newest_first(statement: Select[M], model: type[M], *, size: int = SIZE) -> Page[M]:
    """One page of `statement`, newest first (ids sort by age), from the request's `after` or `before`.

    Raises Invalid where that is no row's id.
    """
    after, before = _asked("after"), _asked("before")
    if before is not None:
        rows = session().scalars(statement.where(model.id > before).order_by(model.id).limit(size + 1)).all()
        shown = list(reversed(rows[:size]))
        return Page(shown, after=str(shown[-1].id) if shown else None, before=_edge(rows, shown[:1], size))
    narrowed = statement.where(model.id < after) if after is not None else statement
    rows = session().scalars(narrowed.order_by(model.id.desc()).limit(size + 1)).all()
    shown = list(rows[:size])
    return Page(
        shown,
        after=_edge(rows, shown[-1:], size),
        before=str(shown[0].id) if shown and after is not None else None,
    )


def by_day(statement: Select[M], day: InstrumentedAttribute[date], model: type[M]) -> Page[M]:
    """One page of `statement`, by that day and then by age, from the request's `after` on ("2026-03-01_<id>").

    Raises Invalid where that is no such place.
    """
    return _ascending(statement, day, model, date.fromisoformat)


def longest_waiting(statement: Select[M], since: InstrumentedAttribute[Any], model: type[M]) -> Page[M]:
    """One page of `statement`, by the instant since which each row waits, from the request's `after` on.

    Raises Invalid where that is no such place.
    """
    return _ascending(statement, since, model, datetime.fromisoformat)


def _ascending(
    statement: Select[M], column: InstrumentedAttribute[Any], model: type[M], read: Callable[[str], date]
) -> Page[M]:
    after = request.args.get("after") if has_request_context() else None
    if after:
        statement = statement.where(tuple_(column, model.id) > tuple_(*_place(after, read)))
    rows = session().scalars(statement.order_by(column, model.id).limit(SIZE + 1)).all()
    shown = rows[:SIZE]
    is_more = len(rows) > SIZE
    return Page(
        shown, after=f"{getattr(shown[-1], column.key).isoformat()}_{shown[-1].id}" if is_more else None
    )


def _place(after: str, read: Callable[[str], date]) -> tuple[date, UUID]:
    value, _, row_id = after.partition("_")
    try:
        return read(value), UUID(row_id)
    except ValueError:
        raise Invalid(_l("This page does not exist; start again from the first one.")) from None


def _edge(rows: Sequence[Base], shown: Sequence[Base], size: int) -> str | None:
    return str(shown[0].id) if len(rows) > size else None


def _asked(name: str) -> UUID | None:
    value = request.args.get(name) if has_request_context() else None
    try:
        return UUID(value) if value else None
    except ValueError:
        raise Invalid(_l("This page does not exist; start again from the first one.")) from None


def _address(**cursor: Any) -> str:
    typed = request.args.to_dict(flat=False)
    kept: dict[str, Any] = {
        name: values for name, values in typed.items() if name not in NOT_KEPT and name[:1] != "_"
    }
    # What was typed never stands for the document that the page is about.
    return url_for(str(request.endpoint), **{**kept, **(request.view_args or {}), **cursor})
