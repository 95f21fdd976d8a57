"""How do the suppliers of the demo change their catalogues?

One version is published, one taken back and looked through, one waits for the first of next month, one was given
up, and one is still being written: an article of it has been changed in the catalogue meanwhile.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal

from marketplace.demo.world import SellingFirm, Ware, World, at_work
from marketplace.foundation import clock
from marketplace.foundation.db import session
from marketplace.foundation.language import speaking
from marketplace.foundation.money import Money
from marketplace.sellers.catalogue.actions import change_product
from marketplace.sellers.catalogue.lifecycle import ProductState
from marketplace.sellers.versions.actions import (
    check_version,
    drop_version,
    open_version,
    publish_version,
    put,
    put_state,
    take_back,
)
from marketplace.sellers.versions.facts import Facts, facts_of
from marketplace.sellers.versions.models import CatalogueVersion
from marketplace.sellers.versions.queries import versions

FASTER = "Délais raccourcis"
DEARER, MUCH_DEARER = Decimal("1.035"), Decimal("1.28")


def plan_versions(world: World, end: datetime, shown: list[SellingFirm]) -> None:
    """Plan the versions of the suppliers that are shown, in the last week."""
    for days, happening in (
        (7.5, _terms),
        (7, _faster),
        (1.7, _next_prices),
        (1.6, _season),
        (1.5, _meanwhile),
        (1.3, _back),
    ):
        world.plan(end - timedelta(days=days), happening, shown)


def _terms(shown: list[SellingFirm]) -> None:
    """Of three goods of each, one is offered until the end of the season, one is offered no longer, one not yet."""
    today = clock.today()
    terms: tuple[dict[str, date], ...] = (
        {"ends_on": today + timedelta(days=60)},
        {"starts_on": today - timedelta(days=300), "ends_on": today + timedelta(days=3)},
        {"starts_on": today + timedelta(days=30)},
    )
    for firm in shown:
        with at_work(firm.actors["sales_desk"]):
            for ware, term in zip(firm.for_a_time, terms, strict=True):
                change_product(product_id=ware.product_id, **term)


def _faster(shown: list[SellingFirm]) -> None:
    for firm in shown:
        with at_work(firm.actors["sales_desk"]):
            row = _version(FASTER, {ware.sku: facts_of({"lead_time_days": 1}) for ware in firm.goods[2:6]})
            check_version(version_id=row.id)
            publish_version(version_id=row.id)


def _next_prices(shown: list[SellingFirm]) -> None:
    for firm in shown:
        with at_work(firm.actors["sales_desk"]):
            row = _version("Tarif du mois prochain", {w.sku: _dearer(w, DEARER) for w in firm.goods[2:10]})
            check_version(version_id=row.id)
            publish_version(version_id=row.id, publish_on=_first_of_next_month(clock.today()))


def _season(shown: list[SellingFirm]) -> None:
    for firm in shown:
        with at_work(firm.actors["sales_desk"]):
            row = _version("Nouvelle saison", {w.sku: _dearer(w, MUCH_DEARER) for w in firm.goods[2:5]})
            put_state(version_id=row.id, skus=[firm.goods[5].sku], state=ProductState.WITHDRAWN)
            given_up = _version(
                "Hausse générale", {ware.sku: _dearer(ware, DEARER) for ware in firm.goods[:2]}
            )
            drop_version(version_id=given_up.id)


def _meanwhile(shown: list[SellingFirm]) -> None:
    """A colleague changes the price of an article that the new season is about."""
    for firm in shown:
        with at_work(firm.actors["sales_desk"]):
            ware = firm.goods[3]
            price = Money(Decimal(str(_dearer(ware, DEARER)["price_amount"])), "EUR")
            change_product(product_id=ware.product_id, price=price)


def _back(shown: list[SellingFirm]) -> None:
    for firm in shown:
        with at_work(firm.actors["sales_desk"]), speaking("fr"):
            published = session().scalars(versions().where(CatalogueVersion.title == FASTER)).one()
            check_version(version_id=take_back(version_id=published.id).id)


def _version(title: str, wanted: dict[str, Facts]) -> CatalogueVersion:
    row = open_version(title=title)
    put(row, wanted)
    return row


def _dearer(ware: Ware, factor: Decimal) -> Facts:
    return {"price_amount": f"{round(ware.price * factor, 4).normalize():f}"}


def _first_of_next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
