"""How does a remembered object look to the caller: hidden members, computed members, `expand`, pages?"""

import json
from collections.abc import Callable
from typing import Any

from marketplace.billing.sandbox.calls import Call, public
from marketplace.billing.sandbox.errors import Json, bad_parameter

MAX_EXPAND_DEPTH = 4
_BOUNDS = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def visible(call: Call, body: Json) -> Json:
    """The object as Stripe shows it now."""
    compute = _COMPUTED.get(body.get("object", ""))
    return {**public(body), **(compute(call, body) if compute else {})}


def page(call: Call, kind: str, url: str, filters: Json) -> Json:
    """One page, newest first, by `limit`, `starting_after`, `ending_before`, `created` and the filters.

    A filter is a member and the value (or the list of values) it must have; None or [] filters nothing.
    """
    limit = call.params.get("limit") or 10
    is_backward = "ending_before" in call.params
    conditions = [*_wanted(filters), *_between(call), *_cursor(call, kind)]
    bodies = call.work.bodies(kind, call.account, conditions, limit=limit + 1, is_ascending=is_backward)
    shown = [visible(call, body) for body in bodies[:limit]]
    if is_backward:
        shown.reverse()
    return {"object": "list", "url": url, "has_more": len(bodies) > limit, "data": shown}


def _wanted(filters: Json) -> list[tuple[str, Any]]:
    conditions: list[tuple[str, Any]] = [("json_extract(body, '$.deleted') IS NOT ?", 1)]
    for member, value in filters.items():
        if isinstance(value, list) and value:
            among = f"json_extract(body, '$.{member}') IN (SELECT value FROM json_each(?))"
            conditions.append((among, json.dumps(value)))
        elif value:
            conditions.append((f"json_extract(body, '$.{member}') = ?", value))
    return conditions


def _between(call: Call) -> list[tuple[str, Any]]:
    bounds = call.params.get("created", {})
    return [
        (f"json_extract(body, '$.created') {_BOUNDS[bound]} ?", moment) for bound, moment in bounds.items()
    ]


def _cursor(call: Call, kind: str) -> list[tuple[str, Any]]:
    for name, comparison in (("starting_after", "<"), ("ending_before", ">")):
        if name in call.params:
            identity = call.found(kind, call.params[name] or "", param=name)["id"]
            return [(f"seq {comparison} (SELECT seq FROM objects WHERE id = ?)", identity)]
    return []


def expanded(call: Call, shown: Json, paths: list[str]) -> Json:
    """The object with the ids at `paths` replaced by their objects (`latest_charge.balance_transaction`)."""
    for path in paths:
        steps = path.split(".")
        if len(steps) > MAX_EXPAND_DEPTH:
            raise bad_parameter(
                f"You cannot expand more than 4 levels: {path}", "expand", "parameter_invalid"
            )
        _expand(call, shown, steps, path)
    return shown


def _expand(call: Call, node: Json, steps: list[str], path: str) -> None:
    if not steps:
        return
    step, *rest = steps
    if step == "data" and node.get("object") == "list":
        for item in node["data"]:
            _expand(call, item, rest, path)
        return
    value = node.get(step)
    if step not in node or isinstance(value, int | float | list):
        raise bad_parameter(f"This property cannot be expanded ({path}).", "expand", "parameter_invalid")
    if isinstance(value, str):
        node[step] = value = _object_behind(call, value, path)
    if isinstance(value, dict):
        _expand(call, value, rest, path)


def _object_behind(call: Call, identity: str, path: str) -> Json:
    body = call.work.by_id(identity)
    if body is None:
        raise bad_parameter(f"This property cannot be expanded ({path}).", "expand", "parameter_invalid")
    return visible(call, body)


def _money_status(call: Call, body: Json) -> Json:
    return {"status": "available" if body["available_on"] <= call.now else "pending"}


def _pending_webhooks(call: Call, body: Json) -> Json:
    statement = "SELECT count(*) AS n FROM deliveries WHERE event = ? AND state = 'pending'"
    return {"pending_webhooks": call.work.rows(statement, body["id"])[0]["n"]}


def _reversals(call: Call, body: Json) -> Json:
    owner = call.as_account(body["_account"])
    conditions = [("json_extract(body, '$.transfer') = ?", body["id"])]
    newest = owner.work.bodies("transfer_reversal", owner.account, conditions, limit=11, is_ascending=False)
    return {
        "reversals": {
            "object": "list",
            "url": f"/v1/transfers/{body['id']}/reversals",
            "has_more": len(newest) > 10,
            "data": [public(reversal) for reversal in newest[:10]],
        }
    }


_COMPUTED: dict[str, Callable[[Call, Json], Json]] = {
    "balance_transaction": _money_status,
    "event": _pending_webhooks,
    "transfer": _reversals,
}
