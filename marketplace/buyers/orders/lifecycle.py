"""Which states does a purchase order go through, and whose move is it?"""

from enum import StrEnum

from marketplace.events.buyers import (
    OrderCancelled,
    OrderChangeDeclined,
    OrderChangeProposed,
    OrderCompleted,
    OrderConfirmed,
    OrderRefused,
)
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.lifecycle import Lifecycle, Move, State, Tone
from marketplace.permissions import Permission


class OrderState(StrEnum):
    """Where an order stands between its buyer and its seller."""

    PLACED = "placed"
    CHANGE_PROPOSED = "change_proposed"
    CONFIRMED = "confirmed"
    SHIPPED = "shipped"
    RECEIVED = "received"
    REFUSED = "refused"
    CANCELLED = "cancelled"


S, P = OrderState, Permission
BUYER, SELLER = "buyer_id", "seller_id"

ORDER: Lifecycle[OrderState] = Lifecycle(
    "order",
    {
        S.PLACED: State(_l("Placed"), Tone.WAITING, _l("The supplier has not answered yet.")),
        S.CHANGE_PROPOSED: State(
            _l("Change proposed"),
            Tone.WARNING,
            _l("The supplier would deliver otherwise; the buyer has to say yes or no."),
        ),
        S.CONFIRMED: State(_l("Confirmed"), Tone.INFO, _l("Both parties agree; the goods are awaited.")),
        S.SHIPPED: State(_l("Under way"), Tone.INFO, _l("Goods have left; not all of them are counted yet.")),
        S.RECEIVED: State(_l("Received"), Tone.GOOD, _l("Every line is counted; nothing more is to come.")),
        S.REFUSED: State(
            _l("Refused by the supplier"), Tone.BAD, _l("The supplier will not deliver; nothing is owed.")
        ),
        S.CANCELLED: State(
            _l("Cancelled by the buyer"), Tone.NEUTRAL, _l("The buyer took it back before it was shipped.")
        ),
    },
    Move(S.PLACED, S.CONFIRMED, by=P.ORDER_CONFIRM, side=SELLER, announces=OrderConfirmed),
    Move(S.PLACED, S.REFUSED, by=P.ORDER_CONFIRM, side=SELLER, announces=OrderRefused),
    Move(S.PLACED, S.CHANGE_PROPOSED, by=P.ORDER_CONFIRM, side=SELLER, announces=OrderChangeProposed),
    Move(S.PLACED, S.CANCELLED, by=P.ORDER_CANCEL, side=BUYER, announces=OrderCancelled),
    Move(S.CHANGE_PROPOSED, S.CONFIRMED, by=P.ORDER_PLACE, side=BUYER, announces=OrderConfirmed),
    Move(S.CHANGE_PROPOSED, S.PLACED, by=P.ORDER_PLACE, side=BUYER, announces=OrderChangeDeclined),
    Move(S.CHANGE_PROPOSED, S.REFUSED, by=P.ORDER_CONFIRM, side=SELLER, announces=OrderRefused),
    Move(S.CHANGE_PROPOSED, S.CANCELLED, by=P.ORDER_CANCEL, side=BUYER, announces=OrderCancelled),
    Move(S.CONFIRMED, S.CANCELLED, by=P.ORDER_CANCEL, side=BUYER, announces=OrderCancelled),
    # The buyer hears the ship notice, or counts goods that came without one.
    Move(S.CONFIRMED, S.SHIPPED, by=P.GOODS_RECEIVE, side=BUYER),
    Move(S.CONFIRMED, S.RECEIVED, by=P.GOODS_RECEIVE, side=BUYER, announces=OrderCompleted),
    Move(S.SHIPPED, S.RECEIVED, by=P.GOODS_RECEIVE, side=BUYER, announces=OrderCompleted),
)
AGREED = frozenset({S.CONFIRMED, S.SHIPPED, S.RECEIVED})
AWAITED = frozenset({S.CONFIRMED, S.SHIPPED})
