"""Do the prices of a file land, each article as a whole, and twice no more than once?"""

from uuid import UUID

import pytest
from flask.testing import FlaskClient

from marketplace.foundation import clock
from marketplace.foundation.errors import Invalid
from marketplace.sellers.catalogue.columns import Problem
from marketplace.sellers.price_lists.bringing import start_import
from marketplace.sellers.price_lists.models import PriceImport
from marketplace.sellers.price_lists.queries import price_import
from tests.cast import Cast
from tests.factories.catalogue import a_catalogue_file, a_product, a_workbook
from tests.factories.prices import a_list, price_of

TITLES = ("Référence", "À partir de", "Prix unitaire HT", "Colisage", "Supplément par colis")


def brought(market: Cast, list_id: UUID, content: bytes, **others: str) -> PriceImport:
    """The import of a file into a list of Bolt, worked through."""
    reading = {"number_style": "comma", "kind": "all_units", "starts_on": clock.today(), **others}
    with market.bolt.at_work("sales_desk"):
        started = start_import(list_id=list_id, file_name="tarif.csv", content=content, **reading)  # type: ignore[arg-type]
    market.run_jobs()
    with market.bolt.reading("sales_desk"):
        return price_import(started.id)


def test_a_file_lands_and_a_second_time_changes_nothing(market: Cast) -> None:
    screw, nut = a_product(market.bolt, sku="VIS"), a_product(market.bolt, sku="ECROU")
    list_id = a_list(market.bolt, {nut: "3"})
    content = a_catalogue_file(
        ("VIS", "", "9,5", "12", "0,5"),
        ("ECROU", "", "3", "", ""),
        ("VIS", "100", "8,25", "", ""),
        titles=TITLES,
    )
    first = brought(market, list_id, content)
    assert (first.articles, first.written, first.unchanged, first.problems) == (2, 1, 1, [])
    assert price_of(market.acme, screw, 100).line_total.amount == 829.5
    second = brought(market, list_id, content)
    assert (second.written, second.unchanged) == (0, 2)


def test_a_workbook_lands_as_incremental_prices(market: Cast) -> None:
    screw = a_product(market.bolt, sku="VIS")
    content = a_workbook(("SKU", "Price", "From"), ("VIS", 10, ""), ("VIS", 9, 100))
    done = brought(market, a_list(market.bolt, {}), content, kind="incremental")
    assert (done.written, done.problems) == (1, [])
    assert price_of(market.acme, screw, 150).line_total.amount == 1450


def test_an_article_with_a_bad_line_stays_as_it_was_and_its_rows_come_back(
    browser: FlaskClient, market: Cast
) -> None:
    for sku in ("VIS", "ECROU", "CLOU", "RIVET", "GOUPILLE"):
        a_product(market.bolt, sku=sku)
    content = a_catalogue_file(
        ("VIS", "", "9", "", ""), ("VIS", "10", "neuf", "", ""), ("ECROU", "", "-1", "", ""),
        ("CLOU", "5", "2", "", ""), ("RIVET", "", "2", "", ""), ("RIVET", "10", "3", "", ""),
        ("GOUPILLE", "", "2", "12", ""), ("INCONNU", "", "1", "", ""), ("", "", "1", "", ""),
        titles=TITLES,
    )  # fmt: skip
    done = brought(market, a_list(market.bolt, {}), content)
    assert (done.articles, done.written) == (0, 0)
    found = [(problem.line, problem.reason) for problem in (Problem(**kept) for kept in done.problems)]
    assert found == [
        (2, "spoilt"), (3, "no_number"), (4, "not_positive"), (5, "no_base"), (6, "spoilt"), (7, "not_descending"),
        (8, "half_pack"), (9, "unknown"), (10, "missing"),
    ]  # fmt: skip
    market.sign_in(browser, market.bolt, "sales_desk")
    shown = browser.get(f"/price-lists/imports/{done.id}").text
    assert "A larger quantity must be cheaper" in shown
    back = browser.get(f"/price-lists/imports/{done.id}/refused").text
    assert back.count("\n") == 10
    repaired = back.replace("neuf", "8,5").encode()
    again = brought(market, a_list(market.bolt, {}, name="Autre"), repaired)
    assert (again.written, len(again.problems)) == (1, 7)


@pytest.mark.parametrize("titles", [("SKU", "Name"), ("Price", "Name")])
def test_a_file_without_a_needed_column_is_refused_at_once(market: Cast, titles: tuple[str, str]) -> None:
    list_id = a_list(market.bolt, {})
    with pytest.raises(Invalid):
        brought(market, list_id, a_catalogue_file(("A", "B"), titles=titles))
