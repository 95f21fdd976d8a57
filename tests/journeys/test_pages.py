"""Can everybody read and use every page of theirs: by day and by night, at a desk and on a phone, in both languages?"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser
from sqlalchemy import select

from marketplace.foundation import background
from marketplace.foundation.mail import Mail
from marketplace.foundation.outbox import deliver_everything
from marketplace.identity.access.actions import ask_for_reset
from tests.cast import Cast
from tests.databases import clone
from tests.factories.identity import an_invitation
from tests.factories.payments import running_stripe
from tests.factories.states import every_state
from tests.factories.trade import whole_trade
from tests.journeys.eyes import Eyes
from tests.journeys.serving import running_portal
from tests.journeys.sights import Sights

pytestmark = pytest.mark.journey
ENTRANCE = re.compile(r"/(?:password|invitations|by-letter)/([\w.-]+)")
FILES = {
    "buyers.orders.document",
    "buyers.receiving.photo",
    "sellers.catalogue.image",
    "sellers.documents.show",
    "sellers.fulfilment.packing_slip_pdf",
    "sellers.fulfilment.pick_list_pdf",
    "sellers.moderation.document",
    "sellers.moderation.picture",
    "sellers.price_lists.refused",
}
"""These are no pages: of the newest document of each state there may be none."""


@pytest.fixture
def busy_market(portal: Flask, tmp_path: Path) -> Iterator[Cast]:
    """The cast, after a whole trade and with something in every state."""
    context = portal.test_request_context(base_url="http://localhost")
    with context, running_stripe(tmp_path) as stripe, clone(), background.in_this_process():
        market = Cast.present()
        whole_trade(market, stripe, tmp_path)
        every_state(market, stripe)
        yield market


def tokens_of_letters(market: Cast) -> list[str]:
    """What the links of two new letters hold, by which somebody comes in."""
    an_invitation(market.acme, "newcomer@acme.example", "requester")
    with market.platform() as work:
        ask_for_reset(email="requester@acme.example", address="127.0.0.1")
        deliver_everything()
        links = work.scalars(select(Mail.link).where(Mail.link != "")).all()
    return [token for link in links for token in ENTRANCE.findall(link)]


def eyes_of(chromium: Browser, address: str, name: str, browser: FlaskClient) -> Eyes:
    """The eyes of whoever uses that browser, in Chromium."""
    context = chromium.new_context(base_url=address)
    cookie = browser.get_cookie("marketplace")
    if cookie:
        context.add_cookies([{"name": "marketplace", "value": cookie.value, "url": address}])
    return Eyes(context, address, name)


def test_what_can_hardly_be_read_is_seen_by_day_and_by_night(chromium: Browser, portal: Flask) -> None:
    eyes = eyes_of(chromium, "http://localhost", "a stranger", portal.test_client())
    eyes.look_at(
        "data:text/html,<html lang=en><title>Grey</title><meta name=color-scheme content='light dark'>"
        "<main><h1>Grey</h1><p style='color: oklch(0.7 0 0)'>by day</p><p style='color: oklch(0.5 0 0)'>by night</p>"
    )
    assert [complaint.split(" in en: ")[1][:35] for complaint in eyes.complaints] == [
        "by day at a desk: color-contrast at",
        "by night on a phone: color-contrast",
    ]


def test_every_page_is_fit_for_everybody(
    chromium: Browser, portal: Flask, busy_market: Cast, tmp_path: Path
) -> None:
    sights, complaints = Sights(portal), []
    with running_portal(tmp_path) as address:
        stranger = portal.test_client()
        eyes = eyes_of(chromium, address, "a stranger", stranger)
        for path in sights.new_to_strangers(stranger, tokens_of_letters(busy_market)):
            eyes.look_at(path)
        complaints += eyes.complaints
        for party in (busy_market.acme, busy_market.bolt, busy_market.mira):
            for role in party.people:
                browser = busy_market.sign_in(portal.test_client(), party, role)
                eyes = eyes_of(chromium, address, f"{role} of {party.name}", browser)
                for path in sights.new_to(party, role, browser):
                    eyes.look_at(path)
                complaints += eyes.complaints
    assert complaints == []
    assert sights.unreached <= FILES
