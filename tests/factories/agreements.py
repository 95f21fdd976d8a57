"""How does a test come by an agreement?"""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from marketplace.contracts.agreements.actions import (
    draft_agreement,
    price_product,
    propose_agreement,
    quote_clause,
    sign_agreement,
)
from marketplace.contracts.agreements.queries import agreement, clause_library
from marketplace.foundation import clock
from tests.cast import Cast, Party
from tests.databases import recalled


def a_draft(
    market: Cast,
    buyer: Party,
    seller: Party,
    prices: dict[str, str],
    *,
    ceiling_amount: str | None = None,
    ceiling_quantity: str | None = None,
    clause: str | None = "payment-term",
) -> UUID:
    """A draft of the buyer's lead with these prices by SKU, that clause, and a term around today."""
    with buyer.at_work("procurement_lead"):
        row = draft_agreement(
            counterparty_id=seller.id,
            title="Consommables 2026",
            starts_on=clock.today() - timedelta(days=30),
            ends_on=clock.today() + timedelta(days=335),
            ceiling_amount=Decimal(ceiling_amount) if ceiling_amount else None,
        )
        for sku, price in prices.items():
            quantity = Decimal(ceiling_quantity) if ceiling_quantity else None
            price_product(agreement_id=row.id, sku=sku, unit_price=Decimal(price), ceiling_quantity=quantity)
        quoted = next(known for known in clause_library() if known.code == clause)
        quote_clause(agreement_id=row.id, clause_id=quoted.id, variables=quoted.defaults)
        return row.id


@recalled
def a_proposal(
    market: Cast, buyer: Party, seller: Party, prices: dict[str, str], **limits: str | None
) -> UUID:
    """The same, proposed, with its contract rendered."""
    agreement_id = a_draft(market, buyer, seller, prices, **limits)
    with buyer.at_work("procurement_lead"):
        propose_agreement(agreement_id=agreement_id)
    market.run_jobs()
    return agreement_id


@recalled
def an_agreement(
    market: Cast, buyer: Party, seller: Party, prices: dict[str, str], **limits: str | None
) -> UUID:
    """The same, signed by both parties: in force."""
    agreement_id = a_proposal(market, buyer, seller, prices, **limits)
    for party, role in ((buyer, "procurement_lead"), (seller, "sales_desk")):
        with party.at_work(role):
            sha256 = str(agreement(agreement_id).contract_sha256)
            sign_agreement(agreement_id=agreement_id, sha256=sha256, address="192.0.2.7")
    return agreement_id
