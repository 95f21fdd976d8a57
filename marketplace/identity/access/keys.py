"""What can be done with the keys of programs?"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from marketplace.events.identity import ApiKeyCreated, ApiKeyRevoked
from marketplace.foundation import clock
from marketplace.foundation.constraints import explain
from marketplace.foundation.db import fetch, save, session
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.outbox import announce
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.access.models import ApiKey
from marketplace.identity.people.actions import WrongRole
from marketplace.identity.people.queries import my_roles
from marketplace.identity.people.tokens import new_token, token_hash

explain(
    "api_key_is_ones_own", _l("A key has at least one role, and none that you do not have."), field="roles"
)

MARK = "mkp_"
SHOWN = 10


def create_api_key(*, label: str, roles: list[str]) -> str:
    """Make a key for a program of the actor's organisation; returns it, for it is never shown again. Raises WrongRole.

    It can do what `roles` allow, as long as its maker has them too.
    """
    if not roles or not set(roles) <= set(my_roles()):
        raise WrongRole(_l("A key has at least one role, and none that you do not have."), field="roles")
    actor, key = current_actor(), f"{MARK}{new_token()}"
    row = save(
        ApiKey(
            organisation_id=actor.organisation,
            person_id=actor.person,
            label=label,
            prefix=key[:SHOWN],
            key_sha256=token_hash(key),
            roles=sorted(roles),
        )
    )
    announce(ApiKeyCreated(subject_id=row.id, organisation_id=row.organisation_id, label=label))
    return key


def revoke_api_key(*, key_id: UUID) -> ApiKey:
    """End a key at once; a second time changes nothing. Raises NotFound."""
    row = fetch(ApiKey, key_id, lock=True)
    if row.revoked_at is None:
        row.revoked_at = clock.now()
        announce(ApiKeyRevoked(subject_id=row.id, organisation_id=row.organisation_id, label=row.label))
    return row


def api_keys() -> Sequence[ApiKey]:
    """The keys of the actor's organisation, those that open something first, newest first."""
    return session().scalars(select(ApiKey).order_by(ApiKey.revoked_at.isnot(None), ApiKey.id.desc())).all()
