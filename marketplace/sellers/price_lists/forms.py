"""What does a sales desk type about its prices?"""

from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import FieldList, Form as PlainForm, FormField, RadioField, SelectField
from wtforms.validators import Optional

from marketplace.foundation.errors import Invalid
from marketplace.foundation.forms import (
    DayField,
    Form,
    NumberField,
    RowField,
    TextField,
    at_most,
    choices,
    countable,
    file_name,
    required,
)
from marketplace.foundation.language import lazy_text as _l
from marketplace.sellers.catalogue.cells import NUMBER_STYLES
from marketplace.sellers.price_lists.actions import NOTHING
from marketplace.sellers.price_lists.models import PriceListLine, TierKind

CURRENCIES = {code: code for code in ("EUR", "CHF", "GBP", "USD", "CZK", "DKK", "NOK", "PLN", "SEK", "JPY")}
KINDS: dict[str, object] = {
    TierKind.ALL_UNITS: _l("The whole quantity costs the price of the tier that it reaches"),
    TierKind.INCREMENTAL: _l("Only what lies beyond a tier’s quantity costs its price"),
}
MOST_TIERS = 6


class TermForm(Form):
    """From when until when."""

    starts_on = DayField(_l("First day"), [required()])
    ends_on = DayField(_l("Last day"), [Optional()])


class ListForm(TermForm):
    """A new price list: its name, which its buyers see, its currency, and whom it is for."""

    name = TextField(_l("Name of the list"), [required(), at_most(120)])
    currency = SelectField(_l("Currency"), [required()], choices=choices(CURRENCIES))
    group_id = RowField(_l("For a group of customers"))
    buyer_id = RowField(_l("For one customer"))

    def values(self) -> dict[str, Any]:
        """What was typed. Raises Invalid for a list of a group and a customer at once."""
        typed = super().values()
        if typed["group_id"] and typed["buyer_id"]:
            raise Invalid(_l("Either a group or one customer, please."), field="buyer_id")
        return typed


class NameForm(Form):
    """What a list is called."""

    name = TextField(_l("Name of the list"), [required(), at_most(120)])


class EndForm(Form):
    """Until when something holds."""

    ends_on = DayField(_l("Last day"), [required()])


class TierForm(PlainForm):  # type: ignore[misc]
    """One price from a quantity on; a line left empty is none."""

    from_quantity = NumberField(_l("From this quantity"), [Optional(), countable()])
    amount = NumberField(_l("Price per unit"), [Optional(), countable()])


class PriceForm(TermForm):
    """The price of one product: per unit, for more, and what its packs cost beside it."""

    sku = TextField(_l("Article number"), [required(), at_most(60)])
    price = NumberField(_l("Price per unit"), [required(), countable()])
    tiers = FieldList(
        FormField(TierForm), _l("Larger quantities"), min_entries=MOST_TIERS, max_entries=MOST_TIERS
    )
    kind = RadioField(
        _l("How larger quantities are priced"),
        [required()],
        choices=choices(KINDS),
        default=TierKind.ALL_UNITS,
    )
    pack_quantity = NumberField(_l("Units in a pack"), [Optional(), countable()])
    per_pack = NumberField(_l("Surcharge for each pack that is begun"), [Optional(), countable()])
    broken_pack = NumberField(_l("Surcharge where the last pack is not full"), [Optional(), countable()])

    @classmethod
    def of(cls, line: PriceListLine, sku: str, **others: Any) -> "PriceForm":
        """The form with a price as it stands, to write the next one."""
        tiers = [{"from_quantity": tier.from_quantity, "amount": tier.price.amount} for tier in line.steps]
        kept = {"price": line.price.amount, "kind": line.kind, "pack_quantity": line.pack_quantity}
        surcharges = {"per_pack": line.per_pack or None, "broken_pack": line.broken_pack or None}
        return cls(data={"sku": sku, "tiers": tiers, **kept, **surcharges, **others})

    def values(self) -> dict[str, Any]:
        """What was typed, as the action takes it. Raises Invalid for half a tier, or one that is there twice."""
        typed = super().values()
        rows = {tuple(tier.values()) for tier in self.tiers.data if any(tier.values())}
        if any(quantity is None or amount is None for quantity, amount in rows):
            raise Invalid(_l("Each line needs a quantity and a price."), field="tiers")
        if len(dict(rows)) < len(rows):
            raise Invalid(_l("Two prices begin at the same quantity."), field="tiers")
        surcharges = {name: typed[name] or NOTHING for name in ("per_pack", "broken_pack")}
        return typed | surcharges | {"tiers": dict(rows), "kind": TierKind(typed["kind"])}


class FileForm(TermForm):
    """Prices in a file, and how it is read."""

    file = FileField(_l("File"), [FileRequired(_l("Please choose a file."))])
    number_style = RadioField(
        _l("How does this file write numbers?"),
        [required()],
        choices=choices({name: style.example for name, style in NUMBER_STYLES.items()}),
    )
    kind = RadioField(
        _l("How larger quantities are priced"),
        [required()],
        choices=choices(KINDS),
        default=TierKind.ALL_UNITS,
    )

    def values(self) -> dict[str, Any]:
        """The bytes of the file, its name, and how it is read."""
        typed = super().values()
        sent = typed.pop("file")
        return typed | {"content": sent.read(), "file_name": file_name(sent.filename)}
