"""Do we read the BMEcat catalogues that suppliers send, and none that would read us?"""

import tracemalloc
from pathlib import Path

import pytest

from marketplace.sellers.catalogue import bmecat
from marketplace.sellers.catalogue.columns import Reading, guessed_columns, read_row
from marketplace.sellers.catalogue.spreadsheets import UnreadableFile, read_sheet

OLD = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE BMECAT SYSTEM "bmecat_new_catalog_1_2.dtd">
<BMECAT version="1.2">
  <HEADER><CATALOG><LANGUAGE>fra</LANGUAGE><CURRENCY>EUR</CURRENCY></CATALOG></HEADER>
  <T_NEW_CATALOG>
    {articles}
  </T_NEW_CATALOG>
</BMECAT>
"""
ARTICLE = """<ARTICLE>
  <SUPPLIER_AID>{sku}</SUPPLIER_AID>
  <ARTICLE_DETAILS>
    <DESCRIPTION_SHORT>Câble réseau</DESCRIPTION_SHORT>
    <EAN>4006381333931</EAN>
    <MANUFACTURER_AID>CAB-7</MANUFACTURER_AID>
    <MANUFACTURER_NAME>Kerdrel</MANUFACTURER_NAME>
    <DELIVERY_TIME>3</DELIVERY_TIME>
  </ARTICLE_DETAILS>
  <ARTICLE_FEATURES>
    <REFERENCE_FEATURE_SYSTEM_NAME>ECLASS-5.1</REFERENCE_FEATURE_SYSTEM_NAME>
    <REFERENCE_FEATURE_GROUP_ID>27061801</REFERENCE_FEATURE_GROUP_ID>
  </ARTICLE_FEATURES>
  <ARTICLE_FEATURES>
    <REFERENCE_FEATURE_SYSTEM_NAME>CPV-2008</REFERENCE_FEATURE_SYSTEM_NAME>
    <REFERENCE_FEATURE_GROUP_ID>32421000</REFERENCE_FEATURE_GROUP_ID>
  </ARTICLE_FEATURES>
  <ARTICLE_ORDER_DETAILS>
    <ORDER_UNIT>MTR</ORDER_UNIT>
    <PRICE_QUANTITY>100</PRICE_QUANTITY>
    <QUANTITY_MIN>10</QUANTITY_MIN>
    <QUANTITY_INTERVAL>5</QUANTITY_INTERVAL>
  </ARTICLE_ORDER_DETAILS>
  <ARTICLE_PRICE_DETAILS>
    <ARTICLE_PRICE price_type="gros_list"><PRICE_AMOUNT>180</PRICE_AMOUNT></ARTICLE_PRICE>
    <ARTICLE_PRICE price_type="net_list">
      <PRICE_AMOUNT>120.00</PRICE_AMOUNT><LOWER_BOUND>500</LOWER_BOUND>
    </ARTICLE_PRICE>
    <ARTICLE_PRICE price_type="net_list">
      <PRICE_AMOUNT>150.00</PRICE_AMOUNT><LOWER_BOUND>1</LOWER_BOUND>
    </ARTICLE_PRICE>
  </ARTICLE_PRICE_DETAILS>
</ARTICLE>"""
NEW = """<BMECAT xmlns="http://www.bmecat.org/bmecat/2005fd" version="2005">
  <HEADER><CATALOG><CURRENCY>CHF</CURRENCY></CATALOG></HEADER>
  <T_NEW_CATALOG>
    <PRODUCT>
      <SUPPLIER_PID>G-1</SUPPLIER_PID>
      <PRODUCT_DETAILS>
        <DESCRIPTION_SHORT lang="fra">Gants</DESCRIPTION_SHORT>
        <DESCRIPTION_SHORT lang="eng">Gloves</DESCRIPTION_SHORT>
        <INTERNATIONAL_PID type="own">77</INTERNATIONAL_PID>
        <INTERNATIONAL_PID type="gtin">4006381333931</INTERNATIONAL_PID>
      </PRODUCT_DETAILS>
      <PRODUCT_ORDER_DETAILS><ORDER_UNIT>PR</ORDER_UNIT></PRODUCT_ORDER_DETAILS>
      <PRODUCT_PRICE_DETAILS>
        <PRODUCT_PRICE price_type="net_customer">
          <PRICE_AMOUNT>2.5</PRICE_AMOUNT><PRICE_CURRENCY>EUR</PRICE_CURRENCY><PRICE_FACTOR>0.8</PRICE_FACTOR>
        </PRODUCT_PRICE>
      </PRODUCT_PRICE_DETAILS>
    </PRODUCT>
  </T_NEW_CATALOG>
