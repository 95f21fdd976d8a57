"""What does somebody type about warehouses and bins?"""

from typing import Any

from wtforms import IntegerField
from wtforms.validators import NumberRange

from marketplace.foundation.forms import Form, RowField, TextField, at_most, required
from marketplace.foundation.language import lazy_text as _l
from marketplace.identity.organisations.queries import sites


class WarehouseForm(Form):
    """What it is called, where it stands, and when it is picked from."""

    code = TextField(_l("Short name"), [required(), at_most(12)])
    name = TextField(_l("Name"), [required(), at_most(120)])
    site_id = RowField(_l("Site"))
    position = IntegerField(
        _l("Picked from as number"),
        [required(), NumberRange(1, 99, _l("From 1 to 99, please."))],
        default=1,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.site_id.offer(((site.id, site.name) for site in sites()), nothing=_l("none of our sites"))


class BinsForm(Form):
    """One bin, or a series of them."""

    first = TextField(_l("From bin"), [required(), at_most(30)])
    last = TextField(_l("To bin"), [at_most(30)])
