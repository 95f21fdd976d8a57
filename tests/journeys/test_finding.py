"""Does a real catalogue come in, dirt and all, and does a buyer find, compare and understand what is in it?

The offers are real (PriceRunner); their prices are made up here, for the source has none, and the number of the group
that the source puts an offer into stands for the maker's part number.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from marketplace.identity.organisations.actions import admit_organisation, register_organisation
from marketplace.sellers.catalogue.actions import import_catalogue
from tests.cast import Cast
from tests.factories.catalogue import a_catalogue_file
from tests.factories.payments import running_stripe
from tests.journeys.person import Office
from tests.journeys.serving import running_market

pytestmark = pytest.mark.journey
OFFERS = Path(__file__).parents[3] / "shared" / "data" / "pricerunner_dev.csv"
MISSPELT = "aple iphnoe 8 64gb"
BOLTS, OTHERS = "2", ("4", "6", "11", "15")
TITLES = ("Article number", "Product name", "Price", "Currency", "CPV", "Maker", "Maker’s part number")
PHONES, ON_REQUEST, REPAIRED = "32250000", "on request", "199.00"
EVERY = 20


@pytest.fixture
def offers() -> dict[str, list[list[str]]]:
    """The rows of each merchant's file, one offer of each phone; each merchant a little dearer than the last."""
    if not OFFERS.exists():
        pytest.skip("the real offers are not here")
    rows: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for row in csv.DictReader(OFFERS.read_text(encoding="utf-8").splitlines()):
        if row["category_label"] == "Mobile Phones":
            price = f"{200 + int(row['vendor_id'])}.50"
            maker = row["cluster_label"].split()[0]
            cells = [
                row["product_id"],
                row["title"],
                price,
                "EUR",
                PHONES,
                maker,
                f"PR-{row['cluster_id']:0>5}",
            ]
            rows[row["vendor_id"]].setdefault(row["cluster_id"], cells)
    return {vendor: list(found.values()) for vendor, found in rows.items()}


@pytest.fixture
def address(market: Cast, portal: Flask, offers: dict[str, list[list[str]]], tmp_path: Path) -> Iterator[str]:
    """The running market, in which four other merchants sell already."""
    with portal.test_request_context(), running_stripe(tmp_path) as stripe:
        for vendor in OTHERS:
            with market.platform():
                row = register_organisation(name=f"Merchant {vendor}", is_buyer=False, is_supplier=True)
                admit_organisation(organisation_id=row.id)
            content = a_catalogue_file(*offers[vendor], titles=TITLES)
            import_catalogue(
                content, file_name="phones.csv", supplier_id=row.id, number_style="point", cpv_code=None
            )
        market.run_jobs()
        with running_market(tmp_path, stripe) as running:
            yield running


def test_a_real_catalogue_comes_in_is_repaired_found_and_compared(
    market: Cast, portal: Flask, chromium: Browser, address: str, offers: dict[str, list[list[str]]]
) -> None:
    acme, bolt = (Office(market, party, portal, chromium, address) for party in (market.acme, market.bolt))
    refused = catalogue_comes_in(bolt, with_dirt(offers[BOLTS]))
    refused_rows_are_repaired(bolt, refused)
    phone_is_found_and_compared(acme)
    assert acme.troubles + bolt.troubles == []


def with_dirt(rows: list[list[str]]) -> list[list[str]]:
    """Every so many have a price that is none, the phone that is looked for among them."""
    rows = sorted(rows, key=lambda cells: "iphone 8 64 gb" not in cells[1])
    return [
        [*cells[:2], ON_REQUEST, *cells[3:]] if place % EVERY == 0 else cells
        for place, cells in enumerate(rows)
    ]


def catalogue_comes_in(bolt: Office, rows: list[list[str]]) -> bytes:
    """What is good lands; what is not comes back as a file, each row with its reason."""
    desk = bolt("sales_desk")
    desk.goes_to("Catalogue")
    brings_in(bolt, "phones.csv", a_catalogue_file(*rows, titles=TITLES))
    desk.reads("What did not land", ON_REQUEST, "This is not a number")
    with desk.page.expect_download() as download:
        desk.main.get_by_role("link", name="All of them as a file").click()
    return download.value.path().read_bytes()


def refused_rows_are_repaired(bolt: Office, refused: bytes) -> None:
    """The file that came back, with prices in it, is a file that comes in."""
    assert b"This is not a number" in refused
    brings_in(bolt, "repaired.csv", refused.replace(ON_REQUEST.encode(), REPAIRED.encode()))
    desk = bolt("sales_desk")
    desk.reads("Rejected rows")
    expect(desk.main.get_by_text("What did not land")).to_have_count(0)


def brings_in(bolt: Office, name: str, content: bytes) -> None:
    """Choose the file, say how it writes numbers, and wait until it has come in."""
    desk = bolt("sales_desk")
    desk.goes_to("Catalogue")
    desk.follows("Bring in a file")
    desk.chooses_file("File", name, content)
    desk.presses("Look at its first rows")
    desk.ticks("1,234.56")
    desk.presses("Bring it in")
    desk.reads("Rows read", "See the catalogue")


def phone_is_found_and_compared(acme: Office) -> None:
    """Two letters wrong still find it; five merchants stand side by side; the price says why."""
    requester = acme("requester")
    requester.searches(MISSPELT)
    requester.follows("iphone 8 64 gb", beside="Bolt Fournitures")
    requester.looks_again_for("Offered by 5 suppliers")
    requester.follows("Compare side by side")
    rows = requester.main.get_by_role("row").filter(has_text="€")
    expect(rows).to_have_count(5)
    for seller in ("Bolt Fournitures", *(f"Merchant {vendor}" for vendor in OTHERS)):
        requester.reads(seller)
    expect(rows.first).to_contain_text("cheapest")
    expect(rows.first).to_contain_text(f"€{REPAIRED}")
    requester.follows("Bolt Fournitures")
    requester.reads("Why this price", "Catalogue price", f"€{REPAIRED}")
