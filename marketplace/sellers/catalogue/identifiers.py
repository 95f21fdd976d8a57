"""Is this a GTIN, is this a category?"""

import re

from stdnum import ean
from stdnum.exceptions import ValidationError

from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l

CPV = re.compile(r"([0-9]{8})(?:-[0-9])?")


def checked_gtin(typed: str) -> str:
    """The GTIN (8, 12, 13 or 14 digits) without blanks and hyphens. Raises Invalid where its check digit does not fit.

    GS1 General Specifications, section 7.9.
    """
    try:
        return str(ean.validate(typed))
    except ValidationError:
        raise Invalid(_l("This is no GTIN: its check digit does not fit."), field="gtin") from None


def checked_cpv_code(typed: str) -> str:
    """The eight digits of a CPV code, written with or without its control digit. Raises Invalid."""
    found = CPV.fullmatch(typed.strip())
    if found is None:
        raise Invalid(_l("A category has eight digits, as in 30192700 or 30192700-8."), field="cpv_code")
    return found[1]
