"""How does a file become products?

A thousand rows at a time, each batch in a transaction of its own: what is accepted, by one statement; what is not,
with line, column and reason. How far it has come stands in the same transaction, so a crash repeats nothing and loses
nothing, and the same file a second time changes nothing.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, Text, TextClause, all_, cast, insert, text, update

from marketplace.events.sellers import CatalogueImported, ProductsChanged, StockCounted
from marketplace.foundation import clock
from marketplace.foundation.db import fetch, new_id, session
from marketplace.foundation.files import stored_file
from marketplace.foundation.outbox import announce
from marketplace.foundation.tenancy import automatic
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.sellers.catalogue.cells import Refused, words
from marketplace.sellers.catalogue.columns import ONE, Places, Problem, Reading, read_row
from marketplace.sellers.catalogue.fitting import Batch, known_articles, refuse_what_does_not_fit
from marketplace.sellers.catalogue.lifecycle import OFFERED, ProductState
from marketplace.sellers.catalogue.models import CatalogueImport, ImportRejection, Product
from marketplace.sellers.catalogue.properties import known_columns
from marketplace.sellers.catalogue.spreadsheets import Cell, Row, read_sheet
from marketplace.sellers.facts.actions import is_said, write_said

IMPORT = "catalogue import"
# What the room of versions does with a file that is prepared for one.
INTO_A_VERSION = "catalogue import into a version"
BATCH = 1000


class Stored(NamedTuple):
    """Where a value of a row is kept, as which type, and what is kept where the file says nothing."""

    column: str
    kind: str
    default: object = None


STORED = {
    "sku": Stored("sku", "text"),
    "name": Stored("name", "text"),
    "description": Stored("description", "text", ""),
    "cpv_code": Stored("cpv_code", "text"),
    "gtin": Stored("gtin", "text"),
    "maker": Stored("maker", "text"),
    "maker_part_number": Stored("maker_part_number", "text"),
    "unit_code": Stored("unit_code", "text"),
    "price": Stored("price_amount", "numeric"),
    "currency": Stored("price_currency", "text"),
    "pack_size": Stored("pack_size", "numeric", ONE),
    "content_unit_code": Stored("content_unit_code", "text", "C62"),
    "minimum_quantity": Stored("minimum_quantity", "numeric", ONE),
    "step_quantity": Stored("step_quantity", "numeric", ONE),
    "lead_time_days": Stored("lead_time_days", "integer", 2),
    "starts_on": Stored("starts_on", "date"),
    "ends_on": Stored("ends_on", "date"),
    "is_stocked": Stored("is_stocked", "boolean", False),
}
ROWS = (
    f"unnest(cast(:ids AS uuid[]), {', '.join(f'cast(:{name} AS {kept.kind}[])' for name, kept in STORED.items())})"
    f" row (id, {', '.join(kept.column for kept in STORED.values())})"
)
# These are never written over: the article number finds the product, its currency stays.
FIXED = frozenset({"sku", "currency"})
# These fit each other only if both are written.
TOGETHER = (
    frozenset({"minimum_quantity", "step_quantity"}),
    frozenset({"starts_on", "ends_on"}),
    frozenset({"shelf_life_days", "remaining_days"}),
)


class Landing(NamedTuple):
    """What becomes of the rows that were accepted, and of the products that a complete file does not have.

    The first says how many products are new by that and how many changed, the second how many are withdrawn.
    """

    write: Callable[[CatalogueImport, Sequence[Mapping[str, Any]], Reading], tuple[int, int]]
    withdraw_others: Callable[[CatalogueImport, Collection[str]], int]


def work_through(
    import_id: UUID,
    organisation_id: UUID,
    report: Callable[[int, int], None],
    landing: Landing | None = None,
) -> None:
    """Bring in what is still to come of a prepared import; `report` hears how many rows of how many are done.

    Into the catalogue, or where `landing` says.

    Opens units of work of its own, as the supplier. Raises what `report` raises; what has landed by then stays.
    """
    landing = landing or AT_ONCE
    with unit_of_work(automatic(organisation_id), read_only=True):
        prepared = fetch(CatalogueImport, import_id)
        reading, done = Reading(**prepared.reading), prepared.rows_read
        places = reading.places(known_columns())
        sheet = read_sheet(stored_file(prepared.file_id).content)
    report(done, sheet.lines)
    for batch in _batches(sheet.rows, reading, places):
        if batch.end > done:
            with unit_of_work(automatic(organisation_id)):
                _land(import_id, batch, reading, landing)
            report(batch.end, max(sheet.lines, batch.end))
            done = batch.end
    report(done, done)
    with unit_of_work(automatic(organisation_id)):
        _finish(import_id, reading, landing)


def _batches(rows: Iterator[Row], reading: Reading, places: Places) -> Iterator[Batch]:
    """A thousand rows at a time, each read as it comes; an article number that comes again is refused."""
    lines: dict[str, int] = {}
    limits = {column.name: column.category for column, _ in places if column.category}
    batch = Batch(0, limits)
    for row in rows:
        values, problems = read_row(row, reading, places)
        if not problems and (first := lines.setdefault(values["sku"], row.line)) != row.line:
            problems = [Problem(row.line, "sku", values["sku"], "repeated", str(first))]
        if problems:
            batch.problems += problems
        else:
            batch.accepted[row.line] = values
        batch.end += 1
        if batch.end % BATCH == 0:
            yield batch
            batch = Batch(batch.end, limits)
    if batch.end % BATCH:
        yield batch


def _land(import_id: UUID, batch: Batch, reading: Reading, landing: Landing) -> None:
    work = fetch(CatalogueImport, import_id, lock=True)
    if work.rows_read >= batch.end:
        return
    refuse_what_does_not_fit(batch, reading, work.organisation_id)
    created, changed = landing.write(work, list(batch.accepted.values()), reading)
    _keep_problems(work, batch.problems)
    work.rows_read = batch.end
    work.created += created
    work.changed += changed
    work.unchanged += len(batch.accepted) - created - changed
    work.rejected += len({problem.line for problem in batch.problems})


def _write(work: CatalogueImport, rows: Sequence[Mapping[str, Any]], reading: Reading) -> tuple[int, int]:
    created, changed = _write_products(rows, reading, work.organisation_id)
    changed += _write_said(rows, reading, work.organisation_id).difference(created, changed)
    _count_stock(rows, work.organisation_id)
    if created or changed:
        _announce(work, [*created, *changed])
    return len(created), len(changed)


def _write_products(
    rows: Sequence[Mapping[str, Any]], reading: Reading, organisation_id: UUID
) -> tuple[list[UUID], list[UUID]]:
    """The ids of the products that are new, and of those that are not as they were."""
    whole = [completed(values) for values in rows]
    arguments: dict[str, Any] = {
        name: [values.get(name, stored.default) for values in whole] for name, stored in STORED.items()
    }
    arguments |= {
        "ids": [new_id() for _ in rows],
        "organisation_id": organisation_id,
        "status": ProductState.PUBLISHED if reading.is_published else ProductState.DRAFT,
        "now": clock.now(),
    }
    brought = brought_by(reading).intersection(STORED)
    if not brought:
        return [], []
    statement = _upsert if reading.makes_new else _update
    written = session().execute(statement(brought), arguments).all()
    return [row.id for row in written if row.is_new], [row.id for row in written if not row.is_new]


def _write_said(rows: Sequence[Mapping[str, Any]], reading: Reading, organisation_id: UUID) -> set[UUID]:
    """The products whose facts and attributes are not as they were."""
    names = sorted(brought_by(reading).difference(STORED))
    if not names or not rows:
        return set()
    known = known_articles(rows, organisation_id)
    said = {known[values["sku"]].product_id: values for values in rows}
    return write_said(organisation_id, said, names)


def brought_by(reading: Reading) -> frozenset[str]:
    """What this file writes over in products that are known; what has to fit each other only together."""
    brought = {name for name in reading.columns if name in STORED or is_said(name)}
    for group in TOGETHER:
        brought |= group if brought & group else frozenset()
    if "stock" in reading.columns:
        brought.add("is_stocked")
    return frozenset(brought - FIXED)


def completed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Where only a step is given, it is the minimum as well; where a stock is given, the product is stocked."""
    whole = {"is_stocked": "stock" in values, **values}
    whole.setdefault("minimum_quantity", whole.get("step_quantity", ONE))
    return whole


