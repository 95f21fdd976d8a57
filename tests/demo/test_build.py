"""Is the demo market whole, does it show every state there is, and is there something on every page of every sign-in?

Built at its smallest, where nothing is left to chance: what is missing here would be missing in every demo market.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from marketplace.billing.payments.lifecycle import (
    AttemptState,
    PayoutAccountState,
    ReclaimState,
    RefundState,
    ReleaseState,
    VisitState,
)
from marketplace.demo.build import build_demo
from marketplace.demo.sign_ins import SIGN_INS, SignIn
from marketplace.doctor import examine
from marketplace.foundation.db import Base, owner_engine
from marketplace.foundation.lifecycle import Lifecycle
from marketplace.foundation.tenancy import platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.identity.access.actions import begin_sign_in
from marketplace.identity.access.queries import COOKIE
from marketplace.identity.people.models import Person
from marketplace.sellers.versions.lifecycle import VersionState
from tests.databases import empty_database
from tests.factories.payments import running_stripe

A_MOMENT = "stands for the moment between our question to Stripe and its answer"
NOT_SHOWN = {
    ("attempt", AttemptState.REQUESTED): A_MOMENT,
    ("refund", RefundState.REQUESTED): A_MOMENT,
    ("release", ReleaseState.QUEUED): A_MOMENT,
    ("release", ReleaseState.SENT): A_MOMENT,
    ("reclaim", ReclaimState.REQUESTED): A_MOMENT,
    ("visit", VisitState.REQUESTED): A_MOMENT,
    ("payout_account", PayoutAccountState.REQUESTED): A_MOMENT,
    ("catalogue version", VersionState.PUBLISHING): "stands for the seconds in which a worker publishes it",
    ("visit", VisitState.EXPIRED): "a page of Stripe's runs out by Stripe's own clock, which is the real one",
    ("visit", VisitState.REFUSED): "the sandbox refuses nobody its pages",
    ("refund", RefundState.FAILED): "a bank's late no comes by a webhook, once the portal runs",
    (
        "reclaim",
        ReclaimState.WAITING,
    ): "accounts are paid out by Stripe's own clock, so they still hold the money",
}
EMPTY_STATE = 'class="nothing"'
OF_ONE_SIDE = {
    "buyers.history.index": "buyer supplier",
    "buyers.orders.index": "buyer",
    "buyers.orders.received": "supplier",
    "buyers.receiving.counted": "buyer supplier",
    "buyers.receiving.index": "buyer",
    "buyers.schedules.from_cart": "buyer",
    "buyers.schedules.index": "buyer",
    "buyers.searches.index": "buyer",
    "buyers.shopping.savings": "buyer",
    "billing.payments.incoming": "supplier",
    "billing.payments.index": "buyer",
    "contracts.agreements.index": "buyer supplier",
    "sellers.catalogue.index": "supplier",
    "sellers.scorecards.index": "buyer supplier",
    "sellers.scorecards.suppliers": "buyer",
    "sellers.versions.index": "supplier",
}
"""Pages that have nothing for the other sides, which find no link to them."""
ASKING_FIRST = ("/shop/compare", "/stock/scan")
"""Pages that show what they are asked for."""


@pytest.fixture
def demo(tmp_path: Path, speaking: None) -> Iterator[None]:
    """A database with the smallest demo market in it."""
    with empty_database(), running_stripe(tmp_path):
        build_demo(scale=0, progress=lambda *_: None)
        yield


def test_build_demo_is_healthy_and_shows_every_state_and_something_on_every_page(
    demo: None, portal: Flask
) -> None:
    assert [(each.name, each.detail) for each in examine() if not each.is_healthy] == []
    assert set(_unseen()) == NOT_SHOWN.keys()
    assert [found for sign_in in SIGN_INS for found in _empty_pages(portal, sign_in)] == []


def _unseen() -> Iterator[tuple[str, str]]:
    """Every state of every lifecycle that nothing is in."""
    with owner_engine().connect() as connection:
        for table in Base.metadata.sorted_tables:
            lifecycle = table.c.status.info.get("lifecycle") if "status" in table.c else None
            if isinstance(lifecycle, Lifecycle):
                seen = set(connection.scalars(text(f"SELECT DISTINCT status FROM {table.name}")))
                yield from ((lifecycle.name, state) for state in lifecycle.states if state not in seen)


def _empty_pages(portal: Flask, sign_in: SignIn) -> Iterator[tuple[str, str]]:
    """The pages of this person's side on which there is nothing."""
    browser = _signed_in(portal.test_client(), sign_in)
    for rule in portal.url_map.iter_rules():
        side = OF_ONE_SIDE.get(rule.endpoint, sign_in.side)
        is_page = "GET" in (rule.methods or ()) and not rule.arguments and rule.rule not in ASKING_FIRST
        if is_page and sign_in.side in side:
            answer = browser.get(rule.rule)
            if answer.status_code >= 500 or EMPTY_STATE in answer.text:
                yield sign_in.role, rule.rule


def _signed_in(browser: FlaskClient, sign_in: SignIn) -> FlaskClient:
    with unit_of_work(platform("tests")) as work:
        person_id = work.scalars(select(Person.id).where(Person.email == sign_in.email)).one()
        token = begin_sign_in(person_id=person_id, browser="test", address="127.0.0.1")
    with browser.session_transaction() as cookie:
        cookie[COOKIE] = token
    return browser
