"""What is a movement called, and how does it look?"""

from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.lifecycle import State, Tone
from marketplace.sellers.stock.models import MovementKind

M = MovementKind
MOVEMENTS: dict[str, State] = {
    M.RECEIPT: State(_l("Goods in"), Tone.GOOD, _l("Goods came in from production or purchase.")),
    M.RETURN: State(_l("Customer return"), Tone.INFO, _l("Goods came back from a buyer.")),
    M.ADJUSTMENT: State(_l("Adjustment"), Tone.WARNING, _l("A count differed from the books.")),
    M.RESERVATION: State(_l("Reservation"), Tone.WAITING, _l("Goods are kept for a buyer.")),
    M.RELEASE: State(_l("Release"), Tone.NEUTRAL, _l("The buyer no longer needs what was reserved.")),
    M.EXPIRY: State(_l("Expiry"), Tone.NEUTRAL, _l("The time to order ran out; anybody may buy it.")),
    M.SHIPMENT: State(_l("Goods out"), Tone.INFO, _l("Goods have left the warehouse.")),
}
