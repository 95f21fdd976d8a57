"""Are the columns of a file recognised, in French and in English?"""

import pytest

from marketplace.foundation.language import speaking as language_of
from marketplace.sellers.catalogue.columns import COLUMNS, Reading, guessed_columns, read_row
from marketplace.sellers.catalogue.spreadsheets import Row

READING = Reading({"sku": 0, "name": 1, "price": 2}, "comma", "EUR", "31000000")


@pytest.mark.parametrize(
    ("titles", "found"),
    [
        (["SKU", "Name", "Unit price"], {"sku": 0, "name": 1, "price": 2}),
        (["Référence", "Libellé", "P.U. H.T.", "Unité"], {"sku": 0, "name": 1, "unit_code": 3}),
        (
            ["Réf. article", "Désignation", "Prix unitaire HT", "Code-barres"],
            {"sku": 0, "name": 1, "price": 2, "gtin": 3},
        ),
        (["", "whatever"], {}),
    ],
)
def test_guessed_columns_of_usual_titles_are_found(titles: list[str], found: dict[str, int]) -> None:
    assert guessed_columns(titles) == found


@pytest.mark.parametrize("spoken", ["en", "fr"])
def test_guessed_columns_of_our_own_names_are_all_found(speaking: None, spoken: str) -> None:
    with language_of(spoken):
        titles = [str(column.label) for column in COLUMNS]
        assert guessed_columns(titles) == {column.name: place for place, column in enumerate(COLUMNS)}


def test_guessed_columns_use_each_column_of_the_file_once() -> None:
    found = guessed_columns(["Reference", "Reference", "Prix"])
    assert len(set(found.values())) == len(found)


def test_no_title_stands_for_two_columns() -> None:
    titles = [title for column in COLUMNS for title in column.titles.split(", ")]
    assert len(titles) == len(set(titles))


def test_read_row_reports_every_bad_cell() -> None:
    _, problems = read_row(Row(7, ("", "x" * 251, "dear")), READING)
    assert [(p.line, p.column, p.reason) for p in problems] == [
        (7, "sku", "missing"),
        (7, "name", "too_long"),
        (7, "price", "no_number"),
    ]


def test_read_row_takes_what_holds_for_the_whole_file() -> None:
    values, problems = read_row(Row(2, ("A", "Name", "1,50")), READING)
    assert not problems
    assert (values["currency"], values["cpv_code"], values["unit_code"]) == ("EUR", "31000000", "C62")
