"""What does somebody see of colleagues, invitations and themselves?"""

import re

import pytest
from flask.testing import FlaskClient

from marketplace.identity.people.queries import invitations, person
from tests.cast import Cast
from tests.factories.identity import a_membership, an_invitation


@pytest.fixture
def administrator(browser: FlaskClient, market: Cast) -> FlaskClient:
    return market.sign_in(browser, market.acme, "administrator")


def test_index_lists_members_and_open_invitations(administrator: FlaskClient, market: Cast) -> None:
    an_invitation(market.acme, "new@acme.example", "approver")
    page = administrator.get("/people").text
    assert "approver@acme.example" in page
    assert "new@acme.example" in page


def test_invite_without_a_role_says_so(administrator: FlaskClient) -> None:
    answer = administrator.post("/people/invite", data={"email": "new@acme.example"})
    assert answer.status_code == 422
    assert "Please fill this in." in answer.text


@pytest.mark.parametrize("email", ["nobody", "a b@c.example", "x@y"])
def test_invite_at_an_address_that_is_none_says_so(administrator: FlaskClient, email: str) -> None:
    answer = administrator.post("/people/invite", data={"email": email, "roles": ["approver"]})
    assert answer.status_code == 422
    assert "This is no e-mail address." in answer.text


def test_invite_offers_only_the_roles_of_the_organisation(administrator: FlaskClient, market: Cast) -> None:
    page = administrator.get("/people/invite").text
    assert "Approver" in page
    assert "Sales desk" not in page
    sent = administrator.post("/people/invite", data={"email": "new@acme.example", "roles": ["sales_desk"]})
    assert sent.status_code == 422


def test_invite_and_withdraw_lead_back_to_the_people(administrator: FlaskClient, market: Cast) -> None:
    data = {"email": "new@acme.example", "roles": ["approver"]}
    assert administrator.post("/people/invite", data=data).location == "/people"
    with market.acme.reading("administrator"):
        invitation_id = invitations()[0].id
    assert administrator.post(f"/people/invitations/{invitation_id}/withdraw").location == "/people"
    assert "new@acme.example is withdrawn" in administrator.get("/people").text


def test_whoever_invites_passes_the_link_on_where_no_mail_leaves(administrator: FlaskClient) -> None:
    administrator.post("/people/invite", data={"email": "new@acme.example", "roles": ["approver"]})
    shown = administrator.get("/people").text
    told = re.search(
        r"please pass this link on to new@acme\.example: http://[^/]+(/invitations/[\w-]+)", shown
    )
    assert told is not None
    assert administrator.get(told[1]).status_code == 200


def test_member_changes_roles(administrator: FlaskClient, market: Cast) -> None:
    address = f"/people/{a_membership(market.acme, 'receiver')}"
    assert "receiver@acme.example" in administrator.get(address).text
    answer = administrator.post(address, data={"roles": ["receiver", "approver"], "is_active": "y"})
    assert answer.location == "/people"


def test_member_who_is_ended_is_out_at_once(administrator: FlaskClient, market: Cast) -> None:
    colleague = market.sign_in(administrator.application.test_client(), market.acme, "receiver")
    assert "Acme Industrie" in colleague.get("/notices/preferences").text
    address = f"/people/{a_membership(market.acme, 'receiver')}"
    assert administrator.post(address, data={"roles": ["receiver"]}).status_code == 303
    assert colleague.get("/notices/preferences").location == "/organisations"


def test_member_who_administers_alone_cannot_be_ended(administrator: FlaskClient, market: Cast) -> None:
    answer = administrator.post(
        f"/people/{a_membership(market.acme, 'administrator')}", data={"roles": ["administrator"]}
    )
    assert answer.status_code == 409
    assert "Somebody must remain who administers" in answer.text


def test_member_of_another_organisation_is_not_found(administrator: FlaskClient, market: Cast) -> None:
    assert administrator.get(f"/people/{a_membership(market.nosy, 'receiver')}").status_code == 404


def test_people_without_the_permission_are_closed(browser: FlaskClient, market: Cast) -> None:
    market.sign_in(browser, market.acme, "requester")
    assert browser.get("/people").status_code == 403


def test_profile_changes_name_and_language_of_person_and_browser(browser: FlaskClient, market: Cast) -> None:
    market.sign_in(browser, market.acme, "requester")
    answer = browser.post("/profile", data={"name": "Camille", "language": "fr", "theme": "dark"})
    assert answer.location == "/profile"
    assert browser.get_cookie("language").value == "fr"  # type: ignore[union-attr]
    page = browser.get("/profile").text
    assert 'lang="fr"' in page
    assert 'data-bs-theme="dark"' in page
    with market.acme.reading("requester"):
        assert person(market.acme.people["requester"]).name == "Camille"


def test_of_member_shows_the_operator_whom_to_write_to(browser: FlaskClient, market: Cast) -> None:
    market.sign_in(browser, market.mira, "operator")
    assert "mailto:approver@acme.example" in browser.get(f"/market/members/{market.acme.id}/people").text
    market.sign_in(browser, market.nosy, "administrator")
    assert browser.get(f"/market/members/{market.acme.id}/people").status_code == 403
