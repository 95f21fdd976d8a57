"""Who is let in, where does the sandbox listen, and what does it say to an address that it does not have?"""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests
import stripe

from marketplace.billing.sandbox.server import RunningSandbox, SandboxNotStarted, running_sandbox

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("key", ["sk_live_real", "pk_test_public", "rubbish"])
def test_call_with_another_kind_of_key_is_refused(sandbox: RunningSandbox, key: str) -> None:
    other = stripe.StripeClient(key, base_addresses={"api": sandbox.url})

    with pytest.raises(stripe.AuthenticationError, match="sandbox"):
        other.v1.customers.list()


def test_call_without_a_key_is_refused(sandbox: RunningSandbox) -> None:
    for path in ("/v1/customers", "/sandbox/objects", "/sandbox/clock"):
        assert requests.get(sandbox.url + path, timeout=5).status_code == 401
    for path in ("/sandbox/reset", "/sandbox/deliver", "/sandbox/switches"):
        assert requests.post(sandbox.url + path, timeout=5).status_code == 401


def test_call_with_basic_authentication_is_answered(sandbox: RunningSandbox) -> None:
    response = requests.get(f"{sandbox.url}/v1/customers", auth=("sk_test_any", ""), timeout=5)

    assert response.json()["object"] == "list"
    assert response.headers["X-Stripe-Sandbox"] == "no real money"


def test_call_to_an_unknown_address_is_refused(client: stripe.StripeClient, sandbox: RunningSandbox) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL") as refused:
        client.v1.invoices.list()

    assert refused.value.http_status == 404
    assert requests.delete(f"{sandbox.url}/v1/balance", timeout=5).status_code == 405


def test_health_needs_no_key_and_says_what_it_is(sandbox: RunningSandbox) -> None:
    answer = requests.get(f"{sandbox.url}/sandbox/health", timeout=5).json()

    assert answer == {"is_stripe": False, "sandbox": "no real money"}


def test_front_page_lists_the_test_methods(sandbox: RunningSandbox) -> None:
    page = requests.get(sandbox.url, timeout=5)

    assert "pm_card_visa" in page.text
    assert "Bac à sable Stripe" in page.text
    assert requests.get(f"{sandbox.url}/static/sandbox.css", timeout=5).ok


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.1", "example.com", "::"])
def test_start_elsewhere_than_on_loopback_is_refused(tmp_path: Path, host: str) -> None:
    with (
        pytest.raises(SandboxNotStarted, match="this machine only"),
        running_sandbox(tmp_path / "s", host=host),
    ):
        pass


def test_start_on_a_taken_port_says_so(tmp_path: Path, sandbox: RunningSandbox) -> None:
    port = int(sandbox.url.rsplit(":", 1)[1])

    with (
        pytest.raises(SandboxNotStarted, match=f"{port}: Address"),
        running_sandbox(tmp_path / "s", port=port),
    ):
        pass


def test_process_serves_until_it_is_told_to_end(tmp_path: Path, connect: Any) -> None:
    program = [sys.executable, "-m", "marketplace.billing.sandbox", str(tmp_path / "s"), "--port", "0"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout
        client, _ = connect(process.stdout.readline().strip())
        assert client.v1.customers.create({"name": "Acme"}).id

        process.terminate()

        assert process.wait(5) == 0


def test_process_that_cannot_listen_ends_with_one_sentence(tmp_path: Path, sandbox: RunningSandbox) -> None:
    port = sandbox.url.rsplit(":", 1)[1]
    program = [sys.executable, "-m", "marketplace.billing.sandbox", str(tmp_path / "s"), "--port", port]

    ended = subprocess.run(program, capture_output=True, text=True, cwd=ROOT, check=False)

    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
