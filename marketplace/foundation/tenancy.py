"""Who is acting, and which rows are theirs?

Each model declares one kind of tenancy; the kind is the row-level security policy that PostgreSQL enforces. The runtime
login has no right on any table: each transaction takes the role of a tenant (and sees what names its organisation) or,
audited, of the platform.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Connection, text

from marketplace.foundation import clock

TENANT_ROLE = "marketplace_tenant"
PLATFORM_ROLE = "marketplace_platform"
DOORS_ROLE = "marketplace_doors"
RUNTIME_ROLE = "marketplace_runtime"

HERE = "(select nullif(current_setting('app.organisation_id', true), '')::uuid)"
ENTER = text(
    "select set_config('role', :role, true), set_config('app.organisation_id', :organisation, true),"
    " set_config('app.person_id', :person, true), set_config('app.moment', :moment, true),"
    " set_config('app.today', :today, true), set_config('transaction_read_only', :read_only, true)"
)
ME = "(select nullif(current_setting('app.person_id', true), '')::uuid)"


@dataclass(frozen=True)
class Actor:
    """Somebody who acts: a person for an organisation, a reaction or clock on its behalf, or the platform itself.

    `side` is whose colours the pages wear, `sides` are all that the organisation takes (without any, that one).
    """

    organisation_id: UUID | None = None
    person_id: UUID | None = None
    permissions: frozenset[str] = frozenset()
    person_name: str = ""
    organisation_name: str = ""
    side: str = "buyer"
    sides: frozenset[str] = frozenset()
    is_automatic: bool = False
    is_platform: bool = False
    reason: str = ""
    sign_in_id: UUID | None = None

    def permits(self, permission: str) -> bool:
        """Whether this actor may do what `permission` names."""
        return self.is_automatic or permission in self.permissions

    def takes(self, side: str) -> bool:
        """Whether the organisation acted for is on that side of the market."""
        return side in (self.sides or {self.side})

    @property
    def organisation(self) -> UUID:
        """The organisation acted for. Raises LookupError for an actor without one."""
        if self.organisation_id is None:
            raise LookupError("this actor acts for no organisation")
        return self.organisation_id

    @property
    def person(self) -> UUID:
        """The person who acts. Raises LookupError where nobody in person does."""
        if self.person_id is None:
            raise LookupError("nobody in person is acting")
        return self.person_id


ANYBODY = Actor()
_actor: ContextVar[Actor] = ContextVar("actor", default=ANYBODY)


def current_actor() -> Actor:
    """Who is acting now."""
    return _actor.get()


def automatic(organisation_id: UUID) -> Actor:
    """A clock or reaction acting on behalf of that organisation: no person, no permission to ask for."""
    return Actor(organisation_id=organisation_id, is_automatic=True)


def platform(reason: str, *, person: Actor | None = None) -> Actor:
    """The marketplace itself, for `reason`; where a `person` of the operator asked for it, their name goes with it."""
    base = person or Actor()
    return replace(base, is_platform=True, is_automatic=True, reason=reason)


@contextmanager
def acting_as(actor: Actor) -> Iterator[None]:
    """Everything inside is done by `actor`. Transactions begun inside see what that actor may see."""
    token = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(token)


def enter(connection: Connection, actor: Actor, *, read_only: bool) -> None:
    """Make the transaction on `connection` that actor's, at this moment: one statement, and nothing survives it."""
    connection.execute(
        ENTER,
        {
            "role": PLATFORM_ROLE if actor.is_platform else TENANT_ROLE,
            "organisation": str(actor.organisation_id or ""),
            "person": str(actor.person_id or ""),
            "moment": (moment := clock.now()).isoformat(),
            "today": clock.day_of(moment).isoformat(),
            "read_only": "on" if read_only else "off",
        },
    )


@dataclass(frozen=True)
class Tenancy:
    """Which rows of a table an actor may read and write, as SQL predicates; `grants` are the tenant's statements."""

    readers: str
    writers: str
    grants: tuple[str, ...] = ("SELECT", "INSERT", "UPDATE")
    platform_grants: tuple[str, ...] = ("SELECT", "INSERT", "UPDATE", "DELETE")

    def deletable(self) -> "Tenancy":
        """The same, and rows may be deleted: for drafts and carts, never for documents."""
        return replace(self, grants=(*self.grants, "DELETE"))

    def append_only(self) -> "Tenancy":
        """The same, and a row once written stays as it is, also for the platform."""
        return replace(self, grants=("SELECT", "INSERT"), platform_grants=("SELECT", "INSERT"))

    def read_only(self) -> "Tenancy":
        """The same for reading; only the platform and the doors write."""
        return replace(self, grants=("SELECT",))


class Kind:
    """The kinds of tenancy there are. In all but Reference, who a row names is who it belongs to."""

    REFERENCE: ClassVar[Tenancy] = Tenancy("true", "false", ("SELECT",))

    PLATFORM: ClassVar[Tenancy] = Tenancy("false", "false", ())
    PLATFORM_INBOX: ClassVar[Tenancy] = Tenancy("false", "true", ("INSERT",))

    @staticmethod
    def parties(*columns: str) -> Tenancy:
        """A row is of every organisation that one of `columns` names; an empty column admits nobody."""
        predicate = " OR ".join(f"{column} = {HERE}" for column in columns)
        return Tenancy(predicate, predicate)

    @staticmethod
    def private() -> Tenancy:
        """A row of one organisation."""
        return Kind.parties("organisation_id")

    @staticmethod
    def shared() -> Tenancy:
        """A row of a buyer and a seller."""
        return Kind.parties("buyer_id", "seller_id")

    @staticmethod
    def published(condition: str) -> Tenancy:
        """The owner (`organisation_id`) writes; every member reads the rows for which `condition` holds."""
        return Tenancy(f"organisation_id = {HERE} OR ({condition})", f"organisation_id = {HERE}")

    @staticmethod
    def personal() -> Tenancy:
        """A row of one person (`person_id`), whichever organisation they act for."""
        return Tenancy(f"person_id = {ME}", f"person_id = {ME}")


def policies(table: str, tenancy: Tenancy) -> list[str]:
    """The statements that make PostgreSQL enforce `tenancy` on `table`."""
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY readers ON {table} FOR SELECT TO {TENANT_ROLE} USING ({tenancy.readers})",
        f"CREATE POLICY writers ON {table} FOR ALL TO {TENANT_ROLE}"
        f" USING ({tenancy.writers}) WITH CHECK ({tenancy.writers})",
        f"CREATE POLICY platform ON {table} FOR ALL TO {PLATFORM_ROLE}, {DOORS_ROLE} USING (true) WITH CHECK (true)",
        *([f"GRANT {', '.join(tenancy.grants)} ON {table} TO {TENANT_ROLE}"] if tenancy.grants else []),
        f"GRANT {', '.join(tenancy.platform_grants)} ON {table} TO {PLATFORM_ROLE}, {DOORS_ROLE}",
    ]
