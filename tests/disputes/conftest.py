"""When do these tests happen? On a Monday morning, and later as they say; time never goes back."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.factories.disputes import JOURNEY, travel_to
from tests.factories.payments import Stripe, running_stripe

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _journey() -> Iterator[None]:
    with JOURNEY:
        travel_to(START)
        yield


@pytest.fixture
def stripe(tmp_path: Path, speaking: None) -> Iterator[Stripe]:
    """An empty sandbox that the marketplace of this test talks to."""
    with running_stripe(tmp_path) as running:
        yield running