</BMECAT>
"""
BOMB = """<?xml version="1.0"?>
<!DOCTYPE BMECAT [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<BMECAT><T_NEW_CATALOG><ARTICLE><SUPPLIER_AID>&b;</SUPPLIER_AID></ARTICLE></T_NEW_CATALOG></BMECAT>"""


def catalogue(*skus: str) -> bytes:
    return OLD.format(articles="\n".join(ARTICLE.format(sku=sku) for sku in skus)).encode()


def said(content: bytes) -> list[dict[str, str]]:
    return [
        {title: cell for title, cell in zip(bmecat.TITLES, listed.cells, strict=True) if cell}
        for listed in bmecat.products_in(content)
    ]


def test_products_of_version_1_2_say_what_our_columns_ask() -> None:
    assert said(catalogue("C-1")) == [
        {
            "sku": "C-1",
            "name": "Câble réseau",
            "gtin": "4006381333931",
            "maker": "Kerdrel",
            "maker_part_number": "CAB-7",
            "unit_code": "MTR",
            "minimum_quantity": "10",
            "step_quantity": "5",
            "lead_time_days": "3",
            "cpv_code": "32421000",
            "price": "1.5",
            "currency": "EUR",
        }
    ]


def test_products_of_version_2005_are_read_in_their_name_space() -> None:
    assert said(NEW.encode()) == [
        {
            "sku": "G-1", "name": "Gants", "gtin": "4006381333931", "unit_code": "PR", "price": "2", "currency": "EUR",
        }
    ]  # fmt: skip


def test_a_catalogue_is_a_sheet_whose_columns_are_guessed_and_whose_rows_land() -> None:
    sheet = read_sheet(catalogue("C-1", "C-2"))
    assert (set(guessed_columns(sheet.titles)), sheet.lines) == (set(bmecat.TITLES), 2)
    reading = Reading(guessed_columns(sheet.titles), "point", "EUR", "44000000")
    rows = list(sheet.rows)
    assert [read_row(row, reading)[1] for row in rows] == [[], []]
    assert [read_row(row, reading)[0]["sku"] for row in rows] == ["C-1", "C-2"]
    assert catalogue("C-1", "C-2").splitlines()[rows[1].line - 1] == b"<ARTICLE>"


@pytest.mark.parametrize("part", ["PRICE_QUANTITY", "PRICE_AMOUNT"])
def test_a_price_that_is_none_is_refused_in_its_column(part: str) -> None:
    content = catalogue("C-1").replace(f"<{part}>1".encode(), f"<{part}>x".encode())
    sheet = read_sheet(content.replace(b"<PRICE_AMOUNT>150", b"<PRICE_AMOUNT>x150"))
    reading = Reading(guessed_columns(sheet.titles), "point", "EUR", "44000000")
    assert [problem.column for problem in read_row(next(sheet.rows), reading)[1]] == ["price"]


def test_a_file_that_breaks_off_lands_what_stands_before() -> None:
    whole = catalogue("C-1", "C-2")
    rows = list(read_sheet(whole[: whole.index(b"C-2")]).rows)
    assert [row.is_broken for row in rows] == [False, True]


def test_entities_are_refused_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    outside = f'<!DOCTYPE BMECAT [<!ENTITY f SYSTEM "file://{tmp_path}/secret">]>'
    foreign = catalogue("&f;").replace(
        b'<!DOCTYPE BMECAT SYSTEM "bmecat_new_catalog_1_2.dtd">', outside.encode()
    )
    for content in (BOMB.encode(), foreign, BOMB.encode("utf-16")):
        with pytest.raises(UnreadableFile):
            read_sheet(content)


@pytest.mark.parametrize(
    "content", [b"<?xml version='1.0'?><a/>", b"<?xml", b"<BMECAT>", b"<!DOCTYPE html><html></html>"]
)
def test_other_xml_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableFile):
        read_sheet(content)


def test_memory_stays_flat() -> None:
    content = catalogue(*(f"C-{number}" for number in range(3000)))
    tracemalloc.start()
    assert sum(1 for _ in bmecat.products_in(content)) == 3000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * len(content)


@pytest.mark.parametrize("amount", ["1E999999", "1E999999999", "NaN"])
def test_a_price_of_absurd_size_is_read_as_it_stands(amount: str) -> None:
    content = catalogue("C-1").replace(b"<PRICE_AMOUNT>150", f"<PRICE_AMOUNT>{amount}".encode())
    assert all(len(product["price"]) < 20 for product in said(content))


def test_more_around_a_product_than_fits_into_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bmecat, "MOST_ELEMENTS", 1000)
    content = catalogue("C-1", "C-2")
    for place in (b"<T_NEW_CATALOG>", b"<ARTICLE_DETAILS>"):
        with pytest.raises(bmecat.Unreadable, match="too much"):
            said(content.replace(place, place + b"<CATALOG/><X/>" * 600))


def priced(first: str, last: str, kind: str, amount: int) -> str:
    days = (("valid_start_date", first), ("valid_end_date", last))
    dates = "".join(f"<DATETIME type='{name}'><DATE>{day}</DATE></DATETIME>" for name, day in days)
    price = f"<ARTICLE_PRICE price_type='{kind}'><PRICE_AMOUNT>{amount}</PRICE_AMOUNT></ARTICLE_PRICE>"
    return f"<ARTICLE_PRICE_DETAILS>{dates}{price}</ARTICLE_PRICE_DETAILS>"


@pytest.mark.parametrize(
    ("details", "term"),
    [
        (
            priced("2025-01-01", "2025-12-31", "gros_list", 10)
            + priced("2026-01-01", "2027-12-31", "net_customer", 9),
            ("2026-01-01", "2027-12-31"),
        ),
        (
            priced("2026-01-01", "2026-12-31", "net_list", 10)
            + priced("2027-01-01", "2027-12-31", "net_list", 11),
            ("2026-01-01", "2027-12-31"),
        ),
        (priced("1900-01-01", "9999-12-31", "net_list", 10), ("", "")),
        (priced("2026-01-01", "some day", "net_list", 10), ("2026-01-01", "some day")),
    ],
)
def test_the_term_is_that_of_the_prices_that_are_taken(details: str, term: tuple[str, str]) -> None:
    content = f"<BMECAT><T_NEW_CATALOG><ARTICLE>{details}</ARTICLE></T_NEW_CATALOG></BMECAT>"
    [row] = bmecat.products_in(content.encode())
    said = dict(zip(bmecat.TITLES, row.cells, strict=True))
    assert (said["starts_on"], said["ends_on"]) == term
