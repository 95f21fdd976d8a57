"""How does money move in the demo? Finance desks save cards and accounts at the Stripe sandbox and pay; suppliers open
accounts.

A person would press buttons on the sandbox's hosted pages; the demo posts the same forms.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from marketplace.billing.payments.actions import begin_visit, open_payout_account, pay, set_commission
from marketplace.billing.payments.jobs import look_at_visit, open_visit
from marketplace.billing.payments.lifecycle import PaymentState
from marketplace.billing.payments.queries import payment_methods, payment_of_order
from marketplace.billing.payments.stripe_models import Visit, VisitKind
from marketplace.billing.sandbox.specimens import SPECIMENS
from marketplace.billing.sandbox.switches import DEFAULTS
from marketplace.demo import cast
from marketplace.demo.world import BuyingFirm, SellingFirm, World, at_work
from marketplace.foundation.db import fetch
from marketplace.foundation.settings import current_settings
from marketplace.foundation.tenancy import platform
from marketplace.foundation.unit_of_work import unit_of_work

USUAL = ("pm_card_visa", "pm_success_fr")
# These behave as cards sometimes do; only the first buyer has them.
DIFFICULT = (
    *("pm_card_chargeCustomerFail", "pm_card_authenticationRequired", "pm_failed_fr"),
    *("pm_card_pendingRefund", "pm_card_refundFail"),
)
DAYS = 24 * 60 * 60


def has_sandbox() -> bool:
    """Whether money can move here: the demo never speaks to the real Stripe."""
    return urlsplit(current_settings().stripe_api_base).hostname in ("127.0.0.1", "localhost")


@contextmanager
def quick_banks() -> Iterator[None]:
    """Inside, what banks take days for is done when it is looked at; the sandbox is left as it was found."""
    if not has_sandbox():
        yield
        return
    let_banks_take(0)
    try:
        yield
    finally:
        _switch({name: DEFAULTS[name] for name in ("sepa_delay_seconds", "refund_delay_seconds")})


def let_banks_take(days: int) -> None:
    """From now on the sandbox's debits and slow refunds take so many days of its own clock."""
    if has_sandbox():
        _switch({"sepa_delay_seconds": days * DAYS, "refund_delay_seconds": days * DAYS})


def open_accounts(world: World) -> None:
    """Buyers save what they pay by; all suppliers but two open an account for their payouts, one of them in part."""
    with unit_of_work(platform("the market's commission", person=world.operator.actors["operator"])):
        set_commission(rate=cast.COMMISSION)
        set_commission(rate=cast.COMMISSION / 2, seller_id=next(iter(world.sellers)))
    for number, buyer in enumerate(world.buyers):
        for token in (*USUAL, *(DIFFICULT if number == 0 else ())):
            buyer.methods[token] = _save_method(buyer, token)
    for seller in world.sellers.values():
        _open_account(seller)


def pay_order(buyer: BuyingFirm, order_id: UUID, token: str) -> None:
    """The finance desk pays what an order asks for, where it still does."""
    with at_work(buyer.actors["buyer_finance"]):
        due = payment_of_order(order_id)
        if due is not None and due.status == PaymentState.REQUESTED:
            pay(payment_id=due.id, method_id=buyer.methods[token])


def leave_page_open(buyer: BuyingFirm) -> None:
    """Somebody has begun to save another card, and was called away."""
    if has_sandbox():
        _visit(buyer, "buyer_finance", VisitKind.METHOD)


def _save_method(buyer: BuyingFirm, token: str) -> UUID:
    visit_id = _visit(buyer, "buyer_finance", VisitKind.METHOD)
    form = {"payment_method": token, "name": buyer.name, "email": "finance@demo.example"}
    onward = _post(_address(buyer, "buyer_finance", visit_id), form)
    if "/authenticate/" in onward:
        _post(onward, {"answer": "yes"})
    look_at_visit(visit_id=visit_id)
    with at_work(buyer.actors["buyer_finance"]):
        last4 = SPECIMENS[token].number[-4:]
        return next(method.id for method in payment_methods() if method.last4 == last4)


def _open_account(seller: SellingFirm) -> None:
    if seller.manner.account == cast.Account.NONE:
        return
    with at_work(seller.actors["supplier_finance"]):
        open_payout_account()
    visit_id = _visit(seller, "supplier_finance", VisitKind.ONBOARDING)
    if seller.manner.account == cast.Account.READY:
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


def _switch(positions: dict[str, int]) -> None:
    key = current_settings().stripe_api_key.get_secret_value()
    wanted = {name: str(value) for name, value in positions.items()}
    _post(f"{current_settings().stripe_api_base}/sandbox/switches", wanted, Authorization=f"Bearer {key}")


def _post(url: str, form: dict[str, str], **headers: str) -> str:
    """Press the button of a page of the sandbox's; returns where that leads."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", path, urlencode(form), kind | headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    location = answer.headers.get("Location", "")
    return f"{parts.scheme}://{parts.netloc}{location}" if location.startswith("/") else location
