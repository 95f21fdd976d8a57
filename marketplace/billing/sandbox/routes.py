"""Which endpoints does the API have?"""

from marketplace.billing.sandbox import (
    accounts,
    balances,
    charges,
    checkout,
    customers,
    disputes,
    events,
    payment_intents,
    payment_methods,
    payouts,
    refunds,
    setup_intents,
    transfers,
    webhook_endpoints,
)
from marketplace.billing.sandbox.endpoints import Endpoint

_RESOURCES = (
    customers,
    payment_methods,
    setup_intents,
    checkout,
    payment_intents,
    charges,
    refunds,
    disputes,
    accounts,
    transfers,
    payouts,
    balances,
    events,
    webhook_endpoints,
)
ENDPOINTS: tuple[Endpoint, ...] = tuple(
    endpoint for resource in _RESOURCES for endpoint in resource.ENDPOINTS
)
