"""Does the sandbox take only what the official library's own types name?"""

import pytest
import stripe.params

from marketplace.billing.sandbox.parameters import decode
from marketplace.billing.sandbox.routes import ENDPOINTS

RESOURCES = {
    "account_links": "AccountLink",
    "accounts": "Account",
    "balance_transactions": "BalanceTransaction",
    "charges": "Charge",
    "customers": "Customer",
    "disputes": "Dispute",
    "events": "Event",
    "payment_intents": "PaymentIntent",
    "payment_methods": "PaymentMethod",
    "payouts": "Payout",
    "refunds": "Refund",
    "setup_intents": "SetupIntent",
    "transfers": "Transfer",
    "webhook_endpoints": "WebhookEndpoint",
}
NESTED = {
    "POST /v1/customers/<identity>": "CustomerUpdateParams",
    "GET /v1/customers/<identity>/payment_methods": "CustomerPaymentMethodListParams",
    "POST /v1/transfers/<identity>/reversals": "TransferReversalCreateParams",
    "GET /v1/transfers/<identity>/reversals": "TransferReversalListParams",
    "POST /v1/checkout/sessions": "checkout.SessionCreateParams",
    "GET /v1/checkout/sessions": "checkout.SessionListParams",
}


def types_of(method: str, url: str) -> str | None:
    """The name of the library's parameter type for an endpoint."""
    if f"{method} {url}" in NESTED:
        return NESTED[f"{method} {url}"]
    steps = url.removeprefix("/v1/").split("/")
    resource = RESOURCES.get(steps[0])
    verbs = {("GET", 1): "List", ("POST", 1): "Create", ("POST", 2): "Update", ("POST", 3): steps[-1].title()}
    verb = verbs.get((method, len(steps)))
    return f"{resource}{verb}Params" if resource and verb else None


TYPED = [(e, name) for e in ENDPOINTS if e.fields and (name := types_of(e.method, e.url))]


@pytest.mark.parametrize(("endpoint", "name"), TYPED, ids=[name for _, name in TYPED])
def test_endpoint_names_only_the_librarys_parameters(endpoint: object, name: str) -> None:
    place = stripe.params
    for step in name.split("."):
        place = getattr(place, step)

    assert set(endpoint.fields) - set(place.__annotations__) == set()


def test_every_endpoint_with_parameters_was_compared() -> None:
    compared = {id(endpoint) for endpoint, _ in TYPED}

    assert [f"{e.method} {e.url}" for e in ENDPOINTS if e.fields and id(e) not in compared] == []


def test_decode_nests_what_the_library_flattens() -> None:
    pairs = [
        ("amount", "7"),
        ("metadata[order]", "1"),
        ("expand[0]", "customer"),
        ("list[]", "a"),
        ("list[]", "b"),
        ("a[b][c]", "d"),
    ]

    assert decode(pairs) == {
        "amount": "7",
        "metadata": {"order": "1"},
        "expand": {"0": "customer"},
        "list": {"0": "a", "1": "b"},
        "a": {"b": {"c": "d"}},
    }
