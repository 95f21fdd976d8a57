"""Does somebody get in who should, and nobody else; and do they keep their access in order?"""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.foundation.mail import Mail
from marketplace.foundation.settings import current_settings
from marketplace.foundation.web import limiter
from marketplace.identity.access.models import SignIn
from marketplace.identity.access.queries import COOKIE, my_sign_ins
from tests.cast import PASSWORD, Cast
from tests.factories.identity import OTHER_SIREN, a_key, an_invitation, with_password

EMAIL = "requester@acme.example"
WHO = {"email": EMAIL, "password": PASSWORD}
APPLICATION = {
    "name": "Nouvelle SARL",
    "sides": ["buyer"],
    "country": "FR",
    "currency": "EUR",
    "registration_number": OTHER_SIREN,
    "person_name": "Nadia",
    "email": "nadia@nouvelle.example",
    "password": PASSWORD,
}

# What a form carries against forgery; it names the second at which it was made.
TOKEN = re.compile(r'name="csrf_token"[^>]*')


def letter_to(market: Cast, recipient: str) -> Mail:
    with market.platform() as work:
        latest = select(Mail).where(Mail.recipient == recipient).order_by(Mail.id.desc()).limit(1)
        return work.scalars(latest).one()


def path_of(link: str) -> str:
    return link.removeprefix("http://127.0.0.1:8000")


@pytest.fixture
def counting(portal: Flask) -> Iterator[None]:
    """Tries are counted, as they are outside of tests."""
    limiter.enabled = True
    limiter.reset()
    yield
    limiter.reset()
    limiter.enabled = False


def test_home_for_a_stranger_leads_to_sign_in(browser: FlaskClient) -> None:
    answer = browser.get("/")
    assert answer.status_code == 303
    assert answer.location == "/sign-in?next=/"


def test_health_for_a_stranger_answers(browser: FlaskClient) -> None:
    assert browser.get("/health").data == b"ok"


def test_home_for_a_requester_leads_somewhere(browser: FlaskClient, market: Cast) -> None:
    market.sign_in(browser, market.acme, "requester")
    assert browser.get("/").status_code == 303


@pytest.mark.parametrize(("language", "word"), [("en", "Sign in"), ("fr", "Se connecter")])
def test_sign_in_speaks_the_language_of_the_browser(browser: FlaskClient, language: str, word: str) -> None:
    browser.set_cookie("language", language)
    assert word in browser.get("/sign-in").text


def test_sign_in_leads_where_the_person_wanted_to_go(browser: FlaskClient) -> None:
    assert browser.post("/sign-in", data={**WHO, "next": "/profile"}).location == "/profile"
    assert EMAIL in browser.get("/profile").text


def test_sign_in_leads_on_to_an_address_with_breaks(browser: FlaskClient) -> None:
    assert browser.post("/sign-in", data={**WHO, "next": "/profile?a=\r\n"}).location == "/profile?a=%0D%0A"


@pytest.mark.parametrize(
    "evil",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "evil",
    ],
)
def test_sign_in_never_leads_to_another_site(browser: FlaskClient, evil: str) -> None:
    assert browser.post("/sign-in", data={**WHO, "next": evil}).location == "/"


def test_sign_in_with_a_wrong_password_says_so_and_keeps_the_address(browser: FlaskClient) -> None:
    answer = browser.post("/sign-in", data={"email": EMAIL, "password": "wrong"})
    assert answer.status_code == 422
    assert "do not belong together" in answer.text
    assert EMAIL in answer.text


def test_sign_in_begins_a_new_cookie_and_ends_the_sign_in_before(browser: FlaskClient, market: Cast) -> None:
    market.sign_in(browser, market.acme, "approver")
    with browser.session_transaction() as cookie:
        planted = cookie[COOKIE]
        cookie["planted"] = "by somebody else"
    browser.post("/sign-in", data=WHO)
    with browser.session_transaction() as cookie:
        assert "planted" not in cookie
        assert cookie[COOKIE] != planted
    with market.acme.reading("approver"):
        assert my_sign_ins() == []


