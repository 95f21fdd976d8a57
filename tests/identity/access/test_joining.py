"""Does somebody join only with what they were sent, and as what they were invited?"""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from marketplace.foundation import clock
from marketplace.foundation.clock import clock_at
from marketplace.foundation.constraints import refusal_of
from marketplace.foundation.errors import Invalid
from marketplace.identity.access.actions import WrongPassword, has_password
from marketplace.identity.access.joining import accept_invitation, sign_up
from marketplace.identity.organisations.identifiers import WrongIdentifier
from marketplace.identity.organisations.lifecycle import OrganisationState
from marketplace.identity.organisations.models import Organisation
from marketplace.identity.people.actions import InvitationEnded
from marketplace.identity.people.models import Membership, Person
from tests.cast import PASSWORD, Cast
from tests.factories.identity import SIREN, an_invitation, with_password

APPLICATION = {
    "name": "Nouvelle SARL",
    "sides": ["buyer", "supplier"],
    "country": "FR",
    "currency": "EUR",
    "registration_number": SIREN,
    "vat_number": None,
}
FOUNDER = {"person_name": "Nadia", "email": "nadia@nouvelle.example", "password": PASSWORD}


def test_sign_up_makes_an_application_and_its_first_person_with_every_role(market: Cast) -> None:
    with market.platform() as work:
        person_id = sign_up(**APPLICATION, **FOUNDER)  # type: ignore[arg-type]
        organisation = work.scalars(select(Organisation).where(Organisation.name == "Nouvelle SARL")).one()
        membership = work.scalars(select(Membership).where(Membership.person_id == person_id)).one()
        assert has_password(person_id, PASSWORD)
    assert organisation.status == OrganisationState.APPLIED
    assert organisation.sides == {"buyer", "supplier"}
    assert {"administrator", "requester", "sales_desk"} <= set(membership.roles)
    assert not {"operator", "mediator"} & set(membership.roles)


def test_sign_up_with_a_known_address_is_refused_beside_the_field(market: Cast) -> None:
    with pytest.raises(IntegrityError) as error, market.platform():
        sign_up(**APPLICATION, **{**FOUNDER, "email": "approver@acme.example"})  # type: ignore[arg-type]
    assert refusal_of(error.value).field == "email"


@pytest.mark.parametrize(
    ("typed", "refusal"), [({"registration_number": "1"}, WrongIdentifier), ({"password": "short"}, Invalid)]
)
def test_sign_up_that_is_refused_leaves_nothing_behind(
    market: Cast, typed: dict[str, str], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal), market.platform():
        sign_up(**{**APPLICATION, **FOUNDER, **typed})  # type: ignore[arg-type]
    with market.platform() as work:
        assert work.scalar(select(Organisation.id).where(Organisation.name == "Nouvelle SARL")) is None
        assert work.scalar(select(Person.id).where(Person.email == FOUNDER["email"])) is None


def test_sign_up_for_one_more_organisation_keeps_the_person(market: Cast) -> None:
    known = market.acme.people["requester"]
    with market.platform() as work:
        assert sign_up(**APPLICATION, person_id=known) == known  # type: ignore[arg-type]
        assert len(work.scalars(select(Membership).where(Membership.person_id == known)).all()) == 2


def test_accept_invitation_as_a_newcomer_makes_the_person_with_the_invited_roles(market: Cast) -> None:
    token = an_invitation(market.acme, "new@acme.example", "approver", "receiver")
    with market.platform() as work:
        joined = accept_invitation(token=token, name="Neu", password=PASSWORD)
        person = work.get_one(Person, joined.person_id)
    assert (person.email, person.name) == ("new@acme.example", "Neu")
    assert (joined.organisation_id, joined.roles) == (market.acme.id, ["approver", "receiver"])


def test_accept_invitation_twice_is_refused(market: Cast) -> None:
    token = an_invitation(market.acme, "new@acme.example", "approver")
    with market.platform():
        accept_invitation(token=token, name="Neu", password=PASSWORD)
    with pytest.raises(InvitationEnded), market.platform():
        accept_invitation(token=token, name="Neu", password=PASSWORD)


def test_accept_invitation_after_seven_days_is_refused(market: Cast) -> None:
    token = an_invitation(market.acme, "new@acme.example", "approver")
    with clock_at(clock.now() + timedelta(days=8)), pytest.raises(InvitationEnded), market.platform():
        accept_invitation(token=token, name="Neu", password=PASSWORD)


def test_accept_invitation_with_an_unknown_token_is_refused(market: Cast) -> None:
    with pytest.raises(InvitationEnded), market.platform():
        accept_invitation(token="guess", name="Neu", password=PASSWORD)


def test_accept_invitation_of_somebody_known_needs_their_password(market: Cast) -> None:
    email = with_password(market.bolt, "sales_desk")
    token = an_invitation(market.acme, email, "approver")
    with pytest.raises(WrongPassword), market.platform():
        accept_invitation(token=token, password="wrong")
    with market.platform():
        joined = accept_invitation(token=token, password=PASSWORD)
    assert joined.person_id == market.bolt.people["sales_desk"]


def test_accept_invitation_signed_in_as_the_invited_person_needs_nothing_more(market: Cast) -> None:
    invited, somebody = market.bolt.people["sales_desk"], market.bolt.people["warehouse"]
    token = an_invitation(market.acme, "sales_desk@bolt.example", "approver")
    with pytest.raises(WrongPassword), market.platform():
        accept_invitation(token=token, proven_person_id=somebody)
    with market.platform():
        assert accept_invitation(token=token, proven_person_id=invited).person_id == invited
