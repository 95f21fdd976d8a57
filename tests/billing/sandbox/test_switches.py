"""Do the clock and the switches stand where they were put?"""

from pathlib import Path
from typing import Any

import pytest
import requests
import stripe

from marketplace.billing.sandbox.server import running_sandbox
from marketplace.billing.sandbox.switches import DEFAULTS


def refused(controls: Any, path: str, **sent: Any) -> str:
    headers = {"Authorization": "Bearer sk_test_sandbox"}
    response = requests.post(controls.url + path, json=sent, headers=headers, timeout=5)
    assert response.status_code == 400
    return str(response.json()["error"]["param"])


def test_switches_start_at_their_defaults(controls: Any) -> None:
    assert controls.get("/sandbox/switches") == DEFAULTS


def test_set_switch_moves_only_that_one(controls: Any) -> None:
    assert controls.switch(fail_next_payouts=2) == {**DEFAULTS, "fail_next_payouts": 2}
    assert controls.switch(is_delivery_paused="true")["is_delivery_paused"] is True


@pytest.mark.parametrize(
    "sent",
    [
        {"no_such_switch": 1},
        {"delivery_order": "sideways"},
        {"delivery_copies": -1},
        {"delivery_copies": "x"},
    ],
)
def test_set_switch_refuses_what_does_not_fit(controls: Any, sent: Any) -> None:
    assert refused(controls, "/sandbox/switches", **sent) in sent
    assert controls.get("/sandbox/switches") == DEFAULTS


def test_advance_clock_moves_created_times(client: stripe.StripeClient, controls: Any) -> None:
    before = client.v1.customers.create().created

    now = controls.post("/sandbox/clock", to=before + 5000)["now"]

    assert now == before + 5000
    assert client.v1.customers.create().created >= now
    assert refused(controls, "/sandbox/clock", to=before) == "to"
    assert refused(controls, "/sandbox/clock", advance="soon") == "advance"


def test_clock_of_the_caller_is_the_base(tmp_path: Path, connect: Any) -> None:
    moments = [1_000_000_000.0]
    with running_sandbox(
        tmp_path / "stripe.sqlite", clock=lambda: moments[0], is_delivering=False
    ) as sandbox:
        client, controls = connect(sandbox.url)
        assert client.v1.customers.create().created == 1_000_000_000
        moments[0] += 60
        controls.advance(3600)
        assert client.v1.customers.create().created == 1_000_003_660


def test_objects_lists_every_account(client: stripe.StripeClient, controls: Any, seller: str) -> None:
    client.v1.customers.create({"name": "A"})
    client.v1.customers.create({"name": "B"}, {"stripe_account": seller})

    everything = controls.get("/sandbox/objects")["objects"]

    assert [o["name"] for o in controls.objects("customer")] == ["A", "B"]
    assert {o["object"] for o in everything} == {"account", "customer", "event"}
    assert not [name for o in everything for name in o if name.startswith("_")]


def test_reset_forgets_everything(client: stripe.StripeClient, controls: Any) -> None:
    client.v1.customers.create()
    controls.switch(delivery_copies=3)

    controls.post("/sandbox/reset")

    assert controls.get("/sandbox/objects")["objects"] == []
    assert controls.get("/sandbox/switches") == DEFAULTS
