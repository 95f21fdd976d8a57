"""How is a file of prices handed in?"""

from datetime import date
from uuid import UUID

from marketplace.foundation.db import save, session
from marketplace.foundation.files import store_file
from marketplace.foundation.tasks import start_task
from marketplace.foundation.validity import checked_term
from marketplace.sellers.catalogue.spreadsheets import read_sheet
from marketplace.sellers.price_lists.importing import IMPORT, Reading
from marketplace.sellers.price_lists.models import PriceImport, TierKind
from marketplace.sellers.price_lists.queries import price_list
from marketplace.sellers.price_lists.reading import places_of


def start_import(
    *,
    list_id: UUID,
    file_name: str,
    content: bytes,
    number_style: str,
    kind: str,
    starts_on: date,
    ends_on: date | None = None,
) -> PriceImport:
    """Keep a file of prices and let a worker bring it into a list, to hold from that day on.

    `number_style` is a key of cells.NUMBER_STYLES. Raises NotFound, UnreadableFile, Invalid for a missing column.
    """
    checked_term(starts_on, ends_on)
    row = price_list(list_id)
    places_of(read_sheet(content).titles)
    kept = store_file(
        content, name=file_name, media_type="application/octet-stream", owner_id=row.organisation_id
    )
    reading = Reading(number_style, TierKind(kind), starts_on, ends_on)
    work = save(
        PriceImport(
            organisation_id=row.organisation_id,
            list_id=row.id,
            file_id=kept.id,
            file_name=file_name,
            reading=reading.as_json(),
        )
    )
    work.task_id = start_task(IMPORT, import_id=work.id).id
    session().flush()
    return work
