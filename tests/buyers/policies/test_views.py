"""Do the pages of buying rules show what they must, open every number to its rows, and cost the same for many?"""

import re
from decimal import Decimal
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from marketplace.buyers.policies.evaluating import Effect, PolicyKind
from marketplace.buyers.requisitions.actions import describe_requisition, submit_requisition
from tests.cast import Cast
from tests.factories.approvals import a_rule
from tests.factories.budgets import a_budget
from tests.factories.catalogue import a_product
from tests.factories.policies import a_policy, because
from tests.factories.requisitions import a_cart
from tests.factories.statements import counting

K, E = PolicyKind, Effect
TYPED = {
    "name": "Three quotes",
    "effect": "reason",
    "figure": "3",
    "minimum_amount": "5,000",
    "starts_on": "2026-01-01",
    "is_on": "y",
}


def text(browser: FlaskClient, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def overridden(market: Cast, lines: int = 1, *, cost_centre_id: UUID | None = None) -> str:
    """A rule that a requester came up against with so many lines of one requisition; its address."""
    rule = a_policy(market.acme)
    products = [a_product(market.bolt, sku=f"O-{one}") for one in range(lines)]
    cart = a_cart(market.acme, [(one, 1) for one in products], cost_centre_id=cost_centre_id)
    with market.acme.at_work("requester"):
        describe_requisition(
            cost_centre_id=cart.cost_centre_id,
            site_id=cart.site_id,
            needed_on=cart.needed_on,
            reasons=because(rule),
        )
        submit_requisition(requisition_id=cart.id)
    return f"/policies/{rule.rule_id}"


def test_rules_are_written_changed_and_switched_by_form(browser: FlaskClient, market: Cast) -> None:
    market.sign_in(browser, market.acme, "procurement_lead")
    assert "No buying rule yet" in text(browser, "/policies/")
    assert "each of their offers is a quote" in text(browser, "/policies/new")
    assert "Quotes at least" in text(browser, "/policies/new?kind=quotes")
    written = browser.post("/policies/new?kind=quotes", data=TYPED)
    assert written.status_code == 303
    address = written.location
    assert "from 5,000 EUR on" in text(browser, "/policies/")
    assert 'value="5,000"' in text(browser, f"{address}/edit")
    assert browser.post(f"{address}/edit", data=TYPED | {"figure": "4", "name": "Four"}).status_code == 303
    seen = text(browser, address)
    assert "Quotes at least: 4" in seen
    assert "Quotes at least: 3" in seen
    assert browser.post(f"{address}/switch", data={"to": "off"}).status_code == 303
    assert "version 3" in text(browser, "/policies/")


def test_write_rule_with_what_it_cannot_be_loses_nothing_that_was_typed(
    browser: FlaskClient, market: Cast
) -> None:
    market.sign_in(browser, market.acme, "procurement_lead")
    for wrong in (
        {"figure": "1"},
        {"ends_on": "2025-01-01"},
        {"cpv_prefix": "x"},
        {"effect": "x"},
        {"name": " "},
    ):
        answer = browser.post("/policies/new?kind=quotes", data=TYPED | wrong)
        assert answer.status_code == 422
        assert 'value="5,000"' in answer.text
    assert "No buying rule yet" in text(browser, "/policies/")


def test_every_number_opens_to_its_rows(browser: FlaskClient, market: Cast) -> None:
    address = overridden(market, lines=2)
    market.sign_in(browser, market.acme, "procurement_lead")
    person = market.acme.people["requester"]
    assert f'href="{address}/hits">2<' in text(browser, "/policies/")
    assert f'href="{address}/hits?person={person}">2<' in text(browser, address)
    for question in ("", "?overridden=1", f"?person={person}", f"?person={person}&overridden=1"):
        assert text(browser, f"{address}/hits{question}").count("The line stands still.") == 2
    assert "No line here" in text(browser, f"{address}/hits?person={market.acme.people['approver']}")


@pytest.mark.parametrize("role", ["requester", "approver", "administrator", "buyer_finance", "receiver"])
def test_rules_for_others_than_the_lead_are_forbidden(browser: FlaskClient, market: Cast, role: str) -> None:
    rule = a_policy(market.acme)
    market.sign_in(browser, market.acme, role)
    for address in ("", "new", f"{rule.rule_id}", f"{rule.rule_id}/edit", f"{rule.rule_id}/hits"):
        assert browser.get(f"/policies/{address}").status_code == 403
    assert browser.post(f"/policies/{rule.rule_id}/switch", data={"to": "off"}).status_code == 403


def test_rules_for_an_outsider_are_not_there(browser: FlaskClient, market: Cast) -> None:
    address = overridden(market)
    market.sign_in(browser, market.nosy, "procurement_lead")
    for page in ("", "/edit", "/hits"):
        assert browser.get(f"{address}{page}").status_code == 404
    assert browser.post(f"{address}/switch", data={"to": "off"}).status_code == 404
    assert "No buying rule yet" in text(browser, "/policies/")


def test_pages_take_as_many_statements_for_thirty_as_for_one(browser: FlaskClient, market: Cast) -> None:
    """The list of rules, the lines of one, the cart and its fragment: one rule and line, then thirty."""
    centre_id = a_budget(market.acme).cost_centre_id
    address = overridden(market, cost_centre_id=centre_id)
    products = [a_product(market.bolt, sku=f"P{n}") for n in range(30)]
    a_policy(market.acme, K.QUOTES, figure=Decimal(3), name="Rule 0")
    cart = a_cart(market.acme, [(products[0], 1)], cost_centre_id=centre_id)
    pages = {
        "procurement_lead": ("/policies/", address, f"{address}/hits"),
        "requester": ("/requisitions/cart", f"/requisitions/{cart.id}"),
    }
    few = counted(browser, market, pages)
    for number in range(1, 30):
        a_policy(market.acme, K.QUOTES, figure=Decimal(3), name=f"Rule {number}")
    a_cart(market.acme, [(one, 1) for one in products[1:]], cost_centre_id=centre_id)
    assert counted(browser, market, pages) == few


def counted(browser: FlaskClient, market: Cast, pages: dict[str, tuple[str, ...]]) -> dict[str, int]:
    found = {}
    for role, addresses in pages.items():
        market.sign_in(browser, market.acme, role)
        for address in addresses:
            browser.get(address)
            with counting() as sent:
                browser.get(address)
            found[address] = len(sent)
    return found


def test_approver_reads_what_the_rules_said_and_why_beside_the_decision(
    browser: FlaskClient, market: Cast
) -> None:
    a_rule(market.acme, above=0)
    a_policy(market.acme, K.QUOTES, E.WARN, name="Quotes", figure=Decimal(3))
    overridden(market)
    market.sign_in(browser, market.acme, "approver")
    [fragment] = re.findall(r'hx-get="(/requisitions/[^"]+/policy)"', text(browser, "/approvals/"))
    for address in (fragment, fragment.removesuffix("/policy")):
        seen = text(browser, address)
        for words in ("Contract first", "version 1", "The line stands still.", "the rule wants 3", "Warns"):
            assert words in seen
    for party, role in ((market.nosy, "approver"), (market.bolt, "sales_desk")):
        market.sign_in(browser, party, role)
        assert browser.get(fragment).status_code == 404


def test_cart_asks_why_keeps_what_is_typed_and_takes_a_reason(browser: FlaskClient, market: Cast) -> None:
    rule = a_policy(market.acme, cost_centre_id=a_budget(market.acme, code="CC-1").cost_centre_id)
    cart = a_cart(market.acme, [(a_product(market.bolt), 1)])
    market.sign_in(browser, market.acme, "requester")
    assert "Contract first" not in text(browser, "/requisitions/cart")
    typed = {
        "cost_centre_id": str(rule.cost_centre_id),
        "site_id": str(cart.site_id),
        "needed_on": str(cart.needed_on),
        "step": "submit",
    }
    asked = browser.post("/requisitions/cart", data=typed)
    assert asked.status_code == 422
    for words in ("Say why", "Contract first", "version 1", f'name="reason-{rule.rule_id}"'):
        assert words in asked.text
    live = browser.post("/requisitions/cart/policy", data=typed | {f"reason-{rule.rule_id}": "In a hurry"})
    assert live.status_code == 200
    assert ("In a hurry" in live.text, "<main" in live.text) == (True, False)
    late = browser.post(
        "/requisitions/cart",
        data=typed | {f"reason-{rule.rule_id}": "In a hurry", f"version-{rule.rule_id}": "7"},
    )
    assert late.status_code == 409
    assert "version 1 decides now" in late.text
    assert "In a hurry" in late.text
    said = {f"reason-{rule.rule_id}": "In a hurry", f"version-{rule.rule_id}": "1"}
    assert browser.post("/requisitions/cart", data=typed | said).status_code == 303
