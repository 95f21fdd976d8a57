"""What does a person type who counts a delivery?"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

import wtforms
from flask_wtf.file import FileField
from wtforms import FieldList, FormField, SubmitField
from wtforms.widgets import TextArea

from marketplace.buyers.orders.models import PurchaseOrderLine
from marketplace.buyers.receiving.actions import Photo
from marketplace.buyers.receiving.counting import Count
from marketplace.foundation import clock
from marketplace.foundation.db import new_id
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

FIGURES = ("accepted", "damaged", "missing")
NOTHING = Decimal(0)


class CountEntry(wtforms.Form):  # type: ignore[misc]
    """The count of one line; an empty figure is none."""

    order_line_id = IdField()
    accepted = NumberField(_l("Accepted"))
    damaged = NumberField(_l("Damaged"))
    missing = NumberField(_l("Missing"))
    photo = FileField(_l("Photo of the damage"))

    def validate_accepted(self, field: wtforms.Field) -> None:
        """Raises ValidationError where a figure is negative."""
        if any((self[name].data or NOTHING) < 0 for name in FIGURES):
            raise wtforms.ValidationError(str(_l("A count is not negative.")))

    @property
    def count(self) -> Count:
        """What was counted of the line."""
        return Count(self.order_line_id.data, *(self[name].data or NOTHING for name in FIGURES))


class CountForm(Form):
    """A whole delivery: line by line, or with one button all as announced."""

    request_id = IdField()
    receipts_seen = SeenField()
    shipment_id = IdField()
    received_on = DayField(_l("Arrived on"), [required()])
    lines = FieldList(FormField(CountEntry))
    photo = FileField(_l("Photo of the delivery"))
    note = TextField(_l("Remark"), [at_most(2000)], widget=TextArea())
    as_announced = SubmitField(_l("All as announced"))
    expected: dict[UUID, Decimal]

    @classmethod
    def of(
        cls,
        lines: Sequence[PurchaseOrderLine],
        expected: dict[UUID, Decimal],
        *,
        receipts_seen: int,
        shipment_id: UUID | None,
    ) -> Self:
        """The form for the lines of which something is expected; a click of it counts once."""
        form = cls(
            request_id=new_id(),
            receipts_seen=receipts_seen,
            shipment_id=shipment_id,
            received_on=clock.today(),
            lines=[{"order_line_id": line.id} for line in lines],
        )
        form.expected = expected
        return form

    def values(self) -> dict[str, Any]:
        """The counts, with the pictures."""
        return {
            "counts": self._counts(),
            "photos": list(self._photos()),
            "note": self.note.data,
            "received_on": self.received_on.data,
            "shipment_id": self.shipment_id.data,
            "request_id": self.request_id.data,
            "receipts_seen": self.receipts_seen.data,
        }

    def _counts(self) -> list[Count]:
        if self.as_announced.data:
            return [Count(line_id, quantity) for line_id, quantity in self.expected.items()]
        return [entry.form.count for entry in self.lines]

    def _photos(self) -> Iterator[Photo]:
        if self.photo.data:
            yield Photo(self.photo.data.read())
        for entry in self.lines:
            if entry.form.photo.data:
                yield Photo(entry.form.photo.data.read(), entry.form.order_line_id.data)