def test_sign_in_by_address_is_refused_after_five_tries_a_minute(
    browser: FlaskClient, counting: None
) -> None:
    statuses = [browser.post("/sign-in", data={**WHO, "password": "wrong"}).status_code for _ in range(6)]
    assert statuses == [422] * 5 + [429]
    assert browser.post("/sign-in", data={**WHO, "email": " REQUESTER@acme.example"}).status_code == 429
    assert browser.post("/sign-in", data={**WHO, "email": "a@b.example"}).status_code == 422


def test_sign_in_by_sender_is_refused_after_ten_tries_a_minute(browser: FlaskClient, counting: None) -> None:
    tries = [{"email": f"{n}@acme.example", "password": "wrong"} for n in range(11)]
    assert [browser.post("/sign-in", data=one).status_code for one in tries] == [422] * 10 + [429]
    assert browser.get("/sign-in").status_code == 200


@pytest.mark.parametrize("is_demo", [True, False])
def test_sign_in_offers_people_in_the_demo_only(
    browser: FlaskClient, monkeypatch: pytest.MonkeyPatch, is_demo: bool
) -> None:
    monkeypatch.setattr(current_settings(), "demo_sign_ins", [("requester", "Acme", EMAIL, PASSWORD)])
    monkeypatch.setattr(current_settings(), "is_demo", is_demo)
    offered = browser.get("/sign-in").text
    assert (EMAIL in offered and "Requester · Acme" in offered) is is_demo


def test_sign_out_ends_the_sign_in(browser: FlaskClient, market: Cast) -> None:
    browser.post("/sign-in", data=WHO)
    with browser.session_transaction() as cookie:
        token = cookie[COOKIE]
    assert browser.post("/sign-out").location == "/sign-in"
    with browser.session_transaction() as cookie:
        cookie[COOKIE] = token
    assert browser.get("/profile").status_code == 303


@pytest.mark.parametrize(
    ("address", "name", "value"), [("/language", "language", "fr"), ("/theme", "theme", "dark")]
)
def test_choices_of_a_browser_are_kept_in_a_cookie(
    browser: FlaskClient, address: str, name: str, value: str
) -> None:
    assert browser.post(address, data={name: value, "next": "/sign-in"}).location == "/sign-in"
    assert browser.get_cookie(name).value == value  # type: ignore[union-attr]
    browser.post(address, data={name: "<script>"})
    assert browser.get_cookie(name).value == value  # type: ignore[union-attr]


def test_sign_up_applies_signs_in_and_waits_for_the_operator(browser: FlaskClient, market: Cast) -> None:
    assert browser.get("/sign-up").status_code == 200
    assert browser.post("/sign-up", data=APPLICATION).location == "/organisations"
    page = browser.get("/organisations").text
    assert "Nouvelle SARL" in page
    assert "Applied" in page
    assert "has reached the operator" in page
    assert browser.get("/organisation").status_code == 403
    assert browser.get("/").location == "/profile"
    assert "You act for no organisation" in browser.get("/profile").text


def test_sign_up_admitted_by_the_operator_may_act(browser: FlaskClient, market: Cast) -> None:
    browser.post("/sign-up", data=APPLICATION)
    market.run_jobs()
    operator = market.sign_in(browser.application.test_client(), market.mira, "operator")
    address = next(
        part.split('"')[0]
        for part in operator.get("/market/members?status=applied").text.split('href="')
        if part.startswith("/market/members/")
    )
    assert operator.post(address, data={"verdict": "admitted"}).status_code == 303
    market.run_jobs()
    assert "may trade" in letter_to(market, "nadia@nouvelle.example").body
    organisation_id = address.rpartition("/")[2]
    assert browser.post(f"/organisations/{organisation_id}").location == "/"
    assert "Nouvelle SARL" in browser.get("/organisation").text


