"""What does a proposed settlement say, and what does it say otherwise than the one before?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

from marketplace.buyers.orders.terms import Change
from marketplace.disputes.cases.models import DisputeLine, Proposal
from marketplace.events.disputes import ReplacementLine
from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l, text as _
from marketplace.foundation.money import Money
from marketplace.foundation.presentation import write_date, write_money, write_quantity
from marketplace.foundation.quantity import checked_quantity

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Terms:
    """The remedies of one proposal: money that goes back, goods that are sent again, and by which day."""

    refund: Money
    credit: Money
    replacements: tuple[ReplacementLine, ...] = ()
    redelivery_on: date | None = None
    note: str = ""

    @classmethod
    def of(cls, proposal: Proposal) -> Self:
        """The terms of a proposal that was made."""
        return cls(
            refund=proposal.refund,
            credit=proposal.credit,
            replacements=tuple(
                ReplacementLine(UUID(entry["order_line_id"]), Decimal(entry["quantity"]))
                for entry in proposal.replacements
            ),
            redelivery_on=proposal.redelivery_on,
            note=proposal.note,
        )

    @property
    def returned(self) -> Money:
        """What goes back to the buyer in money."""
        return self.refund + self.credit

    @property
    def remedy(self) -> str:
        """The kinds of remedy it has, as news names them: "refund+replacement"."""
        has = {
            "refund": bool(self.refund),
            "credit": bool(self.credit),
            "replacement": bool(self.replacements),
            "redelivery": self.redelivery_on is not None and not self.replacements,
        }
        return "+".join(kind for kind, is_there in has.items() if is_there)

    def quantity_of(self, order_line_id: UUID) -> Decimal:
        """How much of that line is sent again."""
        return sum((r.quantity for r in self.replacements if r.order_line_id == order_line_id), NOTHING)

    def replacements_as_json(self) -> list[dict[str, Any]]:
        """What is sent again, as a proposal keeps it."""
        return [
            {"order_line_id": str(r.order_line_id), "quantity": format(r.quantity.normalize(), "f")}
            for r in self.replacements
        ]

    def as_json(self) -> dict[str, Any]:
        """What both sign, with numbers as plain decimal text, so that the same terms always have the same hash."""
        return {
            "refund": format(self.refund.amount.normalize(), "f"),
            "credit": format(self.credit.amount.normalize(), "f"),
            "currency": self.refund.currency,
            "replacements": self.replacements_as_json(),
            "redelivery_on": self.redelivery_on and self.redelivery_on.isoformat(),
            "note": self.note,
        }


def check(terms: Terms, contested: Money, lines: Sequence[DisputeLine], today: date) -> None:
    """Whether `terms` can settle a dispute over that. Raises Invalid, WrongQuantity."""
    if not terms.remedy:
        raise Invalid(_l("A proposal offers something: money, goods or a day."))
    if min(terms.refund.amount, terms.credit.amount) < 0 or terms.returned > contested:
        contested_text = write_money(contested)
        raise Invalid(
            _l("Between nothing and the contested %(amount)s can go back.", amount=contested_text),
            field="refund",
        )
    for money, field in ((terms.refund, "refund"), (terms.credit, "credit")):
        if money.rounded() != money:
            raise Invalid(_l("This amount has too many decimals."), field=field)
    if terms.redelivery_on is not None and terms.redelivery_on < today:
        raise Invalid(_l("Goods cannot be promised for a day that has passed."), field="redelivery_on")
    _check_replacements(terms, {line.order_line_id: line for line in lines})


def changes(old: Terms, new: Terms, lines: Sequence[DisputeLine]) -> list[Change]:
    """What `new` offers otherwise than `old`, written for the reader; None stands for nothing."""
    before, after = described(old, lines), described(new, lines)
    labels = [label for label in before if label not in after] + list(after)
    return [
        Change(label, before.get(label), after.get(label))
        for label in labels
        if before.get(label) != after.get(label)
    ]


def described(terms: Terms, lines: Sequence[DisputeLine]) -> dict[str, str]:
    """What `terms` offer, line by line, for the person who reads it."""
    found = {}
    if terms.refund:
        found[_("Refund")] = write_money(terms.refund)
    if terms.credit:
        found[_("Discount")] = write_money(terms.credit)
    for line in lines:
        if again := terms.quantity_of(line.order_line_id):
            label = _("Sent again: %(name)s", name=line.name)
            found[label] = write_quantity(again, line.unit_code)
    if terms.redelivery_on:
        found[_("Delivered by")] = write_date(terms.redelivery_on)
    return found


def _check_replacements(terms: Terms, lines: Mapping[UUID, DisputeLine]) -> None:
    ids = [r.order_line_id for r in terms.replacements]
    if len(set(ids)) < len(ids) or not set(ids) <= set(lines):
        raise Invalid(_l("Only what the dispute is about can be sent again, each line once."), field="lines")
    for replacement in terms.replacements:
        line = lines[replacement.order_line_id]
        checked_quantity(replacement.quantity, line.unit_code, field="lines")
        if replacement.quantity > line.at_issue:
            raise Invalid(
                _l(
                    "“%(name)s”: no more than %(number)s can be sent again.",
                    name=line.name,
                    number=write_quantity(line.at_issue, line.unit_code),
                ),
                field="lines",
            )
