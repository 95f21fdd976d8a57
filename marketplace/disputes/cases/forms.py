"""What does somebody type in a dispute?"""

from collections.abc import Collection, Sequence
from typing import Any, Self
from uuid import UUID

import wtforms
from flask_babel import LazyString
from wtforms import BooleanField, FieldList, FormField, HiddenField, MultipleFileField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import TextArea

from marketplace.buyers.orders.models import PurchaseOrderLine
from marketplace.disputes.cases.files import Exhibit
from marketplace.disputes.cases.models import ContributionKind, DisputeLine, DisputeReason, Proposal
from marketplace.disputes.cases.opening import ContestedLine
from marketplace.disputes.cases.terms import Terms
from marketplace.events.disputes import ReplacementLine
from marketplace.foundation.db import new_id
from marketplace.foundation.forms import (
    DayField,
    Form,
    IdField,
    NumberField,
    TextField,
    at_most,
    file_name,
    required,
)
from marketplace.foundation.language import lazy_text as _l

REASONS: dict[DisputeReason, LazyString] = {
    DisputeReason.SHORT: _l("Goods are missing"),
    DisputeReason.DAMAGED: _l("Goods are damaged"),
    DisputeReason.WRONG: _l("These are not the goods ordered"),
    DisputeReason.LATE: _l("Goods are late"),
    DisputeReason.PRICE: _l("The price is wrong"),
    DisputeReason.OTHER: _l("Something else"),
}


class ExhibitsField(MultipleFileField):  # type: ignore[misc]
    """Files to be filed as evidence; its data is a list of exhibits."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read them, under the last part of their names."""
        chosen = [file for file in valuelist if getattr(file, "filename", "")]
        self.data = [Exhibit(file_name(file.filename), file.read()) for file in chosen]


def files_field(*validators: Any) -> ExhibitsField:
    """Pictures, letters, delivery notes: whatever proves something."""
    return ExhibitsField(_l("Evidence"), validators)


class ContestedEntry(wtforms.Form):  # type: ignore[misc]
    """Whether one line is at issue, and how much of it."""

    order_line_id = IdField()
    is_contested = BooleanField(_l("At issue"))
    quantity = NumberField(_l("Quantity at issue"))


class OpenForm(Form):
    """What is contested, and why."""

    request_id = IdField()
    lines = FieldList(FormField(ContestedEntry))
    reason = RadioField(
        _l("What is wrong?"),
        [required()],
        choices=[SelectChoice(str(r), label) for r, label in REASONS.items()],
    )
    body = TextField(_l("What has happened?"), [required(), at_most(10_000)], widget=TextArea())
    amount = NumberField(_l("Contested amount"))
    files = files_field()

    @classmethod
    def of(cls, lines: Sequence[PurchaseOrderLine], chosen: Collection[UUID]) -> Self:
        """The form with these lines chosen, and what was counted damaged or missing of each."""
        entries = [
            {
                "order_line_id": line.id,
                "is_contested": line.id in chosen or len(lines) == 1,
                "quantity": line.damaged + line.missing or line.quantity,
            }
            for line in lines
        ]
        return cls(request_id=new_id(), lines=entries, reason=_likely_reason(lines))

    def values(self) -> dict[str, Any]:
        """The lines at issue, and what is said of them."""
        contested = [
            ContestedLine(entry.order_line_id.data, entry.quantity.data)
            for entry in self.lines
            if entry.is_contested.data
        ]
        return {
            "request_id": self.request_id.data,
            "lines": contested,
            "reason": DisputeReason(self.reason.data),
            "body": self.body.data,
            "amount": self.amount.data,
            "files": self.files.data,
        }


def _likely_reason(lines: Sequence[PurchaseOrderLine]) -> DisputeReason | None:
    """What the counts say is wrong; None where they say nothing."""
    if any(line.damaged for line in lines):
        return DisputeReason.DAMAGED
    return DisputeReason.SHORT if any(line.missing for line in lines) else None


class SayForm(Form):
    """A contribution to the joint room, with what proves it."""

    kind = HiddenField()
    body = TextField(_l("Your text"), [required(), at_most(10_000)], widget=TextArea())
    files = files_field()

    def validate_kind(self, field: HiddenField) -> None:
        """A kind that somebody can choose."""
        if field.data not in (ContributionKind.REPLY, ContributionKind.CLAIM, ContributionKind.ANSWER):
            field.data = ContributionKind.MESSAGE

    def values(self) -> dict[str, Any]:
        """What is said, as what, with which files."""
        kind = ContributionKind(self.kind.data)
        return {"kind": kind, "body": self.body.data, "files": self.files.data}


class EvidenceForm(Form):
    """Files alone."""

    exhibits = files_field(wtforms.validators.InputRequired(_l("Please choose at least one file.")))

    def values(self) -> dict[str, Any]:
        """The files."""
        return {"files": self.exhibits.data}


class ReplacedEntry(wtforms.Form):  # type: ignore[misc]
    """How much of one line would be sent again."""

    order_line_id = IdField()
    quantity = NumberField(_l("Sent again"))


class ProposeForm(Form):
    """The remedies of a settlement."""

    refund = NumberField(_l("Refund"))
    credit = NumberField(_l("Discount"))
    lines = FieldList(FormField(ReplacedEntry))
    redelivery_on = DayField(_l("Delivered by"), [wtforms.validators.Optional()])
    note = TextField(_l("What you want to say about it"), [at_most(10_000)], widget=TextArea())
    is_signed = BooleanField(_l("Sign it for our side at once"))

    @classmethod
    def of(cls, lines: Sequence[DisputeLine], before: Proposal | None) -> Self:
        """The form with what was proposed last, ready to be changed."""
        terms = Terms.of(before) if before else None
        entries = [
            {
                "order_line_id": line.order_line_id,
                "quantity": (terms and terms.quantity_of(line.order_line_id)) or None,
            }
            for line in lines
        ]
        if terms is None:
            return cls(lines=entries)
        return cls(
            refund=terms.refund.amount or None,
            credit=terms.credit.amount or None,
            redelivery_on=terms.redelivery_on,
            lines=entries,
        )

    def values(self) -> dict[str, Any]:
        """What is offered; whether it is signed is for the view, which knows from where."""
        return {
            "refund": self.refund.data,
            "credit": self.credit.data,
            "replacements": [
                ReplacementLine(entry.order_line_id.data, entry.quantity.data)
                for entry in self.lines
                if entry.quantity.data
            ],
            "redelivery_on": self.redelivery_on.data,
            "note": self.note.data,
        }


class SignForm(Form):
    """The proposal that was read, and the hash of its terms."""

    proposal_id = IdField()
    sha256 = HiddenField()


class DeclineForm(Form):
    """The proposal that is declined, and why."""

    proposal_id = IdField()
    reason = TextField(_l("Reason"), [required(), at_most(1000)], widget=TextArea())


class ReasonForm(Form):
    """Why the dispute is taken back."""

    reason = TextField(_l("Reason"), [required(), at_most(1000)], widget=TextArea())
