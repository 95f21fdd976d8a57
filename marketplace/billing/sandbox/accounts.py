"""Who is paid through the platform, and may money go to them yet?"""

from typing import Any

from marketplace.billing.sandbox.calls import PLATFORM, Call, new_id
from marketplace.billing.sandbox.endpoints import DATED, Endpoint
from marketplace.billing.sandbox.errors import Json, bad_parameter, no_such
from marketplace.billing.sandbox.events import announce
from marketplace.billing.sandbox.parameters import (
    METADATA,
    TABLE,
    TEXT,
    TEXT_OR_TABLE,
    Fields,
    one_of,
    required,
)
from marketplace.billing.sandbox.presenting import page

LINK_SECONDS = 5 * 60
_EDITABLE = ("business_profile", "business_type", "company", "email", "individual")
_DUE = {
    "external_account": "external_account",
    "tos_acceptance": "tos_acceptance.date",
}


def platform_account() -> Json:
    """The platform's own account."""
    return {
        "id": PLATFORM,
        "object": "account",
        "charges_enabled": True,
        "country": "FR",
        "default_currency": "eur",
        "details_submitted": True,
        "payouts_enabled": True,
        "type": "standard",
    }


def account(call: Call, identity: str, *, param: str = "") -> Json:
    """A connected account; raises Refusal when there is none."""
    return call.as_account(PLATFORM).found("account", identity, param=param)


def create_account(call: Call) -> Json:
    """A new connected account. It is not enabled before it has a bank account and has accepted the terms."""
    country = str(call.params.get("country") or "FR").upper()
    members = {
        "business_profile": {},
        "business_type": None,
        "capabilities": {},
        "charges_enabled": False,
        "controller": call.params.get("controller") or {"type": "application", "is_controller": True},
        "country": country,
        "default_currency": str(call.params.get("default_currency") or "eur").lower(),
        "details_submitted": False,
        "email": None,
        "external_accounts": {"object": "list", "data": [], "has_more": False},
        "metadata": {},
        "payouts_enabled": False,
        "requirements": {},
        "settings": {"payouts": {"debit_negative_balances": True, "schedule": {"interval": "manual"}}},
        "tos_acceptance": {"date": None, "ip": None, "user_agent": None},
        "type": call.params.get("type") or ("none" if call.params.get("controller") else "standard"),
        "_is_restricted": False,
    }
    body = call.as_account(PLATFORM).add("account", "acct", members)
    external = body["external_accounts"]
    external["url"] = f"/v1/accounts/{body['id']}/external_accounts"
    return _apply(call, body)


def update_account(call: Call, identity: str) -> Json:
    """What was sent, and what follows for the account's standing."""
    body = _apply(call, account(call, identity))
    announce(call.as_account(identity), "account.updated", body)
    return body


def _apply(call: Call, body: Json) -> Json:
    body.update(call.changes(*_EDITABLE), metadata=call.metadata(body["metadata"]))
    body["tos_acceptance"] |= call.params.get("tos_acceptance") or {}
    body["settings"] |= call.params.get("settings") or {}
    for name, wish in (call.params.get("capabilities") or {}).items():
        if isinstance(wish, dict) and wish.get("requested") == "true":
            body["capabilities"].setdefault(name, "inactive")
    if call.params.get("external_account"):
        body["external_accounts"]["data"] = [_bank_account(body, call.params["external_account"])]
    return stand(call, body)


def _bank_account(body: Json, sent: Any) -> Json:
    details = sent if isinstance(sent, dict) else {}
    if not details and not str(sent).startswith("btok_"):
        raise no_such("token", str(sent), param="external_account")
    number = str(details.get("account_number", "FR1420041010050500013M02606"))
    if not number.isalnum():
        message = "Invalid account number"
        raise bad_parameter(message, "external_account[account_number]", "account_number_invalid")
    return {
        "id": new_id("ba"),
        "object": "bank_account",
        "account": body["id"],
        "account_holder_name": details.get("account_holder_name"),
        "bank_name": "STRIPE SANDBOX BANK",
        "country": details.get("country", body["country"]),
        "currency": str(details.get("currency", body["default_currency"])).lower(),
        "default_for_currency": True,
        "last4": number[-4:],
        "metadata": {},
        "status": "new",
    }


