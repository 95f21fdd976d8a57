"""What can be done with sign-ins and passwords?"""

from datetime import timedelta
from functools import lru_cache
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import select, update

from marketplace.foundation import clock
from marketplace.foundation.db import fetch, save, session
from marketplace.foundation.errors import Forbidden, Gone, Invalid
from marketplace.foundation.language import lazy_text as _l, speaking, text as _
from marketplace.foundation.mail import write_mail
from marketplace.foundation.settings import current_settings
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.access.models import Credential, PasswordReset, SignIn
from marketplace.identity.organisations.lifecycle import OrganisationState
from marketplace.identity.organisations.models import Organisation
from marketplace.identity.people.models import Membership, Person
from marketplace.identity.people.tokens import new_token, token_hash

LIFETIME = timedelta(days=14)
RESET_LIFETIME = timedelta(hours=1)
SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 200
hasher = PasswordHasher()


class WrongPassword(Invalid):
    """E-mail and password do not belong together; which of the two is wrong is not said."""


class ResetEnded(Gone):
    """The link to a new password was used, is too old, or never was."""


def set_password(*, person_id: UUID, password: str) -> None:
    """Keep the hash of a new password, and end every other sign-in made with the old one. Raises Invalid."""
    keep_password_hash(person_id=person_id, password_hash=hash_of(password))


def hash_of(password: str) -> str:
    """The argon2id hash of a password that may be used. Raises Invalid."""
    if len(password) < SHORTEST_PASSWORD:
        raise Invalid(_l("At least %(n)d characters, please.", n=SHORTEST_PASSWORD), field="password")
    if len(password) > LONGEST_PASSWORD:
        raise Invalid(_l("At most %(n)d characters, please.", n=LONGEST_PASSWORD), field="password")
    return hasher.hash(password)


def keep_password_hash(*, person_id: UUID, password_hash: str) -> None:
    """Keep the hash of a password, and end every other sign-in made with an earlier one."""
    known = session().scalars(select(Credential).where(Credential.person_id == person_id)).one_or_none()
    if known is None:
        save(Credential(person_id=person_id, password_hash=password_hash))
        return
    known.password_hash, known.changed_at = password_hash, clock.now()
    sign_out_everywhere(person_id=person_id, besides=current_actor().sign_in_id)


def change_password(*, present: str, password: str) -> None:
    """Give the acting person another password. Raises WrongPassword for the present one, or Invalid."""
    person_id = current_actor().person
    if not has_password(person_id, present):
        raise WrongPassword(_l("This is not your present password."), field="present")
    set_password(person_id=person_id, password=password)


@lru_cache
def nobodys_hash() -> str:
    """A hash to check against where there is none, so that an unknown address takes as long as a known one."""
    return hasher.hash("a password that nobody has")


def has_password(person_id: UUID | None, password: str) -> bool:
    """Whether this is that person's password; takes the same time for somebody who has none."""
    kept = session().scalar(select(Credential.password_hash).where(Credential.person_id == person_id))
    try:
        return hasher.verify(kept or nobodys_hash(), password) and kept is not None
    except (VerifyMismatchError, InvalidHashError):
        return False


def sign_in(*, email: str, password: str, browser: str, address: str) -> str:
    """The token of a new sign-in, as the platform. Raises WrongPassword, in the same time whoever is asked for."""
    person_id = session().scalar(select(Person.id).where(Person.email == email.strip().lower()))
    if not has_password(person_id, password) or person_id is None:
        raise WrongPassword(_l("E-mail and password do not belong together."), field="password")
    return begin_sign_in(person_id=person_id, browser=browser, address=address)


def begin_sign_in(*, person_id: UUID, browser: str, address: str, organisation_id: UUID | None = None) -> str:
    """A new sign-in of a person whose identity is proven; its token.

    It acts for `organisation_id`, else for the first organisation of the person that may trade.
    """
    token = new_token()
    acting_for = organisation_id or session().scalar(
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
        end_sign_in(sign_in_id=actor.sign_in_id)


def end_sign_in(*, sign_in_id: UUID) -> None:
    """End one of the acting person's own sign-ins; one that has ended stays ended as it did. Raises NotFound."""
    row = fetch(SignIn, sign_in_id, lock=True)
    row.ended_at = row.ended_at or clock.now()


def sign_out_everywhere(*, person_id: UUID, besides: UUID | None = None) -> None:
    """End all the sign-ins of a person, on every browser; `besides` one that goes on."""
    still_open = update(SignIn).where(SignIn.person_id == person_id, SignIn.ended_at.is_(None))
    if besides is not None:
        still_open = still_open.where(SignIn.id != besides)
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


def ask_for_reset(*, email: str, address: str) -> str:
    """Write a letter with a link to a new password, as the platform; to nobody where the address is unknown.

    Returns the token of the link, which only the letter may carry.
    """
    person = session().scalars(select(Person).where(Person.email == email.strip().lower())).one_or_none()
    token = new_token()
    save(
        PasswordReset(
            person_id=person.id if person else None,
            token_sha256=token_hash(token),
            address=address,
            expires_at=clock.now() + RESET_LIFETIME,
        )
    )
    if person is not None:
        _write_reset(person, token)
    return token


def reset_password(*, token: str, password: str) -> None:
    """Give whoever the link was sent to another password, once, as the platform. Raises ResetEnded, Invalid."""
    asked = update(PasswordReset).where(
        PasswordReset.token_sha256 == token_hash(token),
        PasswordReset.used_at.is_(None),
        PasswordReset.expires_at > clock.now(),
    )
    person_id = session().scalar(asked.values(used_at=clock.now()).returning(PasswordReset.person_id))
    if person_id is None:
        raise ResetEnded(_l("This link was used already or is too old; please ask for another one."))
    set_password(person_id=person_id, password=password)
    others = update(PasswordReset).where(
        PasswordReset.person_id == person_id, PasswordReset.used_at.is_(None)
    )
    session().execute(others.values(used_at=clock.now()))


def _write_reset(person: Person, token: str) -> None:
    with speaking(person.language):
        write_mail(
            recipient=person.email,
            subject=_("A new password for the marketplace"),
            body=_(
                "Hello %(name)s,\n\n"
                "with the link below you can choose a new password. It is valid for one hour and works once.\n\n"
                "If you did not ask for it, do nothing: your password stays as it is.",
                name=person.name,
            ),
            link=f"{current_settings().address}/password/{token}",
            link_label=_("Choose a new password"),
            opens_account=True,
        )
