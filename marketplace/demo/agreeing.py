"""Which framework agreements are there in the demo market? One of every state, and those by which a year was bought."""

from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from marketplace.contracts.agreements.actions import (
    decline_agreement,
    draft_agreement,
    end_agreement,
    price_product,
    propose_agreement,
    quote_clause,
    sign_agreement,
    withdraw_agreement,
)
from marketplace.contracts.agreements.jobs import render_contract
from marketplace.contracts.agreements.queries import agreement, clause_library
from marketplace.demo.world import BuyingFirm, Firm, SellingFirm, World, at_work, settle
from marketplace.foundation import clock

ADDRESS = "192.0.2.10"
TERM = timedelta(days=540)
REBATE = Decimal("0.88")
TITLES = {
    "fixings": "Visserie et fixations",
    "tools": "Outillage",
    "protection": "Équipements de protection",
    "office": "Fournitures de bureau",
    "care": "Consommables de soins",
    "hygiene": "Produits d'hygiène",
    "linen": "Linge hôtelier",
    "kitchen": "Matériel de cuisine",
}


class Fate(StrEnum):
    """What becomes of a draft."""

    KEPT = "kept"
    WITHDRAWN = "withdrawn"
    PROPOSED = "proposed"
    SIGNED_BY_ONE = "signed by one"
    DECLINED = "declined"
    CONCLUDED = "concluded"
    ENDED = "ended"


class Deal(NamedTuple):
    """A buyer and a supplier (by their place in the cast), so many days before the end of the year."""

    days: int
    buyer: int
    supplier: int
    fate: Fate = Fate.CONCLUDED
    ceiling: int = 60_000


DEALS = (
    Deal(362, 0, 0, ceiling=150_000),
    Deal(361, 0, 4),
    *(Deal(360, 0, supplier) for supplier in (3, 6, 9)),
    *(Deal(359, 1, supplier) for supplier in (9, 12, 15)),
    *(Deal(358, 2, supplier) for supplier in (15, 18, 20)),
    Deal(357, 0, 1, Fate.ENDED),
    Deal(120, 0, 5, Fate.DECLINED),
    Deal(40, 0, 2, Fate.WITHDRAWN),
    Deal(5, 0, 0, Fate.SIGNED_BY_ONE, 180_000),
    Deal(4, 0, 4, Fate.PROPOSED),
    Deal(1, 0, 3, Fate.KEPT),
)


def plan_agreements(world: World, end: datetime) -> None:
    """Plan the deals between those who have been founded."""
    sellers = list(world.sellers.values())
    for number, deal in enumerate(DEALS):
        if deal.supplier < len(sellers):
            at = end - timedelta(days=deal.days, minutes=-number)
            world.plan(at, _agree, world, world.buyers[deal.buyer], sellers[deal.supplier], deal)


def _agree(world: World, buyer: BuyingFirm, seller: SellingFirm, deal: Deal) -> None:
    with at_work(buyer.actors["procurement_lead"]):
        drafted = _draft(seller, deal.ceiling)
        if deal.fate == Fate.WITHDRAWN:
            withdraw_agreement(agreement_id=drafted)
        if deal.fate in (Fate.KEPT, Fate.WITHDRAWN):
            return
        propose_agreement(agreement_id=drafted)
    settle()
    render_contract(agreement_id=drafted, organisation_id=buyer.id)
    if deal.fate in (Fate.SIGNED_BY_ONE, Fate.CONCLUDED, Fate.ENDED):
        _sign(buyer, "procurement_lead", drafted)
    if deal.fate in (Fate.CONCLUDED, Fate.ENDED):
        _sign(seller, "sales_desk", drafted)
    if deal.fate == Fate.DECLINED:
        with at_work(seller.actors["sales_desk"]):
            decline_agreement(agreement_id=drafted, reason="Les prix ne couvrent pas nos coûts d'achat.")
    if deal.fate == Fate.ENDED:
        world.plan_in(24 * 200, _end, buyer, drafted)


def _draft(seller: SellingFirm, ceiling: int) -> UUID:
    row = draft_agreement(
        counterparty_id=seller.id,
        title=f"{TITLES[seller.manner.kind]} {clock.today().year + 1}",
        starts_on=clock.today(),
        ends_on=clock.today() + TERM,
        ceiling_amount=Decimal(ceiling),
    )
    for ware in seller.goods[:6]:
        agreed = (ware.price * REBATE).quantize(Decimal("0.001"))
        price_product(agreement_id=row.id, sku=ware.sku, unit_price=agreed, ceiling_quantity=Decimal(40_000))
    for clause in clause_library()[:6]:
        quote_clause(agreement_id=row.id, clause_id=clause.id, variables=clause.defaults)
    return row.id


def _sign(firm: Firm, role: str, agreement_id: UUID) -> None:
    with at_work(firm.actors[role]):
        contract = agreement(agreement_id).contract_sha256
        sign_agreement(agreement_id=agreement_id, sha256=str(contract), address=ADDRESS)


def _end(buyer: BuyingFirm, agreement_id: UUID) -> None:
    with at_work(buyer.actors["procurement_lead"]):
        end_agreement(agreement_id=agreement_id, reason="Trop de livraisons en retard depuis six mois.")
