"""How is Stripe asked? Through its official SDK: the real one, or the sandbox where STRIPE_API_BASE says so."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

import stripe

from marketplace.billing.payments.gateway import (
    AccountAnswer,
    Addresses,
    Answer,
    HostedPage,
    PaymentAnswer,
    PaymentGateway,
    PaymentOrder,
    Reference,
    RefundAnswer,
    Refused,
    SavedMethod,
    TransferOrder,
    Unanswered,
)
from marketplace.billing.payments.lifecycle import AttemptState, RefundState
from marketplace.foundation.money import Money
from marketplace.foundation.settings import current_settings

T = TypeVar("T")
SECONDS = 20
RETRIES = 2
SANDBOX_KEY = "sk_test_sandbox"

# A payment that waits for its method has been tried and declined: we always confirm at once.
PAYMENT_STATES: dict[str, AttemptState] = {
    "requires_payment_method": AttemptState.FAILED,
    "requires_action": AttemptState.ACTION_REQUIRED,
    "processing": AttemptState.PROCESSING,
    "succeeded": AttemptState.SUCCEEDED,
    "canceled": AttemptState.CANCELLED,
}
REFUND_STATES: dict[str, RefundState] = {
    "succeeded": RefundState.SUCCEEDED,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}


def payment_gateway() -> PaymentGateway:
    """The payment service of this installation. Raises Unanswered where none is configured."""
    settings = current_settings()
    key, base = settings.stripe_api_key.get_secret_value(), settings.stripe_api_base
    if not key and not base:
        raise Unanswered("STRIPE_API_KEY is not set")
    return _gateway(key or SANDBOX_KEY, base)


@lru_cache
def _gateway(key: str, base: str) -> PaymentGateway:
    return StripeGateway(
        stripe.StripeClient(
            key,
            base_addresses={"api": base} if base else None,
            max_network_retries=RETRIES,
            http_client=stripe.RequestsClient(timeout=SECONDS),
        ).v1
    )


def asking(question: Callable[..., T]) -> Callable[..., T]:
    """The decorated question, with the SDK's errors in our words."""

    def asked(*arguments: Any, **named: Any) -> T:
        try:
            return question(*arguments, **named)
        except (stripe.InvalidRequestError, stripe.CardError) as error:
            raise Refused(error.code or error.user_message or str(error)) from error
        # A fault, an overload, no answer, a key that is wrong or in use: none of these lies in the request.
        except stripe.StripeError as error:
            raise Unanswered(f"{type(error).__name__}: {error}") from error

    return asked


