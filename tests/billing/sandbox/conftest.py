"""What does a test of the sandbox stand on? A sandbox of its own, the official SDK, and the control routes."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests
import stripe

from marketplace.billing.sandbox.server import RunningSandbox, running_sandbox

KEY = "sk_test_sandbox"
DAY = 24 * 60 * 60


@dataclass(frozen=True)
class Controls:
    """The control routes of one sandbox."""

    url: str

    def get(self, path: str, **params: Any) -> Any:
        return self._answer(requests.get(self.url + path, params=params, headers=self._headers, timeout=10))

    def post(self, path: str, **sent: Any) -> Any:
        return self._answer(requests.post(self.url + path, json=sent, headers=self._headers, timeout=10))

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {KEY}"}

    def _answer(self, response: requests.Response) -> Any:
        assert response.ok, response.text
        return response.json()

    def advance(self, seconds: int) -> Any:
        return self.post("/sandbox/clock", advance=seconds)

    def switch(self, **positions: Any) -> Any:
        return self.post("/sandbox/switches", **positions)

    def deliver(self) -> Any:
        return self.post("/sandbox/deliver")

    def objects(self, kind: str) -> list[dict[str, Any]]:
        return list(self.get("/sandbox/objects", kind=kind)["objects"])


@dataclass
class Inbox:
    """A webhook receiver; it answers with the next of `statuses`, or 200."""

    url: str = ""
    received: list[tuple[str, str]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    def events(self, secret: str) -> list[stripe.Event]:
        return [stripe.Webhook.construct_event(body, header, secret) for body, header in self.received]


def client_of(url: str, **options: Any) -> stripe.StripeClient:
    return stripe.StripeClient(KEY, base_addresses={"api": url}, **options)


@pytest.fixture(autouse=True)
def _no_telemetry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stripe, "enable_telemetry", False)


@pytest.fixture(scope="session")
def _running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    with running_sandbox(
        tmp_path_factory.mktemp("sandbox") / "stripe.sqlite", is_delivering=False
    ) as running:
        yield running


@pytest.fixture
def sandbox(_running: RunningSandbox) -> RunningSandbox:
    """An empty sandbox in which webhooks leave only when a test says so."""
    Controls(_running.url).post("/sandbox/reset")
    return _running


@pytest.fixture
def client(sandbox: RunningSandbox) -> stripe.StripeClient:
    return client_of(sandbox.url, max_network_retries=0)


@pytest.fixture
def controls(sandbox: RunningSandbox) -> Controls:
    return Controls(sandbox.url)


@pytest.fixture
def connect() -> Callable[[str], tuple[stripe.StripeClient, Controls]]:
    """The client and the controls of whatever sandbox listens at the address."""
    return lambda url: (client_of(url, max_network_retries=0), Controls(url))


@pytest.fixture
def buyer(client: stripe.StripeClient) -> stripe.Customer:
    return client.v1.customers.create({"name": "Acme", "email": "finance@acme.example"})


@pytest.fixture
def pay(client: stripe.StripeClient, buyer: stripe.Customer) -> Callable[..., stripe.PaymentIntent]:
    """Pays `amount` euro cents at once, by a test card unless said otherwise."""

    def paid(amount: int, method: str = "pm_card_visa", **params: Any) -> stripe.PaymentIntent:
        return client.v1.payment_intents.create(
            {
                "amount": amount,
                "currency": "eur",
                "customer": buyer.id,
                "payment_method": method,
                "confirm": True,
                **params,
            }
        )

    return paid


@pytest.fixture
def debit(pay: Callable[..., stripe.PaymentIntent]) -> Callable[..., stripe.PaymentIntent]:
    """Pays `amount` euro cents by SEPA debit from a test account, under a new mandate."""

    def paid(amount: int, method: str = "pm_success_fr", **params: Any) -> stripe.PaymentIntent:
        return pay(amount, method, mandate_data={"customer_acceptance": {"type": "offline"}}, **params)

    return paid


@pytest.fixture
def seller(client: stripe.StripeClient, controls: Controls) -> str:
    """The id of a connected account that may receive transfers and payouts."""
    account = client.v1.accounts.create(
        {"type": "express", "country": "FR", "capabilities": {"transfers": {"requested": True}}}
    )
    controls.post(f"/sandbox/accounts/{account.id}/onboard")
    return account.id


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    box = Inbox()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            box.received.append((body, self.headers["Stripe-Signature"]))
            self.send_response(box.statuses.pop(0) if box.statuses else 200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    box.url = f"http://127.0.0.1:{server.server_port}/webhook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield box
    server.shutdown()
    thread.join()
    server.server_close()
