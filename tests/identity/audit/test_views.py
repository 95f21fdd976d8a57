"""What does somebody see who asks what happened, and whether that is still the truth?"""

import csv
from io import StringIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from marketplace.foundation.db import owner_engine
from marketplace.identity.audit import queries
from marketplace.identity.organisations.actions import add_site
from tests.cast import Cast
from tests.factories.identity import an_applicant


@pytest.fixture
def administrator(browser: FlaskClient, market: Cast) -> FlaskClient:
    with market.acme.at_work("administrator"):
        add_site(name="=cmd|' /C calc'!A0", street="1 rue", postal_code="69001", city="Lyon")
    market.run_jobs()
    return market.sign_in(browser, market.acme, "administrator")


@pytest.mark.parametrize(("language", "words"), [("en", "Site changed"), ("fr", "Site modifié")])
def test_index_says_what_happened_in_the_language_of_the_reader(
    administrator: FlaskClient, language: str, words: str
) -> None:
    administrator.set_cookie("language", language)
    page = administrator.get("/audit/").text
    assert words in page
    assert "administrator of Acme Industrie" in page


def test_index_is_narrowed_to_a_document(administrator: FlaskClient) -> None:
    assert "Admitted to the market" in administrator.get("/audit/").text
    assert "Admitted to the market" not in administrator.get("/audit/?subject=site").text
    assert "Nothing found" in administrator.get("/audit/?document=PO-1").text
    assert administrator.get("/audit/?subject=nonsense").status_code == 200


def test_index_has_pages(browser: FlaskClient, market: Cast) -> None:
    for number in range(35):
        with market.acme.at_work("administrator"):
            add_site(name=f"Halle {number}", street="1 rue", postal_code="69001", city="Lyon")
    market.run_jobs()
    market.sign_in(browser, market.acme, "administrator")
    first = browser.get("/audit/?subject=site").text
    assert "Halle 34" in first
    assert "Halle 1<" not in first
    following = first.split('rel="next"')[0].rpartition('href="')[2].split('"')[0].replace("&amp;", "&")
    assert "subject=site" in following
    assert "Halle 1" in browser.get(following).text


def test_check_says_that_the_trail_is_whole_or_where_it_breaks(
    administrator: FlaskClient, market: Cast
) -> None:
    assert "The trail is whole." in administrator.get("/audit/check").text
    with owner_engine().begin() as connection:
        forged = "UPDATE audit_entries SET person_name = 'x' WHERE organisation_id = :id AND number = 2"
        connection.execute(text(forged), {"id": market.acme.id})
    assert "The trail is broken at entry 2." in administrator.get("/audit/check").text


def test_export_has_every_entry_and_no_formula(administrator: FlaskClient) -> None:
    answer = administrator.get("/audit/export.csv")
    assert answer.headers["Content-Disposition"].endswith('filename="audit-trail.csv"')
    rows = list(csv.reader(StringIO(answer.data.decode("utf-8-sig"))))
    assert rows[0][:3] == ["Number", "Time", "What"]
    assert [int(row[0]) for row in rows[1:]] == list(range(1, len(rows)))
    assert not any(cell.startswith("=") for row in rows for cell in row)


def test_export_of_a_long_trail_comes_in_parts(
    administrator: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "MOST_EXPORTED", 2)
    *rows, [last] = csv.reader(StringIO(administrator.get("/audit/export.csv").data.decode("utf-8-sig")))
    assert [row[0] for row in rows[1:]] == ["1", "2"]
    following = last.rpartition(" ")[2]
    rows = list(csv.reader(StringIO(administrator.get(following).data.decode("utf-8-sig"))))
    assert rows[1][0] == "3"


def test_the_trail_is_closed_without_the_permission(browser: FlaskClient, market: Cast) -> None:
    market.sign_in(browser, market.acme, "requester")
    for address in ("/audit/", "/audit/check", "/audit/export.csv"):
        assert browser.get(address).status_code == 403


def test_the_operators_trail_shows_what_its_people_decided(browser: FlaskClient, market: Cast) -> None:
    applicant = an_applicant(market)
    market.sign_in(browser, market.mira, "operator")
    browser.post(f"/market/members/{applicant}", data={"verdict": "refused", "reason": "No papers."})
    market.run_jobs()
    page = browser.get("/audit/").text
    assert "Application refused" in page
    assert "Decision of the operator: Refused" in page
    assert "operator of La Place" in page
