"""What has happened, and which webhook endpoints are to hear of it?"""

from marketplace.billing.sandbox import switches
from marketplace.billing.sandbox.calls import PLATFORM, Call
from marketplace.billing.sandbox.endpoints import DATED, Endpoint, retrieving
from marketplace.billing.sandbox.errors import Json
from marketplace.billing.sandbox.parameters import LIST, TEXT
from marketplace.billing.sandbox.presenting import page, visible

API_VERSION = "2026-10-28.endive"
MAX_ENDPOINTS = 16


def announce(call: Call, kind: str, body: Json) -> None:
    """Remember event `kind` about the object as it is now, and a delivery for every endpoint that listens."""
    event = call.add(
        "event",
        "evt",
        {
            "api_version": API_VERSION,
            "data": {"object": visible(call, body)},
            "pending_webhooks": 0,
            "request": {"id": call.request_id, "idempotency_key": call.idempotency_key},
            "type": kind,
            **({} if call.account == PLATFORM else {"account": call.account}),
        },
    )
    for endpoint in _listeners(call, kind):
        _enqueue(call, event["id"], endpoint["id"])


def _listeners(call: Call, kind: str) -> list[Json]:
    """An endpoint made with `connect` hears connected accounts; every other one hears the platform itself."""
    endpoints = call.work.bodies("webhook_endpoint", PLATFORM, limit=MAX_ENDPOINTS, is_ascending=True)
    return [
        endpoint
        for endpoint in endpoints
        if endpoint["status"] == "enabled"
        and endpoint["_is_connect"] == (call.account != PLATFORM)
        and not {"*", kind}.isdisjoint(endpoint["enabled_events"])
    ]


def _enqueue(call: Call, event: str, endpoint: str) -> None:
    is_lost = switches.take_one(call.work, "lose_next_deliveries")
    held_until = call.now + switches.position(call.work, "delivery_delay_seconds")
    call.work.run(
        "INSERT INTO deliveries (event, endpoint, state, copies, created, held_until, retry_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        event,
        endpoint,
        "lost" if is_lost else "pending",
        max(1, switches.position(call.work, "delivery_copies")),
        call.now,
        held_until,
        call.now,
    )


def list_events(call: Call) -> Json:
    """Events of the account, newest first; `types` narrows to any of several."""
    return page(call, "event", "/v1/events", {"type": call.params.get("types") or call.params.get("type")})


ENDPOINTS = (
    Endpoint("GET", "/v1/events", list_events, {**DATED, "type": TEXT, "types": LIST}),
    retrieving("event", "/v1/events"),
)
