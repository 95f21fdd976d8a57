"""What can be done with sign-ins, passwords and keys?"""

import secrets
from datetime import timedelta
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import select, update

from marketplace.foundation import clock
from marketplace.foundation.db import fetch, save, session
from marketplace.foundation.errors import Forbidden, Invalid
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.access.models import Credential, SignIn
from marketplace.identity.access.queries import token_hash
from marketplace.identity.organisations.lifecycle import OrganisationState
from marketplace.identity.organisations.models import Organisation
from marketplace.identity.people.models import Membership, Person

LIFETIME = timedelta(days=14)
SHORTEST_PASSWORD = 12
hasher = PasswordHasher()
NOBODYS_HASH = hasher.hash("a password that nobody has")


class WrongPassword(Invalid):
    """E-mail and password do not belong together; which of the two is wrong is not said."""


def set_password(*, person_id: UUID, password: str) -> None:
    """Keep the hash of a new password, and end every sign-in made with the old one. Raises Invalid."""
    if len(password) < SHORTEST_PASSWORD:
        raise Invalid(_l("At least %(n)d characters, please.", n=SHORTEST_PASSWORD), field="password")
    known = session().scalars(select(Credential).where(Credential.person_id == person_id)).one_or_none()
    if known is None:
        save(Credential(person_id=person_id, password_hash=hasher.hash(password)))
        return
    known.password_hash, known.changed_at = hasher.hash(password), clock.now()
    sign_out_everywhere(person_id=person_id)


def sign_in(*, email: str, password: str, browser: str, address: str) -> str:
    """The token of a new sign-in, as the platform. Raises WrongPassword, in the same time whoever is asked for."""
    person = session().scalars(select(Person).where(Person.email == email.strip().lower())).one_or_none()
    kept = (
        person
        and session().scalars(select(Credential).where(Credential.person_id == person.id)).one_or_none()
    )
    try:
        hasher.verify(kept.password_hash if kept else NOBODYS_HASH, password)
    except (VerifyMismatchError, InvalidHashError):
        raise WrongPassword(_l("E-mail and password do not belong together."), field="password") from None
    if person is None or kept is None:
        raise WrongPassword(_l("E-mail and password do not belong together."), field="password")
    return begin_sign_in(person_id=person.id, browser=browser, address=address)


def begin_sign_in(*, person_id: UUID, browser: str, address: str) -> str:
    """A new sign-in of a person whose identity is proven, for the first organisation they act for; its token."""
    token = secrets.token_urlsafe(32)
    acting_for = session().scalar(
        select(Membership.organisation_id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(
            Membership.person_id == person_id,
            Membership.is_active,
            Organisation.status == OrganisationState.ADMITTED,
        )
        .order_by(Membership.since, Membership.id)
        .limit(1)
    )
    save(
        SignIn(
            person_id=person_id,
            organisation_id=acting_for,
            token_sha256=token_hash(token),
            browser=browser[:300],
            address=address,
            expires_at=clock.now() + LIFETIME,
        )
    )
    return token


def sign_out() -> None:
    """End the present sign-in."""
    actor = current_actor()
    if actor.sign_in_id is not None:
        fetch(SignIn, actor.sign_in_id).ended_at = clock.now()


def sign_out_everywhere(*, person_id: UUID) -> None:
    """End all the sign-ins of a person, on every browser."""
    still_open = update(SignIn).where(SignIn.person_id == person_id, SignIn.ended_at.is_(None))
    session().execute(still_open.values(ended_at=clock.now()))


def act_for(*, organisation_id: UUID) -> None:
    """From now on, this sign-in acts for another organisation of the person. Raises Forbidden."""
    actor = current_actor()
    membership = session().scalars(
        select(Membership).where(
            Membership.person_id == actor.person_id,
            Membership.organisation_id == organisation_id,
            Membership.is_active,
        )
    )
    if membership.one_or_none() is None or actor.sign_in_id is None:
        raise Forbidden(_l("You do not act for this organisation."))
    fetch(SignIn, actor.sign_in_id).organisation_id = organisation_id