@lru_cache
def _upsert(brought: frozenset[str]) -> TextClause:
    """New products are written, known ones changed where they differ."""
    columns = [stored.column for stored in STORED.values()]
    news, difference = _changes(brought, "excluded")
    return text(
        f"INSERT INTO products (id, organisation_id, status, changed_at, division, {', '.join(columns)})"
        " SELECT row.id, :organisation_id, :status, :now, left(row.cpv_code, 2),"
        f" {', '.join(f'row.{column}' for column in columns)}"
        f" FROM {ROWS}"
        f" ON CONFLICT (organisation_id, sku) DO UPDATE SET {news}, changed_at = excluded.changed_at"
        f" WHERE {difference} RETURNING products.id, old.id IS NULL AS is_new"
    )


@lru_cache
def _update(brought: frozenset[str]) -> TextClause:
    """Known products are changed where they differ; others are let be."""
    news, difference = _changes(brought, "row")
    return text(
        f"UPDATE products SET {news}, changed_at = :now FROM {ROWS}"
        " WHERE products.organisation_id = :organisation_id AND products.sku = row.sku"
        f" AND {difference} RETURNING products.id, false AS is_new"
    )


def _changes(brought: frozenset[str], source: str) -> tuple[str, str]:
    """How the brought columns are set from `source`, and where that changes anything."""
    changing = {STORED[name].column: f"{source}.{STORED[name].column}" for name in sorted(brought)}
    if "cpv_code" in changing:
        changing["division"] = f"left({source}.cpv_code, 2)"
    news = ", ".join(f"{column} = {value}" for column, value in changing.items())
    before = ", ".join(f"products.{column}" for column in changing)
    return news, f"({before}) IS DISTINCT FROM ({', '.join(changing.values())})"


