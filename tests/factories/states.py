"""How does a test come by a market in which documents stand in every state that a page can show?"""

from decimal import Decimal

from marketplace.billing.payments.actions import begin_visit
from marketplace.billing.payments.jobs import open_visit
from marketplace.billing.payments.stripe_models import VisitKind
from marketplace.buyers.approvals.queries import my_pending_steps
from marketplace.buyers.approvals.questioning import ask
from marketplace.buyers.orders.actions import cancel_order, refuse_order
from marketplace.buyers.receiving.actions import Photo
from marketplace.buyers.requisitions.queries import requisition
from marketplace.contracts.agreements.actions import decline_agreement
from marketplace.disputes.cases.lifecycle import DisputeState
from marketplace.foundation.outbox import deliver_everything
from marketplace.identity.organisations.actions import suspend_organisation
from marketplace.sellers.catalogue.actions import change_picture, prepare_import, withdraw_product
from marketplace.sellers.items.actions import join_items
from marketplace.sellers.pictures.actions import start_pictures
from tests.cast import Cast
from tests.factories.agreements import a_draft, a_proposal
from tests.factories.approvals import a_rule, decided
from tests.factories.attributes import an_attribute
from tests.factories.catalogue import a_catalogue_file, a_product
from tests.factories.disputes import (
    JOURNEY,
    a_dispute,
    accept,
    bring_to,
    call,
    name,
    propose,
    run_out,
    settle,
    travel_to,
    withdraw,
)
from tests.factories.identity import an_applicant
from tests.factories.items import a_suggestion, at_the_desk
from tests.factories.orders import (
    a_confirmed_order,
    a_placed_order,
    a_proposal as a_change,
    a_shipped_order,
    an_approved_requisition,
    some_products,
)
from tests.factories.payments import Stripe, a_due_payment, a_method, started
from tests.factories.pictures import an_archive
from tests.factories.receipts import a_picture, a_receipt
from tests.factories.requisitions import a_cart, a_requisition
from tests.factories.trade import START

S = DisputeState
TROUBLESOME = ("pm_card_chargeCustomerFail", "pm_card_authenticationRequired", "pm_success_fr")
"""Payment methods: one is refused, one asks the bank, one takes days."""


def every_state(market: Cast, stripe: Stripe) -> None:
    """What one trade leaves out: the unhappy ways, and each step on which somebody is awaited."""
    with JOURNEY:
        travel_to(START)
        _payments(market, stripe)
        for part in (_members, _catalogue, _agreements, _requisitions, _orders, _disputes):
            part(market)
            deliver_everything()


def _payments(market: Cast, stripe: Stripe) -> None:
    """One waits for its click, others for the bank or the buyer; and two visits of Stripe's pages are not over."""
    a_due_payment(market)
    for token in TROUBLESOME:
        started(market, a_due_payment(market), a_method(market, stripe, token=token))
    for kind, party, role in (
        (VisitKind.METHOD, market.acme, "buyer_finance"),
        (VisitKind.ONBOARDING, market.bolt, "supplier_finance"),
    ):
        with party.at_work(role):
            visit_id = begin_visit(kind=kind).id
        open_visit(visit_id=visit_id)


def _members(market: Cast) -> None:
    an_applicant(market)
    with market.platform():
        suspend_organisation(organisation_id=market.pry.id, reason="Papers have run out")


def _catalogue(market: Cast) -> None:
    pictured = a_product(market.bolt, sku="P-1", name="Pictured", stock=5)
    withdrawn = a_product(market.bolt, sku="P-2", name="Withdrawn")
    a_product(market.bolt, sku="P-3", name="Draft", is_published=False)
    with market.bolt.at_work("sales_desk"):
        change_picture(product_id=pictured, picture=a_picture())
        withdraw_product(product_id=withdrawn)
        prepare_import(file_name="next.csv", content=a_catalogue_file(("N-3", "Vis", "2,50")))
        pictures = an_archive(**{"P-2.png": a_picture(), "unknown.png": a_picture()})
        start_pictures(file_name="pictures.zip", content=pictures)
    market.run_jobs()
    an_attribute(market, "colour", "choice", choices=["red", "blue"])
    _alike(market)


