"""Which states do a payment, an attempt, a release, a refund and a payout account go through, and whose move is it?"""

from enum import StrEnum

from marketplace.events.billing import (
    FundsRefunded,
    FundsTransferred,
    PaymentCancelled,
    PaymentFailed,
    PaymentStarted,
    PaymentSucceeded,
    RefundFailed,
    SupplierOnboarded,
)
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.lifecycle import Lifecycle, Move, State, Tone
from marketplace.permissions import Permission


class PaymentState(StrEnum):
    """Where the money of one order stands."""

    REQUESTED = "requested"
    STARTED = "started"
    PROCESSING = "processing"
    FAILED = "failed"
    HELD = "held"
    PARTLY_RELEASED = "partly_released"
    RELEASED = "released"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"


P = PaymentState
PAYABLE = frozenset({P.REQUESTED, P.FAILED})
UNDER_WAY = frozenset({P.STARTED, P.PROCESSING})
PAID = (P.HELD, P.PARTLY_RELEASED, P.RELEASED, P.REFUNDED)
PAY, BUYER = Permission.PAYMENT_MAKE, "buyer_id"

PAYMENT: Lifecycle[PaymentState] = Lifecycle(
    "payment",
    {
        P.REQUESTED: State(_l("To pay"), Tone.WAITING, _l("The order is confirmed; its buyer has not paid yet.")),
        P.STARTED: State(_l("Started"), Tone.INFO, _l("The order to pay is given; the answer has not come yet.")),
        P.PROCESSING: State(_l("Debit under way"), Tone.INFO, _l("The bank is asked; it answers within some days.")),
        P.FAILED: State(_l("Payment failed"), Tone.BAD, _l("The bank or card said no; it can be paid again.")),
        P.HELD: State(_l("Paid and held"), Tone.GOOD, _l("The money is here, held until the goods are received.")),
        P.PARTLY_RELEASED: State(
            _l("Partly released"), Tone.INFO, _l("Some of the money is the supplier's; the rest is held.")
        ),
        P.RELEASED: State(_l("Released"), Tone.GOOD, _l("Nothing is held any more; the supplier has its share.")),
        P.REFUNDED: State(_l("Refunded"), Tone.NEUTRAL, _l("All of the money goes back to the buyer.")),
        P.CANCELLED: State(_l("Not due"), Tone.NEUTRAL, _l("The order ended before it was paid; nothing is owed.")),
    },
    Move(P.REQUESTED, P.STARTED, by=PAY, side=BUYER, announces=PaymentStarted),
    Move(P.FAILED, P.STARTED, by=PAY, side=BUYER, announces=PaymentStarted),
    Move(P.STARTED, P.PROCESSING),
    *(Move(s, P.HELD, announces=PaymentSucceeded) for s in (P.STARTED, P.PROCESSING)),
    *(Move(s, P.FAILED, announces=PaymentFailed) for s in (P.STARTED, P.PROCESSING)),
    *(Move(s, P.CANCELLED, announces=PaymentCancelled) for s in (P.REQUESTED, P.FAILED, P.STARTED, P.PROCESSING)),
    # What is released, claimed back and refunded decides between these; each sum has its own news.
    *(Move(source, target) for source in PAID for target in PAID if source != target),
)  # fmt: skip


class AttemptState(StrEnum):
    """How one try to pay has gone."""

    REQUESTED = "requested"
    ACTION_REQUIRED = "action_required"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


A = AttemptState
OPEN_ATTEMPTS = (A.REQUESTED, A.ACTION_REQUIRED, A.PROCESSING)

ATTEMPT: Lifecycle[AttemptState] = Lifecycle(
    "attempt",
    {
        A.REQUESTED: State(_l("Ordered"), Tone.WAITING, _l("The payment service has not answered yet.")),
        A.ACTION_REQUIRED: State(_l("To be confirmed"), Tone.WARNING, _l("The bank asks the payer to confirm.")),
        A.PROCESSING: State(_l("With the bank"), Tone.INFO, _l("The debit is under way.")),
        A.SUCCEEDED: State(_l("Succeeded"), Tone.GOOD, _l("The money has come.")),
        A.FAILED: State(_l("Failed"), Tone.BAD, _l("The bank or card said no; nothing was taken.")),
        A.CANCELLED: State(_l("Given up"), Tone.NEUTRAL, _l("It was called off before anything was taken.")),
    },
    *(Move(A.REQUESTED, target) for target in A if target != A.REQUESTED),
    *(Move(A.ACTION_REQUIRED, target) for target in (A.PROCESSING, A.SUCCEEDED, A.FAILED, A.CANCELLED)),
    *(Move(A.PROCESSING, target) for target in (A.SUCCEEDED, A.FAILED, A.CANCELLED)),
)  # fmt: skip


class ReleaseState(StrEnum):
    """How far the supplier's share of a release is on its way."""

    QUEUED = "queued"
    WAITING = "waiting"
    SENT = "sent"
    TRANSFERRED = "transferred"
    TAKEN_BACK = "taken_back"


R = ReleaseState