def _count_stock(rows: Iterable[Mapping[str, Any]], organisation_id: UUID) -> None:
    counted = [values for values in rows if "stock" in values]
    if counted:
        known = known_articles(counted, organisation_id)
        counts = [
            (known[values["sku"]].product_id, values["stock"]) for values in counted if values["sku"] in known
        ]
        announce(StockCounted(subject_id=organisation_id, organisation_id=organisation_id, counts=counts))


def _keep_problems(work: CatalogueImport, problems: Sequence[Problem]) -> None:
    rows = [
        {"import_id": work.id, "organisation_id": work.organisation_id, **asdict(problem)}
        for problem in problems
    ]
    if rows:
        session().execute(insert(ImportRejection), rows)


def _announce(work: CatalogueImport, product_ids: list[UUID]) -> None:
    """As news of the import: the search follows beside the stock, and before anybody hears that all has come in."""
    announce(
        ProductsChanged(subject_id=work.id, organisation_id=work.organisation_id, product_ids=product_ids)
    )


def _finish(import_id: UUID, reading: Reading, landing: Landing) -> None:
    work = fetch(CatalogueImport, import_id, lock=True)
    if work.finished_at is None:
        work.finished_at = clock.now()
        if reading.is_complete:
            work.withdrawn = _withdraw_others(work, reading.columns["sku"], landing)
        announce(
            CatalogueImported(
                subject_id=work.id,
                organisation_id=work.organisation_id,
                file_name=work.file_name,
                created=work.created,
                changed=work.changed,
                unchanged=work.unchanged,
                rejected=work.rejected,
                withdrawn=work.withdrawn,
            )
        )


def _withdraw_others(work: CatalogueImport, column: int, landing: Landing) -> int:
    """Withdraw what the file does not have; returns how many products. None, where a line could not be taken apart."""
    kept = set()
    for row in read_sheet(stored_file(work.file_id).content).rows:
        if row.is_broken:
            return 0
        kept.add(_article_number(row.cell(column)))
    return landing.withdraw_others(work, kept)


def _withdraw(work: CatalogueImport, kept: Collection[str]) -> int:
    others = update(Product).where(
        Product.organisation_id == work.organisation_id,
        Product.status.in_(OFFERED),
        Product.sku != all_(cast(list(kept), ARRAY(Text))),
    )
    gone = list(session().scalars(others.values(status=ProductState.WITHDRAWN).returning(Product.id)))
    for start in range(0, len(gone), BATCH):
        _announce(work, gone[start : start + BATCH])
    return len(gone)


def _article_number(cell: Cell) -> str:
    """What stands there, whether or not the rest of its row was accepted; "" for what is no text."""
    try:
        return words(cell)
    except Refused:
        return ""


AT_ONCE = Landing(_write, _withdraw)
