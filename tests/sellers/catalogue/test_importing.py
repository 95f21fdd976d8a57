"""Does a file land whole, once, and with every bad row named?"""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from marketplace.foundation.errors import Invalid, NotFound
from marketplace.foundation.outbox import News
from marketplace.foundation.tasks import Task, TaskState, cancel_task
from marketplace.sellers.catalogue import importing
from marketplace.sellers.catalogue.actions import (
    ImportStarted,
    import_catalogue,
    prepare_import,
    start_import,
)
from marketplace.sellers.catalogue.columns import Reading, guessed_columns
from marketplace.sellers.catalogue.lifecycle import ProductState
from marketplace.sellers.catalogue.models import CatalogueImport, ImportRejection, Product
from marketplace.sellers.catalogue.spreadsheets import read_sheet
from marketplace.sellers.stock.promises import available
from tests.cast import Cast, Party
from tests.factories.catalogue import TITLES, a_catalogue_file, a_product, a_workbook

GOOD = [("A-1", "Vis", "1,50"), ("A-2", "Écrou", "0,0042"), ("A-3", "Rondelle", "1.200,00")]


def bring(party: Party, content: bytes, **others: Any) -> CatalogueImport:
    values = {"file_name": "prix.csv", "number_style": "comma", "cpv_code": "44530000", **others}
    return import_catalogue(content, supplier_id=party.id, **values)


def counts(work: CatalogueImport) -> tuple[int, int, int, int]:
    return work.created, work.changed, work.unchanged, work.rejected


def problems(party: Party, import_id: UUID) -> list[tuple[int, str, str, str]]:
    with party.reading("sales_desk") as work:
        rows = work.scalars(select(ImportRejection).where(ImportRejection.import_id == import_id))
        return sorted((row.line, row.column, row.reason, row.detail) for row in rows)


def test_import_of_good_rows_publishes_them(market: Cast) -> None:
    assert counts(bring(market.bolt, a_catalogue_file(*GOOD))) == (3, 0, 0, 0)
    with market.acme.reading("requester") as work:
        rows = {row.sku: row for row in work.scalars(select(Product))}
    assert rows["A-2"].price.amount == Decimal("0.0042")
    assert rows["A-3"].price.amount == 1200
    assert (rows["A-1"].name, rows["A-1"].status, rows["A-1"].is_stocked) == (
        "Vis",
        ProductState.PUBLISHED,
        False,
    )


def test_import_of_the_same_file_twice_changes_nothing(market: Cast) -> None:
    content = a_catalogue_file(*GOOD)
    bring(market.bolt, content)
    with market.bolt.reading("sales_desk") as work:
        before = {row.id: row.changed_at for row in work.scalars(select(Product))}
    assert counts(bring(market.bolt, content)) == (0, 0, 3, 0)
    with market.bolt.reading("sales_desk") as work:
        assert {row.id: row.changed_at for row in work.scalars(select(Product))} == before


def test_import_with_a_new_price_changes_only_what_the_file_brings(market: Cast) -> None:
    product_id = a_product(market.bolt, sku="A-1", description="Kept", gtin="4006381333931", lead_time_days=9)
    assert counts(bring(market.bolt, a_catalogue_file(("A-1", "Vis", "2,00")))) == (0, 1, 0, 0)
    with market.bolt.reading("sales_desk") as work:
        row = work.get_one(Product, product_id)
    assert (row.price.amount, row.description, row.gtin, row.lead_time_days) == (
        2,
        "Kept",
        "4006381333931",
        9,
    )


def test_import_of_dirty_rows_names_each_and_lands_the_rest(market: Cast) -> None:
    titles = (*TITLES, "EAN", "Unité", "Minimum", "Pas")
    work = bring(
        market.bolt,
        a_catalogue_file(
            ("A-1", "Vis", "1,50", "4006381333931", "C62", "10", "5"),
            ("A-2", "Vis", "See note", "", "", "", ""),
            ("A-3", "Vis", "-1", "4006381333932", "", "", ""),
            ("A-4", "Vis", "1e300", "", "metre", "", ""),
            ("A-1", "Encore", "1", "", "", "", ""),
            ("", "Sans référence", "1", "", "", "", ""),
            ("A-7", "x" * 251, "1", "", "", "", ""),
            ("A-8", "Vis", "1", "", "", "7", "2"),
            ("A-9", "Vis", "1", "", "", "", "4"),
            titles=titles,
        ),
    )
    assert counts(work) == (2, 0, 0, 7)
    assert problems(market.bolt, work.id) == [
        (3, "price", "no_number", ""),
        (4, "gtin", "gtin", ""),
        (4, "price", "not_positive", ""),
        (5, "price", "no_number", ""),
        (5, "unit_code", "unit", ""),
        (6, "sku", "repeated", "2"),
        (7, "sku", "missing", ""),
        (8, "name", "too_long", "250"),
        (9, "minimum_quantity", "not_in_steps", ""),
    ]
    with market.bolt.reading("sales_desk") as reading:
        step = reading.scalars(select(Product).where(Product.sku == "A-9")).one()
    assert (step.minimum_quantity, step.step_quantity) == (4, 4)


