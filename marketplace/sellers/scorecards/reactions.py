"""What does the scorecard learn from the news? It acts for the buyer, whose evaluation it is."""

from decimal import Decimal
from typing import Any

from marketplace.events.buyers import OrderLineCompleted, PastDeliveriesBrought, PastDeliveryNews
from marketplace.events.disputes import DisputeClosed, DisputeOpened
from marketplace.foundation.outbox import reacts_to
from marketplace.sellers.catalogue.queries import products
from marketplace.sellers.scorecards.actions import contest_lines, count_lines_again, record_facts


@reacts_to(OrderLineCompleted, as_party="buyer_id")
def count_a_completed_line(event: OrderLineCompleted) -> None:
    """A line is complete: it counts from now on."""
    record_facts([_fact(event)])


@reacts_to(PastDeliveriesBrought, as_party="buyer_id")
def count_past_deliveries(event: PastDeliveriesBrought) -> None:
    """What a company brings from its old system counts like any other line: delivered in full, on time or not."""
    record_facts([_past_fact(event, delivery) for delivery in event.deliveries])


@reacts_to(DisputeOpened, as_party="buyer_id")
def set_contested_lines_aside(event: DisputeOpened) -> None:
    """What is contested does not count while it is."""
    contest_lines(
        dispute_id=event.subject_id,
        buyer_id=event.buyer_id,
        seller_id=event.seller_id,
        order_line_ids=event.order_line_ids,
    )


@reacts_to(DisputeClosed, as_party="buyer_id")
def count_them_again(event: DisputeClosed) -> None:
    """The quarrel is over: the lines count, and a founded dispute with them."""
    count_lines_again(dispute_id=event.subject_id, was_founded=event.is_founded)


def _fact(event: OrderLineCompleted) -> dict[str, Any]:
    known = products([event.product_id]).get(event.product_id)
    return {
        "buyer_id": event.buyer_id,
        "seller_id": event.seller_id,
        "order_line_id": event.order_line_id,
        "order_id": event.subject_id,
        "order_number": event.number,
        "article": known.name if known else "",
        "ordered": event.ordered,
        "accepted": event.accepted,
        "damaged": event.damaged,
        "promised_on": event.promised_on,
        "completed_on": event.completed_on,
        "confirmed_after_hours": event.confirmed_after_hours,
    }


def _past_fact(event: PastDeliveriesBrought, delivery: PastDeliveryNews) -> dict[str, Any]:
    return {
        "buyer_id": event.buyer_id,
        "seller_id": event.seller_id,
        "order_line_id": delivery.delivery_id,
        "order_id": None,
        "order_number": delivery.order_number,
        "article": delivery.article,
        "ordered": delivery.quantity,
        "accepted": delivery.quantity,
        "damaged": Decimal(0),
        "promised_on": delivery.promised_on,
        "completed_on": delivery.delivered_on,
        "confirmed_after_hours": None,
    }
