"""What do orders do when they hear news, and as which party?"""

from uuid import UUID

import structlog

from marketplace.buyers.approvals.queries import policy
from marketplace.buyers.orders.actions import (
    expect_replacements,
    mark_shipped,
    place_orders,
    release_what_is_held,
)
from marketplace.buyers.orders.jobs import file_order
from marketplace.events.buyers import OrderConfirmed, OrderPlaced, OrderRefused, RequisitionApproved
from marketplace.events.disputes import DisputeSettled
from marketplace.events.sellers import GoodsShipped
from marketplace.foundation.background import enqueue
from marketplace.foundation.db import session
from marketplace.foundation.errors import Refusal
from marketplace.foundation.outbox import reacts_to
from marketplace.foundation.unit_of_work import after_commit

log = structlog.get_logger()


@reacts_to(RequisitionApproved, as_party="organisation_id")
def order_at_once(event: RequisitionApproved) -> None:
    """Where the organisation's policy says so, nobody has to press the button; a refusal leaves it to a person."""
    if not policy().is_ordering_automatic:
        return
    try:
        with session().begin_nested():
            place_orders(requisition_id=event.subject_id)
    except Refusal as refusal:
        log.warning("not ordered automatically", requisition=event.number, because=str(refusal))


@reacts_to(OrderPlaced, as_party="buyer_id")
def file_what_was_placed(event: OrderPlaced) -> None:
    """The order as it was placed becomes a PDF."""
    _file(event.subject_id, event.buyer_id, event.version)


@reacts_to(OrderConfirmed, as_party="buyer_id")
def file_what_was_agreed(event: OrderConfirmed) -> None:
    """The order as both agree on it becomes a PDF."""
    _file(event.subject_id, event.buyer_id, event.version)


@reacts_to(OrderRefused, as_party="buyer_id")
def release_after_refusal(event: OrderRefused) -> None:
    """What the buyer held for a refused order is free again."""
    release_what_is_held(order_id=event.subject_id)


@reacts_to(GoodsShipped, as_party="buyer_id")
def note_what_was_shipped(event: GoodsShipped) -> None:
    """The buyer's order follows the seller's ship notice."""
    mark_shipped(order_id=event.subject_id, lines=event.lines)


@reacts_to(DisputeSettled, as_party="buyer_id")
def await_replacements(event: DisputeSettled) -> None:
    """What a settlement sends again is awaited again."""
    if event.replacements:
        expect_replacements(order_id=event.order_id, lines=event.replacements)


def _file(order_id: UUID, buyer_id: UUID, version: int) -> None:
    arguments: dict[str, object] = {"order_id": order_id, "buyer_id": buyer_id, "version": version}
    after_commit(f"file {order_id} {version}", lambda: enqueue(file_order, **arguments))