class StripeGateway:
    """Stripe, asked by its official SDK."""

    def __init__(self, api: Any) -> None:
        self._api = api

    @asking
    def customer(self, *, key: UUID, name: str) -> str:
        """Its id of a new customer."""
        return str(self._api.customers.create({"name": name}, _under(key)).id)

    @asking
    def saving_page(
        self, *, reference: Reference, customer: str, currency: str, addresses: Addresses
    ) -> HostedPage:
        """A Checkout page in setup mode: cards, and where the currency allows it a SEPA mandate."""
        wanted = {
            "mode": "setup",
            "currency": currency.lower(),
            "customer": customer,
            "client_reference_id": str(reference.row_id),
            "success_url": addresses.done,
            "cancel_url": addresses.away,
            "locale": addresses.language,
        }
        return _page(self._api.checkout.sessions.create(wanted, _under(reference.row_id)))

    @asking
    def saved_on(self, page_id: str) -> HostedPage:
        """How that page stands, with the method that was saved."""
        expanded = {"expand": ["setup_intent.payment_method"]}
        return _page(self._api.checkout.sessions.retrieve(page_id, expanded))

    @asking
    def forget_method(self, stripe_id: str) -> bool:
        """The method is taken from its customer, for good; False where that was done already."""
        is_known = self._api.payment_methods.retrieve(stripe_id).customer is not None
        if is_known:
            self._api.payment_methods.detach(stripe_id)
        return is_known

    @asking
    def pay(self, order: PaymentOrder, *, is_late: bool) -> PaymentAnswer:
        """A PaymentIntent, confirmed at once, for the order's transfer group."""
        wanted = {
            **_of(order.amount),
            "customer": order.customer,
            "payment_method": order.method,
            "confirm": True,
            "return_url": order.back,
            "transfer_group": str(order.order_id),
            "metadata": order.reference.metadata(),
        }

        def made() -> Iterable[Any]:
            return _all(self._api.payment_intents.list({"customer": order.customer, "limit": 100}))

        def make() -> Any:
            try:
                return self._api.payment_intents.create(wanted, _under(order.key))
            except stripe.CardError as declined:
                if (intent := getattr(declined.error, "payment_intent", None)) is None:
                    raise
                return intent

        return _payment(_once(make, made, order.reference, is_late=is_late))

    @asking
    def payment(self, stripe_id: str) -> PaymentAnswer:
        """How that PaymentIntent stands now."""
        return _payment(self._api.payment_intents.retrieve(stripe_id))

    @asking
    def cancel_payment(self, stripe_id: str) -> PaymentAnswer:
        """Cancelled; or, where it is too late for that, how the PaymentIntent stands."""
        try:
            return _payment(self._api.payment_intents.cancel(stripe_id))
        except stripe.InvalidRequestError:
            return _payment(self._api.payment_intents.retrieve(stripe_id))

    @asking
    def refund(
        self, *, key: UUID, reference: Reference, amount: Money, payment: str, is_late: bool
    ) -> RefundAnswer:
        """A refund of a part of that PaymentIntent, or of the rest."""
        wanted = {"payment_intent": payment, "amount": amount.minor, "metadata": reference.metadata()}
        found = _once(
            lambda: self._api.refunds.create(wanted, _under(key)),
            lambda: _all(self._api.refunds.list({"payment_intent": payment, "limit": 100})),
            reference,
            is_late=is_late,
        )
        return _refund(found)

    @asking
    def refund_made(self, stripe_id: str) -> RefundAnswer:
        """How that refund stands now."""
        return _refund(self._api.refunds.retrieve(stripe_id))

    @asking
    def transfer(self, order: TransferOrder, *, is_late: bool) -> Answer:
        """A transfer out of the charge, which need not wait until the charge's money is usable."""
        group = str(order.order_id)
        wanted = {
            **_of(order.amount),
            "destination": order.account,
            "source_transaction": order.charge,
            "transfer_group": group,
            "metadata": order.reference.metadata(),
        }
        found = _once(
            lambda: self._api.transfers.create(wanted, _under(order.key)),
            lambda: _all(self._api.transfers.list({"transfer_group": group, "limit": 100})),
            order.reference,
            is_late=is_late,
        )
        return Answer(**_identified(found))

    @asking
    def transfer_made(self, stripe_id: str) -> Answer:
        """That transfer."""
        return Answer(**_identified(self._api.transfers.retrieve(stripe_id)))

    @asking
    def reverse(
        self, *, key: UUID, reference: Reference, amount: Money, transfer: str, is_late: bool
    ) -> Answer:
        """A reversal of a part of that transfer."""
        wanted = {"amount": amount.minor, "metadata": reference.metadata()}
        found = _once(
            lambda: self._api.transfers.reversals.create(transfer, wanted, _under(key)),
            lambda: _all(self._api.transfers.reversals.list(transfer, {"limit": 100})),
            reference,
            is_late=is_late,
        )
        return Answer(**_identified(found))

    @asking
    def account(self, *, key: UUID, name: str, country: str) -> AccountAnswer:
        """An Express account that may receive transfers."""
        wanted = {
            "type": "express",
            "country": country,
            "capabilities": {"transfers": {"requested": True}},
            "business_profile": {"name": name},
        }
        return _account(self._api.accounts.create(wanted, _under(key)))

    @asking
    def account_made(self, stripe_id: str) -> AccountAnswer:
        """How that account stands now."""
        return _account(self._api.accounts.retrieve(stripe_id))

    @asking
    def onboarding_page(self, *, account: str, addresses: Addresses) -> HostedPage:
        """An account link."""
        wanted = {
            "account": account,
            "type": "account_onboarding",
            "return_url": addresses.done,
            "refresh_url": addresses.away,
        }
        link = self._api.account_links.create(wanted)
        return HostedPage("", "", link.url, _instant(link.expires_at))


