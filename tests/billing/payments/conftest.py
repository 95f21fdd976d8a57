"""What do the tests of payments stand on? The real SDK, and a Stripe of their own on loopback."""

from collections.abc import Iterator

import pytest
import stripe as sdk

from tests.factories.payments import Stripe, running_stripe


@pytest.fixture(scope="session")
def _stripe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stripe]:
    with running_stripe(tmp_path_factory.mktemp("stripe")) as running:
        yield running


@pytest.fixture
def stripe(_stripe: Stripe, monkeypatch: pytest.MonkeyPatch, speaking: None) -> Stripe:
    """An empty sandbox that the marketplace of this test talks to."""
    monkeypatch.setattr(sdk, "enable_telemetry", False)
    _stripe.post("/sandbox/reset")
    return _stripe
