"""What do the tests of payments stand on? The real SDK, and a Stripe of their own on loopback."""

from collections.abc import Iterator

import pytest
import stripe as sdk

from marketplace.billing.payments import stripe_gateway
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


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The SDK asks once only, so that a lost answer stays lost: as if our process had died right then."""
    monkeypatch.setattr(stripe_gateway, "RETRIES", 0)
    stripe_gateway._gateway.cache_clear()
    yield
    stripe_gateway._gateway.cache_clear()
