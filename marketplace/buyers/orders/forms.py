"""What does somebody type about an order?"""

from collections.abc import Sequence
from typing import Any, Self
from uuid import UUID

import wtforms
from flask import request
from wtforms import BooleanField, FieldList, FormField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import TextArea

from marketplace.buyers.orders.answers import Promise, ProposedLine
from marketplace.buyers.orders.lifecycle import ORDER, OrderState
from marketplace.buyers.orders.models import PurchaseOrder, PurchaseOrderLine
from marketplace.buyers.orders.queries import Side, Wish
from marketplace.foundation.forms import (
    DayField,
    Form,
    IdField,
    NumberField,
    SeenField,
    TextField,
    at_most,
    required,
)
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.money import Money


class ReasonForm(Form):
    """Why an order is refused, cancelled, or a change declined; the other party reads it."""

    reason = TextField(_l("Reason"), [required(), at_most(1000)], widget=TextArea())


class CancelForm(ReasonForm):
    """Why it is cancelled, and the version whose consequences were read."""

    version = SeenField()


class AcceptForm(Form):
    """The number of the version that was read, sent back as it was shown."""

    version = SeenField()


class PromisedEntry(wtforms.Form):  # type: ignore[misc]
    """The day of one line; empty where it is the order's."""

    order_line_id = IdField()
    promised_on = DayField(_l("Promised for"), [wtforms.validators.Optional()])


class ConfirmForm(Form):
    """The day for which the order is promised, and another one for lines that need it."""

    confirmed_on = DayField(_l("All goods arrive on"), [required()])
    lines = FieldList(FormField(PromisedEntry))

    @classmethod
    def of(cls, order: PurchaseOrder, lines: Sequence[PurchaseOrderLine], **options: Any) -> Self:
        """The form with the day that the buyer asked for."""
        entries = [{"order_line_id": line.id} for line in lines]
        return cls(confirmed_on=order.requested_on, lines=entries, **options)

    def values(self) -> dict[str, Any]:
        """The order's day, and the lines that have one of their own."""
        promises = [
            Promise(entry.order_line_id.data, entry.promised_on.data)
            for entry in self.lines
            if entry.promised_on.data is not None
        ]
        return {"confirmed_on": self.confirmed_on.data, "lines": promises}


class ProposedEntry(wtforms.Form):  # type: ignore[misc]
    """How one line would be delivered."""

    order_line_id = IdField()
    quantity = NumberField(_l("Quantity"), [required()])
    unit_price = NumberField(_l("Unit price"), [required()])
    promised_on = DayField(_l("Promised for"), [wtforms.validators.Optional()])


class ProposeForm(Form):
    """What the seller would change, and why."""

    confirmed_on = DayField(_l("All goods arrive on"), [required()])
    lines = FieldList(FormField(ProposedEntry))
    reason = TextField(_l("Reason"), [required(), at_most(1000)], widget=TextArea())

    @classmethod
    def of(cls, order: PurchaseOrder, lines: Sequence[PurchaseOrderLine]) -> Self:
        """The form with the order as it stands."""
        entries = [
            {"order_line_id": line.id, "quantity": line.quantity, "unit_price": line.unit_price.amount}
            for line in lines
        ]
        form = cls(confirmed_on=order.requested_on, lines=entries)
        form.currency = order.total.currency
        return form

    def values(self) -> dict[str, Any]:
        """What is proposed for every line."""
        proposed = [
            ProposedLine(
                entry.order_line_id.data,
                entry.quantity.data,
                Money(entry.unit_price.data, self.currency),
                entry.promised_on.data,
            )
            for entry in self.lines
        ]
        return {"confirmed_on": self.confirmed_on.data, "lines": proposed, "reason": self.reason.data}


class WishForm(Form):
    """Which orders a list shall show."""

    state = SelectField(_l("State"))
    counterpart = SelectField()
    late = BooleanField(_l("Only late ones"))

    class Meta:
        """It changes nothing, so it needs no token."""

        csrf = False

    @classmethod
    def asked(cls, side: Side, counterparts: Sequence[tuple[UUID, str]]) -> Self:
        """The form as the request's address fills it, for the orders of one side."""
        form = cls(formdata=request.args)
        form.counterpart.label.text = _l("Supplier") if side == "buyer_id" else _l("Buyer")
        states = [SelectChoice(str(state), shown.label) for state, shown in ORDER.states.items()]
        parties = [SelectChoice(str(party_id), name) for party_id, name in counterparts]
        form.state.choices = [SelectChoice("", _l("Every state")), *states]
        form.counterpart.choices = [SelectChoice("", _l("Everybody")), *parties]
        return form

    @property
    def wish(self) -> Wish:
        """What is asked; a choice that does not exist is none."""
        state = self.state.data if self.state.data in set(ORDER.states) else None
        party = self.counterpart.data if self._knows(self.counterpart.data) else None
        return Wish(
            state=OrderState(state) if state else None,
            counterpart_id=UUID(party) if party else None,
            is_late=self.late.data,
        )

    def _knows(self, party: str | None) -> bool:
        return bool(party) and party in {choice.value for choice in self.counterpart.choices}