def test_import_of_a_known_product_in_another_currency_is_refused(market: Cast) -> None:
    a_product(market.bolt, sku="A-1", currency="USD", tiers={10: "9"})
    work = bring(market.bolt, a_catalogue_file(("A-1", "Vis", "2,00"), ("A-2", "Vis", "2,00")))
    assert counts(work) == (1, 0, 0, 1)
    assert problems(market.bolt, work.id) == [(2, "currency", "other_currency", "USD")]


def test_import_never_touches_another_suppliers_products(market: Cast) -> None:
    product_id = a_product(market.crown, sku="A-1", name="Crown")
    bring(market.bolt, a_catalogue_file(*GOOD))
    with market.crown.reading("sales_desk") as work:
        assert work.get_one(Product, product_id).name == "Crown"


def test_import_with_stock_announces_the_counts(market: Cast) -> None:
    brought = bring(
        market.bolt,
        a_catalogue_file(("A-1", "Vis", "1,50", "12"), ("A-2", "Vis", "1", ""), titles=(*TITLES, "Stock")),
    )
    with market.bolt.reading("sales_desk") as work:
        rows = {row.sku: row for row in work.scalars(select(Product))}
        news, changed = (
            work.scalars(select(News).where(News.name == name)).one()
            for name in ("StockCounted", "ProductsChanged")
        )
    assert news.payload["counts"] == [[str(rows["A-1"].id), "12"]]
    assert news.subject_id == market.bolt.id
    assert changed.subject_id == brought.id
    assert (rows["A-1"].is_stocked, rows["A-2"].is_stocked) == (True, False)


def test_import_of_a_workbook_reads_its_own_kinds_of_cells(market: Cast) -> None:
    content = a_workbook(
        ["SKU", "Name", "Price", "CPV", "Lead time"],
        [12.0, "Bolt", 1.5, 3111000, 3],
        ["A-2", "Date", date(2026, 1, 2), "31000000", 3],
        ["A-3", date(2026, 1, 2), 2, "31000000", 3],
        ["A-4", "Truth", True, "31000000", 1.5],
        ["A-5", "Formula", "=1+1", "31000000", 3],
        ["A-6", "Endless", 1e300, "31000000", 3],
    )
    work = bring(market.bolt, content, number_style="point")
    assert problems(market.bolt, work.id) == [
        (3, "price", "no_number", ""),
        (4, "name", "no_text", ""),
        (5, "lead_time_days", "no_whole_number", "365"),
        (5, "price", "no_number", ""),
        (6, "price", "not_positive", ""),
        (7, "price", "too_large", ""),
    ]
    with market.bolt.reading("sales_desk") as reading:
        row = reading.scalars(select(Product)).one()
    assert (row.sku, row.cpv_code, row.price.amount) == ("12", "03111000", Decimal("1.5"))


@pytest.mark.parametrize(
    ("content", "sentence"), [(b"name;price\nA;1\n", "Article number"), (b"sku\nA\n", "Besides")]
)
def test_import_of_too_few_columns_is_refused_before_anything_lands(
    market: Cast, content: bytes, sentence: str
) -> None:
    with pytest.raises(Invalid, match=sentence):
        bring(market.bolt, content)


def test_import_of_prices_alone_changes_what_is_known_and_makes_nothing_new(market: Cast) -> None:
    bring(market.bolt, a_catalogue_file(*GOOD))
    work = bring(market.bolt, b"sku;prix\nA-1;1,50\nA-2;0,005\nZ-9;3\n")
    assert counts(work) == (0, 1, 1, 1)
    assert problems(market.bolt, work.id) == [(4, "sku", "unknown", "")]
    with market.bolt.reading("sales_desk") as reading:
        rows = {row.sku: row for row in reading.scalars(select(Product))}
    assert (rows["A-2"].price.amount, rows["A-2"].name) == (Decimal("0.005"), "Écrou")


def test_import_of_stock_alone_counts_it_whatever_the_currency(market: Cast) -> None:
    product_id = a_product(market.bolt, sku="A-1", currency="CHF", stock=1)
    work = bring(market.bolt, b"sku;stock\nA-1;12\n")
    market.run_jobs()
    assert work.rejected == 0
    with market.acme.reading("requester"):
        assert available([product_id]) == {product_id: 12}


def complete(party: Party, content: bytes) -> CatalogueImport:
    with party.at_work("sales_desk"):
        work = prepare_import(file_name="tout.csv", content=content)
        columns = guessed_columns(read_sheet(content).titles)
        reading = Reading(columns, "comma", "EUR", "44530000", is_complete=True)
        start_import(import_id=work.id, reading=reading)
    return work


def published(party: Party) -> set[str]:
    with party.reading("sales_desk") as work:
        mine = select(Product.sku).where(Product.organisation_id == party.id)
        return set(work.scalars(mine.where(Product.status == ProductState.PUBLISHED)))


