"""What does each way out do to money and goods?

The same arithmetic carries a settlement out and tells, before anybody clicks, what would happen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from marketplace.buyers.orders.models import PurchaseOrderLine
from marketplace.disputes.cases.models import DisputeLine
from marketplace.disputes.cases.terms import Terms
from marketplace.events.disputes import ReplacementLine
from marketplace.foundation.language import text as _
from marketplace.foundation.money import Money
from marketplace.foundation.presentation import write_date, write_money, write_quantity

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Shares:
    """What becomes of the contested money: `returned` to the buyer, `released` to the seller at once, `freed`.

    What is freed is no longer held up, and follows the goods as in any order: it has been the seller's since they were
    accepted, or becomes the seller's when they are.
    """

    returned: Money
    released: Money
    freed: Money


def lost_quantities(lines: Sequence[PurchaseOrderLine]) -> dict[UUID, Decimal]:
    """How much of each order line was counted damaged or missing, and will never be accepted."""
    return {line.id: line.damaged + line.missing for line in lines}


def shares(
    contested: Money,
    returned: Money,
    lines: Sequence[DisputeLine],
    lost: Mapping[UUID, Decimal],
    replacements: Sequence[ReplacementLine] = (),
) -> Shares:
    """Who gets what; the three add up to what is contested.

    Released at once is what the seller keeps of goods that nobody will accept any more (`lost`, by order line), less
    what is sent again, for that is paid for when it is counted.
    """
    rest, currency = contested - returned, contested.currency
    prices = {line.order_line_id: line.unit_price for line in lines}
    gone = Money.total(
        (line.unit_price.times(min(lost.get(line.order_line_id, NOTHING), line.at_issue)) for line in lines),
        currency,
    )
    again = Money.total((prices[r.order_line_id].times(r.quantity) for r in replacements), currency)
    released = max(min(rest, gone) - again, Money.zero(currency))
    return Shares(returned, released, rest - released)


@dataclass(frozen=True)
class Effect:
    """One thing that a choice does."""

    label: str
    value: str


def effects(found: Shares, *, buyer: str, seller: str) -> list[Effect]:
    """What such shares do to the money, for the person who is about to choose."""
    told = [
        (_("Back to %(name)s", name=buyer), found.returned),
        (_("To %(name)s at once", name=seller), found.released),
        (_("No longer held up by the dispute"), found.freed),
    ]
    return [Effect(label, write_money(money)) for label, money in told if money]


def effects_on_goods(terms: Terms, lines: Sequence[DisputeLine]) -> list[Effect]:
    """What a settlement does to the goods."""
    names = {line.order_line_id: line for line in lines}
    told = [
        Effect(
            _("Sent again: %(name)s", name=names[r.order_line_id].name),
            write_quantity(r.quantity, names[r.order_line_id].unit_code),
        )
        for r in terms.replacements
    ]
    if terms.redelivery_on:
        told.append(Effect(_("Delivered by"), write_date(terms.redelivery_on)))
    return told
