"""What can a test or a demo do to the sandbox that nobody can do to Stripe?

Everything is under `/sandbox/`, takes form fields or JSON, answers JSON, and asks for a test key as the API
does: a web page that a person happens to have open cannot send that header here.
"""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, jsonify, request

from marketplace.billing.sandbox import accounts, disputes, payouts, switches, webhook_endpoints
from marketplace.billing.sandbox.api import Sandbox, check_key
from marketplace.billing.sandbox.calls import PLATFORM, Call, new_id
from marketplace.billing.sandbox.errors import Json, bad_parameter
from marketplace.billing.sandbox.presenting import visible
from marketplace.billing.sandbox.timetable import catch_up


def _read_clock(call: Call) -> Json:
    return {"now": call.work.now, "offset": call.work.fact("clock_offset", 0)}


def _advance_clock(call: Call) -> Json:
    """`advance`: seconds to go on; or `to`: the second to go to. The clock never goes back."""
    work = call.work
    to = _whole("to", call.params["to"]) if "to" in call.params else None
    seconds = _whole("advance", call.params.get("advance", 0)) if to is None else to - work.now
    if seconds < 0:
        raise bad_parameter("The test clock cannot go back.", "to", "parameter_invalid")
    work.set_facts({"clock_offset": work.fact("clock_offset", 0) + seconds})
    work.now += seconds
    return {**_read_clock(call), "done": catch_up(work)}


def _whole(name: str, value: Any) -> int:
    if not str(value).isdecimal():
        raise bad_parameter(f"{name} is a whole number of seconds", name, "parameter_invalid_integer")
    return int(value)


def _read_switches(call: Call) -> Json:
    return switches.positions(call.work)


def _set_switches(call: Call) -> Json:
    switches.set_switches(call.work, call.params)
    return switches.positions(call.work)


def _list_objects(call: Call) -> Json:
    """Everything there is in every account, oldest first; `kind` narrows."""
    statement = "SELECT account, body FROM objects WHERE kind = coalesce(?, kind) ORDER BY seq"
    rows = call.work.rows(statement, call.params.get("kind"))
    return {
        "objects": [{"account": row["account"], **visible(call, json.loads(row["body"]))} for row in rows]
    }


def _list_deliveries(call: Call) -> Json:
    rows = call.work.rows(
        "SELECT d.*, json_extract(e.body, '$.type') AS type FROM deliveries d"
        " JOIN objects e ON e.id = d.event ORDER BY d.seq"
    )
    return {"deliveries": [dict(row) for row in rows]}


def _add_webhook_endpoint(call: Call) -> Json:
    """An endpoint: `url`, `secret`, `enabled_events` (default: all), `connect`.

    It takes the place of the one with the same path, so that a receiver may come back on another port.
    """
    url = webhook_endpoints.checked_url(str(call.params.get("url", "")))
    secret = str(call.params.get("secret") or new_id("whsec"))
    wanted = call.params.get("enabled_events") or "*"
    enabled_events = [wanted] if isinstance(wanted, str) else wanted
    call = call.with_params({"connect": _is_true(call, "connect")})
    for endpoint in call.work.bodies("webhook_endpoint", PLATFORM, limit=100, is_ascending=True):
        is_same = urlsplit(endpoint["url"]).path == urlsplit(url).path
        if is_same and endpoint["_is_connect"] == call.params["connect"]:
            return call.save(endpoint, url=url, _secret=secret, enabled_events=enabled_events)
    return webhook_endpoints.add_endpoint(call, url=url, secret=secret, enabled_events=enabled_events)


def _is_true(call: Call, name: str) -> bool:
    return str(call.params.get(name, "")).lower() in ("true", "1")


def _open_dispute(call: Call) -> Json:
    """`charge`, and `reason` (default: fraudulent)."""
    charge = call.found("charge", str(call.params.get("charge")), param="charge")
    return disputes.open_dispute(call, charge, call.params.get("reason") or "fraudulent")


def _close_dispute(call: Call, identity: str) -> Json:
    """`verdict`: won or lost, as the cardholder's bank decides."""
    verdict = call.params.get("verdict")
    if verdict not in ("won", "lost"):
        raise bad_parameter("verdict is won or lost", "verdict", "parameter_invalid")
    return disputes.close(call, call.found("dispute", identity), verdict)


def _onboard_account(call: Call, identity: str) -> Json:
    """The account's holder gives everything that is due."""
    return accounts.onboard(call, accounts.account(call, identity))


def _restrict_account(call: Call, identity: str) -> Json:
    """Stripe stops payouts and transfers of the account; with `lift`, no more."""
    body = accounts.account(call, identity)
    return accounts.restrict(call, body, is_restricted=not _is_true(call, "lift"))


def _fail_payout(call: Call, identity: str) -> Json:
    """The bank sends back a payout of whatever account, paid or not."""
    owners = call.work.rows("SELECT account FROM objects WHERE id = ? AND kind = 'payout'", identity)
    owner = call.as_account(owners[0]["account"] if owners else PLATFORM)
    return payouts.fail_payout(owner, owner.found("payout", identity))


_CONTROLS: tuple[tuple[str, str, Callable[..., Json]], ...] = (
    ("GET", "/sandbox/clock", _read_clock),
    ("POST", "/sandbox/clock", _advance_clock),
    ("GET", "/sandbox/switches", _read_switches),
    ("POST", "/sandbox/switches", _set_switches),
    ("GET", "/sandbox/objects", _list_objects),
    ("GET", "/sandbox/deliveries", _list_deliveries),
    ("POST", "/sandbox/webhook_endpoints", _add_webhook_endpoint),
    ("POST", "/sandbox/disputes", _open_dispute),
    ("POST", "/sandbox/disputes/<identity>/close", _close_dispute),
    ("POST", "/sandbox/accounts/<identity>/onboard", _onboard_account),
    ("POST", "/sandbox/accounts/<identity>/restrict", _restrict_account),
    ("POST", "/sandbox/payouts/<identity>/fail", _fail_payout),
)


def add_controls(app: Flask, sandbox: Sandbox) -> None:
    """Give the application its control routes."""
    for method, url, control in _CONTROLS:
        view = _view(sandbox, control)
        app.add_url_rule(url, endpoint=f"{method} {url}", view_func=view, methods=[method])

    @app.get("/sandbox/health")
    def health() -> Response:
        """Whether the sandbox answers; the one control that needs no key."""
        return jsonify(is_stripe=False, sandbox="no real money")

    @app.post("/sandbox/deliver")
    def deliver() -> Response:
        """Deliver what is pending before answering."""
        check_key(request)
        return jsonify(sandbox.courier.flush())

    @app.post("/sandbox/reset")
    def reset() -> Response:
        """Forget everything."""
        check_key(request)
        sandbox.store.forget()
        return jsonify(is_empty=True)


def _view(sandbox: Sandbox, control: Callable[..., Json]) -> Callable[..., Response]:
    def view(**names: str) -> Response:
        check_key(request)
        sandbox.courier.do_what_is_due()
        with sandbox.store.writing() as work:
            call = Call(work=work, account=PLATFORM, now=work.now, params=_sent())
            answer = visible(call, control(call, **names))
        sandbox.courier.wake()
        return jsonify(answer)

    return view


def _sent() -> Json:
    sent = request.get_json(silent=True)
    return sent if isinstance(sent, dict) else {**request.args, **request.form}
