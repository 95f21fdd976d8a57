"""How does a test come by a market in which everything waits for somebody, so that every form has its page?"""

from datetime import timedelta
from uuid import UUID

from marketplace.buyers.approvals.actions import delegate
from marketplace.buyers.budgets.queries import cost_centres
from marketplace.buyers.policies.evaluating import Effect
from marketplace.disputes.cases.lifecycle import DisputeState
from marketplace.foundation import clock
from marketplace.identity.access.actions import begin_sign_in
from marketplace.identity.organisations.actions import close_site
from marketplace.sellers.catalogue.actions import change_picture, prepare_import
from marketplace.sellers.scorecards.actions import last_complete_month
from marketplace.sellers.scorecards.jobs import draw_up_for
from tests.cast import Cast
from tests.factories.agreements import a_draft, a_proposal as a_proposed_agreement
from tests.factories.approvals import a_rule
from tests.factories.budgets import a_budget
from tests.factories.catalogue import a_catalogue_file, a_product
from tests.factories.disputes import JOURNEY, a_dispute_in
from tests.factories.identity import an_applicant, an_invitation
from tests.factories.orders import a_confirmed_order, a_placed_order, a_proposal, a_shipped_order
from tests.factories.payments import Stripe, a_due_payment, a_method
from tests.factories.policies import a_policy
from tests.factories.receipts import a_picture
from tests.factories.requisitions import a_cart, a_requisition
from tests.factories.scorecards import a_fact
from tests.factories.versions import a_version, put

WAITING = (
    DisputeState.OPENED,
    DisputeState.NEGOTIATION,
    DisputeState.DEADLOCK,
    DisputeState.MEDIATION_CALLED,
    DisputeState.MEDIATOR_NAMED,
)


def unfinished_business(market: Cast, stripe: Stripe) -> None:
    """Invitations, drafts, carts, approvals, orders, agreements, payments and disputes, none of which has ended."""
    centre_id = _centre(market)
    _sell(market)
    _order(market)
    a_method(market, stripe)
    a_due_payment(market)
    a_fact(market.acme, market.bolt)
    draw_up_for(market.acme.id, last_complete_month())
    with JOURNEY:
        for state in WAITING:
            a_dispute_in(market, state)
    _ask(market, centre_id)
    _join(market)


def _centre(market: Cast) -> UUID:
    with market.acme.reading("requester"):
        known = cost_centres()
    return known[0].id if known else a_budget(market.acme, amount=50_000).cost_centre_id


def _join(market: Cast) -> None:
    an_applicant(market)
    an_invitation(market.acme, "newcomer@acme.example", "approver")
    with market.acme.at_work("administrator"):
        close_site(site_id=market.acme.sites[1])
    with market.platform():
        for party, role in ((market.acme, "procurement_lead"), (market.bolt, "sales_desk")):
            begin_sign_in(person_id=party.people[role], browser="test", address="127.0.0.1")


def _sell(market: Cast) -> None:
    pictured = a_product(market.bolt, sku="U-1", price="10", stock=1000, tiers={10: "9"})
    with market.bolt.at_work("sales_desk"):
        change_picture(product_id=pictured, picture=a_picture())
        prepare_import(file_name="neuf.csv", content=a_catalogue_file(("U-2", "Neuf", "1,50", "C62")))
    put(market.bolt, a_version(market.bolt), "U-1", price="11")
    a_draft(market, market.acme, market.bolt, {"U-1": "8"})
    a_proposed_agreement(market, market.acme, market.bolt, {"U-1": "7"})


def _order(market: Cast) -> None:
    a_placed_order(market)
    a_proposal(market, a_placed_order(market), [("8", "11")])
    a_confirmed_order(market, "10", "5")
    a_shipped_order(market, "10", "5")


def _ask(market: Cast, centre_id: UUID) -> None:
    screws, lead = a_product(market.bolt, sku="U-3", price="10", stock=1000), "procurement_lead"
    a_policy(market.acme, effect=Effect.WARN)
    a_requisition(market.acme, [(screws, 1)], cost_centre_id=centre_id)
    a_rule(market.acme, name="Everything", above=50, asks=[lead])
    a_requisition(market.acme, [(screws, 10)], cost_centre_id=centre_id)
    a_cart(market.acme, [(screws, 1)], cost_centre_id=centre_id, role=lead)
    today = clock.today()
    with market.acme.at_work(lead):
        until = today + timedelta(days=5)
        delegate(to_person_id=market.acme.people["approver"], starts_on=today, ends_on=until)
