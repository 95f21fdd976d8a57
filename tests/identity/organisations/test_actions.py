"""Do applications, decisions and sites keep their rules, also against a hand-written statement?"""

from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from marketplace.events.identity import OrganisationChanged
from marketplace.foundation.constraints import refusal_of
from marketplace.foundation.errors import NotFound
from marketplace.foundation.lifecycle import NotYourMove, WrongState
from marketplace.foundation.tenancy import platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.identity.organisations.actions import (
    ReasonMissing,
    add_site,
    change_organisation,
    change_site,
    close_site,
    decide_on_organisation,
    open_site,
    register_organisation,
    suspend_organisation,
)
from marketplace.identity.organisations.queries import all_sites, organisation, sites
from tests.cast import Cast
from tests.factories.identity import SIREN, an_applicant, last_news


def decide(market: Cast, organisation_id: UUID, verdict: str, reason: str | None = None) -> None:
    operator = market.mira.actor("operator")
    with unit_of_work(platform("decision", person=operator)):
        decide_on_organisation(organisation_id=organisation_id, verdict=verdict, reason=reason)


def test_register_an_organisation_twice_under_one_number_is_refused_beside_the_field(market: Cast) -> None:
    with market.platform():
        register_organisation(name="Une", is_buyer=True, registration_number=SIREN)
    with pytest.raises(IntegrityError) as error, market.platform():
        register_organisation(name="Deux", is_buyer=True, registration_number=SIREN)
    assert refusal_of(error.value).field == "registration_number"


def test_register_again_after_a_refusal_is_possible(market: Cast) -> None:
    with market.platform():
        first = register_organisation(name="Une", is_buyer=True, registration_number=SIREN).id
    decide(market, first, "refused", "Papers are missing.")
    with market.platform():
        assert register_organisation(name="Une", is_buyer=True, registration_number=SIREN).id != first


def test_register_an_organisation_without_a_side_is_refused(market: Cast) -> None:
    with pytest.raises(IntegrityError, match="has_a_side"), market.platform():
        register_organisation(name="Neither")


def test_an_applicant_is_invisible_to_members_until_admitted(market: Cast) -> None:
    applicant = an_applicant(market)
    with market.nosy.reading("administrator"), pytest.raises(NotFound):
        organisation(applicant)
    decide(market, applicant, "admitted")
    with market.nosy.reading("administrator"):
        assert organisation(applicant).name == "Nouvelle SARL"


@pytest.mark.parametrize("verdict", ["refused", "suspended"])
def test_decide_without_a_reason_is_refused(market: Cast, verdict: str) -> None:
    with pytest.raises(ReasonMissing):
        decide(market, an_applicant(market), verdict)


def test_decide_records_who_of_the_operator_did_it_and_why(market: Cast) -> None:
    applicant = an_applicant(market)
    decide(market, applicant, "refused", "Papers are missing.")
    with market.platform():
        news = last_news(applicant)
    assert (news.person_id, news.organisation_id) == (market.mira.people["operator"], market.mira.id)
    assert (news.reason, news.payload["reason"]) == ("decision", "Papers are missing.")


def test_decide_against_the_lifecycle_is_refused(market: Cast) -> None:
    with pytest.raises(WrongState):
        decide(market, market.acme.id, "refused", "Too late.")


def test_suspending_the_operator_is_refused_by_the_database(market: Cast) -> None:
    with pytest.raises(IntegrityError, match="operator_stays"):
        decide(market, market.mira.id, "suspended", "By mistake.")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE organisations SET status = 'admitted'",
        "UPDATE organisations SET is_operator = true",
        "INSERT INTO organisations SELECT * FROM organisations",
        "DELETE FROM organisations",
    ],
)
def test_an_organisation_cannot_promote_itself_by_hand(market: Cast, statement: str) -> None:
    with market.nosy.at_work("administrator") as work, pytest.raises(DBAPIError, match="permission denied"):
        work.execute(text(statement))


def test_change_organisation_tells_the_operator_the_former_name(market: Cast) -> None:
    with market.acme.at_work("administrator"):
        change_organisation(name="Acme SE", language="en", vat_number=None, registration_number=SIREN)
    with market.mira.reading("operator"):
        event = last_news(market.acme.id).event
    assert isinstance(event, OrganisationChanged)
    assert (event.previous_name, event.name) == ("Acme Industrie", "Acme SE")


def test_suspend_by_a_member_without_the_platform_is_refused(market: Cast) -> None:
    with market.nosy.at_work("administrator"), pytest.raises(NotYourMove):
        suspend_organisation(organisation_id=market.nosy.id, reason="By hand.")


def test_close_a_site_hides_it_from_orders_and_open_shows_it_again(market: Cast) -> None:
    site_id = market.acme.sites[0]
    with market.acme.at_work("administrator"):
        close_site(site_id=site_id)
        assert site_id not in {site.id for site in sites()}
        assert site_id in {site.id for site in all_sites()}
        open_site(site_id=site_id)
        assert site_id in {site.id for site in sites()}


def test_change_a_site_of_somebody_else_finds_nothing(market: Cast) -> None:
    with market.nosy.at_work("administrator"), pytest.raises(NotFound):
        change_site(site_id=market.acme.sites[0], name="Mine")


def test_change_a_site_keeps_what_is_not_said(market: Cast) -> None:
    with market.acme.at_work("administrator"):
        site = add_site(name="Usine", street="3 rue Haute", postal_code="69001", city="Lyon")
        change_site(site_id=site.id, street="4 rue Haute")
        assert site.address == "Usine, 4 rue Haute, 69001 Lyon, FR"
