"""How does somebody come to act for an organisation: by founding it here, or by an invitation?"""

from uuid import UUID

from sqlalchemy import select

from marketplace.events.identity import InvitationAccepted
from marketplace.foundation import clock
from marketplace.foundation.db import session
from marketplace.foundation.language import language, lazy_text as _l
from marketplace.foundation.outbox import announce
from marketplace.identity.access.actions import WrongPassword, has_password, set_password
from marketplace.identity.organisations.actions import register_organisation
from marketplace.identity.organisations.models import Organisation
from marketplace.identity.people.actions import InvitationEnded, add_membership, add_person
from marketplace.identity.people.models import Invitation, Membership, Person
from marketplace.identity.people.tokens import token_hash
from marketplace.permissions import ROLES


def sign_up(
    *,
    name: str,
    sides: list[str],
    country: str,
    currency: str,
    registration_number: str | None,
    vat_number: str | None,
    person_name: str = "",
    email: str = "",
    password: str = "",
    person_id: UUID | None = None,
) -> UUID:
    """Apply for the market as an organisation with its first person (new, or `person_id`), as the platform.

    The first person has every role of the organisation, until colleagues come. Returns the person's id. Raises
    WrongIdentifier, Invalid, and IntegrityError for an organisation or address that is known.
    """
    organisation = register_organisation(
        name=name,
        is_buyer="buyer" in sides,
        is_supplier="supplier" in sides,
        country=country,
        currency=currency,
        language=language(),
        registration_number=registration_number,
        vat_number=vat_number,
    )
    if person_id is None:
        person_id = _new_person(email, person_name, password)
    roles = [role for role, described in ROLES.items() if described.sides & organisation.sides]
    add_membership(person_id=person_id, organisation_id=organisation.id, roles=roles)
    return person_id


def invitation_of(token: str, *, lock: bool = False) -> tuple[Invitation, Organisation, Person | None]:
    """The open invitation with that token, who invites, and who has that address already; as the platform.

    Raises InvitationEnded.
    """
    statement = select(Invitation).where(Invitation.token_sha256 == token_hash(token))
    if lock:
        statement = statement.with_for_update()
    row = session().scalars(statement).one_or_none()
    if row is None or not row.is_open:
        raise InvitationEnded(
            _l("This invitation was accepted, withdrawn or is too old; ask for another one.")
        )
    person = session().scalars(select(Person).where(Person.email == row.email)).one_or_none()
    return row, session().get_one(Organisation, row.organisation_id), person


def accept_invitation(
    *, token: str, name: str = "", password: str = "", proven_person_id: UUID | None = None
) -> Membership:
    """Let the invited person act for the organisation, as the platform.

    Somebody new gets an account with `name` and `password`; somebody known proves it is them by their password, or by
    being signed in (`proven_person_id`). Raises InvitationEnded, WrongPassword, Invalid.
    """
    row, organisation, person = invitation_of(token, lock=True)
    if person is None:
        person_id = _new_person(row.email, name, password)
    elif person.id == proven_person_id or has_password(person.id, password):
        person_id, name = person.id, person.name
    else:
        raise WrongPassword(_l("This is not the password of that account."), field="password")
    joined = add_membership(person_id=person_id, organisation_id=organisation.id, roles=row.roles)
    row.accepted_at = clock.now()
    announce(
        InvitationAccepted(
            subject_id=row.id,
            organisation_id=organisation.id,
            email=row.email,
            name=name,
            invited_by_id=row.invited_by_id,
        )
    )
    return joined


def _new_person(email: str, name: str, password: str) -> UUID:
    person = add_person(email=email, name=name, language=language())
    set_password(person_id=person.id, password=password)
    return person.id
