"""What is a movement called, and how does it look?"""

from typing import Any

from flask_babel import LazyString

from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.lifecycle import State, Tone
from marketplace.sellers.stock.models import MovementKind, Shows, Tracking

M = MovementKind
MOVEMENTS: dict[str, State] = {
    M.RECEIPT: State(_l("Goods in"), Tone.GOOD, _l("Goods came in from production or purchase.")),
    M.RETURN: State(_l("Customer return"), Tone.INFO, _l("Goods came back from a buyer.")),
    M.ADJUSTMENT: State(_l("Adjustment"), Tone.WARNING, _l("A count differed from the books.")),
    M.TRANSFER: State(_l("Transfer"), Tone.NEUTRAL, _l("Goods went from one bin to another.")),
    M.HOLD: State(_l("Held back"), Tone.WARNING, _l("Not sold until their quality is decided.")),
    M.CLEARANCE: State(_l("Cleared"), Tone.GOOD, _l("What was held back may be sold again.")),
    M.SCRAP: State(_l("Scrapped"), Tone.BAD, _l("Goods were written off.")),
    M.RESERVATION: State(_l("Reservation"), Tone.WAITING, _l("Goods are kept for a buyer.")),
    M.RELEASE: State(_l("Release"), Tone.NEUTRAL, _l("The buyer no longer needs what was reserved.")),
    M.EXPIRY: State(_l("Expiry"), Tone.NEUTRAL, _l("The time to order ran out; anybody may buy it.")),
    M.SHIPMENT: State(_l("Goods out"), Tone.INFO, _l("Goods have left the warehouse.")),
}
# Which movements are behind which figure of a product.
BEHIND: dict[str, tuple[MovementKind, ...]] = {
    "on_hand": (M.RECEIPT, M.RETURN, M.ADJUSTMENT, M.TRANSFER, M.SCRAP, M.SHIPMENT),
    "reserved": (M.RESERVATION, M.RELEASE, M.EXPIRY, M.SHIPMENT),
    "held": (M.HOLD, M.CLEARANCE, M.RECEIPT, M.RETURN, M.ADJUSTMENT, M.SCRAP),
    "shipped": (M.SHIPMENT,),
}
TRACKINGS: dict[str, LazyString] = {
    Tracking.NONE: _l("None"),
    Tracking.BATCH: _l("A batch number, with its expiry date"),
    Tracking.SERIAL: _l("A serial number for each piece"),
}
SHOWN: dict[str, LazyString] = {
    Shows.QUANTITY: _l("How much there is, and from which day on there is more"),
    Shows.AVAILABILITY: _l("Whether it can be had now, and from which day on; no quantities"),
    Shows.NOTHING: _l("Nothing: they ask, or order and see"),
}
DEEDS: dict[str, dict[str, Any]] = {
    "move": {
        "title": _l("Move"),
        "lead": _l("To another bin, here or in another warehouse."),
        "hint": _l("Left empty: all of it."),
        "icon": "arrows-exchange",
    },
    "count": {
        "title": _l("Count"),
        "lead": _l("The difference becomes an adjustment, which stays in the movements for good."),
        "hint": "",
        "icon": "checklist",
    },
    "hold": {
        "title": _l("Hold back"),
        "lead": _l("Nobody can order it until it is cleared."),
        "hint": _l("Left empty: all of it."),
        "icon": "lock",
    },
    "clear": {
        "title": _l("Clear"),
        "lead": _l("It may be sold again."),
        "hint": _l("Left empty: all that is held back."),
        "icon": "lock-open",
    },
    "scrap": {
        "title": _l("Scrap"),
        "lead": _l("It is written off; what is held back goes first."),
        "hint": "",
        "icon": "trash",
    },
}