def _alike(market: Cast) -> None:
    """Two pairs of offers that look alike, of which one was joined."""
    one, other = (
        [
            a_product(party, sku=f"A-{n}", name=f"{word} d'atelier")
            for n, word in enumerate(("Servante", "Établi"))
        ]
        for party in (market.bolt, market.crown)
    )
    market.run_jobs()
    with at_the_desk(market):
        join_items(suggestion_id=a_suggestion(one[0], other[0]))
        a_suggestion(one[1], other[1])


def _agreements(market: Cast) -> None:
    a_draft(market, market.acme, market.bolt, {"P-1": "8"}, ceiling_amount="500")
    a_proposal(market, market.acme, market.bolt, {"P-1": "8"})
    declined = a_proposal(market, market.acme, market.bolt, {"P-1": "7"})
    with market.bolt.at_work("sales_desk"):
        decline_agreement(agreement_id=declined, reason="Too low for us")


def _requisitions(market: Cast) -> None:
    """One is turned down, one is decided on, one is approved and not ordered, one is being filled."""
    [mine, others] = some_products(market.bolt) + some_products(market.crown)
    approved = an_approved_requisition(market.acme, {mine: "1"})
    with market.acme.at_work("requester"):
        centre_id = requisition(approved).cost_centre_id
    a_rule(market.acme, name="Large orders", above=500)
    a_requisition(market.acme, [(mine, 60)], cost_centre_id=centre_id)
    decided(market.acme, "approver", is_yes=False, comment="Next year")
    deliver_everything()
    waiting = a_requisition(market.acme, [(mine, 70)], cost_centre_id=centre_id)
    with market.acme.at_work("approver"):
        (asked,) = [one for one in my_pending_steps() if one.run.document_id == waiting.id]
        ask(step_id=asked.step.id, question="Why seventy?")
    a_cart(market.acme, [(mine, 2), (others, 3)], cost_centre_id=centre_id, role="procurement_lead")


def _orders(market: Cast) -> None:
    """One waits for an answer, one for the buyer's yes; others were refused, called off, shipped, and counted badly."""
    a_placed_order(market, "10", "2")
    a_change(market, a_placed_order(market), [("8", "11")])
    refused, cancelled = a_placed_order(market), a_placed_order(market)
    with market.bolt.at_work("sales_desk"):
        refuse_order(order_id=refused.id, reason="No longer made")
    with market.acme.at_work("procurement_lead"):
        cancel_order(order_id=cancelled.id, reason="Found in the store")
    a_confirmed_order(market)
    a_receipt(market, a_shipped_order(market), ("6", "3", "1"), photos=[Photo(a_picture())], note="Rain")
    a_receipt(market, a_shipped_order(market), "12")
    a_shipped_order(market)


def _disputes(market: Cast) -> None:
    """Some have run into their time limits together; the others stand on each step before."""
    stuck = [a_dispute(market) for _ in range(4)]
    for dispute_id in stuck:
        bring_to(market, dispute_id, S.NEGOTIATION)
    a_dispute(market)
    run_out(market, stuck[0])
    for dispute_id in stuck[1:]:
        call(market, dispute_id)
    for dispute_id in stuck[2:]:
        name(market, dispute_id)
    accept(market.acme, stuck[3], is_accepted=False)
    for state in (S.OPENED, S.CLAIM, S.ANSWER, S.NEGOTIATION):
        newest = a_dispute(market)
        bring_to(market, newest, state)
    propose(market.bolt, newest)
    propose(market.acme, newest, "15", credit=Decimal(3))
    settle(market, a_dispute(market))
    withdraw(market, a_dispute(market))
