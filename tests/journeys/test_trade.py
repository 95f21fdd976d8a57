"""Does a whole trade work as its people do it by hand, from the supplier's file to the printed scorecard?"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from marketplace.foundation import clock
from tests.cast import PASSWORD, Cast
from tests.factories.approvals import a_rule
from tests.factories.budgets import a_budget
from tests.factories.catalogue import TITLES, a_catalogue_file, a_product
from tests.factories.disputes import a_dispute
from tests.factories.payments import running_stripe
from tests.factories.scorecards import a_fact
from tests.journeys.person import Office
from tests.journeys.serving import running_market

pytestmark = pytest.mark.journey
CATALOGUE = a_catalogue_file(
    ("V-8", "Vis inox M8 x 40", "9,50", "100"),
    ("V-9", "Écrou inox M8", "beaucoup", "50"),
    titles=(*TITLES, "Stock"),
)
A_WEEK = timedelta(days=8)


@dataclass(frozen=True)
class Stage:
    """Where the trade is played, and by whom."""

    market: Cast
    acme: Office
    bolt: Office
    crown: Office
    mira: Office


@pytest.fixture
def stage(market: Cast, portal: Flask, chromium: Browser, tmp_path: Path) -> Iterator[Stage]:
    """The running market, with a budget, a rule, a month of deliveries, and a dispute that nobody has replied to."""
    with portal.test_request_context(), running_stripe(tmp_path, is_delivering=True) as stripe:
        a_budget(market.acme, amount=20_000)
        with clock.clock_at(clock.now() - A_WEEK):
            a_dispute(market)
        a_rule(market.acme, name="Above 150", above=150)
        a_product(market.crown, sku="P-1", name="Perceuse sans fil 18 V", price="80", stock=10)
        for _ in range(6):
            a_fact(market.acme, market.bolt)
        market.run_jobs()
        with running_market(tmp_path, stripe) as address:
            parties = (market.acme, market.bolt, market.crown, market.mira)
            yield Stage(market, *(Office(market, party, portal, chromium, address) for party in parties))


def catalogue_comes_in(bolt: Office) -> None:
    """The good row lands; the bad one is shown with its line, column and reason."""
    desk = bolt("sales_desk")
    desk.goes_to("Catalogue")
    desk.follows("Bring in a file")
    desk.chooses_file("File", "catalogue.csv", CATALOGUE)
    desk.presses("Look at its first rows")
    desk.reads("Vis inox M8 x 40")
    desk.chooses("Category, where the file has none", "44")
    desk.ticks("1.234,56")
    desk.presses("Bring it in")
    desk.reads("What did not land", "Price per unit", "beaucoup", "This is not a number")
    desk.goes_to("Catalogue")
    desk.reads("Vis inox M8 x 40", "Published", "€9.50")


def framework_is_signed(acme: Office, bolt: Office) -> None:
    """The buyer's lead drafts it, both sign the same bytes, and the paper says what was agreed."""
    lead, desk = acme("procurement_lead"), bolt("sales_desk")
    lead.goes_to("Framework agreements")
    lead.follows("New agreement")
    lead.chooses("With", "Bolt Fournitures")
    lead.fills_in("Subject", "Fixings")
    lead.fills_in("First day", clock.today())
    lead.fills_in("Last day", clock.today() + timedelta(days=365))
    lead.fills_in("Ceiling in all", "5000")
    lead.presses("Begin the draft")
    lead.fills_in("Supplier's SKU", "V-8")
    lead.fills_in("Price per unit", "8.40")
    lead.presses("Add")
    lead.unfolds("Negotiation and mediation")
    lead.presses("Quote this clause")
    lead.presses_and_agrees("Propose to the other party")
    lead.presses_and_agrees("Sign for Acme Industrie")
    desk.goes_to("Framework agreements")
    desk.follows("Fixings")
    desk.presses_and_agrees("Sign for Bolt Fournitures")
    desk.reads("Concluded")
    paper = desk.saves(".pdf")
    for words in ("Acme Industrie", "Bolt Fournitures", "8,40 €", "Négociation et médiation"):
        assert words in paper


