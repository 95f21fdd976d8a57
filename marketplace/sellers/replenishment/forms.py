"""What does somebody type about goods that are to come?"""

from typing import Any

from wtforms import BooleanField
from wtforms.validators import Optional

from marketplace.foundation.forms import (
    DayField,
    Form,
    LinesField,
    NumberField,
    RowField,
    TextField,
    at_most,
    required,
)
from marketplace.foundation.language import lazy_text as _l
from marketplace.sellers.warehouses.queries import bin_typed, open_warehouses


class ArrivalForm(Form):
    """How much is expected, and when."""

    quantity = NumberField(_l("Quantity"), [required()])
    expected_on = DayField(_l("Expected on"), [required()])
    reference = TextField(_l("Your order with your supplier"), [at_most(120)])


class NewArrivalForm(ArrivalForm):
    """The same, and where."""

    warehouse_id = RowField(_l("Warehouse"), [required()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.warehouse_id.offer((row.id, row.label) for row in open_warehouses())


class TakeInForm(Form):
    """What has come."""

    quantity = NumberField(_l("Quantity that came in"), [required()])
    bin = TextField(_l("Bin"), [at_most(40)])
    numbers = LinesField(_l("Batch or serial numbers"))
    expires_on = DayField(_l("Expires on"), [Optional()])
    is_held = BooleanField(_l("Hold back until their quality is decided"))
    is_last = BooleanField(_l("Nothing more of it will come"))

    def values(self) -> dict[str, Any]:
        """What `actions.take_in` wants to know. Raises Invalid for a bin that is not there."""
        typed = super().values()
        name = typed.pop("bin")
        return {**typed, "bin_id": bin_typed(name).id if name else None}


class ReorderForm(Form):
    """Below which quantity it is filled up, and to which."""

    reorder_point = NumberField(_l("Reorder point"))
    reorder_up_to = NumberField(_l("Fill up to"))
