"""Does a company's past come in: all of it that can be read, nothing that cannot, and once?"""

from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from marketplace.buyers.history.mapping import WrongMapping, read_mapping
from marketplace.buyers.history.models import PastDelivery, PastOrder
from marketplace.foundation.places import PACKAGE
from marketplace.foundation.tenancy import platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.identity.organisations.models import Organisation
from marketplace.interop.files import Import, import_history
from marketplace.sellers.scorecards.jobs import draw_up_for
from marketplace.sellers.scorecards.models import DeliveryFact, Scorecard
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("speaking")

REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "scms_delivery_dev.csv"
MAPPING = """
buyer = "Acme Industrie"
currency = "EUR"
date_formats = ["%d/%m/%Y"]
decimal_comma = true

[columns]
reference = "id"
order = "commande"
supplier = "fournisseur"
article = "article"
quantity = "qté"
unit_price = "prix"
promised = "promis"
delivered = "livré"
freight = "port"
"""
HEADER = "id;commande;fournisseur;article;qté;prix;promis;livré;port".replace(";", ",")


def brought(folder: Path, *rows: str) -> Import:
    (folder / "history.csv").write_text("\n".join([HEADER, *rows]), encoding="utf-8-sig")
    (folder / "mapping.toml").write_text(MAPPING)
    return import_history(
        file=folder / "history.csv", mapping=folder / "mapping.toml", progress=lambda *_: None
    )


def test_a_good_row_becomes_supplier_product_order_delivery_and_fact(market: Cast, tmp_path: Path) -> None:
    done = brought(tmp_path, 'L1,C-7,Vieux Fournisseur,Vis M8,"1.200,5","0,25",01/03/2025,04/03/2025,')
    market.run_jobs()
    assert (done.landed, done.unchanged, done.problems) == (1, 0, [])
    with market.acme.reading("procurement_lead") as work:
        delivery = work.scalars(select(PastDelivery)).one()
        assert (delivery.quantity, delivery.unit_price.amount) == (Decimal("1200.5"), Decimal("0.25"))
        assert (delivery.promised_on, delivery.delivered_on) == (date(2025, 3, 1), date(2025, 3, 4))
        assert work.scalars(select(PastOrder.number)).one() == "C-7"
        assert work.scalars(select(DeliveryFact.completed_on)).one() == date(2025, 3, 4)
        assert work.scalar(select(Organisation.is_supplier).where(Organisation.name == "Vieux Fournisseur"))


def test_the_same_file_twice_changes_nothing(market: Cast, tmp_path: Path) -> None:
    row = "L1,C-7,Vieux Fournisseur,Vis M8,10,1,01/03/2025,04/03/2025,"
    brought(tmp_path, row)
    again = brought(tmp_path, row)
    market.run_jobs()
    assert (again.landed, again.unchanged) == (0, 1)
    with market.acme.reading("procurement_lead") as work:
        assert work.scalar(select(func.count()).select_from(DeliveryFact)) == 1


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ("L1,C,F,A,beaucoup,1,01/03/2025,04/03/2025,", "qté", "not a number"),
        ("L1,C,F,A,0,1,01/03/2025,04/03/2025,", "qté", "more than zero"),
        ("L1,C,F,A,-4,1,01/03/2025,04/03/2025,", "qté", "out of range"),
        ("L1,C,F,A,1e300,1,01/03/2025,04/03/2025,", "qté", "out of range"),
        ("L1,C,F,A,4,1,demain,04/03/2025,", "promis", "not a date"),
        ("L1,C,F,A,4,1,31/02/2025,04/03/2025,", "promis", "not a date"),
        ("L1,C,,A,4,1,01/03/2025,04/03/2025,", "fournisseur", "is empty"),
    ],
)
def test_a_bad_cell_is_reported_with_its_line_and_the_others_land(
    market: Cast, tmp_path: Path, row: str, column: str, words: str
) -> None:
    done = brought(tmp_path, row, "L2,C,F,A,4,1,01/03/2025,04/03/2025,")
    assert done.landed == 1
    assert [(p.line, p.column) for p in done.problems] == [(2, column)]
    assert words in done.problems[0].reason


def test_a_bad_optional_cell_is_reported_and_its_row_lands_without_it(market: Cast, tmp_path: Path) -> None:
    done = brought(tmp_path, "L1,C,F,A,4,1,01/03/2025,04/03/2025,voir facture")
    assert done.landed == 1
    assert [(p.line, p.column) for p in done.problems] == [(2, "port")]
    with market.acme.reading("procurement_lead") as work:
        assert work.scalars(select(PastDelivery)).one().freight is None


def test_a_mapping_without_a_column_is_refused_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "mapping.toml").write_text('buyer = "x"\ndate_formats = ["%d"]\n[columns]\norder = "x"\n')
    with pytest.raises(WrongMapping, match="supplier"):
        read_mapping(tmp_path / "mapping.toml")


def test_the_past_is_the_buyers_and_its_suppliers_only(
    market: Cast, tmp_path: Path, browser: FlaskClient
) -> None:
    brought(tmp_path, "L1,C-7,Bolt Fournitures,Vis M8,10,1,01/03/2025,04/03/2025,")
    for party, role, is_seen in (
        (market.acme, "procurement_lead", True),
        (market.bolt, "sales_desk", True),
        (market.nosy, "procurement_lead", False),
    ):
        market.sign_in(browser, party, role)
        assert ("C-7" in browser.get("/past-deliveries/").text) is is_seen


@pytest.mark.skipif(not REAL.exists(), reason="the real deliveries (../shared/data) are not on this machine")
def test_real_deliveries_come_in_dirty_values_and_all(market: Cast, tmp_path: Path) -> None:
    part = tmp_path / "part.csv"
    with REAL.open(encoding="utf-8", errors="replace") as source:
        part.write_text("".join(islice(source, 801)), encoding="utf-8")
    done = import_history(file=part, mapping=PACKAGE / "demo" / "scms.toml", progress=lambda *_: None)
    market.run_jobs()
    assert done.landed == 800
    reasons = {problem.column for problem in done.problems}
    assert reasons == {"PO Sent to Vendor Date", "Freight Cost (USD)"}
    with unit_of_work(platform("tests")) as work:
        buyer_id = work.scalars(select(Organisation.id).where(Organisation.name == "SCMS programme")).one()
        newest = work.scalar(select(func.max(DeliveryFact.completed_on)))
    drawn = draw_up_for(buyer_id, f"{newest:%Y-%m}")
    market.run_jobs()
    with unit_of_work(platform("tests"), read_only=True) as work:
        filed = work.scalar(select(func.count()).select_from(Scorecard).where(Scorecard.file_id.is_not(None)))
    assert drawn == filed
    assert drawn > 5
