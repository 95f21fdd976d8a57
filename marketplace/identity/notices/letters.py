"""Where does the letter about some news lead?

To the notice on the marketplace, unless a room says that more can be done with it: then whoever holds the letter may
do that, so that the operator's page of letters does not show the link.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeVar
from uuid import UUID

from flask_babel import LazyString

from marketplace.foundation.outbox import Event


class Way(NamedTuple):
    """What the button of a letter is called, and the path that it opens."""

    label: LazyString
    path: str


_ways: dict[type[Event], Callable[..., Way]] = {}
F = TypeVar("F", bound=Callable[..., Way])


def leads_by_letter(*kinds: type[Event]) -> Callable[[F], F]:
    """Letters about these kinds of news lead where the decorated function says, for the news and who reads it."""

    def mark(way: F) -> F:
        _ways.update(dict.fromkeys(kinds, way))
        return way

    return mark


def way_of(event: Event, person_id: UUID) -> Way | None:
    """Where the letter to that person leads; None where it is the notice."""
    way = _ways.get(type(event))
    return way(event, person_id) if way else None
