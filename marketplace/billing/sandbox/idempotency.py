"""Has this request been answered before, and is it being answered right now?

As Stripe has it: a key belongs to one account; the first answer (status and body) is stored once an endpoint
began executing, and is given again for 24 hours to the same request; the same key with another address or
other parameters is refused; so is a request whose key is in use at this moment.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256

from marketplace.billing.sandbox.errors import Json, Refusal
from marketplace.billing.sandbox.store import Transaction

KEPT_SECONDS = 24 * 60 * 60
MAX_KEY_LENGTH = 255


@dataclass(frozen=True)
class Request:
    """What makes two requests the same: the account, its key, the address and everything that was sent."""

    account: str
    key: str
    endpoint: str
    sent: Json

    @property
    def fingerprint(self) -> str:
        """A digest of what was sent, whatever the order."""
        return sha256(json.dumps(self.sent, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class StoredAnswer:
    """The answer that the first request got."""

    status: int
    body: str
    request_id: str


class KeysInUse:
    """The keys of the requests under way in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: set[tuple[str, str]] = set()

    @contextmanager
    def holding(self, account: str, key: str | None) -> Iterator[None]:
        """Hold the key while the request is answered; raises Refusal (409) when another request holds it."""
        if not key:
            yield
            return
        with self._lock:
            if (account, key) in self._keys:
                raise _in_use(key)
            self._keys.add((account, key))
        try:
            yield
        finally:
            with self._lock:
                self._keys.discard((account, key))


def _in_use(key: str) -> Refusal:
    return Refusal(
        "There is currently another in-progress request using this Idempotent Key (that probably means you "
        f"submitted twice, and the other request is still going through): {key}. Please try again later.",
        status=409,
        kind="idempotency_error",
        code="idempotency_key_in_use",
        is_kept=False,
    )


def check_key(key: str | None) -> None:
    """Raises Refusal for a key longer than Stripe takes."""
    if key and len(key) > MAX_KEY_LENGTH:
        message = f"Idempotency keys are up to {MAX_KEY_LENGTH} characters long."
        raise Refusal(message, kind="idempotency_error", is_kept=False)


def stored_answer(work: Transaction, request: Request) -> StoredAnswer | None:
    """The answer this request got before, if any; raises Refusal when the key was used for another one."""
    work.run("DELETE FROM replays WHERE created <= ?", work.now - KEPT_SECONDS)
    found = work.rows("SELECT * FROM replays WHERE account = ? AND key = ?", request.account, request.key)
    if not found:
        return None
    first = found[0]
    if first["endpoint"] != request.endpoint:
        raise _mismatch(
            request.key, f"for the same endpoint they were first used for ('{first['endpoint']}')"
        )
    if first["fingerprint"] != request.fingerprint:
        raise _mismatch(request.key, "with the same parameters they were first used with")
    return StoredAnswer(first["status"], first["body"], first["request_id"])


def _mismatch(key: str, rule: str) -> Refusal:
    message = (
        f"Keys for idempotent requests can only be used {rule}. Try using a key other than '{key}' if you "
        "meant to execute a different request."
    )
    return Refusal(message, kind="idempotency_error", is_kept=False)


def store_answer(work: Transaction, request: Request, answer: StoredAnswer) -> None:
    """Remember the answer, in the same transaction as what the request did."""
    work.run(
        "INSERT INTO replays (account, key, endpoint, fingerprint, status, body, request_id, created)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        request.account,
        request.key,
        request.endpoint,
        request.fingerprint,
        answer.status,
        answer.body,
        answer.request_id,
        work.now,
    )
