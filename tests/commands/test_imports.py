"""Does what a company has in files come in by one command, and is nothing about them guessed?"""

from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from marketplace.commands.main import cli
from marketplace.sellers.catalogue.models import CpvCode, Product
from tests.cast import Cast
from tests.factories.catalogue import a_catalogue_file

ARTICLES = [("V-1", "Vis M8", "1.234", "C62"), ("V-2", "Vis M10", "2,50", "C62")]
TITLES = ("Référence", "Désignation", "Prix unitaire HT", "Unité")
CATEGORIES = "CODE,FR,EN\n44000000-0,Structures,Structures\n44530000-4,Attaches,Fasteners\n"


def said(*words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(cli, ["import", *words], input=typed)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    kept = tmp_path / "vis.csv"
    kept.write_bytes(a_catalogue_file(*ARTICLES, titles=TITLES))
    return kept


def test_a_catalogue_comes_in_as_it_is_said_to_write_numbers(market: Cast, file: Path) -> None:
    words = ("catalogue", str(file), "--supplier", "Bolt Fournitures", "--numbers", "comma")
    result = said(*words, "--category", "44530000")
    assert "2 rows came in, 0 were known, 0 have problems." in result.output
    with market.bolt.reading("sales_desk") as work:
        prices = {row.sku: row.price.amount for row in work.scalars(select(Product))}
    assert prices == {"V-1": Decimal(1234), "V-2": Decimal("2.5")}
    assert "0 rows came in, 2 were known" in said(*words, "--category", "44530000").output


def test_a_catalogue_whose_numbers_may_be_either_is_asked_about(market: Cast, file: Path) -> None:
    result = said("catalogue", str(file), "--supplier", "Bolt Fournitures", "--category", "44530000")
    assert result.exit_code == 1
    assert "--numbers: comma for 1.234,56, point for 1,234.56." in result.output
    with market.bolt.reading("sales_desk") as work:
        assert work.scalars(select(Product)).all() == []


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ((), "There is no column for: Category (CPV)"),
        (("--category", "99000000"), "The CPV has no category 99000000."),
        (("--category", "screws"), "A category has eight digits"),
    ],
)
def test_a_catalogue_without_categories_is_not_put_into_any(
    market: Cast, file: Path, options: tuple[str, ...], sentence: str
) -> None:
    result = said("catalogue", str(file), "--supplier", "Bolt Fournitures", "--numbers", "comma", *options)
    assert result.exit_code == 1
    assert sentence in result.output


def test_the_full_list_of_categories_comes_in_and_holds(market: Cast, tmp_path: Path, file: Path) -> None:
    listed = tmp_path / "cpv.csv"
    listed.write_text(CATEGORIES)
    assert "1 rows came in, 1 were known" in said("cpv", str(listed)).output
    assert "0 rows came in, 2 were known" in said("cpv", str(listed)).output
    with market.acme.reading("requester") as work:
        fasteners = work.scalars(select(CpvCode).where(CpvCode.code == "44530000")).one()
        assert fasteners.parent_code == "44000000"
    words = ("catalogue", str(file), "--supplier", "Bolt Fournitures", "--numbers", "comma")
    assert "no category 44531000" in said(*words, "--category", "44531000").output
    assert "2 rows came in" in said(*words, "--category", "44530000").output
