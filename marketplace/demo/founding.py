"""How do the organisations of the demo market come to be? Founded, admitted, staffed, with sites, rules and catalogues.

Everything is done by the actions that pages call: a catalogue is a file that the sales desk brings in.
"""

import csv
import random
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from io import StringIO
from uuid import UUID

from sqlalchemy import select

from marketplace.buyers.approvals.rulebook import set_policy, write_rule
from marketplace.buyers.budgets.actions import add_cost_centre, set_budget
from marketplace.demo import cast
from marketplace.demo.goods import Good, catalogue_of
from marketplace.demo.world import BuyingFirm, Firm, SellingFirm, Ware, World, at_work
from marketplace.foundation import clock
from marketplace.foundation.db import session
from marketplace.foundation.tenancy import platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.identity.access.actions import hash_of, keep_password_hash
from marketplace.identity.organisations.actions import (
    add_site,
    admit_organisation,
    found_operator,
    register_organisation,
)
from marketplace.identity.people.actions import add_membership, add_person
from marketplace.sellers.catalogue.actions import prepare_import, set_tiers, start_import
from marketplace.sellers.catalogue.columns import Reading
from marketplace.sellers.catalogue.models import Product
from marketplace.sellers.stock.actions import shelve_stock

FOUNDING = "found the demo market"
COLUMNS = (
    *("sku", "name", "unit_code", "price", "cpv_code", "pack_size", "minimum_quantity", "step_quantity"),
    *("lead_time_days", "stock", "gtin"),
)
READING = Reading({name: place for place, name in enumerate(COLUMNS)}, "point", "EUR", "44000000")
IN_STOCK = 20_000
TIERED = 2


def found_market(seed: int) -> World:
    """The operator with its people, at the present instant."""
    with unit_of_work(platform(FOUNDING)):
        row = found_operator(name=cast.OPERATOR)
        operator = Firm(row.id, row.name, cast.OPERATOR_DOMAIN)
        _employ(operator, cast.OPERATOR_STAFF, "operator")
    with at_work(operator.actors["operator"]):
        add_site(**cast.OPERATOR_PLACE._asdict())
    return World(random.Random(seed), operator)  # noqa: S311 a reproducible market, no secret


def found_buyer(world: World, played: cast.Buyer) -> None:
    """Admit a group; its lead sets up sites, cost centres, budgets and rules."""
    with unit_of_work(platform(FOUNDING)):
        row = register_organisation(name=played.name, is_buyer=True, registration_number=played.siren)
        firm = BuyingFirm(row.id, row.name, played.domain, needs=played.needs)
        admit_organisation(organisation_id=row.id)
        _employ(firm, played.people, "buyer")
    with at_work(firm.actors["procurement_lead"]):
        for place in played.places:
            firm.sites.append(add_site(**place._asdict()).id)
        for code, name, amount in played.cost_centres:
            firm.centres.append(_centre(firm, code, name, Decimal(amount)))
        _rules(is_ordering_automatic=played.orders_at_once, approver_id=firm.actors["approver"].person)
    world.buyers.append(firm)


def found_supplier(world: World, played: cast.Supplier, index: int) -> None:
    """Admit a supplier; its sales desk brings in the catalogue, which a job lands."""
    with unit_of_work(platform(FOUNDING)):
        row = register_organisation(name=played.name, is_supplier=True)
        firm = SellingFirm(row.id, row.name, played.domain, manner=played)
        admit_organisation(organisation_id=row.id)
        _employ(firm, cast.supplier_staff(played), "supplier")
    goods = list(catalogue_of(played.kind, f"{index:02d}", Decimal(world.chance.randint(92, 112)) / 100))
    with at_work(firm.actors["sales_desk"]):
        add_site(name="Entrepôt", street="1 zone d'activité", postal_code="00000", city=played.city)
        bring_in(f"catalogue-{played.domain.partition('.')[0]}.csv", _lines(goods, 3 + index % 5))
    world.sellers[firm.id] = firm


def bring_in(file_name: str, lines: Iterable[Sequence[object]]) -> None:
    """Have a catalogue file of these lines (see COLUMNS) imported, as the acting sales desk."""
    text = StringIO()
    csv.writer(text).writerows([COLUMNS, *lines])
    prepared = prepare_import(file_name=file_name, content=text.getvalue().encode())
    start_import(import_id=prepared.id, reading=READING)


def open_shop(firm: SellingFirm) -> None:
    """Once the catalogue has landed: cheaper prices for larger quantities, and a bin for everything."""
    with at_work(firm.actors["sales_desk"]):
        mine = select(Product).where(Product.organisation_id == firm.id).order_by(Product.sku)
        products = session().scalars(mine).all()
        for product in products[:TIERED]:
            lower = (product.price.amount * Decimal("0.93")).quantize(Decimal("0.001"))
            set_tiers(product_id=product.id, tiers={product.pack_size * 20: lower})
        firm.goods = [Ware(row.id, row.sku, int(row.pack_size), row.price.amount) for row in products]
    with at_work(firm.actors["warehouse"]):
        for number, ware in enumerate(firm.goods):
            shelve_stock(product_id=ware.product_id, bin=f"{'ABCD'[number % 4]}-{number // 4 + 1:02d}")


def _lines(goods: Sequence[Good], lead_time: int) -> list[tuple[object, ...]]:
    """The last article is nearly sold out, the one before it quite."""
    levels = [IN_STOCK] * (len(goods) - 2) + [0, 6]
    return [
        (g.sku, g.name, g.unit, g.price, g.cpv, g.pack, g.pack, g.pack, lead_time, level * g.pack, g.gtin)
        for g, level in zip(goods, levels, strict=True)
    ]


def _employ(firm: Firm, players: tuple[cast.Player, ...], side: str) -> None:
    known = password_hash()
    for player in players:
        person = add_person(email=player.email, name=player.name)
        add_membership(person_id=person.id, organisation_id=firm.id, roles=list(player.roles))
        keep_password_hash(person_id=person.id, password_hash=known)
        firm.employ(person.id, player.name, player.roles, side)


@lru_cache
def password_hash() -> str:
    """Everybody in the demo has the same password, so it is hashed once."""
    return hash_of(cast.PASSWORD)


def _centre(firm: BuyingFirm, code: str, name: str, amount: Decimal) -> UUID:
    """A cost centre with a budget for this year and the next, owned by the second approver."""
    centre = add_cost_centre(code=code, name=name, owner_id=firm.actors["approver 2"].person)
    for year in (clock.today().year, clock.today().year + 1):
        set_budget(
            cost_centre_id=centre.id, starts_on=date(year, 1, 1), ends_on=date(year, 12, 31), amount=amount
        )
    return centre.id


def _rules(*, is_ordering_automatic: bool, approver_id: UUID) -> None:
    """Above 500 the approver is asked; above 5,000 the owner of the cost centre as well."""
    set_policy(is_ordering_automatic=is_ordering_automatic, hold_days=Decimal(7))
    _rule(1, "À partir de 500 €", 500, approver_ids=[approver_id])
    _rule(2, "À partir de 5 000 €", 5000, asks_owner=True)


def _rule(
    position: int, name: str, minimum: int, *, asks_owner: bool = False, approver_ids: Sequence[UUID] = ()
) -> None:
    write_rule(
        name=name,
        position=Decimal(position),
        minimum_amount=Decimal(minimum),
        cpv_prefix=None,
        cost_centre_id=None,
        asks_owner=asks_owner,
        approver_ids=approver_ids,
        quorum=Decimal(1),
        deadline_days=Decimal(3),
    )
