"""Do both parties get through an agreement by its pages alone?"""

from datetime import timedelta
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text

from marketplace.contracts.agreements.lifecycle import AgreementState
from marketplace.contracts.agreements.models import AgreementClause
from marketplace.contracts.agreements.queries import agreement, clause_library
from marketplace.foundation import clock
from tests.cast import Cast
from tests.factories.agreements import a_draft, a_proposal, an_agreement
from tests.factories.catalogue import a_product


@pytest.fixture
def catalogued(market: Cast, speaking: None) -> Cast:
    a_product(market.bolt, sku="A1", price="10")
    return market


def written_by_page(market: Cast, browser: FlaskClient) -> str:
    market.sign_in(browser, market.acme, "procurement_lead")
    typed = {
        "counterparty_id": str(market.bolt.id),
        "title": "Visserie 2026",
        "starts_on": str(clock.today()),
        "ends_on": str(clock.today() + timedelta(days=365)),
        "ceiling_amount": "10,000",
    }
    answer = browser.post("/agreements/new", data=typed)
    assert answer.status_code == 303
    return str(answer.location)


def test_who_buys_and_sells_says_on_which_side_of_the_agreement_they_are(
    catalogued: Cast, browser: FlaskClient
) -> None:
    with catalogued.platform() as work:
        both = text("UPDATE organisations SET is_supplier = true WHERE id = :id")
        work.execute(both, {"id": catalogued.acme.id})
    catalogued.sign_in(browser, catalogued.acme, "procurement_lead")
    assert 'name="side"' in browser.get("/agreements/new").text
    typed = {"title": "x", "starts_on": "2026-01-01", "ends_on": "2026-12-31", "side": "supplier"}
    to_a_buyer = {**typed, "counterparty_id": str(catalogued.nosy.id)}
    address = browser.post("/agreements/new", data=to_a_buyer).location
    with catalogued.acme.reading("procurement_lead"):
        row = agreement(UUID(address.rpartition("/")[2]))
        assert (row.buyer_id, row.seller_id) == (catalogued.nosy.id, catalogued.acme.id)
    to_a_supplier = {**typed, "counterparty_id": str(catalogued.bolt.id)}
    assert browser.post("/agreements/new", data=to_a_supplier).status_code == 422


def test_create_price_propose_by_the_pages(catalogued: Cast, browser: FlaskClient) -> None:
    address = written_by_page(catalogued, browser)
    assert browser.post(f"{address}/lines", data={"sku": "A1", "unit_price": "8.5"}).status_code == 303
    assert browser.post(f"{address}/propose").status_code == 303
    catalogued.run_jobs()
    assert b"Fingerprint" in browser.get(address).data
    assert browser.get(f"{address}/contract.pdf").data.startswith(b"%PDF")


def test_a_wrong_line_says_why_and_keeps_what_was_typed(catalogued: Cast, browser: FlaskClient) -> None:
    address = written_by_page(catalogued, browser)
    answer = browser.post(f"{address}/lines", data={"sku": "A1", "unit_price": "acht"})
    assert answer.status_code == 422
    assert b'value="acht"' in answer.data
    answer = browser.post(f"{address}/lines", data={"sku": "ZZ", "unit_price": "8"})
    assert answer.status_code == 422
    assert "has no product “ZZ”" in answer.text


def clause_id(market: Cast, code: str) -> UUID:
    with market.acme.reading("procurement_lead"):
        return next(clause.id for clause in clause_library() if clause.code == code)


def test_a_clause_is_quoted_with_its_blanks_filled_in(catalogued: Cast, browser: FlaskClient) -> None:
    address = written_by_page(catalogued, browser)
    quote = f"{address}/clauses/{clause_id(catalogued, 'mediation')}"
    assert browser.post(quote, data={"mediation-days": "15", "mediation-more": "x"}).status_code == 303
    assert "The parties first negotiate for 15 working days" in browser.get(address).text
    with catalogued.acme.reading("procurement_lead") as work:
        assert work.scalars(select(AgreementClause.variables)).one() == {"days": 15}


