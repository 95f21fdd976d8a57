"""How does the demo market begin? Organisations are admitted, people join, catalogues are filled, budgets are set."""

import random
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from uuid import UUID

from marketplace.buyers.approvals.rulebook import set_policy, write_rule
from marketplace.buyers.budgets.actions import add_cost_centre, set_budget
from marketplace.demo import cast
from marketplace.demo.goods import catalogue_of
from marketplace.demo.world import BuyingFirm, Firm, SellingFirm, World, at_work
from marketplace.foundation import clock
from marketplace.foundation.money import Money
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
from marketplace.sellers.catalogue.actions import create_product, move_products, set_tiers
from marketplace.sellers.catalogue.lifecycle import ProductState
from marketplace.sellers.stock.actions import receive_stock

FOUNDING = "found the demo market"
TIERED = 3


def found_market(seed: int) -> World:
    """The operator with its people, at the present instant."""
    with unit_of_work(platform(FOUNDING)):
        row = found_operator(name=cast.OPERATOR)
        operator = Firm(row.id, row.name)
        _employ(operator, cast.OPERATOR_STAFF, "operator")
    return World(random.Random(seed), operator)  # noqa: S311 a reproducible market, no secret


def found_buyer(world: World, played: cast.Buyer) -> None:
    """Admit a group; its lead sets up sites, cost centres, budgets and rules."""
    with unit_of_work(platform(FOUNDING)):
        row = register_organisation(name=played.name, is_buyer=True, registration_number=played.siren)
        firm = BuyingFirm(admit_organisation(organisation_id=row.id).id, row.name, needs=played.needs)
        _employ(firm, played.people, "buyer")
    with at_work(firm.actors["procurement_lead"]):
        for place in played.places:
            firm.sites.append(add_site(**place._asdict()).id)
        for code, name, amount in played.cost_centres:
            firm.centres.append(_centre(firm, code, name, Decimal(amount)))
        _rules(firm)
    world.buyers.append(firm)


def found_supplier(world: World, played: cast.Supplier, index: int) -> None:
    """Admit a supplier; its sales desk fills the catalogue, its warehouse the shelves."""
    with unit_of_work(platform(FOUNDING)):
        row = register_organisation(name=played.name, is_supplier=True)
        firm = SellingFirm(admit_organisation(organisation_id=row.id).id, row.name, manner=played)
        _employ(firm, cast.supplier_staff(played), "supplier")
    factor = Decimal(world.chance.randint(92, 112)) / 100
    with at_work(firm.actors["sales_desk"]):
        add_site(name="Entrepôt", street="1 zone d'activité", postal_code="00000", city=played.city)
        firm.goods = _catalogue(played, index, factor)
    with at_work(firm.actors["warehouse"]):
        for product_id, _, _ in firm.goods:
            receive_stock(product_id=product_id, quantity=Decimal(50_000), reason="Stock initial")
    world.sellers[firm.id] = firm


def _catalogue(played: cast.Supplier, index: int, factor: Decimal) -> list[tuple[UUID, str, int]]:
    goods: list[tuple[UUID, str, int]] = []
    for good in catalogue_of(played.kind, f"{index:02d}", factor):
        product = create_product(
            sku=good.sku,
            name=good.name,
            cpv_code=good.cpv,
            unit_code=good.unit,
            price=Money(good.price, "EUR"),
            pack_size=Decimal(good.pack),
            minimum_quantity=Decimal(good.pack),
            step_quantity=Decimal(good.pack),
            lead_time_days=3 + index % 5,
        )
        if len(goods) < TIERED:
            larger = {Decimal(good.pack * 20): (good.price * Decimal("0.93")).quantize(Decimal("0.001"))}
            set_tiers(product_id=product.id, tiers=larger)
        goods.append((product.id, good.sku, good.pack))
    move_products(product_ids=[product_id for product_id, _, _ in goods], target=ProductState.PUBLISHED)
    return goods


def _employ(firm: Firm, players: tuple[cast.Player, ...], side: str) -> None:
    known = _password_hash()
    for player in players:
        person = add_person(email=player.email, name=player.name)
        add_membership(person_id=person.id, organisation_id=firm.id, roles=list(player.roles))
        keep_password_hash(person_id=person.id, password_hash=known)
        firm.employ(person.id, player.name, player.roles, side)


@lru_cache
def _password_hash() -> str:
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


def _rules(firm: BuyingFirm) -> None:
    """Above 500 the approver is asked; above 5,000 the owner of the cost centre as well."""
    set_policy(is_ordering_automatic=False)
    _rule(1, "À partir de 500 €", 500, approver_ids=[firm.actors["approver"].person])
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
