"""How does money move in the demo? Finance desks save a card at the Stripe sandbox and pay; suppliers open accounts.

A person would press buttons on the sandbox's hosted pages; the demo posts the same forms.
"""

from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from marketplace.billing.payments.actions import begin_visit, open_payout_account, pay
from marketplace.billing.payments.jobs import look_at_visit, open_visit
from marketplace.billing.payments.lifecycle import PaymentState
from marketplace.billing.payments.queries import payment_methods, payment_of_order
from marketplace.billing.payments.stripe_models import Visit, VisitKind
from marketplace.demo.world import BuyingFirm, SellingFirm, World, at_work
from marketplace.foundation.db import fetch
from marketplace.foundation.settings import current_settings

CARDS = ("pm_card_visa", "pm_card_mastercard", "pm_card_fr")


def has_sandbox() -> bool:
    """Whether money can move here: the demo never speaks to the real Stripe."""
    return urlsplit(current_settings().stripe_api_base).hostname in ("127.0.0.1", "localhost")


def open_accounts(world: World) -> None:
    """Every buyer saves a card; every supplier opens an account for its payouts."""
    for number, buyer in enumerate(world.buyers):
        _save_card(buyer, CARDS[number % len(CARDS)])
    for seller in world.sellers.values():
        _open_account(seller)


def pay_order(buyer: BuyingFirm, order_id: UUID) -> None:
    """The finance desk pays what an order asks for, where it still does."""
    with at_work(buyer.actors["buyer_finance"]):
        due = payment_of_order(order_id)
        if due is not None and due.status == PaymentState.REQUESTED:
            pay(payment_id=due.id, method_id=payment_methods()[0].id)


def _save_card(buyer: BuyingFirm, card: str) -> None:
    visit_id = _visit(buyer, "buyer_finance", VisitKind.METHOD)
    form = {"payment_method": card, "name": buyer.name, "email": "finance@demo.example"}
    _post(_address(buyer, "buyer_finance", visit_id), form)
    look_at_visit(visit_id=visit_id)


def _open_account(seller: SellingFirm) -> None:
    with at_work(seller.actors["supplier_finance"]):
        open_payout_account()
    visit_id = _visit(seller, "supplier_finance", VisitKind.ONBOARDING)
    _post(_address(seller, "supplier_finance", visit_id), {})
    look_at_visit(visit_id=visit_id)


def _visit(firm: BuyingFirm | SellingFirm, role: str, kind: VisitKind) -> UUID:
    with at_work(firm.actors[role]):
        visit_id = begin_visit(kind=kind).id
    open_visit(visit_id=visit_id)
    return visit_id


def _address(firm: BuyingFirm | SellingFirm, role: str, visit_id: UUID) -> str:
    with at_work(firm.actors[role]):
        return str(fetch(Visit, visit_id).url)


def _post(url: str, form: dict[str, str]) -> None:
    """Press the button of a hosted page; where it leads afterwards is of no interest."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    connection.request("POST", path, urlencode(form), {"Content-Type": "application/x-www-form-urlencoded"})
    connection.getresponse().read()
    connection.close()
