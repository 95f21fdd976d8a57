"""What happens to the buyer's budget when goods arrive?"""

from decimal import Decimal

from marketplace.buyers.budgets.actions import release_commitment, spend
from marketplace.buyers.budgets.queries import commitment_of
from marketplace.events.buyers import GoodsReceived, OrderCompleted
from marketplace.foundation.money import Money
from marketplace.foundation.outbox import reacts_to


@reacts_to(GoodsReceived, as_party="buyer_id")
def spend_what_was_accepted(event: GoodsReceived) -> None:
    """What is accepted is owed: the order's commitment becomes an actual, as far as it goes."""
    amount = sum((line.amount for line in event.lines), Decimal(0))
    if amount and commitment_of(event.subject_id) is not None:
        spend(document_id=event.subject_id, amount=Money(amount, event.currency))


@reacts_to(OrderCompleted, as_party="buyer_id")
def release_what_is_left(event: OrderCompleted) -> None:
    """What was missing or damaged is not owed: nothing more is held for it."""
    release_commitment(document_id=event.subject_id)
