"""Does a document go only where its table leads, moved only by whom it names, in Python and in the database?"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from marketplace.events.identity import OrganisationAdmitted, OrganisationRefused
from marketplace.foundation.constraints import constraint_of
from marketplace.foundation.lifecycle import Lifecycle, Move, NotYourMove, State, Tone, WrongState
from marketplace.foundation.tenancy import Actor, acting_as, automatic
from tests.cast import Cast
from tests.factories.identity import an_applicant

WRITE = "letter:write"


class LetterState(StrEnum):
    """Where a letter is."""

    DRAFT = "draft"
    SENT = "sent"
    READ = "read"


LETTER = Lifecycle(
    "letter",
    {state: State(state.title(), Tone.NEUTRAL, "…") for state in LetterState},  # type: ignore[arg-type]
    Move(LetterState.DRAFT, LetterState.SENT, by=WRITE, side="writer_id"),
    Move(LetterState.SENT, LetterState.READ),
    Move(LetterState.SENT, LetterState.DRAFT, by=WRITE, announces=OrganisationAdmitted),
)


@dataclass
class Letter:
    """A document that is never saved."""

    status: Any = LetterState.DRAFT
    writer_id: UUID = field(default_factory=uuid4)


def writer_of(letter: Letter, *permissions: str) -> Actor:
    return Actor(organisation_id=letter.writer_id, person_id=uuid4(), permissions=frozenset(permissions))


def test_move_by_the_right_person_on_the_right_side_moves() -> None:
    letter = Letter()
    with acting_as(writer_of(letter, WRITE)):
        assert LETTER.can(letter, LetterState.SENT)
        LETTER.move(letter, LetterState.SENT)
    assert letter.status == LetterState.SENT


@pytest.mark.parametrize(
    "actor",
    [
        Actor(organisation_id=uuid4(), person_id=uuid4(), permissions=frozenset({WRITE})),
        Actor(person_id=uuid4(), permissions=frozenset({WRITE})),
        automatic(uuid4()),
        Actor(),
    ],
)
def test_move_by_another_side_is_refused(actor: Actor) -> None:
    letter = Letter()
    with acting_as(actor):
        assert not LETTER.can(letter, LetterState.SENT)
        with pytest.raises(NotYourMove):
            LETTER.move(letter, LetterState.SENT)
    assert letter.status == LetterState.DRAFT


def test_move_without_the_permission_is_refused() -> None:
    letter = Letter()
    with acting_as(writer_of(letter)), pytest.raises(NotYourMove):
        LETTER.move(letter, LetterState.SENT)


def test_move_of_clocks_is_made_by_no_person() -> None:
    letter = Letter(LetterState.SENT)
    with acting_as(writer_of(letter, WRITE)), pytest.raises(NotYourMove):
        LETTER.move(letter, LetterState.READ)
    with acting_as(automatic(uuid4())):
        LETTER.move(letter, LetterState.READ)
    assert letter.status == LetterState.READ


@pytest.mark.parametrize("source", LetterState)
@pytest.mark.parametrize("target", LetterState)
def test_move_that_is_not_in_the_table_is_refused_in_every_state(
    source: LetterState, target: LetterState
) -> None:
    if (source, target) in {(move.source, move.target) for move in LETTER.moves}:
        return
    with acting_as(automatic(uuid4())), pytest.raises(WrongState, match=source.title()):
        LETTER.move(Letter(source), target)


def test_move_with_other_news_than_the_table_says_is_a_mistake_of_ours() -> None:
    letter = Letter(LetterState.SENT)
    wrong = OrganisationRefused(subject_id=uuid4(), organisation_id=uuid4(), name="x", reason="y")
    for news in (None, wrong):
        with acting_as(writer_of(letter, WRITE)), pytest.raises(TypeError, match="announces"):
            LETTER.move(letter, LetterState.DRAFT, news=news)


def test_the_table_says_where_it_begins_where_it_ends_and_what_the_guard_lets_through() -> None:
    assert LETTER.initial == LetterState.DRAFT
    assert LETTER.finals == {LetterState.READ}
    assert LETTER.guard() == ("draft", "draft>sent", "sent>draft", "sent>read")
    assert LETTER.state(Letter()).label == "Draft"


@pytest.mark.parametrize("status", ["suspended", "applied"])
def test_the_database_refuses_a_move_that_is_not_in_the_table_also_to_the_platform(
    market: Cast, status: str
) -> None:
    applicant = an_applicant(market) if status == "suspended" else market.acme.id
    change = text("UPDATE organisations SET status = :status WHERE id = :id")
    with pytest.raises(IntegrityError) as error, market.platform() as work:
        work.execute(change, {"status": status, "id": applicant})
    assert constraint_of(error.value) == "lifecycle_guard"


def test_the_database_refuses_a_state_that_nobody_knows(market: Cast) -> None:
    with pytest.raises(IntegrityError), market.platform() as work:
        work.execute(text("UPDATE organisations SET status = 'dreaming'"))
