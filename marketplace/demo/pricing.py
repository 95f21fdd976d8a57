"""What do the demo's suppliers ask of whom? Large customers have a list of their own, and for some days it is less."""

from datetime import datetime, timedelta
from decimal import Decimal

from marketplace.demo.world import BuyingFirm, SellingFirm, Ware, World, at_work
from marketplace.foundation import clock
from marketplace.sellers.customers.actions import add_customer, form_group
from marketplace.sellers.price_lists.actions import NewPrice, open_list, write_prices
from marketplace.sellers.promotions.actions import plan_promotion

REBATE, FURTHER, REDUCTION = Decimal("0.95"), Decimal("0.90"), Decimal(8)
MANY = 20
LISTED = 12
SEASON = timedelta(days=21)


def plan_prices(world: World, end: datetime, shown: list[SellingFirm]) -> None:
    """Plan what the suppliers whom a visitor looks at write in the last days of the year."""
    world.plan(end - timedelta(days=0.35), _prices, world.buyers[0], shown)


def _prices(buyer: BuyingFirm, shown: list[SellingFirm]) -> None:
    today = clock.today()
    for firm in shown:
        with at_work(firm.actors["sales_desk"]):
            group = form_group(name="Grands comptes")
            add_customer(group_id=group.id, buyer_id=buyer.id)
            prices = open_list(
                name="Tarif grands comptes", currency="EUR", starts_on=today, group_id=group.id
            )
            write_prices(
                list_id=prices.id, prices=[_rebate(ware) for ware in firm.goods[:LISTED]], starts_on=today
            )
            plan_promotion(
                title="Semaines de l'atelier",
                starts_on=today,
                ends_on=today + SEASON,
                sku=firm.goods[LISTED].sku,
                percentage=REDUCTION,
            )


def _rebate(ware: Ware) -> NewPrice:
    return NewPrice(
        product_id=ware.product_id,
        price=round(ware.price * REBATE, 3),
        tiers={Decimal(ware.pack * MANY): round(ware.price * FURTHER, 3)},
    )