def test_import_of_a_complete_file_withdraws_what_is_not_in_it(market: Cast) -> None:
    bring(market.bolt, a_catalogue_file(*GOOD))
    a_product(market.crown, sku="A-3")
    work = complete(market.bolt, a_catalogue_file(("A-1", "Vis", "1,50"), ("A-2", "Écrou", "beaucoup")))
    market.run_jobs()
    assert published(market.bolt) == {"A-1", "A-2"}
    assert published(market.crown) == {"A-3"}
    with market.bolt.reading("sales_desk") as reading:
        assert reading.get_one(CatalogueImport, work.id).withdrawn == 1


def test_import_of_a_complete_file_with_a_broken_line_withdraws_nothing(market: Cast) -> None:
    bring(market.bolt, a_catalogue_file(*GOOD))
    complete(market.bolt, a_catalogue_file(("A-1", "Vis", "1,50")) + b'\nA-9;"' + b"x" * 200_000)
    market.run_jobs()
    assert published(market.bolt) == {"A-1", "A-2", "A-3"}


def prepared(party: Party, content: bytes) -> tuple[UUID, Reading]:
    with party.at_work("sales_desk"):
        work = prepare_import(file_name="a.csv", content=content)
    return work.id, Reading(guessed_columns(read_sheet(content).titles), "comma", "EUR", "44530000")


def test_start_import_runs_as_a_task_with_progress(market: Cast) -> None:
    import_id, reading = prepared(market.bolt, a_catalogue_file(*GOOD))
    with market.bolt.at_work("sales_desk"):
        task_id = start_import(import_id=import_id, reading=reading).task_id
    market.run_jobs()
    with market.bolt.reading("sales_desk") as work:
        task = work.get_one(Task, task_id)
        assert (task.state, task.done, task.total) == (TaskState.DONE, 3, 3)
        assert counts(work.get_one(CatalogueImport, import_id)) == (3, 0, 0, 0)


def test_start_import_twice_is_refused(market: Cast) -> None:
    import_id, reading = prepared(market.bolt, a_catalogue_file(*GOOD))
    with market.bolt.at_work("sales_desk"):
        start_import(import_id=import_id, reading=reading)
    with pytest.raises(ImportStarted), market.bolt.at_work("sales_desk"):
        start_import(import_id=import_id, reading=replace(reading, currency="USD"))


def test_start_import_of_somebody_elses_file_finds_nothing(market: Cast) -> None:
    import_id, reading = prepared(market.bolt, a_catalogue_file(*GOOD))
    with pytest.raises(NotFound), market.pry.at_work("sales_desk"):
        start_import(import_id=import_id, reading=reading)


class Stopped(Exception):
    """The worker dies here."""


def stopping_at(batch: int) -> Callable[[int, int], None]:
    def report(done: int, total: int) -> None:
        if done >= batch:
            raise Stopped

    return report


def test_import_that_died_goes_on_where_it_was(market: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    rows = [(f"A-{n}", "Vis", "1" if n % 3 else "bad") for n in range(7)]
    with pytest.raises(Stopped):
        bring(market.bolt, a_catalogue_file(*rows, ("A-1", "Vis", "1")), report=stopping_at(4))
    with market.bolt.reading("sales_desk") as work:
        half = work.scalars(select(CatalogueImport)).one()
    assert (half.rows_read, half.finished_at) == (4, None)
    importing.work_through(half.id, market.bolt.id, lambda done, total: None)
    with market.bolt.reading("sales_desk") as work:
        whole = work.scalars(select(CatalogueImport)).one()
        assert work.scalar(select(func.count()).select_from(Product)) == 4
    assert (counts(whole), whole.rows_read) == ((4, 0, 0, 4), 8)
    assert problems(market.bolt, whole.id)[-1] == (9, "sku", "repeated", "3")


def test_import_that_is_cancelled_keeps_what_has_landed(
    market: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_id, reading = prepared(market.bolt, a_catalogue_file(*GOOD))
    with market.bolt.at_work("sales_desk"):
        task_id = start_import(import_id=import_id, reading=reading).task_id
        assert task_id
    with market.bolt.at_work("sales_desk"):
        cancel_task(task_id)
    market.run_jobs()
    with market.bolt.reading("sales_desk") as work:
        assert work.get_one(Task, task_id).state == TaskState.CANCELLED
        assert work.scalar(select(func.count()).select_from(Product)) == 0


def test_import_of_twenty_thousand_rows_takes_well_under_a_minute(market: Cast) -> None:
    content = a_catalogue_file(
        *((f"A-{n}", f"Article {n} vis inox M{n % 40}", "1,50") for n in range(20_000))
    )
    start = time.monotonic()
    assert counts(bring(market.bolt, content)) == (20_000, 0, 0, 0)
    assert time.monotonic() - start < 30
    assert counts(bring(market.bolt, content)) == (0, 0, 20_000, 0)
