"""Is what was answered still there after an end of any kind, and nothing half-written?"""

import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import stripe

from marketplace.billing.sandbox.server import running_sandbox
from marketplace.billing.sandbox.store import Store

ROOT = Path(__file__).resolve().parents[3]


def add_twice(store: Store) -> None:
    with store.writing() as work:
        for _ in range(2):
            work.add("customer", "acct", {"id": "cus_1"})


def payment(number: int) -> Any:
    sent = {"amount": 1000 + number, "currency": "eur", "payment_method": "pm_card_visa", "confirm": True}
    return sent, {"idempotency_key": f"order-{number}"}


def test_restart_keeps_objects_answers_clock_and_debits(tmp_path: Path, connect: Any) -> None:
    path = tmp_path / "new" / "stripe.sqlite"
    with running_sandbox(path) as sandbox:
        client, controls = connect(sandbox.url)
        first = client.v1.payment_intents.create(*payment(1))
        mandate = {"customer_acceptance": {"type": "offline"}}
        debit = client.v1.payment_intents.create(
            {**payment(2)[0], "payment_method": "pm_success_fr", "mandate_data": mandate}
        )
        controls.switch(delivery_copies=3)
        now = controls.advance(100)["now"]

    with running_sandbox(path) as sandbox:
        client, controls = connect(sandbox.url)
        assert client.v1.payment_intents.retrieve(first.id).status == "succeeded"
        assert client.v1.payment_intents.create(*payment(1)).id == first.id
        assert controls.get("/sandbox/switches")["delivery_copies"] == 3
        assert controls.get("/sandbox/clock")["now"] >= now
        assert client.v1.payment_intents.retrieve(debit.id).status == "processing"
        controls.advance(80)
        assert client.v1.payment_intents.retrieve(debit.id).status == "succeeded"


def test_kill_in_the_middle_leaves_nothing_half_written(tmp_path: Path, connect: Any) -> None:
    path = tmp_path / "stripe.sqlite"
    answered: dict[int, str] = {}
    program = [sys.executable, "-m", "marketplace.billing.sandbox", str(path), "--port", "0"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout
        client, _ = connect(process.stdout.readline().strip())

        def pay(number: int) -> None:
            try:
                answered[number] = client.v1.payment_intents.create(*payment(number)).id
            except stripe.APIConnectionError:
                return

        with ThreadPoolExecutor(6) as pool:
            for number in range(400):
                pool.submit(pay, number)
            while len(answered) < 40:
                time.sleep(0.002)
            process.kill()
    assert 40 <= len(answered) < 400

    with running_sandbox(path, is_delivering=False) as sandbox:
        client, controls = connect(sandbox.url)
        intents = {intent["id"]: intent for intent in controls.objects("payment_intent")}
        charges = {charge["payment_intent"]: charge for charge in controls.objects("charge")}
        entries = {entry["source"]: entry for entry in controls.objects("balance_transaction")}
        told = [
            e["data"]["object"]["id"]
            for e in controls.objects("event")
            if e["type"] == "payment_intent.succeeded"
        ]
        assert set(answered.values()) <= set(intents)
        assert {intent["status"] for intent in intents.values()} == {"succeeded"}
        assert sorted(told) == sorted(intents) == sorted(charges)
        assert sorted(entries) == sorted(charge["id"] for charge in charges.values())
        for number in range(60):
            again = client.v1.payment_intents.create(*payment(number))
            assert again.id == answered.get(number, again.id)


def test_concurrent_requests_are_all_kept(client: stripe.StripeClient, controls: Any) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda n: client.v1.payment_intents.create(*payment(n)).id, range(40)))

    assert len(set(made)) == 40
    assert len(controls.objects("balance_transaction")) == 40


def test_writing_keeps_nothing_of_a_failed_transaction(tmp_path: Path) -> None:
    store = Store(tmp_path / "stripe.sqlite", time.time)
    with pytest.raises(sqlite3.IntegrityError):
        add_twice(store)

    with store.reading() as work:
        assert work.by_id("cus_1") is None
    store.close()


def test_reading_sees_one_moment(tmp_path: Path) -> None:
    store = Store(tmp_path / "stripe.sqlite", time.time)
    with store.reading() as before:
        with store.writing() as work:
            work.add("customer", "acct", {"id": "cus_1"})
        assert before.by_id("cus_1") is None
    with store.reading() as after:
        assert after.by_id("cus_1") == {"id": "cus_1"}
    store.close()
