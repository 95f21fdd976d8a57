"""How does one need go? What each side will do about it when its turn comes, decided beforehand: by a scene, or by
chance.
"""

import random
from dataclasses import dataclass
from enum import StrEnum

from marketplace.demo import cast


class Approval(StrEnum):
    """What the approvers say."""

    GRANTED = "granted"
    HALFWAY = "the first says yes"
    REFUSED = "refused"
    NONE = "none"
    ASKING = "one asks first and is not answered yet"
    ANSWERED = "one asks first, is answered, and they say yes"


class Onward(StrEnum):
    """What becomes of the requisition then."""

    ORDERED = "ordered"
    KEPT = "kept"
    TAKEN_BACK = "taken back"


class Reply(StrEnum):
    """What the supplier answers to the order."""

    CONFIRMED = "confirmed"
    CHANGED = "another proposal"
    REFUSED = "refused"
    NONE = "none"


class Response(StrEnum):
    """What the buyer says to another proposal."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    NONE = "none"


class Shipped(StrEnum):
    """How the goods leave."""

    WHOLE = "whole"
    IN_PARTS = "in two parcels"
    FIRST_PART = "the first of two parcels"
    NONE = "none"


class Counted(StrEnum):
    """What the receiver finds."""

    WHOLE = "whole"
    DAMAGED = "damaged"
    SHORT = "short"
    OVER = "over"
    NONE = "none"


@dataclass(frozen=True)
class Course:
    """What will be done; `worth` is in euros, about, `pays_by` a test card or account, `quarrel` one of `QUARRELS`.

    As it stands all goes well: a need of Monday morning is counted in on Wednesday evening.
    """

    worth: int = 900
    approval: Approval = Approval.GRANTED
    hours_to_decide: float = 3
    onward: Onward = Onward.ORDERED
    reply: Reply = Reply.CONFIRMED
    hours_to_reply: float = 4
    response: Response = Response.ACCEPTED
    pays_by: str = "pm_card_visa"
    is_cancelled: bool = False
    days_until_needed: int = 10
    days_to_ship: float = 1
    shipped: Shipped = Shipped.WHOLE
    days_under_way: float = 1
    is_tracked: bool = False
    is_delivered: bool = True
    counted: Counted = Counted.WHOLE
    quarrel: str = ""


# What mostly happens, with the odds of the rest in a hundred.
ODDS_OF_REFUSAL, ODDS_OF_CHANGE, ODDS_OF_NO, ODDS_OF_PARTS, ODDS_OF_DEBIT = 0.05, 0.05, 0.03, 0.2, 0.3
ENDINGS = ("settled", "shared", "replaced", "withdrawn", "mediated")


def drawn(chance: random.Random, manner: cast.Supplier) -> Course:
    """A course as chance and the supplier's manner will have it."""
    needed = chance.randint(8, 16)
    slip = chance.randint(4, 9) if chance.random() < manner.late else 0
    counted = _found(chance, manner)
    is_wrong = counted in (Counted.DAMAGED, Counted.SHORT)
    return Course(
        worth=round(chance.lognormvariate(6.6, 0.9)),
        approval=Approval.REFUSED if chance.random() < ODDS_OF_REFUSAL else Approval.GRANTED,
        hours_to_decide=chance.uniform(1, 6),
        reply=_reply(chance),
        hours_to_reply=manner.hours_to_confirm * chance.uniform(0.5, 1.5),
        pays_by="pm_success_fr" if chance.random() < ODDS_OF_DEBIT else "pm_card_visa",
        days_until_needed=needed,
        days_to_ship=max(needed - 3 + slip, 1),
        shipped=Shipped.IN_PARTS if chance.random() < ODDS_OF_PARTS else Shipped.WHOLE,
        days_under_way=2,
        counted=counted,
        quarrel=chance.choice(ENDINGS) if is_wrong and chance.random() < 0.7 else "",
    )


def _reply(chance: random.Random) -> Reply:
    odds = (1 - ODDS_OF_CHANGE - ODDS_OF_NO, ODDS_OF_CHANGE, ODDS_OF_NO)
    return chance.choices((Reply.CONFIRMED, Reply.CHANGED, Reply.REFUSED), odds)[0]


def _found(chance: random.Random, manner: cast.Supplier) -> Counted:
    odds = (manner.damaged * 1.5, 0.02, 0.02)
    return chance.choices(
        (Counted.WHOLE, Counted.DAMAGED, Counted.SHORT, Counted.OVER), (1 - sum(odds), *odds)
    )[0]