def stand(call: Call, body: Json) -> Json:
    """The account saved with what follows from what it has: capabilities, payouts, requirements."""
    has = {
        "external_account": bool(body["external_accounts"]["data"]),
        "tos_acceptance": bool(body["tos_acceptance"]["date"]),
    }
    due = [requirement for name, requirement in _DUE.items() if not has[name]]
    is_enabled = not due and not body["_is_restricted"]
    reason = "requirements.past_due" if due else "rejected.other"
    return call.save(
        body,
        capabilities=dict.fromkeys(body["capabilities"], "active" if is_enabled else "inactive"),
        charges_enabled=is_enabled,
        details_submitted=not due,
        payouts_enabled=is_enabled,
        requirements={
            "currently_due": due,
            "disabled_reason": None if is_enabled else reason,
            "errors": [],
            "eventually_due": due,
            "past_due": due,
            "pending_verification": [],
        },
    )


def onboard(call: Call, body: Json) -> Json:
    """The account's holder has given everything that was due."""
    if not body["external_accounts"]["data"]:
        body["external_accounts"]["data"] = [_bank_account(body, "btok_sandbox")]
    body["tos_acceptance"] = {"date": call.now, "ip": "127.0.0.1", "user_agent": "sandbox"}
    return _announced(call, stand(call, body))


def restrict(call: Call, body: Json, *, is_restricted: bool) -> Json:
    """Stripe stops the account, or lets it go on."""
    body["_is_restricted"] = is_restricted
    return _announced(call, stand(call, body))


def _announced(call: Call, body: Json) -> Json:
    announce(call.as_account(body["id"]), "account.updated", body)
    return body


def own_account(call: Call) -> Json:
    """The account that makes the call."""
    return platform_account() if call.account == PLATFORM else account(call, call.account)


def retrieve_account(call: Call, identity: str) -> Json:
    """A connected account, or the platform's own."""
    return platform_account() if identity == PLATFORM else account(call, identity)


def list_accounts(call: Call) -> Json:
    """The connected accounts, newest first."""
    return page(call.as_account(PLATFORM), "account", _URL, {})


def create_link(call: Call) -> Json:
    """The address of a page on which the account's holder gives what is due; it is good for a few minutes."""
    body = account(call, call.params["account"], param="account")
    link = call.add(
        "account_link",
        "alink",
        {
            "_account": body["id"],
            "_return_url": call.params["return_url"],
            "_refresh_url": call.params["refresh_url"],
            "expires_at": call.now + LINK_SECONDS,
        },
    )
    call.save(link, url=f"{call.base_url}onboarding/{link['id']}")
    return {name: link[name] for name in ("object", "created", "expires_at", "url")}


_URL = "/v1/accounts"
_FIELDS: Fields = {
    "business_profile": TABLE,
    "business_type": one_of("company", "individual", "non_profit", "government_entity"),
    "capabilities": TABLE,
    "company": TABLE,
    "email": TEXT,
    "external_account": TEXT_OR_TABLE,
    "individual": TABLE,
    "metadata": METADATA,
    "settings": TABLE,
    "tos_acceptance": TABLE,
}
_CREATION: Fields = {
    **_FIELDS,
    "controller": TABLE,
    "country": TEXT,
    "default_currency": TEXT,
    "type": one_of("custom", "express", "standard"),
}
_LINK: Fields = {
    "account": required(TEXT),
    "type": required(one_of("account_onboarding", "account_update")),
    "refresh_url": required(TEXT),
    "return_url": required(TEXT),
}
ENDPOINTS = (
    Endpoint("GET", "/v1/account", own_account),
    Endpoint("POST", _URL, create_account, _CREATION),
    Endpoint("GET", _URL, list_accounts, DATED),
    Endpoint("GET", f"{_URL}/<identity>", retrieve_account),
    Endpoint("POST", f"{_URL}/<identity>", update_account, _FIELDS),
    Endpoint("POST", "/v1/account_links", create_link, _LINK),
)
