"""What happens when Stripe knocks? Its news is checked on the raw bytes, kept, and answered at once."""

import json
from typing import Any

import stripe
from flask import request

from marketplace.billing.payments.inbox import receive
from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.settings import current_settings
from marketplace.foundation.tenancy import platform
from marketplace.foundation.unit_of_work import unit_of_work

UNFIT = (stripe.SignatureVerificationError, ValueError, KeyError, TypeError, AttributeError)


def hear_stripe() -> tuple[str, int]:
    """Keep what Stripe tells of; a worker looks into it. Raises Invalid where it was not Stripe."""
    try:
        news = _checked(request.get_data(), request.headers.get("Stripe-Signature", ""))
        # Not every object has an id: a balance has none.
        about = news["data"]["object"].get("id", "")
        told = {"event_id": news["id"], "kind": news["type"], "object_id": about}
    except UNFIT as error:
        raise Invalid(_l("This is no message of the payment service.")) from error
    with unit_of_work(platform("hear the payment service")):
        receive(**told)
    return "", 200


def _checked(body: bytes, signature: str) -> Any:
    secret = current_settings().stripe_webhook_secret.get_secret_value()
    if not secret:
        raise ValueError("STRIPE_WEBHOOK_SECRET is not set")
    text = body.decode()
    stripe.WebhookSignature.verify_header(text, signature, secret, stripe.Webhook.DEFAULT_TOLERANCE)
    return json.loads(text)
