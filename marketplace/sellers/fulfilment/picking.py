"""What is fetched from where for an order?"""

import re
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from marketplace.foundation.errors import Invalid
from marketplace.foundation.forms import read_number
from marketplace.foundation.language import lazy_text as _l
from marketplace.sellers.fulfilment.models import FulfilmentLine
from marketplace.sellers.stock.models import StockBatch
from marketplace.sellers.stock.queries import Pick
from marketplace.sellers.warehouses.models import Bin, Warehouse

NOTHING = Decimal(0)
TIMES = re.compile(r"\s+[x×*]\s*(?=[0-9])")


class PickLine(NamedTuple):
    """So much of one line to fetch from one place; without a place where nothing lies for it."""

    line: FulfilmentLine
    quantity: Decimal
    bin: Bin | None = None
    warehouse: Warehouse | None = None
    batch: StockBatch | None = None


class Scanned(NamedTuple):
    """What somebody scanned who took goods: a batch, a serial number or a bin, and how much was taken from there."""

    code: str
    quantity: Decimal


def read_scanned(entries: Sequence[str], leaving: Decimal, *, field: str) -> list[Scanned]:
    """What stands there, one entry a line: "L-77", or "L-77 × 3". One alone stands for all that leaves, else for one.

    Raises Invalid, beside `field`.
    """
    each = leaving if len(entries) == 1 else Decimal(1)
    found = []
    for entry in entries:
        code, *times = TIMES.split(entry, maxsplit=1)
        quantity = read_number(times[0]) if times else each
        if quantity is None or quantity <= 0:
            sentence = _l(
                "“%(entry)s” is not understood: a number or a bin, then “× 3” for three of it.", entry=entry
            )
            raise Invalid(sentence, field=field)
        found.append(Scanned(code, quantity))
    return found


def wanted_by(lines: Collection[FulfilmentLine]) -> dict[UUID, Decimal]:
    """What is left to ship of each product, in whichever of these lines."""
    wanted: dict[UUID, Decimal] = {}
    for line in lines:
        wanted[line.product_id] = wanted.get(line.product_id, NOTHING) + line.remainder
    return wanted


def pick_lines(
    lines: Sequence[FulfilmentLine],
    found: Mapping[UUID, Sequence[Pick]],
    *,
    bins: Mapping[UUID, tuple[Bin, Warehouse]],
    batches: Mapping[UUID, StockBatch],
) -> list[PickLine]:
    """What was found by product, dealt out to the lines in their order, and sorted by the way one walks."""
    left = {product_id: list(picks) for product_id, picks in found.items()}
    dealt = []
    for line in lines:
        open_quantity = line.remainder
        for pick in _deal(left.get(line.product_id, []), open_quantity):
            batch = batches.get(pick.batch_id) if pick.batch_id else None
            dealt.append(PickLine(line, pick.quantity, *bins[pick.bin_id], batch))
            open_quantity -= pick.quantity
        if open_quantity:
            dealt.append(PickLine(line, open_quantity))
    return sorted(dealt, key=_way)


def _deal(left: list[Pick], wanted: Decimal) -> list[Pick]:
    """Take so much off the front of what is left."""
    taken = []
    while left and wanted:
        first = left.pop(0)
        part = min(first.quantity, wanted)
        taken.append(first._replace(quantity=part))
        wanted -= part
        if part < first.quantity:
            left.insert(0, first._replace(quantity=first.quantity - part))
    return taken


def _way(pick: PickLine) -> tuple[bool, int, str, str, int]:
    if pick.bin is None or pick.warehouse is None:
        return True, 0, "", "", pick.line.position
    return False, pick.warehouse.position, pick.warehouse.code, pick.bin.path, pick.line.position
