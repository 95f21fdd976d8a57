"""What can be done with people, their memberships and invitations?"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from marketplace.events.identity import InvitationWithdrawn, MembershipChanged, PersonInvited
from marketplace.foundation import clock
from marketplace.foundation.constraints import explain
from marketplace.foundation.db import fetch, save, session
from marketplace.foundation.errors import Conflict, Forbidden, Gone, Invalid
from marketplace.foundation.language import lazy_text as _l, speaking, text as _
from marketplace.foundation.mail import write_mail
from marketplace.foundation.outbox import announce
from marketplace.foundation.settings import current_settings
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.organisations.models import Organisation
from marketplace.identity.people.models import Invitation, Membership, Person
from marketplace.identity.people.queries import is_member
from marketplace.identity.people.tokens import new_token, token_hash
from marketplace.permissions import ROLES

INVITATION_LIFETIME = timedelta(days=7)

explain(
    "an_administrator_remains",
    _l("Somebody must remain who administers the organisation: name another administrator first."),
    field="roles",
)
explain(
    "uq_people_email",
    _l("This address has an account already: sign in with it first."),
    field="email",
)


explain("only_roles", _l("Your role does not allow you to change this."))
explain("roles_fit", _l("These are no roles of this organisation."), field="roles")
explain(
    "nobody_raises_themselves",
    _l("Nobody gives roles to themselves; another administrator can."),
    field="roles",
)
explain("invitation_is_ones_own", _l("An invitation is written by the one who invites."))


class WrongRole(Invalid):
    """An organisation gives only the roles of the sides it takes, and at least one."""


class OwnRoles(Forbidden):
    """Nobody gives roles to themselves; another administrator can."""


class AlreadyMember(Conflict):
    """The person acts for the organisation already."""


class InvitationEnded(Gone):
    """The invitation was accepted, withdrawn or has expired."""


def add_person(*, email: str, name: str, language: str = "fr") -> Person:
    """Write a person, as the platform. Raises IntegrityError for an address that is known."""
    return save(Person(email=email.strip().lower(), name=name, language=language))


def change_profile(*, name: str, language: str, theme: str) -> Person:
    """Change what the acting person may change about themselves."""
    row = fetch(Person, current_actor().person)
    row.name, row.language, row.theme = name, language, theme
    return row


def add_membership(*, person_id: UUID, organisation_id: UUID, roles: list[str]) -> Membership:
    """Let a person act for an organisation in these roles, anew or again; as the platform. Raises WrongRole."""
    check_roles(fetch(Organisation, organisation_id), roles)
    former = select(Membership).where(
        Membership.person_id == person_id, Membership.organisation_id == organisation_id
    )
    row = session().scalars(former.with_for_update()).one_or_none()
    if row is None:
        return save(Membership(person_id=person_id, organisation_id=organisation_id, roles=sorted(roles)))
    row.roles, row.is_active = sorted(roles), True
    return row


def change_roles(*, membership_id: UUID, roles: list[str], is_active: bool) -> Membership:
    """Give a member other roles, or end the membership. Raises WrongRole, OwnRoles, NotFound, and IntegrityError for
    the last administrator.
    """
    row = fetch(Membership, membership_id, lock=True)
    check_roles(fetch(Organisation, row.organisation_id), roles)
    if row.person_id == current_actor().person_id and not set(roles) <= set(row.roles):
        raise OwnRoles(_l("Nobody gives roles to themselves; another administrator can."), field="roles")
    row.roles, row.is_active = sorted(roles), is_active
    session().flush()
    announce(
        MembershipChanged(
            subject_id=row.person_id,
            organisation_id=row.organisation_id,
            roles=row.roles,
            is_active=is_active,
        )
    )
    return row


def invite_person(*, email: str, roles: list[str]) -> str:
    """Invite somebody by mail to act for the actor's organisation; an earlier open invitation ends.

    Returns the token that the mail's link carries. Raises WrongRole, AlreadyMember.
    """
    actor, email = current_actor(), email.strip().lower()
    organisation = fetch(Organisation, actor.organisation)
    check_roles(organisation, roles)
    if is_member(email):
        raise AlreadyMember(_l("%(email)s is a member already.", email=email), field="email")
    _end_open_invitation(email)
    token = new_token()
    row = save(
        Invitation(
            organisation_id=organisation.id,
            email=email,
            roles=sorted(roles),
            token_sha256=token_hash(token),
            invited_by_id=actor.person,
            invited_by=actor.person_name,
            expires_at=clock.now() + INVITATION_LIFETIME,
        )
    )
    announce(PersonInvited(subject_id=row.id, organisation_id=organisation.id, email=email, roles=row.roles))
    _write_invitation(row, organisation, token)
    return token


def invitation_link(token: str) -> str:
    """The address that opens an invitation: for its recipient, by mail or from whoever invites."""
    return f"{current_settings().address}/invitations/{token}"


def withdraw_invitation(*, invitation_id: UUID) -> Invitation:
    """Take an open invitation back. Raises NotFound, InvitationEnded."""
    row = fetch(Invitation, invitation_id, lock=True)
    if row.accepted_at is not None or row.withdrawn_at is not None:
        raise InvitationEnded(_l("This invitation has ended already."))
    row.withdrawn_at = clock.now()
    announce(InvitationWithdrawn(subject_id=row.id, organisation_id=row.organisation_id, email=row.email))
    return row


def check_roles(organisation: Organisation, roles: list[str]) -> None:
    """Raises WrongRole where there is none, or one of `roles` is unknown or not for this kind of organisation."""
    if not roles:
        raise WrongRole(_l("Please choose at least one role."), field="roles")
    for name in roles:
        if name not in ROLES or not ROLES[name].sides & organisation.sides:
            raise WrongRole(_l("“%(role)s” is no role of this organisation.", role=name), field="roles")


def _end_open_invitation(email: str) -> None:
    open_one = select(Invitation).where(
        Invitation.organisation_id == current_actor().organisation,
        Invitation.email == email,
        Invitation.accepted_at.is_(None),
        Invitation.withdrawn_at.is_(None),
    )
    for row in session().scalars(open_one.with_for_update()):
        row.withdrawn_at = clock.now()
    session().flush()


def _write_invitation(row: Invitation, organisation: Organisation, token: str) -> None:
    with speaking(organisation.language):
        write_mail(
            recipient=row.email,
            subject=_("Act for %(organisation)s on the marketplace", organisation=organisation.name),
            body=_(
                "%(name)s invites you to act for %(organisation)s on the marketplace.\n\n"
                "The invitation is valid for %(days)s days. If you did not expect it, do nothing.",
                name=row.invited_by,
                organisation=organisation.name,
                days=INVITATION_LIFETIME.days,
            ),
            link=invitation_link(token),
            link_label=_("Accept the invitation"),
            opens_account=True,
        )
