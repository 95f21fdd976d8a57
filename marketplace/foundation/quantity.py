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
    """A unit of measure: its short name and the number of decimals a quantity of it may have.

    One of it is `factor` of the unit `base`; without a base it is a packaging, and only its content can be compared.
    """

    label: LazyString
    decimals: int
    base: str | None = None
    factor: Decimal = Decimal(1)


# Factors: UN/ECE Recommendation 20, Annex I, conversion factors to the SI unit or a power of ten of it.
UNITS: dict[str, Unit] = {
    "C62": Unit(_l("unit"), 0, "C62"),
    "EA": Unit(_l("each"), 0, "C62"),
    "DZN": Unit(_l("dozen"), 0, "C62", Decimal(12)),
    "PR": Unit(_l("pair"), 0, "PR"),
    "BX": Unit(_l("box"), 0),
    "CT": Unit(_l("carton"), 0),
    "PK": Unit(_l("pack"), 0),
    "SET": Unit(_l("set"), 0),
    "RO": Unit(_l("roll"), 0),
    "CA": Unit(_l("can"), 0),
    "BO": Unit(_l("bottle"), 0),
    "PF": Unit(_l("pallet"), 0),
    "GRM": Unit(_l("g"), 1, "KGM", Decimal("0.001")),
    "KGM": Unit(_l("kg"), 3, "KGM"),
    "TNE": Unit(_l("t"), 3, "KGM", Decimal(1000)),
    "MMT": Unit(_l("mm"), 0, "MTR", Decimal("0.001")),
    "CMT": Unit(_l("cm"), 1, "MTR", Decimal("0.01")),
    "MTR": Unit(_l("m"), 3, "MTR"),
    "MTK": Unit(_l("m²"), 3, "MTK"),
    "MTQ": Unit(_l("m³"), 3, "LTR", Decimal(1000)),
    "MLT": Unit(_l("ml"), 0, "LTR", Decimal("0.001")),
    "CLT": Unit(_l("cl"), 1, "LTR", Decimal("0.01")),
    "LTR": Unit(_l("l"), 3, "LTR"),
    "HUR": Unit(_l("hour"), 2, "HUR"),
    "DAY": Unit(_l("day"), 2, "DAY"),
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


def base_content(code: str, content: Decimal, content_code: str) -> tuple[Decimal, str]:
    """What one unit of `code` is in a base unit: a measure by itself, a packaging by its `content`.

    A case of 6 bottles of 75 cl (content 450 CLT) is 4.5 LTR. A packaging of packagings is compared by these.
    """
    own = unit(code)
    if own.base and own.base != "C62":
        return own.factor, own.base
    inner = unit(content_code)
    return content * inner.factor * own.factor, inner.base or content_code


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
