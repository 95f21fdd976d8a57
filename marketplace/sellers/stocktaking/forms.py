"""What does somebody type who counts?"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from wtforms import IntegerField, SelectField
from wtforms.validators import NumberRange, Optional

from marketplace.foundation.forms import Form, NumberField, RowField, TextField, at_most, choices, required
from marketplace.foundation.language import lazy_text as _l
from marketplace.sellers.stock.turnover import CLASSES
from marketplace.sellers.stocktaking.queries import Counted
from marketplace.sellers.stocktaking.scope import Scope
from marketplace.sellers.warehouses.models import Bin
from marketplace.sellers.warehouses.queries import bin_of, open_warehouses

PREFIX = "counted-"


class SheetForm(Form):
    """What is to be counted."""

    warehouse_id = RowField(_l("Warehouse"), [required()])
    first = TextField(_l("From bin"), [at_most(30)])
    last = TextField(_l("To bin"), [at_most(30)])
    letter = SelectField(_l("Class"), default="")
    idle_days = IntegerField(
        _l("Not counted for so many days"),
        [Optional(), NumberRange(1, 3650, _l("From 1 to 3650 days, please."))],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.warehouse_id.offer((row.id, row.label) for row in open_warehouses())
        self.letter.choices = choices({"": _l("All classes"), **{letter: letter for letter, _ in CLASSES}})

    def values(self) -> dict[str, Any]:
        """What `actions.open_sheet` wants to know. Raises Invalid for a bin that is not there."""
        bins = {name: self._bin(name) for name in ("first", "last")}
        scope = Scope(**bins, letter=self.letter.data or None, idle_days=self.idle_days.data)
        return {"warehouse_id": self.warehouse_id.data, "scope": scope}

    def _bin(self, name: str) -> Bin | None:
        typed = self[name].data
        return bin_of(self.warehouse_id.data, typed, field=name) if typed else None


class CountsForm(Form):
    """What was counted in one bin; `counts_form` adds a field for each place."""

    def values(self) -> dict[str, Any]:
        """What `actions.write_counts` wants to know."""
        counts = {
            UUID(name.removeprefix(PREFIX)): field.data
            for name, field in self._fields.items()
            if name.startswith(PREFIX)
        }
        return {"counts": counts}


class FoundForm(Form):
    """Something that the books do not know in that bin."""

    code = TextField(_l("Article number or GTIN"), [required(), at_most(120)])
    number = TextField(_l("Batch or serial number"), [at_most(60)])


def counts_form(places: Sequence[Counted]) -> CountsForm:
    """The form for what is to be counted in one bin, with what has been counted already."""
    fields = {f"{PREFIX}{place.line.id}": NumberField(place.product.name) for place in places}
    known = {f"{PREFIX}{place.line.id}": place.line.counted for place in places}
    form: CountsForm = type("CountsForm", (CountsForm,), fields)(data=known)
    return form
