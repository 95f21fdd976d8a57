"""When do these tests happen? On a Monday morning, and later as they say; time never goes back."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.factories.disputes import JOURNEY, travel_to

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _journey() -> Iterator[None]:
    with JOURNEY:
        travel_to(START)
        yield
