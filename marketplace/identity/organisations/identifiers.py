"""Is this a registration or VAT number that can exist?

python-stdnum knows the check digits of each country. Whether a number is really given out only its register can say.
"""

from stdnum import get_cc_module
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError
from stdnum.fr import siren, siret

from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l

LONGEST = 40


class WrongIdentifier(Invalid):
    """A registration or VAT number that cannot exist, or not beside the other one."""


def registration_number(typed: str | None, country: str) -> str | None:
    """The number in the national register as it is written there: for France the SIREN, also taken from a SIRET.

    For other countries it is kept as typed, without spaces. Raises WrongIdentifier.
    """
    compact = "".join((typed or "").split())
    if not compact:
        return None
    if country != "FR":
        return compact[:LONGEST]
    try:
        return str(siren.validate(siret.validate(compact)[:9] if len(compact) > 9 else compact))
    except ValidationError:
        raise WrongIdentifier(
            _l("This is no SIREN or SIRET: please look at its digits again."), field="registration_number"
        ) from None


def vat_number(typed: str | None, country: str) -> str | None:
    """The VAT number with its country's letters in front. Raises WrongIdentifier."""
    compact = "".join(c for c in (typed or "").upper() if c.isalnum())
    if not compact:
        return None
    try:
        return _checked_vat_number(compact, country)
    except ValidationError:
        raise WrongIdentifier(
            _l("This is no VAT number of that country: please look at it again."), field="vat_number"
        ) from None


def check_together(registration: str | None, vat: str | None, country: str) -> None:
    """Raises WrongIdentifier where a French VAT number, which ends in a SIREN, ends in another one than given."""
    if country == "FR" and registration and vat and vat[4:] != registration:
        raise WrongIdentifier(_l("This VAT number belongs to another SIREN."), field="vat_number")


def _checked_vat_number(compact: str, country: str) -> str:
    if country.lower() in eu_vat.MEMBER_STATES:
        prefix = "EL" if country == "GR" else country
        return str(eu_vat.validate(compact if compact.startswith(prefix) else prefix + compact))
    national = get_cc_module(country.lower(), "vat")
    return str(national.validate(compact)) if national else compact[:LONGEST]
