"""How does a test come by people, invitations and news of identity?"""

from uuid import UUID

from sqlalchemy import select, text

from marketplace.foundation.db import session
from marketplace.foundation.outbox import News
from marketplace.foundation.tenancy import platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.identity.access.actions import ask_for_reset, begin_sign_in, set_password
from marketplace.identity.access.keys import create_api_key
from marketplace.identity.notices.actions import choose_mail
from marketplace.identity.organisations.actions import register_organisation
from marketplace.identity.people.actions import invite_person
from marketplace.identity.people.models import Membership
from tests.cast import PASSWORD, Cast, Party

SIREN, OTHER_SIREN = "552100554", "404833048"


def an_applicant(market: Cast, name: str = "Nouvelle SARL") -> UUID:
    """An organisation that has applied and has no people."""
    with market.platform():
        return register_organisation(name=name, is_buyer=True).id


def a_membership(party: Party, role: str) -> UUID:
    """The membership of the colleague with that role."""
    with party.automatically() as work:
        return work.scalars(select(Membership.id).where(Membership.person_id == party.people[role])).one()


def last_news(subject_id: UUID) -> News:
    """The last that is known of a document, to whoever asks."""
    known = select(News).where(News.subject_id == subject_id).order_by(News.position.desc()).limit(1)
    return session().scalars(known).one()


def an_invitation(party: Party, email: str, *roles: str) -> str:
    """An open invitation; its token."""
    with party.at_work("administrator"):
        return invite_person(email=email, roles=list(roles))


def with_password(party: Party, role: str, password: str = PASSWORD) -> str:
    """Give the colleague with that role a password; returns their address."""
    with unit_of_work(platform("tests")) as work:
        set_password(person_id=party.people[role], password=password)
        return str(work.scalar(text("select email from people where id = :id"), {"id": party.people[role]}))


def a_key(party: Party, role: str = "administrator", *, label: str = "ERP") -> str:
    """A key for programs of that colleague, in that role of theirs."""
    with party.at_work(role):
        return create_api_key(label=label, roles=[role])


def everyday_life(market: Cast) -> None:
    """What happens in every market, so that each table of identity has rows of Acme: sign-ins, invitations, keys."""
    with market.platform():
        begin_sign_in(person_id=market.acme.people["requester"], browser="test", address="127.0.0.1")
        ask_for_reset(email="requester@acme.example", address="127.0.0.1")
    an_invitation(market.acme, "newcomer@acme.example", "approver")
    a_key(market.acme)
    with market.acme.at_work("requester"):
        choose_mail(mailed=[])
    market.run_jobs()
