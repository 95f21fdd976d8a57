"""What can be done with warehouses and bins?"""

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from marketplace.foundation.db import fetch, new_id, save, session
from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.organisations.queries import site
from marketplace.sellers.warehouses.models import Bin, Warehouse
from marketplace.sellers.warehouses.series import MOST, codes_between

Place = TypeVar("Place", Warehouse, Bin)


def open_warehouse(*, code: str, name: str, site_id: UUID | None = None, position: int = 1) -> Warehouse:
    """Keep goods in another place from now on; the database gives it a first bin, where they come in.

    Raises NotFound for a site that is not one's own, IntegrityError (code).
    """
    values = _checked(code=code, name=name, site_id=site_id, position=position)
    return save(Warehouse(organisation_id=current_actor().organisation, **values))


def change_warehouse(
    *, warehouse_id: UUID, code: str, name: str, site_id: UUID | None, position: int
) -> Warehouse:
    """Write other particulars of a warehouse. Raises NotFound, IntegrityError (code)."""
    row = fetch(Warehouse, warehouse_id, lock=True)
    for field, value in _checked(code=code, name=name, site_id=site_id, position=position).items():
        setattr(row, field, value)
    session().flush()
    return row


def close_warehouse(*, warehouse_id: UUID) -> Warehouse:
    """Keep nothing there any more. Raises NotFound, IntegrityError while goods lie in it."""
    return _set_active(fetch(Warehouse, warehouse_id, lock=True), is_active=False)


def reopen_warehouse(*, warehouse_id: UUID) -> Warehouse:
    """Keep goods there again. Raises NotFound."""
    return _set_active(fetch(Warehouse, warehouse_id, lock=True), is_active=True)


def add_bins(*, warehouse_id: UUID, first: str, last: str | None = None) -> Sequence[Bin]:
    """Add one bin, or all from `first` to `last`; those that are there are opened again.

    Raises NotFound, and Invalid where there is no such series, or too long a one.
    """
    row, codes = fetch(Warehouse, warehouse_id), codes_between(first, last or first)
    if codes is None:
        sentence = _l(
            "A series goes from “A-1” to “A-24”: only the last number differs, and it has at most %(most)d bins.",
            most=MOST,
        )
        raise Invalid(sentence, field="last")
    rows = [
        {"id": new_id(), "warehouse_id": row.id, "organisation_id": row.organisation_id, "code": code}
        for code in codes
    ]
    added = insert(Bin).values(rows)
    opened = added.on_conflict_do_update(
        index_elements=["warehouse_id", "code"], set_={"is_active": True}
    ).returning(Bin)
    return session().scalars(opened, execution_options={"populate_existing": True}).all()


def bin_named(*, warehouse_id: UUID, code: str) -> Bin:
    """The bin of that name in a warehouse; added, or opened again, where that is needed. Raises NotFound."""
    return add_bins(warehouse_id=warehouse_id, first=code)[0]


def close_bin(*, bin_id: UUID) -> Bin:
    """Put nothing there any more. Raises NotFound, IntegrityError while goods lie there or come in there."""
    return _set_active(fetch(Bin, bin_id, lock=True), is_active=False)


def _checked(*, code: str, name: str, site_id: UUID | None, position: int) -> dict[str, object]:
    if site_id is not None:
        site(site_id)
    return {"code": code.strip().upper(), "name": name, "site_id": site_id, "position": position}


def _set_active(row: Place, *, is_active: bool) -> Place:
    row.is_active = is_active
    session().flush()
    return row