@pytest.mark.parametrize(
    ("typed", "status", "sentence"),
    [
        ({"sides": []}, 422, "Please fill this in."),
        ({"registration_number": "123"}, 422, "This is no SIREN"),
        ({"vat_number": "FR00"}, 422, "This is no VAT number"),
        ({"password": "short"}, 422, "At least 12 characters"),
        ({"email": EMAIL}, 409, "This address has an account already"),
    ],
)
def test_sign_up_says_what_is_wrong(
    browser: FlaskClient, typed: dict[str, str], status: int, sentence: str
) -> None:
    answer = browser.post("/sign-up", data={**APPLICATION, **typed})
    assert answer.status_code == status
    assert sentence in answer.text


def test_sign_up_of_somebody_signed_in_asks_for_the_organisation_only(
    browser: FlaskClient, market: Cast
) -> None:
    market.sign_in(browser, market.acme, "requester")
    assert 'name="password"' not in browser.get("/sign-up").text
    only = {key: APPLICATION[key] for key in ("name", "sides", "country", "currency")}
    assert browser.post("/sign-up", data=only).location == "/organisations"
    assert "Nouvelle SARL" in browser.get("/organisations").text


def test_forgotten_answers_the_same_for_known_and_unknown(browser: FlaskClient, market: Cast) -> None:
    pages = []
    for email in (EMAIL, "nobody@acme.example"):
        answer = browser.post("/password/forgotten", data={"email": email}, follow_redirects=True)
        pages.append(TOKEN.sub("", answer.text.replace(email, "")))
    assert pages[0] == pages[1]
    assert "If this address has an account" in pages[0]


def test_reset_by_the_link_of_the_letter_changes_the_password_once(
    browser: FlaskClient, market: Cast
) -> None:
    browser.post("/password/forgotten", data={"email": EMAIL})
    address = path_of(letter_to(market, EMAIL).link)
    assert browser.get(address).status_code == 200
    assert browser.post(address, data={"password": "short"}).status_code == 422
    assert browser.post(address, data={"password": "a much longer password"}).location == "/sign-in"
    assert browser.post(address, data={"password": "and another password"}).status_code == 410
    assert browser.post("/sign-in", data={**WHO, "password": "a much longer password"}).status_code == 303


def test_accept_invitation_by_the_link_of_the_letter_makes_an_account(
    browser: FlaskClient, market: Cast
) -> None:
    an_invitation(market.acme, "new@acme.example", "administrator")
    address = path_of(letter_to(market, "new@acme.example").link)
    assert "Act for Acme Industrie" in browser.get(address).text
    assert browser.post(address, data={"name": "Neu"}).status_code == 422
    assert browser.post(address, data={"name": "Neu", "password": PASSWORD}).location == "/"
    assert "Acme Industrie" in browser.get("/organisation").text
    assert browser.get(address).status_code == 410


def test_accept_invitation_with_an_account_asks_for_its_password_and_acts_for_the_new_one(
    browser: FlaskClient, market: Cast
) -> None:
    email = with_password(market.bolt, "sales_desk")
    token = an_invitation(market.acme, email, "administrator")
    assert 'name="name"' not in browser.get(f"/invitations/{token}").text
    assert browser.post(f"/invitations/{token}", data={"password": "wrong"}).status_code == 422
    assert browser.post(f"/invitations/{token}", data={"password": PASSWORD}).location == "/"
    assert "Acme Industrie" in browser.get("/organisation").text


def test_accept_invitation_signed_in_needs_one_click(browser: FlaskClient, market: Cast) -> None:
    token = an_invitation(market.acme, "sales_desk@bolt.example", "approver")
    market.sign_in(browser, market.bolt, "sales_desk")
    assert 'name="password"' not in browser.get(f"/invitations/{token}").text
    assert browser.post(f"/invitations/{token}").location == "/"


