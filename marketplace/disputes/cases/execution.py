"""What happens to money when a dispute is opened, settled or ended, and when its time runs out?

All of this is done as the platform, by reactions and clocks. Each step can be repeated: billing does what has one cause
once.
"""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from marketplace.billing.payments.actions import lift_contest, refund, release_rest, retry_refund
from marketplace.billing.payments.lifecycle import PaymentState, RefundState
from marketplace.billing.payments.models import Payment, Refund
from marketplace.billing.payments.queries import payment_of_order
from marketplace.buyers.orders.queries import lines_of as order_lines
from marketplace.disputes.cases import queries
from marketplace.disputes.cases.clocks import CLOCKS, deadline
from marketplace.disputes.cases.course import close, move_on
from marketplace.disputes.cases.effects import Shares, lost_quantities, shares
from marketplace.disputes.cases.facts import gathered
from marketplace.disputes.cases.lifecycle import DisputeState
from marketplace.disputes.cases.models import Dispute, FactSheet, Outcome, Proposal
from marketplace.disputes.cases.terms import Terms
from marketplace.foundation import clock
from marketplace.foundation.db import fetch, save, session
from marketplace.foundation.money import Money

S = DisputeState
CONFIRMED = frozenset({RefundState.SUCCEEDED, RefundState.CREDITED})


def carry_out(*, dispute_id: UUID) -> Dispute:
    """Give each side its share of the contested money, once; a settlement whose money is confirmed is carried out."""
    row = queries.dispute_for_update(dispute_id)
    payment = payment_of_order(row.order_id)
    if row.returned is not None and payment is not None and payment.status != PaymentState.CANCELLED:
        _share_out(row, payment, _shares(row, row.returned))
    confirm_execution(dispute_id=dispute_id)
    return row


def confirm_execution(*, dispute_id: UUID) -> bool:
    """Whether the dispute is carried out by this: it is settled, and nothing that goes back is still on its way."""
    row = queries.dispute_for_update(dispute_id)
    if row.status != S.SETTLED or row.returned_amount is None or not _is_money_confirmed(row):
        return False
    close(
        row,
        S.EXECUTED,
        Outcome.SETTLED,
        returned=row.returned_amount,
        is_founded=row.opener_id == row.buyer_id or row.returned_amount < row.contested.amount,
        order_line_ids=_order_line_ids(row),
    )
    return True


def let_time_run_out(*, dispute_id: UUID) -> bool:
    """Move a dispute whose clock has run out to where the table of clocks says; False where it has time."""
    row = queries.dispute_for_update(dispute_id)
    if row.due_at is None or row.due_at > clock.now():
        return False
    target = CLOCKS[row.status].outcome
    if target == S.SETTLED:
        row.due_at = deadline(S.SETTLED, row.days, clock.now())
        carry_out(dispute_id=dispute_id)
        _ask_again(row)
    elif target == S.LAPSED:
        _lapse(row)
    else:
        move_on(row, target)
    return True


def draw_up_facts(*, dispute_id: UUID) -> FactSheet | None:
    """Write what the house knows of the order now; None where the sheet says that already."""
    row = queries.dispute_for_update(dispute_id)
    facts, before = gathered(row.order_id), queries.fact_sheet(dispute_id)
    if before is not None and before.facts == facts:
        return None
    version = before.version + 1 if before else 1
    return save(FactSheet(dispute_id=row.id, **row.sides, version=version, facts=facts))


def _share_out(row: Dispute, payment: Payment, found: Shares) -> None:
    """What goes back is set aside before the rest is free, so that nothing is released that must return."""
    back = min(found.returned, payment.money(payment.refundable))
    if back.amount > 0:
        refund(order_id=row.order_id, amount=back, cause_id=row.id, reason=row.number)
    lift_contest(dispute_id=row.id)
    if found.released:
        release_rest(order_id=row.order_id, amount=found.released, cause_id=row.id)


def _shares(row: Dispute, returned: Money) -> Shares:
    terms = Terms.of(fetch(Proposal, row.settled_proposal_id)) if row.settled_proposal_id else None
    return shares(
        row.contested,
        returned,
        queries.lines_of(row.id),
        lost_quantities(order_lines(row.order_id)),
        terms.replacements if terms else (),
    )


def _is_money_confirmed(row: Dispute) -> bool:
    owed = _refund_of(row)
    return owed is None or owed.status in CONFIRMED


def _ask_again(row: Dispute) -> None:
    """What the bank sent back is sent once more; what is still on its way is asked after by billing itself."""
    owed = _refund_of(row)
    if owed is not None and owed.status == RefundState.FAILED:
        retry_refund(refund_id=owed.id)


def _refund_of(row: Dispute) -> Refund | None:
    return session().scalars(select(Refund).where(Refund.cause_id == row.id)).one_or_none()


def _lapse(row: Dispute) -> None:
    """The default outcome: to the opener where the other side's silence is the reason, otherwise to the other side."""
    was = row.status
    winner_id = row.opener_id if CLOCKS[was].is_for_opener else row.respondent_id
    close(
        row,
        S.LAPSED,
        Outcome.REFERRED if was == S.REFERRED else Outcome.LAPSED,
        returned=row.contested.amount if winner_id == row.buyer_id else Decimal(0),
        is_founded=winner_id == row.opener_id,
        order_line_ids=_order_line_ids(row),
    )


def _order_line_ids(row: Dispute) -> list[UUID]:
    return [line.order_line_id for line in queries.lines_of(row.id)]
