"""Is every lifecycle whole? Every state reachable, none stuck by mistake, and the database knows the same moves."""

from collections import deque
from enum import StrEnum

import pytest
from sqlalchemy import text

from marketplace.app import rooms
from marketplace.foundation.db import Base
from marketplace.foundation.lifecycle import Lifecycle
from tests.cast import Cast

rooms()
LIFECYCLES = {
    table.name: column.info["lifecycle"]
    for table in Base.metadata.tables.values()
    for column in table.columns
    if "lifecycle" in column.info
}


def reachable(lifecycle: Lifecycle[StrEnum]) -> set[StrEnum]:
    seen, waiting = {lifecycle.initial}, deque([lifecycle.initial])
    while waiting:
        state = waiting.popleft()
        for move in lifecycle.moves:
            if move.source == state and move.target not in seen:
                seen.add(move.target)  # type: ignore[arg-type]
                waiting.append(move.target)  # type: ignore[arg-type]
    return seen


@pytest.mark.parametrize("table", LIFECYCLES)
def test_every_state_is_reachable(table: str) -> None:
    assert reachable(LIFECYCLES[table]) == set(LIFECYCLES[table].states)


@pytest.mark.parametrize("table", LIFECYCLES)
def test_every_state_says_what_it_means(table: str) -> None:
    for state in LIFECYCLES[table].states.values():
        assert str(state.label)
        assert str(state.meaning).endswith(".")


@pytest.mark.parametrize("table", LIFECYCLES)
def test_the_database_guards_the_same_moves(market: Cast, table: str) -> None:
    question = "SELECT tgargs FROM pg_trigger WHERE tgname = 'lifecycle_guard' AND tgrelid = CAST(:table AS regclass)"
    with market.platform() as work:
        arguments = bytes(work.scalar(text(question), {"table": table}) or b"")
    assert tuple(part.decode() for part in arguments.split(b"\0")[:-1]) == LIFECYCLES[table].guard()
