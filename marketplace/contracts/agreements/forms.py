"""What does somebody type who writes an agreement?"""

from collections.abc import Iterable, Sequence
from typing import Any

from wtforms import SelectField

from marketplace.contracts.agreements.models import Clause
from marketplace.contracts.agreements.wording import blanks
from marketplace.foundation.forms import (
    DayField,
    Form,
    NumberField,
    RowField,
    TextField,
    at_most,
    choices,
    required,
)
from marketplace.foundation.language import lazy_text as _l
from marketplace.identity.organisations.models import Organisation

SIDES = {"buyer": _l("the buyer"), "supplier": _l("the supplier")}
BLANKS = {
    "days": _l("Days"),
    "months": _l("Months"),
    "percent": _l("At least"),
    "indemnity": _l("Indemnity"),
    "seat": _l("Seat"),
    "court": _l("Place of the court"),
}


class AgreementForm(Form):
    """On which side, with whom, about what, for how long, up to how much."""

    side = SelectField(_l("We are"), [required()])
    counterparty_id = RowField(_l("With"), [required()])
    title = TextField(_l("Subject"), [required(), at_most(200)])
    starts_on = DayField(_l("First day"), [required()])
    ends_on = DayField(_l("Last day"), [required()])
    ceiling_amount = NumberField(_l("Ceiling in all"))

    def offer(self, sides: Sequence[str], others: Iterable[Organisation]) -> None:
        """Let the person choose among these; who takes one side only is not asked which."""
        self.side.choices = choices({side: SIDES[side] for side in sides})
        if len(sides) == 1:
            self.side.data, self.side.validators = sides[0], ()
        self.counterparty_id.offer((other.id, other.name) for other in others)

    def values(self) -> dict[str, Any]:
        """What was typed, as the action takes it."""
        typed = super().values()
        side = typed.pop("side")
        return {**typed, "is_proposer_buyer": side == "buyer"}


class LineForm(Form):
    """A product, its price, and how much of it may be called off."""

    sku = TextField(_l("Supplier's SKU"), [required(), at_most(100)])
    unit_price = NumberField(_l("Price per unit"), [required()])
    ceiling_quantity = NumberField(_l("Ceiling (quantity)"))


class ClauseForm(Form):
    """The blanks of one clause; `clause_form` adds a field for each."""

    def values(self) -> dict[str, Any]:
        """What was typed into them."""
        return {"variables": super().values()}


def clause_form(clause: Clause, **options: Any) -> ClauseForm:
    """The form for the blanks of a clause, filled in as the library proposes."""
    fields = {name: TextField(BLANKS.get(name, name), [required(), at_most(60)]) for name in blanks(clause)}
    kind = type("ClauseForm", (ClauseForm,), fields)
    form: ClauseForm = kind(data=clause.defaults, prefix=f"{clause.code}-", **options)
    return form


class ReasonForm(Form):
    """Why something is declined or ended."""

    reason = TextField(_l("Reason"), [required(), at_most(1000)])
