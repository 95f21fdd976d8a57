"""How are statements counted?"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

Statements = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def statements() -> Statements:
    """Inside `with statements() as counted`, each is kept in `counted`, but those that begin a unit of work."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        asked: list[str] = []

        def keep(_c: object, _u: object, statement: str, *_: object) -> None:
            if "set_config" not in statement:
                asked.append(statement)

        event.listen(Engine, "before_cursor_execute", keep)
        yield asked
        event.remove(Engine, "before_cursor_execute", keep)

    return counting
