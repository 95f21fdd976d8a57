"""What does an endpoint have in hand while it answers one call?"""

import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from marketplace.billing.sandbox import switches
from marketplace.billing.sandbox.errors import Json, no_such
from marketplace.billing.sandbox.parameters import merged_metadata
from marketplace.billing.sandbox.store import Transaction

PLATFORM = "acct_1SandboxPlatform"
_ALPHABET = string.ascii_letters + string.digits
_NOUNS = {"payment_method": "PaymentMethod", "checkout.session": "checkout.session"}


def new_id(prefix: str) -> str:
    """An identity in Stripe's form: prefix, underscore, 24 letters and digits."""
    return f"{prefix}_{''.join(secrets.choice(_ALPHABET) for _ in range(24))}"


def public(body: Json) -> Json:
    """The object without the members that the sandbox keeps to itself."""
    return {name: value for name, value in body.items() if not name.startswith("_")}


@dataclass(frozen=True)
class Answer:
    """An answer with a status of its own whose effects are kept (declined card: 402 and a failed charge)."""

    status: int
    body: Json


@dataclass(frozen=True)
class Call:
    """One call: the account that makes it, the test clock's second, what was sent, the open transaction."""

    work: Transaction
    account: str
    now: int
    params: Json
    base_url: str = ""
    request_id: str | None = None
    idempotency_key: str | None = None

    def add(self, kind: str, prefix: str, members: Json) -> Json:
        """A new object of this account."""
        body = {"id": new_id(prefix), "object": kind, "created": self.now, "livemode": False, **members}
        self.work.add(kind, self.account, body)
        return body

    def save(self, body: Json, **changes: Any) -> Json:
        """The object with these changes, remembered."""
        body.update(changes)
        self.work.save(body)
        return body

    def found(self, kind: str, identity: str, *, param: str = "", may_be_deleted: bool = False) -> Json:
        """The object; raises Refusal: 404, or 400 when it was named in parameter `param`."""
        body = self.work.get(identity, kind, self.account)
        if body is None or (body.get("deleted") and not may_be_deleted):
            raise no_such(_NOUNS.get(kind, kind), identity, param=param)
        return body

    def as_account(self, account: str) -> "Call":
        """The same call, acting within another account."""
        return replace(self, account=account)

    def schedule(self, delay_switch: str, deed: str, subject: str) -> int:
        """Have `deed` done to object `subject` after the delay that a switch holds; the second it is due."""
        due_at = self.now + int(switches.position(self.work, delay_switch))
        self.work.schedule(due_at, deed, subject, self.account)
        return due_at

    def with_params(self, params: Json) -> "Call":
        """The same call as if this had been sent: for objects that it makes on the side."""
        return replace(self, params=params)

    def metadata(self, old: dict[str, str] | None = None) -> dict[str, str]:
        """The metadata that the object has after this call."""
        if "metadata" not in self.params:
            return old or {}
        return merged_metadata(old or {}, self.params["metadata"])

    def changes(self, *names: str) -> Json:
        """Those of the named parameters that were sent."""
        return {name: self.params[name] for name in names if name in self.params}


Handler = Callable[..., Json | Answer]
