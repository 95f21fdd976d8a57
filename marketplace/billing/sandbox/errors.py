"""How does the sandbox refuse, in Stripe's own words?"""

from typing import Any

Json = dict[str, Any]


class Refusal(Exception):
    """A request that Stripe answers with an error object; nothing the request did is kept.

    `is_kept` tells whether the answer is stored under the idempotency key: Stripe stores what an endpoint
    answered once it began executing, and does not store what failed while the parameters were being read.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str = "",
        param: str = "",
        is_kept: bool = True,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.kind = kind
        self.code = code
        self.param = param
        self.is_kept = is_kept

    def body(self) -> Json:
        """The error object as Stripe sends it: empty members are left out."""
        members = {"code": self.code, "message": self.message, "param": self.param, "type": self.kind}
        return {"error": {name: value for name, value in members.items() if value}}


def bad_parameter(message: str, param: str, code: str) -> Refusal:
    """400: a parameter that cannot be read. Its answer is not stored for the idempotency key."""
    return Refusal(message, code=code, param=param, is_kept=False)


def no_such(noun: str, identity: str, *, param: str = "") -> Refusal:
    """404 for an object named in the address, 400 for one named in parameter `param`."""
    status = 400 if param else 404
    return Refusal(
        f"No such {noun}: '{identity}'", status=status, code="resource_missing", param=param or "id"
    )


def unauthenticated(message: str) -> Refusal:
    """401: no key, or a key that is not a test key."""
    return Refusal(message, status=401, is_kept=False)
