"""How is a value of a property kept, and how is it shown? Pure."""

from decimal import Decimal
from typing import Any

from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l, text as _
from marketplace.foundation.presentation import write_number
from marketplace.foundation.quantity import UNITS
from marketplace.sellers.attributes.models import LONGEST_VALUE, Attribute, AttributeKind

YES, NO = "yes", "no"
PREFIX = "attribute_"
"""Before the code of an attribute where other things have names as well: in forms, files and versions."""


def kept(attribute: Attribute, value: Any) -> str | None:
    """The value as it is kept: of a number its Decimal is given, else a text. None where there is none.

    Raises Invalid for a text that is too long, what cannot be chosen, and what is required and missing.
    """
    if value is None or value == "":
        if attribute.is_required:
            raise _refused(attribute, _l("Please fill this in."))
        return None
    if attribute.kind == AttributeKind.NUMBER:
        return f"{Decimal(value).normalize():f}"
    choices = {AttributeKind.CHOICE: attribute.choices, AttributeKind.FLAG: [YES, NO]}.get(
        AttributeKind(attribute.kind)
    )
    if choices is not None and value not in choices:
        raise _refused(attribute, _l("“%(value)s” cannot be chosen here.", value=str(value)[:40]))
    if len(value) > LONGEST_VALUE:
        raise _refused(attribute, _l("At most %(max)d characters, please.", max=LONGEST_VALUE))
    return str(value)


def shown(attribute: Attribute, value: str) -> str:
    """The value in the present language, a number with its unit."""
    if attribute.kind == AttributeKind.FLAG:
        return _("yes") if value == YES else _("no")
    if attribute.kind != AttributeKind.NUMBER:
        return value
    number = write_number(Decimal(value))
    return f"{number} {UNITS[attribute.unit_code].label}" if attribute.unit_code else number


def _refused(attribute: Attribute, sentence: Any) -> Invalid:
    return Invalid(sentence, field=f"{PREFIX}{attribute.code}")
