"""What lies where in the demo's warehouses? A second one, batches and serial numbers, a hold, a count, low stock."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from marketplace.demo.world import SellingFirm, World, at_work
from marketplace.foundation import clock
from marketplace.foundation.language import speaking
from marketplace.foundation.money import Money
from marketplace.identity.organisations.actions import add_site
from marketplace.sellers.catalogue.actions import create_product, publish_product
from marketplace.sellers.replenishment.actions import cancel_arrival, expect_goods, set_reorder, take_in
from marketplace.sellers.stock.actions import (
    Place,
    hold_stock,
    limit_counts,
    move_stock,
    receive_stock,
    track_stock,
)
from marketplace.sellers.stock.models import Tracking
from marketplace.sellers.stock.queries import holdings_of
from marketplace.sellers.stocktaking.actions import drop_sheet, hand_in, open_sheet, write_counts
from marketplace.sellers.stocktaking.queries import bins_to_count, places_in
from marketplace.sellers.warehouses.actions import add_bins, open_warehouse
from marketplace.sellers.warehouses.queries import main_warehouse, open_warehouses

FIRMS = 5
MOVED, LOW, MISSING, MANY_MISSING = 4, 2, 3, 1000
LIMIT = Decimal(10)
BATCHES = (("L-2401", -1), ("L-2417", 12), ("L-2433", 200))
SERIALS = ("SN-70011", "SN-70012", "SN-70013")


def plan_storing(world: World, *, end: datetime) -> None:
    """Let some suppliers keep their stock in depth during the last weeks before `end`."""
    for firm in list(world.sellers.values())[:FIRMS]:
        world.plan(end - timedelta(days=30), open_reserve, firm)
        world.plan(end - timedelta(days=21), take_numbered_goods_in, firm)
        world.plan(end - timedelta(days=14), count_the_shelves, firm)
        world.plan(end - timedelta(days=3), look_at_the_shelves, firm)


def open_reserve(firm: SellingFirm) -> None:
    """Half of what some products have goes to a second warehouse, at a site of its own."""
    with at_work(firm.actors["sales_desk"]):
        site = add_site(name="Réserve", street="14 rue des Docks", postal_code="00000", city=firm.manner.city)
    with at_work(firm.actors["warehouse"]):
        reserve = open_warehouse(code="R", name="Réserve", site_id=site.id, position=2)
        bins = add_bins(warehouse_id=reserve.id, first="R-01", last="R-12")
        for ware, bin in zip(firm.goods[:MOVED], bins, strict=False):
            for lying in holdings_of(ware.product_id):
                half = lying.holding.on_hand // 2
                move_stock(place=Place(ware.product_id, lying.bin.id), to_bin_id=bin.id, quantity=half)


def take_numbered_goods_in(firm: SellingFirm) -> None:
    """Something that expires, of which one batch is about to, and something with serial numbers."""
    glue = _product(firm, "LOT-1", "Colle époxy bi-composant 50 ml", "12.40", "24911200")
    meter = _product(firm, "SER-1", "Télémètre laser 60 m", "119.00", "38310000")
    with at_work(firm.actors["warehouse"]):
        track_stock(product_id=glue, tracking=Tracking.BATCH)
        for number, days in BATCHES:
            until = clock.today() + timedelta(days=21 + days)
            receive_stock(product_id=glue, quantity=Decimal(60), numbers=[number], expires_on=until)
        track_stock(product_id=meter, tracking=Tracking.SERIAL)
        receive_stock(product_id=meter, quantity=Decimal(len(SERIALS)), numbers=SERIALS)
        _expect(glue, 120, in_days=20, reference="C-1187")
        came = _expect(glue, 40, in_days=1, reference="C-1172")
        take_in(arrival_id=came, quantity=Decimal(40), numbers=["L-2450"])


def count_the_shelves(firm: SellingFirm) -> None:
    """One count is booked, another given up; some of what was expected will not come."""
    with at_work(firm.actors["warehouse"]):
        hand_in(sheet_id=_begin_to_count(main_warehouse().id, missing=MISSING))
        drop_sheet(sheet_id=_begin_to_count(main_warehouse().id, missing=MANY_MISSING))
        cancel_arrival(arrival_id=_expect(firm.goods[0].product_id, 500, in_days=12, reference="C-1195"))


def look_at_the_shelves(firm: SellingFirm) -> None:
    """One place is held back, a count has begun, another waits for a yes; what runs low is partly on its way."""
    with at_work(firm.actors["warehouse"]):
        held = firm.goods[0].product_id
        place = Place(held, holdings_of(held)[0].bin.id)
        hold_stock(place=place, quantity=Decimal(firm.goods[0].pack), reason="Cartons humides, à contrôler")
        for ware in firm.goods[-LOW:]:
            point = Decimal(ware.pack * 20)
            set_reorder(
                product_id=ware.product_id,
                warehouse_id=main_warehouse().id,
                reorder_point=point,
                reorder_up_to=point * 5,
            )
        _expect(firm.goods[-LOW].product_id, firm.goods[-LOW].pack * 50, in_days=9, reference="C-1204")
        _begin_to_count(main_warehouse().id, missing=MISSING)
    with at_work(firm.actors["supplier_finance"]):
        limit_counts(count_limit=LIMIT)
    with at_work(firm.actors["warehouse"]):
        hand_in(sheet_id=_begin_to_count(open_warehouses()[-1].id, missing=MANY_MISSING))


def _begin_to_count(warehouse_id: UUID, *, missing: int) -> UUID:
    with speaking("fr"):
        sheet = open_sheet(warehouse_id=warehouse_id)
    first = bins_to_count(sheet.id)[0].bin
    for place in places_in(sheet.id, first.id).rows:
        here = [lying for lying in holdings_of(place.product.id) if lying.bin.id == first.id]
        write_counts(sheet_id=sheet.id, counts={place.line.id: here[0].holding.on_hand - missing})
    return sheet.id


def _product(firm: SellingFirm, sku: str, name: str, price: str, cpv_code: str) -> UUID:
    with at_work(firm.actors["sales_desk"]):
        money = Money(Decimal(price), "EUR")
        row = create_product(sku=sku, name=name, cpv_code=cpv_code, unit_code="C62", price=money)
        return publish_product(product_id=row.id).id


def _expect(product_id: UUID, quantity: int, *, in_days: int, reference: str) -> UUID:
    return expect_goods(
        product_id=product_id,
        warehouse_id=main_warehouse().id,
        quantity=Decimal(quantity),
        expected_on=clock.today() + timedelta(days=in_days),
        reference=reference,
    ).id
