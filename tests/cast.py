"""Who plays in the tests?

Acme buys, Bolt and Crown sell, Nosy must see nothing, Mira mediates for the operator. Everybody's password is the same.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.foundation.background import run_waiting
from marketplace.foundation.outbox import deliver_everything
from marketplace.foundation.tenancy import Actor, automatic, platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.identity.access.actions import begin_sign_in, set_password
from marketplace.identity.access.queries import COOKIE
from marketplace.identity.organisations.actions import (
    add_site,
    admit_organisation,
    found_operator,
    register_organisation,
)
from marketplace.identity.organisations.models import Organisation, Site
from marketplace.identity.people.actions import add_membership, add_person
from marketplace.identity.people.models import Membership, Person
from marketplace.permissions import permissions_of

PASSWORD = "correct horse battery"
BUYER_ROLES = ("administrator", "requester", "approver", "receiver", "buyer_finance", "procurement_lead")
SUPPLIER_ROLES = ("administrator", "sales_desk", "warehouse", "supplier_finance")
OPERATOR_ROLES = ("administrator", "operator", "mediator")
PARTS = {
    "mira": ("La Place", "operator", OPERATOR_ROLES),
    "acme": ("Acme Industrie", "buyer", BUYER_ROLES),
    "bolt": ("Bolt Fournitures", "supplier", SUPPLIER_ROLES),
    "crown": ("Crown Outillage", "supplier", SUPPLIER_ROLES),
    "nosy": ("Nosy SA", "buyer", BUYER_ROLES),
    "pry": ("Pry Négoce", "supplier", SUPPLIER_ROLES),
}


@dataclass(frozen=True)
class Party:
    """One organisation of the cast; `actor("approver")` is the person who has that one role there."""

    id: UUID
    name: str
    side: str
    people: dict[str, UUID]
    sites: list[UUID]

    def actor(self, role: str) -> Actor:
        """The colleague with that role, as a request of theirs would make them."""
        return Actor(
            organisation_id=self.id,
            person_id=self.people[role],
            permissions=permissions_of([role]),
            person_name=f"{role} of {self.name}",
            organisation_name=self.name,
            side=self.side,
        )

    def at_work(self, role: str) -> AbstractContextManager[Session]:
        """A unit of work of that colleague."""
        return unit_of_work(self.actor(role))

    def reading(self, role: str) -> AbstractContextManager[Session]:
        """A unit of work of that colleague that may only read, as a GET request is."""
        return unit_of_work(self.actor(role), read_only=True)

    def automatically(self) -> AbstractContextManager[Session]:
        """A unit of work of a clock or reaction on behalf of this organisation."""
        return unit_of_work(automatic(self.id))


@dataclass(frozen=True)
class Cast:
    """Everybody."""

    acme: Party
    bolt: Party
    crown: Party
    nosy: Party
    pry: Party
    mira: Party

    @classmethod
    def present(cls) -> "Cast":
        """The cast of the present database."""
        with unit_of_work(platform("tests"), read_only=True) as work:
            return cls(**{key: _party(work, name, side) for key, (name, side, _) in PARTS.items()})

    def sign_in(self, browser: FlaskClient, party: Party, role: str) -> FlaskClient:
        """Let `browser` be used by the colleague with that role."""
        with unit_of_work(platform("tests")):
            token = begin_sign_in(person_id=party.people[role], browser="test", address="127.0.0.1")
        with browser.session_transaction() as cookie:
            cookie[COOKIE] = token
        return browser

    def run_jobs(self) -> None:
        """Deliver all news and run all waiting jobs, until nothing is left to do."""
        while deliver_everything() + run_waiting():
            pass

    def platform(self) -> AbstractContextManager[Session]:
        """A unit of work of the marketplace itself."""
        return unit_of_work(platform("tests"))


def engage() -> None:
    """Write the cast into an empty database, by the domain's own actions."""
    with unit_of_work(platform("tests")):
        for key, (name, side, roles) in PARTS.items():
            organisation = _organisation(name, side)
            for role in roles:
                person = add_person(email=f"{role}@{key}.example", name=f"{role} of {name}")
                add_membership(person_id=person.id, organisation_id=organisation.id, roles=[role])
                if key == "acme" and role == "requester":
                    set_password(person_id=person.id, password=PASSWORD)
    with unit_of_work(platform("tests"), read_only=True) as work:
        parties = {name: _party(work, name, side) for name, side, _ in PARTS.values()}
    for party in parties.values():
        with party.at_work("administrator"):
            add_site(name=f"Site {party.name}", street="1 rue du Port", postal_code="69002", city="Lyon")
            add_site(name=f"Dépôt {party.name}", street="2 quai Nord", postal_code="44000", city="Nantes")


def _organisation(name: str, side: str) -> Organisation:
    if side == "operator":
        return found_operator(name=name)
    row = register_organisation(name=name, is_buyer=side == "buyer", is_supplier=side == "supplier")
    return admit_organisation(organisation_id=row.id)


def _party(work: Session, name: str, side: str) -> Party:
    row = work.scalars(select(Organisation).where(Organisation.name == name)).one()
    members = work.execute(
        select(Membership.roles, Person.id).join(Person).where(Membership.organisation_id == row.id)
    )
    sites = work.scalars(select(Site.id).where(Site.organisation_id == row.id).order_by(Site.id))
    return Party(row.id, row.name, side, {m.roles[0]: m.id for m in members}, list(sites))
