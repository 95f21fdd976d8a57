"""Which facts can be said of a product, and how is each written?

Every fact is one text in one form only, whoever says it: a person, a file, a program or a version. So two are the same
where their texts are.
"""

import re
from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from flask_babel import LazyString

from marketplace.foundation.countries import is_country
from marketplace.foundation.language import lazy_text as _l
from marketplace.sellers.facts import hazards
from marketplace.sellers.facts.documents import BETWEEN, LONGEST_CERTIFICATE, written_documents

MOST_CERTIFICATES, LONGEST_LIST, MOST_DAYS = 20, 1000, 36_500
DATED = re.compile(r"(.+?)\s*\(([0-9]{4}-[0-9]{2}-[0-9]{2})\)")


class Fact(NamedTuple):
    """What it is called, how it is written (None where it cannot be so), and what is said then."""

    label: LazyString
    written: Callable[[str], str | None]
    complaint: LazyString
    titles: str
    kind: str = "text"


class Certificate(NamedTuple):
    """A certificate or label that a product bears, and until when."""

    name: str
    expires_on: date | None


def certificates_in(written: str | None) -> list[Certificate]:
    """Those of a list as the fact `certificates` has it. Raises ValueError for a day that is none."""
    return [_certificate(part) for part in (written or "").split(";") if part.strip()]


def written_certificates(typed: str) -> str | None:
    """Certificates by name, each once: "FSC; ISO 9001 (2027-12-31)"; None where there is a wrong day or too much."""
    try:
        known = {one.name: one for one in certificates_in(typed)}
    except ValueError:
        return None
    if not 0 < len(known) <= MOST_CERTIFICATES or max(map(len, known)) > LONGEST_CERTIFICATE:
        return None
    return BETWEEN.join(_written(known[name]) for name in sorted(known))


def _certificate(part: str) -> Certificate:
    dated = DATED.fullmatch(part.strip())
    name = " ".join((dated[1] if dated else part).split())
    return Certificate(name, date.fromisoformat(dated[2]) if dated else None)


def _written(certificate: Certificate) -> str:
    name, expires_on = certificate
    return f"{name} ({expires_on})" if expires_on else name


def _days(typed: str) -> str | None:
    plain = typed.strip()
    return str(int(plain)) if re.fullmatch("[0-9]{1,5}", plain) and 0 < int(plain) <= MOST_DAYS else None


def _country(typed: str) -> str | None:
    code = typed.strip().upper()
    return code if is_country(code) else None


def _unspsc(typed: str) -> str | None:
    plain = typed.strip()
    return plain if re.fullmatch("[1-9][0-9]{7}", plain) else None


def _in_bounds(written: Callable[[str], str | None]) -> Callable[[str], str | None]:
    return lambda typed: written(typed) if len(typed) <= LONGEST_LIST else None


FACTS = {
    "origin_country": Fact(
        _l("Country of origin"), _country, _l("This is not a country code (ISO 3166-1), as FR or DE."),
        "country of origin, origin, origin country, made in, pays d origine, origine",
    ),
    "unspsc_code": Fact(
        _l("Class (UNSPSC)"), _unspsc, _l("A class of the UNSPSC has eight digits and begins with no zero."),
        "unspsc, unspsc code, code unspsc",
    ),
    "shelf_life_days": Fact(
        _l("Shelf life (days)"), _days, _l("A whole number of days, please, from 1 to 36500."),
        "shelf life, shelf life days, duree de conservation, duree de vie, ddm jours", "integer",
    ),
    "remaining_days": Fact(
        _l("Least shelf life left on delivery (days)"), _days,
        _l("A whole number of days, please, from 1 to 36500."),
        "shelf life on delivery, remaining shelf life, minimum remaining days, duree restante a la livraison",
        "integer",
    ),
    "un_number": Fact(
        _l("UN number"), hazards.un_number, _l("A UN number has four digits, as UN1263."),
        "un number, un no, numero onu, code onu, onu",
    ),
    "signal_word": Fact(
        _l("Signal word"), hazards.signal_word, _l("The signal word is “danger” or “warning”."),
        "signal word, mention d avertissement",
    ),
    "pictograms": Fact(
        _l("Hazard pictograms"), _in_bounds(hazards.pictograms),
        _l("Pictograms are written as GHS02 GHS07, from GHS01 to GHS09."),
        "ghs pictograms, pictograms, hazard pictograms, ghs, pictogrammes, pictogrammes sgh",
    ),
    "hazard_statements": Fact(
        _l("Hazard statements"), _in_bounds(hazards.hazard_statements),
        _l("Hazard statements are written as H225 H319, or EUH066; one of these is none."),
        "h statements, hazard statements, h phrases, mentions de danger, phrases h",
    ),
    "precautionary_statements": Fact(
        _l("Precautionary statements"), _in_bounds(hazards.precautionary_statements),
        _l("Precautionary statements are written as P210 P305+P351+P338; one of these is none."),
        "p statements, precautionary statements, p phrases, conseils de prudence, phrases p",
    ),
    "certificates": Fact(
        _l("Certificates and labels"), _in_bounds(written_certificates),
        _l("Certificates are written as FSC; ISO 9001 (2027-12-31): at most 20, each with at most 80 characters."),
        "certificates, labels, certifications, certificats, ecolabels",
    ),
    "documents": Fact(
        _l("Documents"), written_documents,
        _l("Documents are written as: Title (data_sheet, en, SHA-256 of the file); at most 20."),
        "documents",
    ),
}  # fmt: skip
# Each has a table of its own: buyers look for the one, and the other is handed out.
CERTIFICATES, DOCUMENTS = "certificates", "documents"
IN_A_ROW = {name: fact for name, fact in FACTS.items() if name not in (CERTIFICATES, DOCUMENTS)}
