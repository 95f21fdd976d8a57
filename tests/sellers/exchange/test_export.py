"""Does a catalogue that was given out come in again as it was?"""

from datetime import date
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from hypothesis import given, strategies as st
from sqlalchemy import select

from marketplace.foundation.db import session
from marketplace.sellers.catalogue.actions import import_catalogue
from marketplace.sellers.catalogue.models import CatalogueImport, Product
from marketplace.sellers.catalogue.spreadsheets import read_sheet, shielded, unshielded
from marketplace.sellers.documents.actions import keep_file
from marketplace.sellers.exchange.queries import own_offers
from marketplace.sellers.exchange.writing import FORMATS, TITLES
from tests.cast import Cast, Party
from tests.factories.attributes import an_attribute
from tests.factories.catalogue import a_product
from tests.factories.documents import a_pdf, attached
from tests.factories.facts import PAINT, specified

KINDS = list(FORMATS)
PAPERS = (a_pdf("one"), a_pdf("two"))


@pytest.fixture
def shelves(market: Cast) -> Cast:
    """Bolt sells what is hard to write down; some of it is no one's business but Acme's, some is not published."""
    a_product(
        market.bolt, sku="=1+1", name='+ fort ; « câble » "8"', price="1.5", stock=7,
        starts_on=date(2020, 2, 29), ends_on=date(2031, 12, 31),
    )  # fmt: skip
    a_product(
        market.bolt, sku="00123", name="'=quoted'", description="deux\nlignes  & <b>plus</b>", price="0.0001"
    )
    a_product(
        market.bolt, sku="é-1", name="Vis 日本", gtin="4006381333931", maker="Kerdrel", maker_part_number="K-1",
        price="1234567.8901", pack_size="12", minimum_quantity="4", step_quantity="2", lead_time_days=9,
        visible_to_id=market.acme.id,
    )  # fmt: skip
    market.run_jobs()
    return market


@pytest.fixture
def described(shelves: Cast) -> Cast:
    """Bolt says of some of them what they are, also where an attribute is called like another column."""
    an_attribute(shelves, "voltage", "number", category="31", unit_code="MMT")
    an_attribute(shelves, "origin", "choice", choices=["=north", "sud; est"])
    an_attribute(shelves, "stock", "flag")
    an_attribute(shelves, "note")
    with shelves.bolt.reading("sales_desk"):
        known = {row.sku: row.id for row in session().scalars(select(Product))}
    specified(shelves.bolt, known["=1+1"], **PAINT, attribute_voltage=Decimal("230.5"), attribute_stock="no")
    specified(
        shelves.bolt,
        known["é-1"],
        attribute_origin="sud; est",
        attribute_note="-1 & <b>",
        origin_country="DE",
    )
    for party in (shelves.bolt, shelves.crown):
        with party.at_work("sales_desk"):
            for content in PAPERS:
                keep_file(content)
    attached(shelves.bolt, known["=1+1"], PAPERS[0], title="=Notice (1, 2) “é” & <b>", language="mul")
    attached(
        shelves.bolt, known["=1+1"], PAPERS[1], kind="certificate", title="Proof", certificate="EU Ecolabel"
    )
    return shelves


def given_out(party: Party, kind: str) -> bytes:
    with party.reading("sales_desk"):
        return FORMATS[kind].write(own_offers())


def brought_in(party: Party, content: bytes) -> CatalogueImport:
    return import_catalogue(
        content, file_name="again", supplier_id=party.id, number_style="point", cpv_code="44000000"
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_catalogue_elsewhere_gives_the_same_file(shelves: Cast, kind: str) -> None:
    first = given_out(shelves.bolt, kind)
    work = brought_in(shelves.crown, first)
    assert (work.created, work.rejected) == (3, 0)
    shelves.run_jobs()
    assert given_out(shelves.crown, kind) == first


@pytest.mark.parametrize("kind", KINDS)
def test_a_catalogue_at_home_changes_nothing(shelves: Cast, kind: str) -> None:
    work = brought_in(shelves.bolt, given_out(shelves.bolt, kind))
    assert (work.created, work.changed, work.unchanged, work.rejected) == (0, 0, 3, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_what_products_are_goes_out_comes_in_and_stays(described: Cast, kind: str) -> None:
    first = given_out(described.bolt, kind)
    home = brought_in(described.bolt, first)
    assert (home.created, home.changed, home.unchanged, home.rejected) == (0, 0, 3, 0)
    away = import_catalogue(
        first, file_name="again", supplier_id=described.crown.id, number_style="point", cpv_code="31000000"
    )
    assert (away.created, away.rejected) == (3, 0)
    described.run_jobs()
    assert given_out(described.crown, kind) == first


def test_no_cell_is_a_formula(shelves: Cast) -> None:
    lines = given_out(shelves.bolt, "csv").decode("utf-8-sig").split("\r\n")
    assert [cell for line in lines for cell in line.split(";") if cell.strip('"')[:1] in set("=+-@")] == []
    for kind in ("xlsx", "ods"):
        rows = list(read_sheet(given_out(shelves.bolt, kind)).rows)
        assert [len(row.cells) for row in rows] == [len(TITLES)] * 3


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"])))
def test_what_is_shielded_comes_back_and_begins_no_formula(typed: str) -> None:
    assert unshielded(shielded(typed)) == typed
    assert shielded(typed)[:1] not in {"=", "+", "-", "@", "|", "%", "\t", "\r"}


@pytest.mark.parametrize(
    ("kind", "status"), [("csv", 200), ("xlsx", 200), ("ods", 200), ("xml", 200), ("exe", 404)]
)
def test_the_sales_desk_downloads_its_own(
    shelves: Cast, browser: FlaskClient, kind: str, status: int
) -> None:
    shelves.sign_in(browser, shelves.bolt, "sales_desk")
    answer = browser.get(f"/catalogue/export/catalogue.{kind}")
    assert answer.status_code == status
    assert status == 404 or answer.data == given_out(shelves.bolt, kind)


def test_another_supplier_gets_nothing_of_it(shelves: Cast) -> None:
    assert given_out(shelves.crown, "csv").count(b"\r\n") == 1


def test_every_column_that_comes_in_goes_out(shelves: Cast) -> None:
    with shelves.bolt.reading("sales_desk"):
        assert [set(offer) for offer in own_offers().rows] == [set(TITLES)] * 3
