"""What does somebody type who ships?"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from wtforms import BooleanField, DateTimeLocalField, HiddenField, validators

from marketplace.foundation.forms import DayField, Form, LinesField, NumberField, TextField, at_most, required
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.settings import current_settings
from marketplace.sellers.fulfilment.actions import ShipLine
from marketplace.sellers.fulfilment.models import FulfilmentLine

PREFIX, FROM = "line-", "from-"
INSTANT = "%Y-%m-%dT%H:%M"


class ShipForm(Form):
    """What leaves, with whom, and when it arrives; `ship_form` adds one quantity per line."""

    request_id = HiddenField(validators=[required(), validators.UUID()])
    carrier = TextField(_l("Carrier"), [required(), at_most(80)])
    tracking_number = TextField(_l("Tracking number"), [at_most(80)])
    expected_on = DayField(_l("Expected on"), [required()])

    def values(self) -> dict[str, Any]:
        """What `actions.ship` wants to know."""
        return {
            "lines": [
                ShipLine(
                    UUID(name.removeprefix(PREFIX)),
                    field.data or Decimal(0),
                    self[f"{FROM}{name.removeprefix(PREFIX)}"].data or (),
                )
                for name, field in self._fields.items()
                if name.startswith(PREFIX)
            ],
            "carrier": self.carrier.data,
            "tracking_number": self.tracking_number.data or "",
            "expected_on": self.expected_on.data,
            "request_id": UUID(self.request_id.data),
        }


class TrackForm(Form):
    """Where a parcel was seen."""

    happened_at = DateTimeLocalField(_l("When"), [required()], format=[INSTANT, f"{INSTANT}:%S"])
    place = TextField(_l("Where"), [at_most(120)])
    remark = TextField(_l("What the carrier says"), [required(), at_most(300)])
    is_delivered = BooleanField(_l("The parcel has arrived"))

    def values(self) -> dict[str, Any]:
        """What `actions.track_shipment` wants to know."""
        return {
            "happened_at": self.happened_at.data.replace(tzinfo=ZoneInfo(current_settings().timezone)),
            "place": self.place.data or "",
            "remark": self.remark.data,
            "is_delivered": self.is_delivered.data,
        }


def ship_form(lines: Sequence[FulfilmentLine], **prefilled: Any) -> ShipForm:
    """The form for what is left of these lines, with the whole remainder filled in."""
    fields: dict[str, Any] = {f"{PREFIX}{line.order_line_id}": NumberField(line.name) for line in lines}
    fields |= {f"{FROM}{line.order_line_id}": LinesField(_l("Taken from")) for line in lines}
    remainders = {f"{PREFIX}{line.order_line_id}": line.remainder for line in lines}
    form: ShipForm = type("ShipForm", (ShipForm,), fields)(data={**remainders, **prefilled})
    return form


def local(instant: datetime) -> datetime:
    """The instant as a clock on the wall of the installation shows it."""
    return instant.astimezone(ZoneInfo(current_settings().timezone)).replace(
        tzinfo=None, second=0, microsecond=0
    )
