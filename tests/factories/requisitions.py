"""Who fills carts and submits requisitions for a test?"""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from marketplace.buyers.requisitions.actions import (
    add_to_cart,
    describe_requisition,
    submit_requisition,
)
from marketplace.buyers.requisitions.models import Requisition
from marketplace.foundation import clock
from tests.cast import Party
from tests.factories.budgets import a_budget

Wanted = Sequence[tuple[UUID, int | str]]


def a_cart(
    party: Party, wanted: Wanted, *, cost_centre_id: UUID | None = None, role: str = "requester"
) -> Requisition:
    """The cart of a colleague with so much of each product, ready to be submitted."""
    centre_id = cost_centre_id or a_budget(party).cost_centre_id
    with party.at_work(role):
        for product_id, quantity in wanted:
            add_to_cart(product_id=product_id, quantity=Decimal(quantity))
        return describe_requisition(
            cost_centre_id=centre_id,
            site_id=party.sites[0],
            needed_on=clock.today() + timedelta(days=14),
            note="For the workshop",
        )


def a_requisition(
    party: Party, wanted: Wanted, *, cost_centre_id: UUID | None = None, role: str = "requester"
) -> Requisition:
    """The same, submitted: approved at once where no rule asks."""
    cart = a_cart(party, wanted, cost_centre_id=cost_centre_id, role=role)
    with party.at_work(role):
        return submit_requisition(requisition_id=cart.id)
