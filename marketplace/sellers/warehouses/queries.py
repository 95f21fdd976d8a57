"""What can be asked about warehouses and their bins?"""

from collections.abc import Collection, Sequence
from typing import NamedTuple
from uuid import UUID

from flask import has_request_context, request
from sqlalchemy import func, select

from marketplace.foundation.db import fetch, session
from marketplace.foundation.errors import Invalid, NotFound
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.paging import SIZE, Page
from marketplace.identity.organisations.models import Site
from marketplace.sellers.warehouses.models import Bin, Warehouse


class WarehouseRow(NamedTuple):
    """A warehouse, where it stands, and how many open bins it has."""

    warehouse: Warehouse
    site: Site | None
    bins: int


def warehouses() -> list[WarehouseRow]:
    """All the warehouses of the actor's organisation, closed ones last; one statement."""
    bins = (
        select(Bin.warehouse_id, func.count().label("bins"))
        .where(Bin.is_active)
        .group_by(Bin.warehouse_id)
        .subquery()
    )
    rows = session().execute(
        select(Warehouse, Site, func.coalesce(bins.c.bins, 0))
        .outerjoin(Site, Site.id == Warehouse.site_id)
        .outerjoin(bins, bins.c.warehouse_id == Warehouse.id)
        .order_by(Warehouse.is_active.desc(), Warehouse.position, Warehouse.code)
    )
    return [WarehouseRow(*row) for row in rows]


def open_warehouses() -> Sequence[Warehouse]:
    """The warehouses in use, the first to pick from first."""
    wanted = select(Warehouse).where(Warehouse.is_active)
    return session().scalars(wanted.order_by(Warehouse.position, Warehouse.code)).all()


def main_warehouse() -> Warehouse:
    """The first of them. Raises NotFound where there is none."""
    found = open_warehouses()
    if not found:
        raise NotFound(_l("You have no warehouse yet."))
    return found[0]


def warehouse(warehouse_id: UUID) -> Warehouse:
    """That warehouse of the actor's organisation. Raises NotFound."""
    return fetch(Warehouse, warehouse_id)


def site_of(warehouse: Warehouse) -> Site | None:
    """Where it stands, if that is one of the organisation's sites."""
    return fetch(Site, warehouse.site_id) if warehouse.site_id else None


def goods_in_of(warehouse_id: UUID) -> Bin:
    """Where goods come in, in that warehouse."""
    return session().scalars(select(Bin).where(Bin.warehouse_id == warehouse_id, Bin.is_goods_in)).one()


def bin_at(bin_id: UUID) -> tuple[Bin, Warehouse]:
    """That bin, and the warehouse in which it is. Raises NotFound."""
    found = fetch(Bin, bin_id)
    return found, fetch(Warehouse, found.warehouse_id)


def bins_of(warehouse_id: UUID) -> Page[Bin]:
    """One page of the bins of a warehouse, in the order in which one walks, from the request's `after` on."""
    wanted = select(Bin).where(Bin.warehouse_id == warehouse_id)
    after = request.args.get("after") if has_request_context() else None
    if after:
        wanted = wanted.where(Bin.path > after)
    rows = session().scalars(wanted.order_by(Bin.path).limit(SIZE + 1)).all()
    return Page(rows[:SIZE], after=rows[SIZE - 1].path if len(rows) > SIZE else None)


def bins_called(typed: Collection[str]) -> dict[str, list[tuple[Bin, Warehouse]]]:
    """The open bins that each of these texts names, "A-1" or "LYO/A-1", the first to pick from first; one statement."""
    names = {text: _name(text) for text in typed}
    wanted = (
        select(Bin, Warehouse)
        .join(Warehouse, Warehouse.id == Bin.warehouse_id)
        .where(Bin.code.in_({code for _, code in names.values()}), Bin.is_active, Warehouse.is_active)
        .order_by(Warehouse.position, Warehouse.code)
    )
    rows = [(row[0], row[1]) for row in session().execute(wanted)]
    found = {
        text: [(bin, at) for bin, at in rows if bin.code == code and warehouse in (None, at.code)]
        for text, (warehouse, code) in names.items()
    }
    return {text: bins for text, bins in found.items() if bins}


def bin_typed(typed: str, *, field: str = "bin") -> Bin:
    """The one open bin that `typed` names. Raises Invalid, beside `field`, where there is none, or more than one."""
    found = bins_called([typed]).get(typed, [])
    if not found:
        raise Invalid(_l("You have no open bin “%(name)s”.", name=typed), field=field)
    if len(found) > 1:
        either = " / ".join(f"{at.code}/{bin.code}" for bin, at in found)
        raise Invalid(_l("Several warehouses have a bin of that name: %(names)s", names=either), field=field)
    return found[0][0]


def bin_of(warehouse_id: UUID, typed: str, *, field: str = "bin") -> Bin:
    """The open bin of one warehouse that `typed` names. Raises Invalid, beside `field`."""
    found = [bin for bin, at in bins_called([typed]).get(typed, []) if at.id == warehouse_id]
    if not found:
        raise Invalid(_l("This warehouse has no open bin “%(name)s”.", name=typed), field=field)
    return found[0]


def bins_by_id(bin_ids: Collection[UUID]) -> dict[UUID, tuple[Bin, Warehouse]]:
    """Those bins with their warehouses, in one statement."""
    wanted = select(Bin, Warehouse).join(Warehouse, Warehouse.id == Bin.warehouse_id)
    rows = session().execute(wanted.where(Bin.id.in_(bin_ids)))
    return {row[0].id: (row[0], row[1]) for row in rows}


def _name(typed: str) -> tuple[str | None, str]:
    warehouse, slash, code = typed.strip().upper().partition("/")
    return (warehouse, code) if slash else (None, warehouse)
