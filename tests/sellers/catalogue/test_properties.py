"""Do files bring what products are, and is each wrong value a row error in words?"""

import pytest
from sqlalchemy import text

from marketplace.sellers.attributes.queries import said_by
from marketplace.sellers.catalogue.actions import import_catalogue
from marketplace.sellers.catalogue.models import CatalogueImport
from marketplace.sellers.catalogue.queries import rejections
from marketplace.sellers.facts.queries import facts_of
from tests.cast import Cast
from tests.factories.attributes import an_attribute
from tests.factories.catalogue import TITLES, a_catalogue_file, a_product
from tests.factories.statements import counting

SAID = (*TITLES, "CPV", "Tension", "Couleur", "attribute_sharp", "Pays d’origine", "Mentions de danger")


@pytest.fixture
def described(market: Cast) -> Cast:
    """The operator asks for three attributes; one of them only of what is electric."""
    an_attribute(market, "voltage", "number", category="31", unit_code="MMT")
    an_attribute(market, "couleur", "choice", choices=["red", "blue"])
    an_attribute(market, "sharp", "flag")
    return market


def brought(market: Cast, *rows: tuple[object, ...], titles: tuple[str, ...] = SAID) -> CatalogueImport:
    content = a_catalogue_file(*rows, titles=("Voltage" if title == "Tension" else title for title in titles))
    return import_catalogue(
        content, file_name="f.csv", supplier_id=market.bolt.id, number_style="comma", cpv_code="44000000"
    )


def refusals(market: Cast, work: CatalogueImport) -> list[tuple[int, str, str]]:
    with market.bolt.reading("sales_desk"):
        return [(row.line, row.column, row.reason) for row in rejections(work.id)]


def test_every_wrong_value_is_told_and_the_rest_lands(described: Cast) -> None:
    work = brought(
        described,
        ("A", "Lampe", "1,50", "31520000", "230,50", "RED", "oui", "fr", "H225 h319"),
        ("B", "Lampe", "1", "31520000", "viel", "red", "", "", ""),
        ("C", "Lampe", "1", "31520000", "", "green", "", "", ""),
        ("D", "Lampe", "1", "31520000", "", "", "peut-être", "", ""),
        ("E", "Lampe", "1", "31520000", "", "", "", "Mars", ""),
        ("F", "Lampe", "1", "31520000", "", "", "", "", "H999"),
        ("G", "Vis", "1", "44530000", "12", "", "", "", ""),
        ("H", "Lampe", "1", "31520000", "12 KGM", "", "", "", ""),
    )
    assert (work.created, work.rejected) == (1, 7)
    assert refusals(described, work) == [
        (3, "attribute_voltage", "no_number"),
        (4, "attribute_couleur", "no_choice"),
        (5, "attribute_sharp", "no_choice"),
        (6, "origin_country", "origin_country"),
        (7, "hazard_statements", "hazard_statements"),
        (8, "attribute_voltage", "not_asked"),
        (9, "attribute_voltage", "other_unit"),
    ]
    with described.bolt.reading("sales_desk") as work_:
        [product_id] = work_.scalars(text("SELECT id FROM products WHERE sku = 'A'"))
        assert facts_of([product_id])[product_id] == {
            "origin_country": "FR",
            "hazard_statements": "H225 H319",
        }
        assert {row.code: said for row, said in said_by([product_id])[product_id].items()} == {
            "couleur": "red", "sharp": "yes", "voltage": "230.5 mm",
        }  # fmt: skip


def test_a_file_without_offers_says_what_known_products_are_and_takes_it_back(described: Cast) -> None:
    product_id = a_product(described.bolt, sku="A", cpv_code="31520000")
    titles = ("Référence", "Voltage", "Shelf life", "Certificats")
    first = brought(described, ("A", "12", "90", "FSC"), ("X", "1", "", ""), titles=titles)
    assert (first.changed, first.rejected) == (1, 1)
    again = brought(described, ("A", "12,0", "90", "FSC"), titles=titles)
    assert (again.changed, again.unchanged) == (0, 1)
    emptied = brought(described, ("A", "", "", ""), titles=titles)
    assert emptied.changed == 1
    with described.bolt.reading("sales_desk"):
        assert facts_of([product_id]) == {}
        assert said_by([product_id]) == {}


def test_what_contradicts_itself_is_refused_and_not_stored(described: Cast) -> None:
    titles = ("Référence", "Shelf life", "Shelf life on delivery")
    a_product(described.bolt, sku="A")
    work = brought(described, ("A", "90", "91"), titles=titles)
    assert refusals(described, work) == [(2, "remaining_days", "more_left")]


def test_a_file_without_properties_asks_nothing_about_them(described: Cast) -> None:
    with counting() as statements:
        brought(described, ("A", "Vis", "1,50"), titles=TITLES)
    assert [one for one in statements if "product_facts" in one or "product_attributes" in one] == []
