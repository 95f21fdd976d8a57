"""Which states can a document be in, and who may move it from one to the next?

A room declares one table, `ORDER = Lifecycle("order", {...}, Move(...), ...)`. The same table feeds the check on the
column, the trigger in the database, the diagrams in the docs and the tests that explore every state.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from flask_babel import LazyString
from sqlalchemy import CheckConstraint, Text
from sqlalchemy.orm import MappedColumn, mapped_column

from marketplace.foundation.errors import Conflict, Forbidden
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.outbox import Event, announce
from marketplace.foundation.tenancy import Actor, current_actor


class Tone(StrEnum):
    """The colour of a state, which always stands beside its word."""

    NEUTRAL = "neutral"
    INFO = "info"
    WAITING = "waiting"
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


class State(NamedTuple):
    """What a state is called, how it looks and what it means, for the person who reads it."""

    label: LazyString
    tone: Tone
    meaning: LazyString


class Document(Protocol):
    """Anything with a status; a move's `side` names another of its attributes."""

    status: Any


@dataclass(frozen=True)
class Move:
    """From one state to another.

    `by` is the permission it needs (None: only clocks and reactions make this move), `side` the attribute of the
    document that names the organisation whose move it is, `announces` the kind of news it makes.
    """

    source: StrEnum
    target: StrEnum
    by: str | None = None
    side: str | None = None
    announces: type[Event] | None = None

    def is_open_to(self, actor: Actor, document: Document) -> bool:
        """Whether `actor` may make this move on `document`: the right permission, on the right side."""
        if self.side and getattr(document, self.side) != actor.organisation_id and not actor.is_platform:
            return False
        return actor.is_automatic or (self.by is not None and actor.permits(self.by))


class WrongState(Conflict):
    """The document is no longer in a state that allows this."""


class NotYourMove(Forbidden):
    """The document could make this move, but not by this person or on this side."""


S = TypeVar("S", bound=StrEnum)


class Lifecycle(Generic[S]):
    """The states of one kind of document, and all the moves between them.

    The first state is the one it starts in; many at once may be written in one of `openings` right away.
    """

    def __init__(
        self, name: str, states: Mapping[S, State], *moves: Move, openings: Collection[S] = ()
    ) -> None:
        self.name = name
        self.openings = openings
        self.states = states
        self.moves = moves
        self.initial: S = next(iter(states))
        self._moves = {(move.source, move.target): move for move in moves}

    def move(self, document: Document, target: S, *, news: Event | None = None) -> None:
        """Bring `document` to `target` and announce `news`. Raises WrongState, or NotYourMove."""
        move = self._moves.get((document.status, target))
        if move is None:
            raise WrongState(
                _l(
                    "This is “%(state)s” now, so that is no longer possible.",
                    state=self.state(document).label,
                )
            )
        if not move.is_open_to(current_actor(), document):
            raise NotYourMove(_l("You are not allowed to do this."))
        if type(news) is not (move.announces or type(None)):
            raise TypeError(
                f"{self.name}: {move.source} → {target} announces {move.announces}, not {type(news)}"
            )
        document.status = target
        if news is not None:
            announce(news)

    def can(self, document: Document, target: S) -> bool:
        """Whether the present actor may bring `document` to `target` now: shows or hides a button."""
        move = self._moves.get((document.status, target))
        return move is not None and move.is_open_to(current_actor(), document)

    def state(self, document: Document) -> State:
        """What the present state of `document` is called and means."""
        return self.states[document.status]

    def is_final(self, state: S) -> bool:
        """Whether no move leads out of `state`."""
        return all(move.source != state for move in self.moves)

    @property
    def finals(self) -> frozenset[S]:
        """The states that no move leads out of."""
        return frozenset(state for state in self.states if self.is_final(state))

    def column(self) -> MappedColumn[S]:
        """The column `status`: text, checked against the states; the table's guard trigger knows the moves."""
        known = ", ".join(f"'{state}'" for state in self.states)
        return mapped_column(
            Text,
            CheckConstraint(f"status in ({known})", name="status"),
            nullable=False,
            default=self.initial,
            index=True,
            info={"lifecycle": self},
        )

    def guard(self) -> tuple[str, ...]:
        """What the database's trigger is told: the initial state, then each move as "source>target".

        An opening is a move from nowhere.
        """
        moves = {f"{move.source}>{move.target}" for move in self.moves}
        return (str(self.initial), *sorted(moves | {f">{state}" for state in self.openings}))
