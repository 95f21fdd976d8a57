"""Which states does a requisition go through, from the cart to its orders?"""

from enum import StrEnum

from marketplace.events.buyers import (
    RequisitionApproved,
    RequisitionOrdered,
    RequisitionRejected,
    RequisitionSubmitted,
    RequisitionWithdrawn,
)
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.lifecycle import Lifecycle, Move, State, Tone
from marketplace.permissions import Permission


class RequisitionState(StrEnum):
    """Where a requisition stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    ORDERED = "ordered"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


S, WRITE, HERE = RequisitionState, Permission.REQUISITION_WRITE, "organisation_id"

REQUISITION: Lifecycle[RequisitionState] = Lifecycle(
    "requisition",
    {
        S.DRAFT: State(_l("Cart"), Tone.NEUTRAL, _l("It can still be changed; nothing is held yet.")),
        S.SUBMITTED: State(
            _l("Waiting for approval"), Tone.WAITING, _l("Price, stock and budget are held meanwhile.")
        ),
        S.APPROVED: State(_l("Approved"), Tone.GOOD, _l("It may be ordered exactly as it is.")),
        S.ORDERED: State(_l("Orders placed"), Tone.GOOD, _l("There is one order per supplier.")),
        S.REJECTED: State(_l("Rejected"), Tone.BAD, _l("An approver has said no; nothing is held any more.")),
        S.WITHDRAWN: State(
            _l("Taken back"),
            Tone.NEUTRAL,
            _l("It was taken back or its time ran out; nothing is held any more."),
        ),
    },
    Move(S.DRAFT, S.SUBMITTED, by=WRITE, side=HERE, announces=RequisitionSubmitted),
    Move(S.SUBMITTED, S.APPROVED, side=HERE, announces=RequisitionApproved),
    Move(S.SUBMITTED, S.REJECTED, side=HERE, announces=RequisitionRejected),
    Move(S.SUBMITTED, S.WITHDRAWN, by=WRITE, side=HERE, announces=RequisitionWithdrawn),
    Move(S.APPROVED, S.WITHDRAWN, by=WRITE, side=HERE, announces=RequisitionWithdrawn),
    Move(S.APPROVED, S.ORDERED, by=Permission.ORDER_PLACE, side=HERE, announces=RequisitionOrdered),
)
