"""How many, of which unit?

Units are UN/ECE Recommendation 20 codes, as UBL and EN 16931 (BT-130) use them; each says how finely it may be cut.
"""

from decimal import Decimal
from typing import NamedTuple

from flask_babel import LazyString

from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l

MAXIMUM = Decimal(10) ** 9


class Unit(NamedTuple):
    """A unit of measure: its short name and the number of decimals a quantity of it may have."""

    label: LazyString
    decimals: int


UNITS: dict[str, Unit] = {
    "C62": Unit(_l("unit"), 0),
    "EA": Unit(_l("each"), 0),
    "BX": Unit(_l("box"), 0),
    "CT": Unit(_l("carton"), 0),
    "PK": Unit(_l("pack"), 0),
    "PR": Unit(_l("pair"), 0),
    "SET": Unit(_l("set"), 0),
    "RO": Unit(_l("roll"), 0),
    "PF": Unit(_l("pallet"), 0),
    "GRM": Unit(_l("g"), 1),
    "KGM": Unit(_l("kg"), 3),
    "TNE": Unit(_l("t"), 3),
    "MTR": Unit(_l("m"), 3),
    "MTK": Unit(_l("m²"), 3),
    "MTQ": Unit(_l("m³"), 3),
    "LTR": Unit(_l("l"), 3),
    "HUR": Unit(_l("hour"), 2),
    "DAY": Unit(_l("day"), 2),
}


class WrongQuantity(Invalid):
    """A quantity that nobody can order, count or ship."""


def unit(code: str) -> Unit:
    """The unit of that Rec 20 code. Raises Invalid for one we do not know."""
    try:
        return UNITS[code]
    except KeyError:
        raise Invalid(
            _l("“%(code)s” is not a unit we know (UN/ECE Rec 20).", code=code), field="unit"
        ) from None


def checked_quantity(value: Decimal, code: str, *, field: str = "quantity") -> Decimal:
    """`value` where it is a positive quantity of that unit in range; otherwise WrongQuantity says why not."""
    decimals = unit(code).decimals
    if not value.is_finite() or value <= 0:
        raise WrongQuantity(_l("The quantity must be more than zero."), field=field)
    if value > MAXIMUM:
        raise WrongQuantity(_l("The quantity is too large."), field=field)
    if value != value.quantize(Decimal(1).scaleb(-decimals)):
        raise WrongQuantity(_l("This unit cannot be divided that finely."), field=field)
    return value
