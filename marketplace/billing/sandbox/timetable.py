"""What happens by itself when the test clock gets there?"""

from collections.abc import Callable

from marketplace.billing.sandbox.calls import Call
from marketplace.billing.sandbox.charging import settle_debit
from marketplace.billing.sandbox.checkout import expire_session
from marketplace.billing.sandbox.disputes import lapse_dispute
from marketplace.billing.sandbox.payouts import finish_payout
from marketplace.billing.sandbox.refunds import finish_refund
from marketplace.billing.sandbox.store import Transaction

_DEEDS: dict[str, Callable[[Call, str], None]] = {
    "settle_debit": settle_debit,
    "finish_refund": finish_refund,
    "finish_payout": finish_payout,
    "lapse_dispute": lapse_dispute,
    "expire_session": expire_session,
}
_NEXT = (
    "SELECT seq, due_at, deed, subject, account FROM agenda WHERE due_at <= ? ORDER BY due_at, seq LIMIT 1"
)


def is_anything_due(work: Transaction) -> bool:
    """Whether the clock has passed something that has not been done."""
    return bool(work.rows(_NEXT, work.now))


def catch_up(work: Transaction) -> int:
    """Do everything that is due, in the order of its time and as of its time; the number of things done."""
    done = 0
    while due := work.rows(_NEXT, work.now):
        deed = due[0]
        work.run("DELETE FROM agenda WHERE seq = ?", deed["seq"])
        call = Call(work=work, account=deed["account"], now=deed["due_at"], params={})
        _DEEDS[deed["deed"]](call, deed["subject"])
        done += 1
    return done
