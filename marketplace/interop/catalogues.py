"""How does a program say how its catalogue is to be read?

Nothing is guessed about figures: how numbers are written says the format of the file, the supplier when it last brought
in a file with the same columns, or the program; otherwise the file is refused.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from marketplace.foundation.errors import Invalid
from marketplace.foundation.forms import file_name
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.money import exponent
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.organisations.queries import organisation
from marketplace.sellers.catalogue.actions import checked_category, prepare_import, start_import
from marketplace.sellers.catalogue.cells import NUMBER_STYLES
from marketplace.sellers.catalogue.columns import Reading, guessed_columns
from marketplace.sellers.catalogue.models import CatalogueImport
from marketplace.sellers.catalogue.properties import known_columns
from marketplace.sellers.catalogue.queries import last_reading
from marketplace.sellers.catalogue.spreadsheets import Sheet, read_sheet

ANSWERS = {"yes": True, "no": False}


def bring_in(content: bytes, said: Mapping[str, str]) -> CatalogueImport:
    """Let a worker bring this file in, read as `said`: name, numbers, currency, category, publish, complete.

    Raises UnreadableFile, and Invalid for what cannot be so, or where something is missing.
    """
    if not content:
        raise Invalid(_l("The request has no file in its body."))
    reading = _reading(read_sheet(content), said)
    work = prepare_import(file_name=file_name(said.get("name")), content=content)
    return start_import(import_id=work.id, reading=reading)


def _reading(sheet: Sheet, said: Mapping[str, str]) -> Reading:
    known = last_reading(sheet.titles)
    asked = _asked(said)
    if known:
        return replace(known, **asked)
    asked.setdefault("number_style", sheet.number_style)
    if asked["number_style"] is None:
        raise Invalid(
            _l("Say how this file writes numbers: numbers=point or numbers=comma."), field="numbers"
        )
    ours = {"currency": organisation(current_actor().organisation).currency, "cpv_code": None}
    return Reading(columns=guessed_columns(sheet.titles, known_columns().values()), **ours | asked)


def _asked(said: Mapping[str, str]) -> dict[str, Any]:
    asked: dict[str, Any] = {}
    if "numbers" in said:
        asked["number_style"] = _one_of(said, "numbers", dict.fromkeys(NUMBER_STYLES))
    if "currency" in said:
        exponent(said["currency"])
        asked["currency"] = said["currency"]
    if "category" in said:
        asked["cpv_code"] = checked_category(said["category"])
    for name, meant in (("publish", "is_published"), ("complete", "is_complete")):
        if name in said:
            asked[meant] = ANSWERS[_one_of(said, name, ANSWERS)]
    return asked


def _one_of(said: Mapping[str, str], name: str, known: Mapping[str, object]) -> str:
    if said[name] not in known:
        raise Invalid(_l("“%(name)s” is one of: %(known)s.", name=name, known=", ".join(known)), field=name)
    return said[name]
