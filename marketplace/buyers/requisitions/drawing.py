"""How does a requisition come about that nobody fills a cart for?

It is drawn up and handed in at once, as the person whom it is for: their cart stays as it is.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from marketplace.buyers.requisitions.actions import submit_requisition
from marketplace.buyers.requisitions.models import Requisition, RequisitionLine
from marketplace.buyers.requisitions.offers import offers, problem, wanted_by, write
from marketplace.foundation import clock
from marketplace.foundation.db import save, session
from marketplace.foundation.money import Money
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.organisations.queries import organisation


class Needed(NamedTuple):
    """So much of a product, which was called so when it was chosen."""

    product_id: UUID
    sku: str
    name: str
    quantity: Decimal


def draw_up_requisition(
    *, needed: Sequence[Needed], cost_centre_id: UUID, site_id: UUID, needed_on: date, note: str
) -> Requisition:
    """Ask for all of it, as `submit_requisition` does; raises what that raises, and LineRefused."""
    actor = current_actor()
    currency = organisation(actor.organisation).currency
    row = save(
        Requisition(
            organisation_id=actor.organisation,
            requester_id=actor.person,
            cost_centre_id=cost_centre_id,
            site_id=site_id,
            needed_on=needed_on,
            note=note,
            total=Money(Decimal(0), currency),
            is_cart=False,
        )
    )
    _add_lines(row, needed)
    return submit_requisition(requisition_id=row.id)


def _add_lines(row: Requisition, needed: Sequence[Needed]) -> None:
    lines = [
        RequisitionLine(
            organisation_id=row.organisation_id,
            requisition_id=row.id,
            position=position,
            product_id=one.product_id,
            sku=one.sku,
            name=one.name,
            quantity=one.quantity,
        )
        for position, one in enumerate(needed, start=1)
    ]
    found = offers(buyer_id=row.organisation_id, wanted=wanted_by(lines), on=clock.today())
    for line in lines:
        offer = found.get(line.product_id)
        if refusal := problem(line, offer, row.total.currency):
            raise refusal
        if offer is not None:
            write(line, offer)
    session().add_all(lines)
    session().flush()
