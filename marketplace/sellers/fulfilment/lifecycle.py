"""Which states does the supplier's work on an order go through, and which a parcel?"""

from enum import StrEnum

from marketplace.events.sellers import GoodsShipped, ShipmentTracked
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.lifecycle import Lifecycle, Move, State, Tone
from marketplace.permissions import Permission


class FulfilmentState(StrEnum):
    """How far the supplier is with what was ordered."""

    NEW = "new"
    READY = "ready"
    PARTLY_SHIPPED = "partly_shipped"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"


class ShipmentState(StrEnum):
    """Where a parcel is."""

    UNDER_WAY = "under_way"
    DELIVERED = "delivered"


F, S = FulfilmentState, ShipmentState
SHIP, SELLER = Permission.GOODS_SHIP, "seller_id"

FULFILMENT: Lifecycle[FulfilmentState] = Lifecycle(
    "fulfilment",
    {
        F.NEW: State(_l("Not agreed yet"), Tone.WAITING, _l("Ordered, but not yet confirmed: do not ship.")),
        F.READY: State(_l("To ship"), Tone.INFO, _l("Both parties agree; the goods are reserved.")),
        F.PARTLY_SHIPPED: State(_l("Partly shipped"), Tone.INFO, _l("A remainder is still to be shipped.")),
        F.SHIPPED: State(_l("Shipped"), Tone.GOOD, _l("Nothing is left to be shipped.")),
        F.CANCELLED: State(_l("Closed"), Tone.NEUTRAL, _l("Nothing more is to be shipped.")),
    },
    Move(F.NEW, F.READY),
    Move(F.NEW, F.CANCELLED),
    Move(F.READY, F.CANCELLED),
    Move(F.PARTLY_SHIPPED, F.CANCELLED),
    Move(F.READY, F.PARTLY_SHIPPED, by=SHIP, side=SELLER, announces=GoodsShipped),
    Move(F.READY, F.SHIPPED, by=SHIP, side=SELLER, announces=GoodsShipped),
    Move(F.PARTLY_SHIPPED, F.PARTLY_SHIPPED, by=SHIP, side=SELLER, announces=GoodsShipped),
    Move(F.PARTLY_SHIPPED, F.SHIPPED, by=SHIP, side=SELLER, announces=GoodsShipped),
    Move(F.SHIPPED, F.PARTLY_SHIPPED),
    Move(F.CANCELLED, F.PARTLY_SHIPPED),
)
OPEN = (F.READY, F.PARTLY_SHIPPED)

SHIPMENT: Lifecycle[ShipmentState] = Lifecycle(
    "shipment",
    {
        S.UNDER_WAY: State(_l("Under way"), Tone.INFO, _l("The parcel has left the supplier.")),
        S.DELIVERED: State(_l("Delivered"), Tone.GOOD, _l("The carrier has handed the parcel over.")),
    },
    Move(S.UNDER_WAY, S.DELIVERED, by=SHIP, side=SELLER, announces=ShipmentTracked),
)
