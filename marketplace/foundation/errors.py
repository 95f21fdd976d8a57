"""How do we say no?

Five refusals carry their HTTP status and a sentence for the person. A room subclasses one beside the code that raises
it.
"""

from typing import ClassVar


class Refusal(Exception):
    """A request that was understood and is not carried out; `message` is shown to the person as it is."""

    status: ClassVar[int] = 400

    def __init__(self, message: object, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field

    def __str__(self) -> str:
        return str(self.message)


class NotFound(Refusal):
    """The thing does not exist for this actor (which is also what an outsider is told)."""

    status = 404


class Forbidden(Refusal):
    """The actor is known and may not do this."""

    status = 403


class Conflict(Refusal):
    """The thing's present state, or somebody else's act in the same moment, does not allow it."""

    status = 409


class Invalid(Refusal):
    """What was typed cannot be accepted; `field` names the form field where there is one."""

    status = 422


class Gone(Refusal):
    """It existed and has ended: an expired link, a withdrawn offer."""

    status = 410
