"""What does somebody see of their own organisation, and the operator of all of them?"""

import pytest
from flask.testing import FlaskClient

from marketplace.identity.organisations.queries import organisation
from tests.cast import Cast
from tests.factories.identity import an_applicant

SITE = {"name": "Usine", "street": "3 rue Haute", "postal_code": "69001", "city": "Lyon", "country": "FR"}


@pytest.fixture
def administrator(browser: FlaskClient, market: Cast) -> FlaskClient:
    return market.sign_in(browser, market.acme, "administrator")


@pytest.fixture
def operator(browser: FlaskClient, market: Cast) -> FlaskClient:
    return market.sign_in(browser, market.mira, "operator")


@pytest.mark.parametrize(("language", "word"), [("en", "Particulars"), ("fr", "Renseignements")])
def test_show_lists_particulars_and_sites(administrator: FlaskClient, language: str, word: str) -> None:
    administrator.set_cookie("language", language)
    page = administrator.get("/organisation").text
    assert word in page
    assert "Site Acme Industrie" in page


def test_edit_with_a_wrong_number_says_so_beside_the_field(administrator: FlaskClient) -> None:
    answer = administrator.post(
        "/organisation/edit", data={"name": "Acme", "language": "fr", "registration_number": "123"}
    )
    assert answer.status_code == 422
    assert "This is no SIREN" in answer.text


def test_edit_changes_the_particulars(administrator: FlaskClient, market: Cast) -> None:
    answer = administrator.post("/organisation/edit", data={"name": "Acme SE", "language": "en"})
    assert answer.location == "/organisation"
    with market.acme.reading("administrator"):
        assert organisation(market.acme.id).name == "Acme SE"


def test_sites_are_added_changed_closed_and_opened(administrator: FlaskClient, market: Cast) -> None:
    assert administrator.get("/organisation/sites/new").status_code == 200
    assert administrator.post("/organisation/sites/new", data={**SITE, "city": ""}).status_code == 422
    assert administrator.post("/organisation/sites/new", data=SITE).status_code == 303
    address = f"/organisation/sites/{market.acme.sites[0]}"
    assert "Site Acme Industrie" in administrator.get(address).text
    assert administrator.post(address, data={**SITE, "name": "Halle 2"}).status_code == 303
    assert administrator.post(f"{address}/close").status_code == 303
    page = administrator.get("/organisation").text
    assert "Halle 2" in page
    assert "Open again" in page
    assert administrator.post(f"{address}/open").status_code == 303


def test_a_site_of_somebody_else_is_not_found(browser: FlaskClient, market: Cast) -> None:
    market.sign_in(browser, market.nosy, "administrator")
    address = f"/organisation/sites/{market.acme.sites[0]}"
    assert browser.get(address).status_code == 404
    assert browser.post(f"{address}/close").status_code == 404


@pytest.mark.parametrize("address", ["/market/members", "/organisation"])
def test_a_page_without_its_permission_is_forbidden(browser: FlaskClient, market: Cast, address: str) -> None:
    market.sign_in(browser, market.acme, "requester")
    assert browser.get(address).status_code == 403


def test_members_are_listed_by_state_and_found_by_name(operator: FlaskClient, market: Cast) -> None:
    an_applicant(market)
    assert "Nouvelle SARL" in operator.get("/market/members?status=applied").text
    assert "Acme" not in operator.get("/market/members?status=applied").text
    found = operator.get("/market/members?words=acme").text
    assert "Acme Industrie" in found
    assert "Bolt" not in found
    assert "Bolt" in operator.get("/market/members").text


def test_member_is_refused_only_with_a_reason(operator: FlaskClient, market: Cast) -> None:
    address = f"/market/members/{an_applicant(market)}"
    assert "Refuse the application" in operator.get(address).text
    assert operator.post(address, data={"verdict": "refused"}).status_code == 422
    assert operator.post(address, data={"verdict": "refused", "reason": "No papers."}).status_code == 303
    assert "No papers." in operator.get(address).text
    assert operator.post(address, data={"verdict": "admitted"}).status_code == 409


def test_member_suspended_is_out_at_once_and_in_again_when_admitted(
    operator: FlaskClient, market: Cast
) -> None:
    address = f"/market/members/{market.acme.id}"
    colleague = market.sign_in(operator.application.test_client(), market.acme, "administrator")
    assert colleague.get("/organisation").status_code == 200
    assert operator.post(address, data={"verdict": "suspended", "reason": "Fraud."}).status_code == 303
    assert colleague.get("/organisation").status_code == 403
    assert operator.post(address, data={"verdict": "admitted"}).status_code == 303
    assert colleague.get("/organisation").status_code == 200


def test_member_that_does_not_exist_is_not_found(operator: FlaskClient, market: Cast) -> None:
    assert operator.get(f"/market/members/{market.acme.sites[0]}").status_code == 404
