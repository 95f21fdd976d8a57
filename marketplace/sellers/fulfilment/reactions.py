"""What does fulfilment do when it hears of an order?

What is to be shipped follows from what was agreed, so it is written as the platform: the seller may not change it.
"""

from marketplace.events.buyers import (
    OrderCancelled,
    OrderCompleted,
    OrderConfirmed,
    OrderLineCompleted,
    OrderPlaced,
    OrderRefused,
)
from marketplace.events.disputes import DisputeSettled
from marketplace.events.sellers import GoodsShipped
from marketplace.foundation.background import enqueue
from marketplace.foundation.outbox import reacts_to
from marketplace.foundation.unit_of_work import after_commit
from marketplace.sellers.fulfilment import actions
from marketplace.sellers.fulfilment.jobs import draw_up_packing_slip
from marketplace.sellers.stock.actions import release_reservation


@reacts_to(OrderPlaced, as_party=None)
def open_work(news: OrderPlaced) -> None:
    """Put the order on the seller's work list."""
    actions.open_fulfilment(news)


@reacts_to(OrderConfirmed, as_party=None)
def make_ready(news: OrderConfirmed) -> None:
    """Let it be shipped, in the quantities that were agreed."""
    actions.agree_fulfilment(news)


@reacts_to(OrderRefused, as_party=None)
def close_refused(news: OrderRefused) -> None:
    """Take it off the list."""
    actions.cancel_fulfilment(order_id=news.subject_id)


@reacts_to(OrderCancelled, as_party=None)
def close_cancelled(news: OrderCancelled) -> None:
    """Take it off the list."""
    actions.cancel_fulfilment(order_id=news.subject_id)


@reacts_to(OrderLineCompleted, as_party=None)
def drop_what_is_not_awaited(news: OrderLineCompleted) -> None:
    """Take off the list what the buyer has counted as missing, or found in the parcel without a notice."""
    actions.drop_remainder(order_id=news.subject_id, order_line_id=news.order_line_id)


@reacts_to(OrderCompleted, as_party="seller_id")
def let_go_of_the_rest(news: OrderCompleted) -> None:
    """Free what is still reserved for an order of which nothing more will be shipped."""
    release_reservation(holder_id=news.subject_id)


@reacts_to(DisputeSettled, as_party=None)
def reopen_for_replacements(news: DisputeSettled) -> None:
    """Put what is sent again onto the list."""
    if news.replacements:
        again = {line.order_line_id: line.quantity for line in news.replacements}
        actions.replace_goods(order_id=news.order_id, replacements=again)


@reacts_to(GoodsShipped, as_party="seller_id")
def order_packing_slip(news: GoodsShipped) -> None:
    """Have the packing slip drawn up."""
    ids = {"shipment_id": news.shipment_id, "seller_id": news.seller_id}
    after_commit(f"packing slip {news.shipment_id}", lambda: enqueue(draw_up_packing_slip, **ids))