RELEASE: Lifecycle[ReleaseState] = Lifecycle(
    "release",
    {
        R.QUEUED: State(_l("Earned"), Tone.INFO, _l("It is the supplier's; the transfer is about to be made.")),
        R.WAITING: State(_l("Waiting for the account"), Tone.WARNING, _l("The payout account cannot take it yet.")),
        R.SENT: State(_l("On its way"), Tone.INFO, _l("The transfer is ordered and not yet confirmed.")),
        R.TRANSFERRED: State(_l("Paid out"), Tone.GOOD, _l("It is on the supplier's payout account.")),
        R.TAKEN_BACK: State(_l("Taken back"), Tone.NEUTRAL, _l("All of it was claimed back before it was sent.")),
    },
    *(Move(source, R.SENT) for source in (R.QUEUED, R.WAITING)),
    *(Move(source, R.WAITING) for source in (R.QUEUED, R.SENT)),
    *(Move(source, R.TAKEN_BACK) for source in (R.QUEUED, R.WAITING)),
    Move(R.SENT, R.TRANSFERRED, announces=FundsTransferred),
)  # fmt: skip


class ReclaimState(StrEnum):
    """How far money that was already released has come back."""

    REQUESTED = "requested"
    WAITING = "waiting"
    DONE = "done"


C = ReclaimState

RECLAIM: Lifecycle[ReclaimState] = Lifecycle(
    "reclaim",
    {
        C.REQUESTED: State(_l("Claimed back"), Tone.WAITING, _l("The transfer is to be taken back.")),
        C.WAITING: State(_l("Supplier lacks the money"), Tone.BAD, _l("The payout account does not hold it now.")),
        C.DONE: State(_l("Come back"), Tone.GOOD, _l("The money is held again, for the refund.")),
    },
    Move(C.REQUESTED, C.WAITING),
    Move(C.REQUESTED, C.DONE),
    Move(C.WAITING, C.DONE),
)  # fmt: skip


class RefundState(StrEnum):
    """How far money is on its way back to the buyer."""

    REQUESTED = "requested"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CREDITED = "credited"


F = RefundState

REFUND: Lifecycle[RefundState] = Lifecycle(
    "refund",
    {
        F.REQUESTED: State(_l("To be refunded"), Tone.WAITING, _l("It is owed to the buyer and not yet sent.")),
        F.PENDING: State(_l("On its way back"), Tone.INFO, _l("The refund is ordered; the bank takes some days.")),
        F.SUCCEEDED: State(_l("Refunded"), Tone.GOOD, _l("The money has gone back to the buyer.")),
        F.FAILED: State(_l("Refund failed"), Tone.BAD, _l("The bank sent it back; the market tries again.")),
        F.CREDITED: State(_l("Deducted"), Tone.GOOD, _l("It was not paid yet, so that much less is to be paid.")),
    },
    Move(F.REQUESTED, F.PENDING),
    Move(F.REQUESTED, F.CREDITED),
    *(Move(source, F.SUCCEEDED, announces=FundsRefunded) for source in (F.REQUESTED, F.PENDING)),
    *(Move(source, F.FAILED, announces=RefundFailed) for source in (F.REQUESTED, F.PENDING, F.SUCCEEDED)),
    Move(F.FAILED, F.REQUESTED),
)  # fmt: skip


class PayoutAccountState(StrEnum):
    """Whether money can go to a supplier's account."""

    REQUESTED = "requested"
    INCOMPLETE = "incomplete"
    READY = "ready"


O = PayoutAccountState  # noqa: E741

PAYOUT_ACCOUNT: Lifecycle[PayoutAccountState] = Lifecycle(
    "payout_account",
    {
        O.REQUESTED: State(_l("Being opened"), Tone.WAITING, _l("The payment service is opening the account.")),
        O.INCOMPLETE: State(_l("Details missing"), Tone.WARNING, _l("The payment service needs more from you.")),
        O.READY: State(_l("Ready"), Tone.GOOD, _l("What you earn is paid out to it.")),
    },
    Move(O.REQUESTED, O.INCOMPLETE),
    *(Move(source, O.READY, announces=SupplierOnboarded) for source in (O.REQUESTED, O.INCOMPLETE)),
    Move(O.READY, O.INCOMPLETE),
)  # fmt: skip


class VisitState(StrEnum):
    """How far a person's visit of a page of Stripe's has come."""

    REQUESTED = "requested"
    OPEN = "open"
    DONE = "done"
    EXPIRED = "expired"
    REFUSED = "refused"


V = VisitState

VISIT: Lifecycle[VisitState] = Lifecycle(
    "visit",
    {
        V.REQUESTED: State(_l("Being prepared"), Tone.WAITING, _l("The payment service is asked for its page.")),
        V.OPEN: State(_l("Page ready"), Tone.INFO, _l("The page of the payment service waits for you.")),
        V.DONE: State(_l("Done"), Tone.GOOD, _l("The payment service has what it needs.")),
        V.EXPIRED: State(_l("Expired"), Tone.NEUTRAL, _l("The page was not used in time; begin again.")),
        V.REFUSED: State(_l("Refused"), Tone.BAD, _l("The payment service does not offer its page.")),
    },
    *(Move(V.REQUESTED, target) for target in (V.OPEN, V.DONE, V.EXPIRED, V.REFUSED)),
    *(Move(V.OPEN, target) for target in (V.DONE, V.EXPIRED)),
)  # fmt: skip