def test_choose_switches_between_organisations_and_no_further(browser: FlaskClient, market: Cast) -> None:
    token = an_invitation(market.acme, "administrator@bolt.example", "administrator")
    market.sign_in(browser, market.bolt, "administrator")
    browser.post(f"/invitations/{token}")
    assert "Acme Industrie" in browser.get("/organisation").text
    assert browser.post(f"/organisations/{market.bolt.id}").location == "/"
    assert "Bolt Fournitures" in browser.get("/organisation").text
    assert browser.post(f"/organisations/{market.nosy.id}").status_code == 403


def test_security_changes_the_password_and_keeps_this_browser(browser: FlaskClient, market: Cast) -> None:
    other = browser.application.test_client()
    for each in (browser, other):
        each.post("/sign-in", data=WHO)
    typed = {"present": PASSWORD, "password": "a much longer password"}
    assert browser.post("/security", data={**typed, "present": "wrong"}).status_code == 422
    assert browser.post("/security", data=typed).location == "/security"
    assert browser.get("/security").status_code == 200
    assert other.get("/security").status_code == 303


def test_security_lists_sign_ins_and_ends_one(browser: FlaskClient, market: Cast) -> None:
    other = browser.application.test_client()
    for each, agent in ((browser, "Firefox/140 Linux"), (other, "Chrome/140 Windows")):
        each.post("/sign-in", data=WHO, headers={"User-Agent": agent})
    page = browser.get("/security").text
    assert "Firefox, Linux" in page
    assert "Chrome, Windows" in page
    with market.acme.reading("requester") as work:
        ended = work.scalars(select(SignIn.id).where(SignIn.browser.contains("Chrome"))).one()
    assert browser.post(f"/security/sign-ins/{ended}/end").location == "/security"
    assert other.get("/security").status_code == 303
    assert browser.get("/security").status_code == 200


def test_security_of_somebody_else_is_not_found(browser: FlaskClient, market: Cast) -> None:
    market.sign_in(browser.application.test_client(), market.acme, "requester")
    with market.acme.reading("requester"):
        sign_in_id = my_sign_ins()[0].id
    market.sign_in(browser, market.nosy, "requester")
    assert browser.post(f"/security/sign-ins/{sign_in_id}/end").status_code == 404


def test_sign_out_everywhere_ends_this_browser_too(browser: FlaskClient, market: Cast) -> None:
    other = browser.application.test_client()
    for each in (browser, other):
        each.post("/sign-in", data=WHO)
    assert browser.post("/security/sign-ins/end").location == "/sign-in"
    assert [each.get("/security").status_code for each in (browser, other)] == [303, 303]


def test_keys_are_shown_once_and_revoked(browser: FlaskClient, market: Cast) -> None:
    market.sign_in(browser, market.acme, "administrator")
    assert "No key yet" in browser.get("/keys").text
    assert browser.post("/keys", data={"label": "ERP"}).status_code == 422
    made = browser.post("/keys", data={"label": "ERP", "roles": ["administrator"]}).text
    key = "mkp_" + made.split("<code>mkp_")[1].split("<")[0]
    page = browser.get("/keys").text
    assert key not in page
    assert "ERP" in page
    address = page.split('action="/keys/')[1].split('"')[0]
    assert browser.post(f"/keys/{address}").location == "/keys"
    assert "revoked" in browser.get("/keys").text


def test_a_key_in_a_browser_opens_no_page_even_beside_a_sign_in(browser: FlaskClient, market: Cast) -> None:
    market.sign_in(browser, market.acme, "administrator")
    key = a_key(market.acme)
    assert browser.get("/people").status_code == 200
    assert browser.get("/people", headers={"Authorization": f"Bearer {key}"}).status_code == 303
    assert browser.get("/people", headers={"Authorization": "Bearer "}).status_code == 303


@pytest.mark.parametrize("address", ["/security", "/organisations", "/keys", "/profile", "/notices"])
def test_own_pages_are_closed_to_strangers(browser: FlaskClient, address: str) -> None:
    assert browser.get(address).location == f"/sign-in?next={address}"
