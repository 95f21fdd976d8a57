"""What does somebody see who was told something, and the operator of the letters that were kept?"""

import re
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.events.identity import ApiKeyCreated
from marketplace.foundation.outbox import announce
from marketplace.identity.notices.models import Notice
from tests.cast import Cast, Party
from tests.factories.identity import an_applicant, an_invitation


def newest(party: Party, role: str) -> UUID:
    """The newest notice of that colleague."""
    with party.reading(role) as work:
        return work.scalars(select(Notice.id).order_by(Notice.id.desc()).limit(1)).one()


@pytest.fixture
def notice_id(market: Cast) -> UUID:
    """A notice of Acme's administrator, about a key that somebody else has made."""
    with market.acme.automatically():
        announce(ApiKeyCreated(subject_id=uuid4(), organisation_id=market.acme.id, label="<ERP>"))
    market.run_jobs()
    return newest(market.acme, "administrator")


@pytest.fixture
def administrator(browser: FlaskClient, market: Cast, notice_id: UUID) -> FlaskClient:
    return market.sign_in(browser, market.acme, "administrator")


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "The marketplace has made the API key “&lt;ERP&gt;”."),
        ("fr", "La place de marché a créé la clé d’API «&nbsp;&lt;ERP&gt;&nbsp;»."),
    ],
)
def test_inbox_speaks_the_language_of_the_reader(
    administrator: FlaskClient, language: str, sentence: str
) -> None:
    administrator.set_cookie("language", language)
    assert sentence in administrator.get("/notices").text.replace("\u00a0", "&nbsp;").replace("&#39;", "’")


def test_inbox_of_unread_forgets_what_was_read(administrator: FlaskClient, notice_id: UUID) -> None:
    assert "ERP" in administrator.get("/notices?only=unread").text
    assert administrator.post(f"/notices/{notice_id}/read").location == "/notices"
    assert "ERP" not in administrator.get("/notices?only=unread").text
    assert "ERP" in administrator.get("/notices").text


def test_open_marks_as_read_and_leads_to_the_document(administrator: FlaskClient, notice_id: UUID) -> None:
    assert administrator.post(f"/notices/{notice_id}").location == "/keys"
    assert "ERP" not in administrator.get("/notices?only=unread").text


def test_show_by_the_link_of_a_letter_leads_to_the_document(
    administrator: FlaskClient, notice_id: UUID
) -> None:
    assert administrator.get(f"/notices/{notice_id}").location == "/keys"


def test_show_for_another_of_ones_organisations_leads_to_the_choice(
    browser: FlaskClient, market: Cast, notice_id: UUID
) -> None:
    token = an_invitation(market.bolt, "administrator@acme.example", "warehouse")
    market.sign_in(browser, market.acme, "administrator")
    browser.post(f"/invitations/{token}")
    answer = browser.get(f"/notices/{notice_id}?for={market.acme.id}")
    assert answer.location == "/organisations"
    assert "told to you at Acme Industrie" in browser.get("/organisations").text
    browser.post(f"/organisations/{market.acme.id}")
    assert browser.get(f"/notices/{notice_id}?for={market.acme.id}").location == "/keys"


def test_read_all_empties_the_bell(administrator: FlaskClient) -> None:
    assert "unread" in administrator.get("/notices/bell").text
    assert administrator.post("/notices/read").location == "/notices"
    assert administrator.get("/notices/bell").text.strip() == ""


def test_a_notice_of_somebody_else_is_not_found(browser: FlaskClient, market: Cast, notice_id: UUID) -> None:
    for party, role in ((market.acme, "requester"), (market.nosy, "administrator")):
        market.sign_in(browser, party, role)
        assert browser.get(f"/notices/{notice_id}").status_code == 404
        assert browser.post(f"/notices/{notice_id}/read").status_code == 404


def test_preferences_are_kept(administrator: FlaskClient) -> None:
    def chosen() -> bool:
        page = administrator.get("/notices/preferences").text
        return re.search(r'<input checked [^>]*value="ApiKeyCreated"', page) is not None

    def choose(*kinds: str) -> None:
        answer = administrator.post("/notices/preferences", data={"mailed": list(kinds), "sent": "1"})
        assert answer.location == "/notices/preferences"

    before = chosen()
    choose("ApiKeyCreated")
    after = chosen()
    choose()
    assert (before, after, chosen()) == (False, True, False)


def test_preferences_with_a_kind_that_is_not_offered_are_refused(administrator: FlaskClient) -> None:
    assert administrator.post("/notices/preferences", data={"mailed": ["OrderPlaced"]}).status_code == 422


def test_outbox_shows_the_operator_the_letters_that_were_kept(browser: FlaskClient, market: Cast) -> None:
    token = an_invitation(market.acme, "new@acme.example", "approver")
    market.sign_in(browser, market.mira, "operator")
    page = browser.get("/market/letters").text
    assert "new@acme.example" in page
    assert f"/invitations/{token}" not in page
    market.sign_in(browser, market.acme, "administrator")
    assert browser.get("/market/letters").status_code == 403


def test_an_application_reaches_the_operators_bell(browser: FlaskClient, market: Cast) -> None:
    applicant = an_applicant(market)
    market.run_jobs()
    market.sign_in(browser, market.mira, "operator")
    browser.set_cookie("language", "en")
    page = browser.get("/notices?only=unread").text
    assert "Nouvelle SARL asks to be admitted to the market." in page
    notice_id = newest(market.mira, "operator")
    assert browser.post(f"/notices/{notice_id}").location == f"/market/members/{applicant}"