def cart_is_submitted(acme: Office) -> None:
    """By the keyboard alone: signed in, searched with a letter wrong, filled from two suppliers."""
    requester = acme("requester")
    requester.page.goto("/sign-in")
    requester.page.get_by_label("E-mail").focus()
    requester.types("requester@acme.example", "Tab", PASSWORD)
    requester.sends_with("Enter")
    for wrongly, product, quantity in (
        ("viss inox", "Vis inox M8 x 40", "10"),
        ("perceuze", "Perceuse", "1"),
    ):
        requester.searches(wrongly)
        requester.main.get_by_label(f"Quantity of {product}").fill(quantity)
        requester.sends_with("Enter")
    requester.goes_to("Cart")
    requester.reads("Bolt Fournitures", "€84.00", "Crown Outillage", "€80.00", "Above 150")
    requester.chooses("Cost centre", "CC-100")
    requester.chooses("Deliver to", "Site Acme Industrie")
    requester.fills_in("Needed on", clock.today() + timedelta(days=14))
    requester.presses("Submit")
    requester.reads("Waiting for approval")


def cart_becomes_two_orders(acme: Office) -> None:
    """The approver says yes; the requester clicks twice and orders once of each supplier."""
    approver, requester = acme("approver"), acme("requester")
    approver.goes_to("Approvals")
    approver.reads("€164.00", "Left after this", "Above 150")
    approver.presses("Approve")
    approver.reads("Nothing waits for you")
    requester.looks_again_for("Place order")
    requester.main.get_by_role("button", name="Place order").dblclick()
    requester.goes_to("Orders")
    expect(requester.main.get_by_role("row")).to_have_count(4)
    requester.reads("Bolt Fournitures", "Crown Outillage")


def orders_are_answered(acme: Office, bolt: Office, crown: Office) -> None:
    """Crown confirms; Bolt proposes fewer pieces, and the buyer accepts."""
    for desk in (crown("sales_desk"), bolt("sales_desk")):
        desk.goes_to("Orders received")
        desk.follows("PO-", beside="Placed")
    crown("sales_desk").presses("Confirm the order")
    desk.follows("Propose a change")
    desk.fills_in("Quantity of line 1", "8")
    desk.fills_in("Reason", "Two boxes are left")
    desk.presses("Send the proposal")
    requester = acme("requester")
    requester.page.reload()
    requester.follows("PO-", beside="Change proposed")
    requester.reads("Two boxes are left")
    requester.presses("Accept the change")
    requester.reads("Confirmed", "€67.20")


def orders_are_paid(acme: Office, bolt: Office) -> None:
    """A card is saved on Stripe's page and pays both orders; the supplier opens an account there."""
    finance, supplier = acme("buyer_finance"), bolt("supplier_finance")
    finance.goes_to("Payment methods")
    finance.presses("Add a card or an account")
    finance.ticks("4242424242424242")
    finance.presses("Save")
    finance.reads("Visa", "4242")
    finance.goes_to("Payments")
    finance.presses("Pay the chosen orders")
    finance.follows("PO-", beside="€67.20")
    finance.looks_again_for("Money held")
    finance.reads("€67.20")
    supplier.goes_to("Payouts")
    supplier.presses("Open a payout account")
    supplier.presses("Complete")
    supplier.reads("Ready")


def part_of_it_leaves(bolt: Office) -> None:
    """Five of eight pieces leave; three stay to be shipped."""
    warehouse = bolt("warehouse")
    warehouse.goes_to("To ship")
    warehouse.follows("Ship", beside="PO-")
    warehouse.fills_in("Leaves now", "5")
    warehouse.fills_in("Carrier", "Chronopost")
    warehouse.fills_in("Tracking number", "XY123456789FR")
    warehouse.fills_in("Expected on", clock.today() + timedelta(days=2))
    warehouse.presses("Ship")
    warehouse.reads("Chronopost")
    warehouse.goes_to("To ship")
    warehouse.reads("Partly shipped")


def one_piece_is_damaged(acme: Office) -> None:
    """What is accepted is released, what is damaged is not; one click opens the dispute about it."""
    receiver, finance = acme("receiver"), acme("buyer_finance")
    receiver.goes_to("Deliveries")
    receiver.follows("DN-", beside="Bolt Fournitures")
    receiver.fills_in("Accepted", "4")
    receiver.fills_in("Damaged", "1")
    receiver.presses("Record the count")
    receiver.reads("Not as ordered")
    finance.looks_again_for("Partly released")
    finance.reads("€33.60")
    receiver.presses("Open a dispute")
    receiver.reads("Waits for a reply", "€8.40")


