"""How is one call to the API answered, from its headers to the stored answer?"""

import json
import time
from dataclasses import dataclass

from flask import Request as WebRequest, Response, request

from marketplace.billing.sandbox import idempotency, switches
from marketplace.billing.sandbox.calls import PLATFORM, Answer, Call, new_id
from marketplace.billing.sandbox.endpoints import EXPAND, Endpoint
from marketplace.billing.sandbox.errors import Json, Refusal, unauthenticated
from marketplace.billing.sandbox.events import API_VERSION
from marketplace.billing.sandbox.idempotency import KeysInUse, StoredAnswer
from marketplace.billing.sandbox.parameters import decode, read_parameters
from marketplace.billing.sandbox.presenting import expanded, visible
from marketplace.billing.sandbox.store import Store, Transaction
from marketplace.billing.sandbox.timetable import catch_up
from marketplace.billing.sandbox.webhooks import Courier

KEY_PREFIX = "sk_test_"
DROPPED = "sandbox.answer_is_lost"
PAUSE = 0.01
"""Seconds between two looks at whether a held answer may go."""


@dataclass(frozen=True)
class Sandbox:
    """The parts of one running sandbox."""

    store: Store
    courier: Courier
    keys: KeysInUse


def answer_call(sandbox: Sandbox, endpoint: Endpoint, names: dict[str, str]) -> Response:
    """Authenticate, read, execute, store and send: the whole of one call."""
    request_id = new_id("req")
    try:
        check_key(request)
        stored, is_replayed = _answered(sandbox, endpoint, names, request_id)
    except Refusal as refusal:
        stored, is_replayed = _refused(refusal, request_id), False
    return _sent(stored, request_id, is_replayed=is_replayed)


def check_key(sent: WebRequest) -> None:
    """Raises Refusal (401) unless the request carries a test key, as Bearer or as Basic user name."""
    authorization = sent.authorization
    if authorization is None:
        raise unauthenticated("You did not provide an API key. Send it as `Authorization: Bearer sk_test_…`.")
    key = authorization.token or (authorization.username if authorization.type == "basic" else None) or ""
    if not key.startswith(KEY_PREFIX):
        raise unauthenticated(
            f"Invalid API Key provided: this is a sandbox, it takes {KEY_PREFIX}… keys only."
        )


def _answered(
    sandbox: Sandbox, endpoint: Endpoint, names: dict[str, str], request_id: str
) -> tuple[StoredAnswer, bool]:
    is_post = endpoint.method == "POST"
    sent = decode((request.form if is_post else request.args).items(multi=True))
    key = request.headers.get("Idempotency-Key") if is_post else None
    account = request.headers.get("Stripe-Account") or PLATFORM
    idempotency.check_key(key)
    same = idempotency.Request(account, key or "", request.path, sent)
    with sandbox.keys.holding(account, key):
        answer = _in_transaction(sandbox, endpoint, names, same, request_id)
        sandbox.courier.wake()
        if is_post:
            _hold_back(sandbox)
    return answer


def _in_transaction(
    sandbox: Sandbox, endpoint: Endpoint, names: dict[str, str], same: idempotency.Request, request_id: str
) -> tuple[StoredAnswer, bool]:
    if endpoint.method == "GET":
        sandbox.courier.do_what_is_due()
        with sandbox.store.reading() as work:
            return _executed(_call(work, same, request_id), endpoint, names), False
    with sandbox.store.writing() as work:
        catch_up(work)
        if same.key and (stored := idempotency.stored_answer(work, same)):
            return stored, True
        answer = _kept(work, endpoint, names, same, request_id)
        request.environ[DROPPED] = switches.take_one(work, "lose_next_answers")
    return answer, False


def _hold_back(sandbox: Sandbox) -> None:
    """Keep the answer to what has been done for as long as a switch says so; its key is in use meanwhile."""
    while _are_answers_held(sandbox):
        time.sleep(PAUSE)


def _are_answers_held(sandbox: Sandbox) -> bool:
    with sandbox.store.reading() as work:
        return bool(switches.position(work, "are_answers_held"))


def _kept(
    work: Transaction, endpoint: Endpoint, names: dict[str, str], same: idempotency.Request, request_id: str
) -> StoredAnswer:
    """Execute and store the answer; what a refused request had begun is undone, its refusal may be stored."""
    work.run("SAVEPOINT request")
    try:
        answer = _executed(_call(work, same, request_id), endpoint, names)
    except Refusal as refusal:
        work.run("ROLLBACK TO request")
        if not refusal.is_kept:
            return _refused(refusal, request_id)
        answer = _refused(refusal, request_id)
    if same.key:
        idempotency.store_answer(work, same, answer)
    return answer


def _call(work: Transaction, same: idempotency.Request, request_id: str) -> Call:
    if same.account != PLATFORM and work.get(same.account, "account", PLATFORM) is None:
        raise Refusal(
            f"The provided key does not have access to account '{same.account}' (or that account does not "
            "exist).",
            status=403,
            code="account_invalid",
            is_kept=False,
        )
    return Call(
        work=work,
        account=same.account,
        now=work.now,
        params=same.sent,
        base_url=request.host_url,
        request_id=request_id,
        idempotency_key=same.key or None,
    )


def _executed(call: Call, endpoint: Endpoint, names: dict[str, str]) -> StoredAnswer:
    params = read_parameters({**endpoint.fields, **EXPAND}, call.params)
    result = endpoint.handle(call.with_params(params), **names)
    if isinstance(result, Answer):
        return _stored(result.status, result.body, call.request_id)
    shown = expanded(call, visible(call, result), params.get("expand") or [])
    return _stored(200, shown, call.request_id)


def _stored(status: int, body: Json, request_id: str | None) -> StoredAnswer:
    return StoredAnswer(status, json.dumps(body, indent=2, ensure_ascii=False), request_id or "")


def _refused(refusal: Refusal, request_id: str) -> StoredAnswer:
    return _stored(refusal.status, refusal.body(), request_id)


def _sent(stored: StoredAnswer, request_id: str, *, is_replayed: bool) -> Response:
    response = Response(stored.body, stored.status, mimetype="application/json")
    response.headers["Request-Id"] = request_id
    response.headers["Stripe-Version"] = API_VERSION
    key = request.headers.get("Idempotency-Key")
    if key and request.method == "POST":
        response.headers["Idempotency-Key"] = key
        response.headers["Original-Request"] = stored.request_id
    if is_replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return response


def error_response(refusal: Refusal) -> Response:
    """The refusal as an answer of its own, for an address that no endpoint has."""
    request_id = new_id("req")
    return _sent(_refused(refusal, request_id), request_id, is_replayed=False)