@pytest.mark.parametrize("days", ["", "0", "-5", "1e3", "²", "two", "1000", "a\x00b"])
def test_a_blank_that_is_nonsense_is_refused_beside_it(
    catalogued: Cast, browser: FlaskClient, days: str
) -> None:
    address = written_by_page(catalogued, browser)
    answer = browser.post(
        f"{address}/clauses/{clause_id(catalogued, 'delivery')}", data={"delivery-days": days}
    )
    assert answer.status_code == 422
    assert 'id="delivery-days-wrong"' in answer.text
    assert '<details class="fold" open>' in answer.text


def test_a_term_that_ends_before_it_starts_is_refused_at_its_field(
    catalogued: Cast, browser: FlaskClient
) -> None:
    catalogued.sign_in(browser, catalogued.acme, "procurement_lead")
    typed = {
        "counterparty_id": str(catalogued.bolt.id),
        "title": "x",
        "starts_on": "2026-02-01",
        "ends_on": "2026-01-01",
    }
    answer = browser.post("/agreements/new", data=typed)
    assert answer.status_code == 409
    assert "before the first" in answer.text


def test_sign_by_the_page_of_each_party(catalogued: Cast, browser: FlaskClient) -> None:
    agreement_id = a_proposal(catalogued, catalogued.acme, catalogued.bolt, {"A1": "8"})
    for party, role in ((catalogued.acme, "procurement_lead"), (catalogued.bolt, "sales_desk")):
        with party.reading(role):
            sha256 = agreement(agreement_id).contract_sha256
        catalogued.sign_in(browser, party, role)
        assert browser.post(f"/agreements/{agreement_id}/sign", data={"sha256": sha256}).status_code == 303
    with catalogued.acme.reading("requester"):
        assert agreement(agreement_id).status == AgreementState.CONCLUDED
    assert browser.post(f"/agreements/{agreement_id}/sign", data={"sha256": sha256}).status_code == 409


@pytest.mark.parametrize("path", ["", "/contract.pdf", "/paper"])
def test_another_tenant_finds_nothing(catalogued: Cast, browser: FlaskClient, path: str) -> None:
    agreement_id = an_agreement(catalogued, catalogued.acme, catalogued.bolt, {"A1": "8"})
    catalogued.sign_in(browser, catalogued.nosy, "procurement_lead")
    assert browser.get(f"/agreements/{agreement_id}{path}").status_code == 404


def test_the_supplier_finds_no_draft_of_the_buyer(catalogued: Cast, browser: FlaskClient) -> None:
    agreement_id: UUID = a_draft(catalogued, catalogued.acme, catalogued.bolt, {"A1": "8"})
    catalogued.sign_in(browser, catalogued.bolt, "sales_desk")
    assert browser.get(f"/agreements/{agreement_id}").status_code == 404


@pytest.mark.parametrize(("language", "word"), [("en", "Framework agreements"), ("fr", "Accords-cadres")])
def test_index_speaks_both_languages(
    catalogued: Cast, browser: FlaskClient, language: str, word: str
) -> None:
    an_agreement(catalogued, catalogued.acme, catalogued.bolt, {"A1": "8"})
    catalogued.sign_in(browser, catalogued.acme, "requester")
    browser.set_cookie("language", language)
    assert word in browser.get("/agreements/").text


def test_a_reason_is_asked_before_ending(catalogued: Cast, browser: FlaskClient) -> None:
    agreement_id = an_agreement(catalogued, catalogued.acme, catalogued.bolt, {"A1": "8"})
    catalogued.sign_in(browser, catalogued.acme, "procurement_lead")
    assert browser.post(f"/agreements/{agreement_id}/end", data={"reason": ""}).status_code == 422
    assert browser.post(f"/agreements/{agreement_id}/end", data={"reason": "Fin"}).status_code == 303