def dispute_is_settled(acme: Office, bolt: Office) -> None:
    """Reply, statements, a proposal, another in its place, both signatures: the refund makes itself."""
    receiver, lead = acme("receiver"), acme("procurement_lead")
    desk, finance = bolt("sales_desk"), acme("buyer_finance")
    desk.goes_to("Disputes")
    desk.follows("DI-", beside="Waits for a reply")
    desk.says("Reply to the claim", "The parcel left intact.")
    receiver.page.reload()
    receiver.says("State your claim", "One piece is bent.")
    desk.page.reload()
    desk.says("State your answer", "We see it on the picture.")
    desk.follows("Propose a settlement")
    desk.fills_in("Refund", "4")
    desk.presses("Make the proposal")
    lead.goes_to("Disputes")
    lead.follows("DI-", beside="In negotiation")
    lead.reads("A settlement is proposed", "€4.00")
    lead.follows("Propose something else")
    lead.fills_in("Refund", "8.40")
    lead.ticks("Sign it for our side at once")
    lead.presses("Make the proposal")
    desk.page.reload()
    desk.reads("€4.00", "€8.40")
    desk.presses_and_agrees("Sign for Bolt Fournitures")
    desk.looks_again_for("Carried out")
    finance.looks_again_for("€8.40")


def rest_arrives(acme: Office, bolt: Office) -> None:
    """The remainder follows, is all there, and its money is released: nothing is held any more."""
    warehouse, receiver, finance = bolt("warehouse"), acme("receiver"), acme("buyer_finance")
    warehouse.follows("Ship", beside="PO-")
    warehouse.fills_in("Carrier", "Chronopost")
    warehouse.fills_in("Expected on", clock.today() + timedelta(days=3))
    warehouse.presses("Ship")
    receiver.goes_to("Deliveries")
    receiver.follows("DN-", beside="Bolt Fournitures")
    receiver.presses("All as announced")
    receiver.reads("In order")
    finance.looks_again_for("€58.80")


def mediator_is_called(acme: Office, bolt: Office, mira: Office) -> None:
    """The schedule has seen that nobody replied; the mediator hears each side alone, and both sign her proposal."""
    receiver, lead, desk = acme("receiver"), acme("procurement_lead"), bolt("sales_desk")
    operator, mediator = mira("operator"), mira("mediator")
    for person in (receiver, lead, desk):
        person.goes_to("Disputes")
        person.follows("DI-", beside="No reply")
    receiver.presses_and_agrees("Call the mediator")
    operator.goes_to("Mediation")
    operator.reads("Bolt Fournitures", "mediator of La Place")
    operator.presses("Name the mediator")
    for side in (receiver, desk):
        side.page.reload()
        side.presses("Accept the mediator")
    receiver.page.reload()
    receiver.fills_in("For this caucus only", "Half the price would do.")
    receiver.presses("Say it in confidence")
    desk.page.reload()
    desk.reads("Private caucus: Bolt Fournitures")
    expect(desk.main).not_to_contain_text("Half the price would do.")
    mediator.goes_to("Disputes")
    mediator.follows("DI-", beside="In mediation")
    mediator.reads("Half the price would do.")
    mediator.follows("Propose a settlement")
    mediator.fills_in("Discount", "10")
    mediator.presses("Make the proposal")
    for side, name in ((lead, "Acme Industrie"), (desk, "Bolt Fournitures")):
        side.page.reload()
        side.presses_and_agrees(f"Sign for {name}")
    desk.looks_again_for("Carried out")


def operator_watches(mira: Office) -> None:
    """Whom the market has, what it holds, and what it has written."""
    operator = mira("operator")
    for entrance, words in (
        ("Members", "Acme Industrie"),
        ("All payments", "Bolt Fournitures"),
        ("Ledger of the market", "Sum of everything"),
        ("Letters", "@acme.example"),
    ):
        operator.goes_to(entrance)
        operator.reads(words)


def scorecard_is_printed(acme: Office) -> None:
    """The schedule has drawn up last month's; its figures open to their lines, and stand on the paper."""
    lead = acme("procurement_lead")
    lead.goes_to("Supplier scores")
    lead.follows("Bolt Fournitures")
    lead.follows(clock.today().strftime("%Y-"))
    paper = lead.saves("Download the PDF")
    for words in ("Acme Industrie", "Bolt Fournitures"):
        assert words in paper


def test_a_trade_from_the_first_file_to_the_scorecard(stage: Stage) -> None:
    acme, bolt, crown, mira = stage.acme, stage.bolt, stage.crown, stage.mira
    catalogue_comes_in(bolt)
    framework_is_signed(acme, bolt)
    cart_is_submitted(acme)
    cart_becomes_two_orders(acme)
    orders_are_answered(acme, bolt, crown)
    orders_are_paid(acme, bolt)
    part_of_it_leaves(bolt)
    one_piece_is_damaged(acme)
    dispute_is_settled(acme, bolt)
    rest_arrives(acme, bolt)
    mediator_is_called(acme, bolt, mira)
    operator_watches(mira)
    scorecard_is_printed(acme)
    for office in (acme, bolt, crown, mira):
        assert office.troubles == []
