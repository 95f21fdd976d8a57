"""On what is measured? A market that the domain's own actions fill: catalogues, budgets, rules, signed agreements."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from marketplace.buyers.approvals.rulebook import set_policy, write_rule
from marketplace.buyers.budgets.actions import add_cost_centre, set_budget
from marketplace.buyers.history.actions import organisations_named
from marketplace.buyers.requisitions.actions import add_to_cart, describe_requisition, submit_requisition
from marketplace.buyers.requisitions.lifecycle import RequisitionState
from marketplace.contracts.agreements.actions import (
    draft_agreement,
    price_product,
    propose_agreement,
    sign_agreement,
)
from marketplace.contracts.agreements.queries import agreement
from marketplace.demo.articles import catalogue
from marketplace.demo.large import SOME, Size, bring_in, grow, supplier_name
from marketplace.foundation import clock
from marketplace.foundation.background import run_waiting
from marketplace.foundation.outbox import deliver_everything
from marketplace.foundation.tenancy import Actor, platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.identity.access.actions import set_password
from marketplace.identity.organisations.actions import (
    add_site,
    admit_organisation,
    found_operator,
    register_organisation,
)
from marketplace.identity.people.actions import add_membership, add_person
from marketplace.permissions import permissions_of
from marketplace.sellers.catalogue.models import Product

PASSWORD = "measured on loopback only"
LINES, AGREED_LINES = 5, 2
"""Lines of a measured order, and how many of them a framework agreement prices."""
ASKED_FROM = Decimal(1_000_000)
"""From this amount on the rule asks the lead; a measured requisition costs less and is granted at once."""
WHY = "fill the measured market"
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Buyer:
    """Somebody who orders: what they sign in with, and an approved requisition that stands for all of theirs."""

    email: str
    requester: Actor
    pattern_id: UUID


def small(products: int, suppliers: int, progress: Progress) -> list[Actor]:
    """Fill an empty database with the catalogues of so many sellers, and return these."""
    operated()
    sellers = [founded(f"Supplier {number:02d}", "supplier", "sales_desk") for number in range(suppliers)]
    for number, seller in enumerate(sellers):
        bring_in(catalogue(number, suppliers, products), seller.organisation)
        progress("Filling and indexing the catalogues", (number + 1) * products // suppliers, products)
    return sellers


def large(size: Size, progress: Progress) -> list[Actor]:
    """The same with the organisations and catalogues of `marketplace demo --scale`; returns its first sellers."""
    operated()
    grow(size, progress)
    names = {supplier_name(number + 1) for number in range(min(SOME, size.suppliers))}
    ids = organisations_named(names, currency="EUR")
    return [_employ(ids[name], name, "supplier", "sales_desk", "administrator") for name in sorted(names)]


def asking(sellers: Sequence[Actor], buyers: int, progress: Progress) -> list[Buyer]:
    """So many buyers, each of whom has an agreement with a seller."""
    return [_buyer(number, sellers[number % len(sellers)], progress, buyers) for number in range(buyers)]


def operated() -> None:
    """A market has its operator."""
    with unit_of_work(platform(WHY)):
        found_operator(name="Operator")


def _buyer(number: int, seller: Actor, progress: Progress, buyers: int) -> Buyer:
    lead = founded(f"Buyer {number:02d}", "buyer", "procurement_lead")
    requester = _employ(lead.organisation, f"Buyer {number:02d}", "buyer", "requester")
    goods = _goods(seller, LINES)
    with unit_of_work(lead):
        site = add_site(name="Site", street="1 rue du Port", postal_code="69002", city="Lyon")
        centre = add_cost_centre(code="CC-1", name="Production", owner_id=lead.person)
        year = clock.today().year
        set_budget(
            cost_centre_id=centre.id,
            starts_on=date(year, 1, 1),
            ends_on=date(year, 12, 31),
            amount=Decimal(10**11),
        )
        _set_rules(lead)
    _agree(lead, seller, [sku for _, sku in goods[:AGREED_LINES]])
    pattern_id = _ask(requester, [product_id for product_id, _ in goods], centre.id, site.id)
    progress("Founding the buyers", number + 1, buyers)
    return Buyer(_address(requester.person_name), requester, pattern_id)


def founded(name: str, side: str, role: str) -> Actor:
    """An admitted organisation, and the first person in it."""
    with unit_of_work(platform(WHY)):
        row = register_organisation(name=name, is_buyer=side == "buyer", is_supplier=side == "supplier")
        admit_organisation(organisation_id=row.id)
    return _employ(row.id, name, side, role, "administrator")


def _employ(organisation_id: UUID, organisation_name: str, side: str, *roles: str) -> Actor:
    name = f"{roles[0]} of {organisation_name}"
    with unit_of_work(platform(WHY)):
        person = add_person(email=_address(name), name=name)
        add_membership(person_id=person.id, organisation_id=organisation_id, roles=list(roles))
        if "requester" in roles:
            set_password(person_id=person.id, password=PASSWORD)
    return Actor(
        organisation_id=organisation_id,
        person_id=person.id,
        permissions=permissions_of(list(roles)),
        person_name=name,
        organisation_name=organisation_name,
        side=side,
    )


def _address(name: str) -> str:
    return f"{name.replace(' ', '.').lower()}@bench.example"


def _goods(seller: Actor, number: int) -> list[tuple[UUID, str]]:
    """Ids and SKUs of the seller's first products."""
    mine = select(Product.id, Product.sku).where(Product.organisation_id == seller.organisation)
    with unit_of_work(seller, read_only=True) as work:
        return [(row.id, row.sku) for row in work.execute(mine.order_by(Product.sku).limit(number))]


def _set_rules(lead: Actor) -> None:
    set_policy(is_ordering_automatic=False, hold_days=Decimal(7))
    write_rule(
        name="Large amounts",
        position=Decimal(1),
        minimum_amount=ASKED_FROM,
        cpv_prefix=None,
        cost_centre_id=None,
        asks_owner=False,
        approver_ids=[lead.person],
        quorum=Decimal(1),
        deadline_days=Decimal(2),
    )


def _agree(buyer: Actor, seller: Actor, skus: list[str]) -> None:
    with unit_of_work(buyer):
        starts_on, ends_on = clock.today() - timedelta(days=1), clock.today() + timedelta(days=365)
        row = draft_agreement(
            counterparty_id=seller.organisation, title="Framework", starts_on=starts_on, ends_on=ends_on
        )
        for sku in skus:
            price_product(agreement_id=row.id, sku=sku, unit_price=Decimal("1.50"))
        propose_agreement(agreement_id=row.id)
    deliver_everything()
    run_waiting()
    for actor in (buyer, seller):
        with unit_of_work(actor):
            sha256 = str(agreement(row.id).contract_sha256)
            sign_agreement(agreement_id=row.id, sha256=sha256, address="127.0.0.1")
    deliver_everything()


def _ask(requester: Actor, product_ids: list[UUID], centre_id: UUID, site_id: UUID) -> UUID:
    with unit_of_work(requester):
        for product_id in product_ids:
            cart_id = add_to_cart(product_id=product_id, quantity=Decimal(2)).requisition_id
        needed_on = clock.today() + timedelta(days=14)
        describe_requisition(cost_centre_id=centre_id, site_id=site_id, needed_on=needed_on)
        if submit_requisition(requisition_id=cart_id).status != RequisitionState.APPROVED:
            raise AssertionError("a measured requisition is granted at once")
    deliver_everything()
    return cart_id
