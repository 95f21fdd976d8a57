"""Who pays?"""

from marketplace.billing.sandbox.calls import Call
from marketplace.billing.sandbox.endpoints import PAGE_FIELDS, Endpoint, listing, retrieving
from marketplace.billing.sandbox.errors import Json, no_such
from marketplace.billing.sandbox.events import announce
from marketplace.billing.sandbox.parameters import LIST, METADATA, TABLE, TEXT, Fields, one_of
from marketplace.billing.sandbox.presenting import page

_EDITABLE = (
    "address",
    "business_name",
    "description",
    "email",
    "individual_name",
    "name",
    "phone",
    "shipping",
)
_INVOICE_SETTINGS: Json = {"custom_fields": None, "default_payment_method": None, "footer": None}


def create_customer(call: Call) -> Json:
    """A new customer."""
    members = {
        "balance": 0,
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "discount": None,
        "invoice_prefix": "SANDBOX",
        "invoice_settings": _invoice_settings(call, _INVOICE_SETTINGS),
        "metadata": call.metadata(),
        "preferred_locales": call.params.get("preferred_locales", []),
        "tax_exempt": call.params.get("tax_exempt", "none"),
        "test_clock": None,
        **{name: call.params.get(name) for name in _EDITABLE},
    }
    customer = call.add("customer", "cus", members)
    announce(call, "customer.created", customer)
    return customer


def update_customer(call: Call, identity: str) -> Json:
    """The customer with the parameters that were sent."""
    customer = call.found("customer", identity)
    changes = call.changes(*_EDITABLE, "preferred_locales", "tax_exempt")
    changes["invoice_settings"] = _invoice_settings(call, customer["invoice_settings"])
    call.save(customer, metadata=call.metadata(customer["metadata"]), **changes)
    announce(call, "customer.updated", customer)
    return customer


def _invoice_settings(call: Call, settings: Json) -> Json:
    sent = call.params.get("invoice_settings") or {}
    default = sent.get("default_payment_method")
    if default:
        call.found("payment_method", default, param="invoice_settings[default_payment_method]")
    return {**settings, **sent}


def delete_customer(call: Call, identity: str) -> Json:
    """The customer is gone for good, and so are its payment methods; its payments stay."""
    customer = call.found("customer", identity)
    owned = [("json_extract(body, '$.customer') = ?", identity)]
    for method in call.work.bodies("payment_method", call.account, owned, limit=1000, is_ascending=True):
        call.save(method, customer=None, _is_spent=True)
    announce(call, "customer.deleted", customer)
    remains = {"id": identity, "object": "customer", "deleted": True}
    call.work.save(remains)
    return remains


def list_customer_methods(call: Call, identity: str) -> Json:
    """The payment methods attached to the customer."""
    call.found("customer", identity)
    url = f"{_URL}/{identity}/payment_methods"
    return page(call, "payment_method", url, {"customer": identity, "type": call.params.get("type")})


def retrieve_customer_method(call: Call, identity: str, method: str) -> Json:
    """One payment method, if it is attached to the customer."""
    call.found("customer", identity)
    found = call.found("payment_method", method)
    if found["customer"] != identity:
        raise no_such("PaymentMethod", method)
    return found


_URL = "/v1/customers"
_FIELDS: Fields = {
    "address": TABLE,
    "business_name": TEXT,
    "description": TEXT,
    "email": TEXT,
    "individual_name": TEXT,
    "invoice_settings": TABLE,
    "metadata": METADATA,
    "name": TEXT,
    "phone": TEXT,
    "preferred_locales": LIST,
    "shipping": TABLE,
    "tax_exempt": one_of("none", "exempt", "reverse"),
}
ENDPOINTS = (
    Endpoint("POST", _URL, create_customer, _FIELDS),
    listing("customer", _URL, email="email"),
    retrieving("customer", _URL),
    Endpoint("POST", f"{_URL}/<identity>", update_customer, _FIELDS),
    Endpoint("DELETE", f"{_URL}/<identity>", delete_customer),
    Endpoint(
        "GET", f"{_URL}/<identity>/payment_methods", list_customer_methods, {**PAGE_FIELDS, "type": TEXT}
    ),
    Endpoint("GET", f"{_URL}/<identity>/payment_methods/<method>", retrieve_customer_method),
)