def _under(key: UUID) -> dict[str, str]:
    return {"idempotency_key": str(key)}


def _of(amount: Money) -> dict[str, int | str]:
    return {"amount": amount.minor, "currency": amount.currency.lower()}


def _all(listed: Any) -> Iterable[Any]:
    found: Iterable[Any] = listed.auto_paging_iter()
    return found


def _once(
    make: Callable[[], Any], made: Callable[[], Iterable[Any]], reference: Reference, *, is_late: bool
) -> Any:
    """What was made for the reference before, where the key can no longer tell; else what is made now."""
    found = _found(made, reference) if is_late else None
    if found is not None:
        return found
    try:
        return make()
    except stripe.IdempotencyError:
        # The key was used for a request that was worded otherwise, in an earlier version or at another address.
        found = _found(made, reference)
        if found is None:
            raise
        return found


def _found(made: Callable[[], Iterable[Any]], reference: Reference) -> Any:
    wanted = (str(reference.row_id), reference.tries)
    return next((item for item in made() if _referred(item) == wanted), None)


def _referred(item: Any) -> tuple[str, int]:
    noted = getattr(item, "metadata", None)
    tries = str(getattr(noted, "tries", "0"))
    return str(getattr(noted, "reference", "")), int(tries) if tries.isdecimal() else 0


def _identified(item: Any) -> dict[str, Any]:
    reference, tries = _referred(item)
    return {"stripe_id": item.id, "reference": reference, "tries": tries}


def _payment(intent: Any) -> PaymentAnswer:
    action = getattr(intent.next_action, "redirect_to_url", None)
    problem = intent.last_payment_error and _reason(intent.last_payment_error)
    return PaymentAnswer(
        **_identified(intent),
        state=PAYMENT_STATES.get(intent.status),
        received=Money.from_minor(intent.amount_received, intent.currency.upper()),
        charge_id=intent.latest_charge,
        action_url=action.url if action else None,
        problem=problem or "",
    )


def _reason(error: Any) -> str:
    """The narrowest of the codes that Stripe gives, else its sentence."""
    named = (getattr(error, name, None) for name in ("decline_code", "code", "message"))
    return next((str(word) for word in named if word), "")


def _refund(refund: Any) -> RefundAnswer:
    state = REFUND_STATES.get(refund.status, RefundState.PENDING)
    return RefundAnswer(
        **_identified(refund), state=state, problem=str(getattr(refund, "failure_reason", None) or "")
    )


def _account(account: Any) -> AccountAnswer:
    can_receive = getattr(account.capabilities, "transfers", "") == "active"
    missing = list(getattr(account.requirements, "currently_due", None) or [])
    return AccountAnswer(account.id, can_receive and account.payouts_enabled, missing)


def _page(session: Any) -> HostedPage:
    setup = session.setup_intent
    is_saved = session.status == "complete" and not isinstance(setup, str)
    return HostedPage(
        stripe_id=session.id,
        reference=session.client_reference_id or "",
        url=session.url,
        expires_at=_instant(session.expires_at),
        is_expired=session.status == "expired",
        method=_method(setup.payment_method) if is_saved else None,
    )


def _method(method: Any) -> SavedMethod:
    details = getattr(method, method.type)
    is_card = method.type == "card"
    return SavedMethod(
        stripe_id=method.id,
        kind=method.type,
        brand=details.brand if is_card else details.country or "",
        last4=details.last4,
        expires=f"{details.exp_month:02}/{details.exp_year}" if is_card else "",
    )


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
