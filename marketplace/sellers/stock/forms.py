"""What does somebody in the warehouse type?"""

from typing import Any

from wtforms import BooleanField, RadioField, SelectField
from wtforms.validators import Optional

from marketplace.foundation.forms import (
    DayField,
    Form,
    LinesField,
    NumberField,
    TextField,
    at_most,
    choices,
    required,
)
from marketplace.foundation.language import lazy_text as _l
from marketplace.sellers.stock.models import Shows
from marketplace.sellers.stock.wording import SHOWN, TRACKINGS
from marketplace.sellers.warehouses.queries import bin_typed

BIN = _l("Bin")


class ReceiveForm(Form):
    """Goods that come in: how many, where they go, which numbers they bear, and where they come from."""

    quantity = NumberField(_l("Quantity that came in"), [required()])
    bin = TextField(BIN, [at_most(40)])
    numbers = LinesField(_l("Batch or serial numbers"))
    expires_on = DayField(_l("Expires on"), [Optional()])
    is_held = BooleanField(_l("Hold back until their quality is decided"))
    is_return = BooleanField(_l("These goods come back from a buyer"))
    reason = TextField(_l("Reference or remark"), [at_most(200)])

    def values(self) -> dict[str, Any]:
        """What `actions.receive_stock` wants to know. Raises Invalid for a bin that is not there."""
        typed = super().values()
        name = typed.pop("bin")
        return {**typed, "bin_id": bin_typed(name).id if name else None}


class CountForm(Form):
    """What was counted there, and why it differs."""

    counted = NumberField(_l("Counted quantity"), [required()])
    reason = TextField(_l("Reason"), [required(), at_most(200)])


class MoveForm(Form):
    """Where to, and how much of it."""

    bin = TextField(_l("To which bin"), [required(), at_most(40)])
    quantity = NumberField(_l("Quantity"))
    reason = TextField(_l("Remark"), [at_most(200)])

    def values(self) -> dict[str, Any]:
        """What `actions.move_stock` wants to know. Raises Invalid for a bin that is not there."""
        typed = super().values()
        name = typed.pop("bin")
        return {**typed, "to_bin_id": bin_typed(name).id}


class HoldForm(Form):
    """What is wrong, and with how much of it."""

    quantity = NumberField(_l("Quantity"))
    reason = TextField(_l("What is wrong with it?"), [required(), at_most(200)])


class ClearForm(Form):
    """How much may be sold again."""

    quantity = NumberField(_l("Quantity"))
    reason = TextField(_l("Remark"), [at_most(200)])


class ScrapForm(Form):
    """How much is written off, and why."""

    quantity = NumberField(_l("Quantity"), [required()])
    reason = TextField(_l("Reason"), [required(), at_most(200)])


class BinForm(Form):
    """Where it lies."""

    bin = TextField(BIN, [at_most(30)])


class TrackForm(Form):
    """What is written down of each piece."""

    tracking = SelectField(_l("Numbers"), choices=choices(TRACKINGS))


class ShowsForm(Form):
    """What buyers see."""

    shows = RadioField(_l("Buyers see"), [required()], choices=choices(SHOWN), default=Shows.QUANTITY)


class LimitForm(Form):
    """From which value on a second person is asked."""

    count_limit = NumberField(_l("Largest difference without a second person"))
