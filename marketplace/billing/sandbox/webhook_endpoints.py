"""Where does the platform want to be told of events?"""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from marketplace.billing.sandbox.calls import Call, new_id
from marketplace.billing.sandbox.endpoints import PAGE_FIELDS, Endpoint, listing, retrieving
from marketplace.billing.sandbox.errors import Json, Refusal, bad_parameter
from marketplace.billing.sandbox.events import API_VERSION, MAX_ENDPOINTS
from marketplace.billing.sandbox.parameters import BOOLEAN, LIST, METADATA, TEXT, required

_EVENT_TYPE = re.compile(r"\*|[a-z0-9_]+(\.[a-z0-9_]+)+")


def create_endpoint(call: Call) -> Json:
    """A new endpoint; its signing secret is shown in this answer only."""
    url = checked_url(call.params["url"])
    enabled_events = _event_types(call.params["enabled_events"])
    if (
        len(call.work.bodies("webhook_endpoint", call.account, limit=MAX_ENDPOINTS, is_ascending=True))
        == MAX_ENDPOINTS
    ):
        raise Refusal(f"You have reached the maximum of {MAX_ENDPOINTS} test webhook endpoints.")
    secret = new_id("whsec")
    return {**add_endpoint(call, url=url, secret=secret, enabled_events=enabled_events), "secret": secret}


def add_endpoint(call: Call, *, url: str, secret: str, enabled_events: list[str]) -> Json:
    """Remember an endpoint under a secret of the caller's choice."""
    members = {
        "api_version": API_VERSION,
        "application": None,
        "description": call.params.get("description"),
        "enabled_events": enabled_events,
        "metadata": call.metadata(),
        "status": "enabled",
        "url": url,
        "_is_connect": bool(call.params.get("connect")),
        "_secret": secret,
    }
    return call.add("webhook_endpoint", "we", members)


def checked_url(url: str) -> str:
    """The URL, if it is one that the sandbox delivers to: plain HTTP on this machine."""
    parts = urlsplit(url)
    if parts.scheme != "http" or not is_loopback(parts.hostname or ""):
        message = "Invalid URL: the sandbox delivers to http:// addresses of this machine only."
        raise bad_parameter(message, "url", "url_invalid")
    return url


def is_loopback(host: str) -> bool:
    """Whether the host is this machine's loopback."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _event_types(enabled_events: list[str]) -> list[str]:
    for kind in enabled_events:
        if not _EVENT_TYPE.fullmatch(kind):
            raise bad_parameter(f"Invalid event type: {kind}", "enabled_events", "parameter_invalid")
    return enabled_events


def update_endpoint(call: Call, identity: str) -> Json:
    """Another address, other events, or switched off and on."""
    endpoint = call.found("webhook_endpoint", identity)
    changes = call.changes("description")
    if "url" in call.params:
        changes["url"] = checked_url(call.params["url"] or "")
    if call.params.get("enabled_events"):
        changes["enabled_events"] = _event_types(call.params["enabled_events"])
    if "disabled" in call.params:
        changes["status"] = "disabled" if call.params["disabled"] else "enabled"
    return call.save(endpoint, metadata=call.metadata(endpoint["metadata"]), **changes)


def delete_endpoint(call: Call, identity: str) -> Json:
    """Forget the endpoint and what was still to be delivered to it."""
    call.found("webhook_endpoint", identity)
    call.work.run("DELETE FROM objects WHERE id = ?", identity)
    call.work.run("DELETE FROM deliveries WHERE endpoint = ? AND state = 'pending'", identity)
    return {"id": identity, "object": "webhook_endpoint", "deleted": True}


_URL = "/v1/webhook_endpoints"
_FIELDS = {"description": TEXT, "metadata": METADATA}
ENDPOINTS = (
    Endpoint(
        "POST",
        _URL,
        create_endpoint,
        {"url": required(TEXT), "enabled_events": required(LIST), "connect": BOOLEAN, **_FIELDS},
    ),
    listing("webhook_endpoint", _URL, fields=PAGE_FIELDS),
    retrieving("webhook_endpoint", _URL),
    Endpoint(
        "POST",
        f"{_URL}/<identity>",
        update_endpoint,
        {"url": TEXT, "enabled_events": LIST, "disabled": BOOLEAN, **_FIELDS},
    ),
    Endpoint("DELETE", f"{_URL}/<identity>", delete_endpoint),
)
