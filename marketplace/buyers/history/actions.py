"""What can be done with a company's past? Bring it in, once."""

import hashlib
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from marketplace.buyers.history.mapping import HistoryMapping, PastLine
from marketplace.buyers.history.models import PastDelivery, PastOrder
from marketplace.events.buyers import PastDeliveriesBrought, PastDeliveryNews
from marketplace.foundation import clock
from marketplace.foundation.db import new_id, session
from marketplace.foundation.money import Money
from marketplace.foundation.outbox import announce
from marketplace.foundation.tenancy import automatic, current_actor, platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.identity.organisations.actions import admit_organisation, register_organisation
from marketplace.identity.organisations.models import Organisation
from marketplace.sellers.catalogue.actions import create_product, move_products
from marketplace.sellers.catalogue.lifecycle import ProductState
from marketplace.sellers.catalogue.models import Product


def organisations_named(names: set[str], *, currency: str, is_buyer: bool = False) -> dict[str, UUID]:
    """The organisations of these names by name; those that the market does not know yet are admitted to it.

    In a unit of work of the platform's own: bringing in a past is a decision of the operator.
    """
    with unit_of_work(platform("bring in past orders")) as work:
        known = work.execute(select(Organisation.name, Organisation.id).where(Organisation.name.in_(names)))
        found = {row.name: row.id for row in known}
        for name in sorted(names - found.keys()):
            row = register_organisation(
                name=name, is_buyer=is_buyer, is_supplier=not is_buyer, currency=currency, language="en"
            )
            found[name] = admit_organisation(organisation_id=row.id).id
    return found


def products_named(
    seller_id: UUID, wanted: dict[str, PastLine], *, currency: str, cpv_code: str
) -> dict[str, UUID]:
    """The seller's products of these names by name; new ones enter its catalogue at the price of the first line."""
    with unit_of_work(automatic(seller_id)) as work:
        skus = {_sku(name): name for name in wanted}
        known = select(Product.sku, Product.id).where(
            Product.organisation_id == seller_id, Product.sku.in_(list(skus))
        )
        found = {skus[row.sku]: row.id for row in work.execute(known)}
        made = [
            create_product(
                sku=_sku(name),
                name=name,
                cpv_code=cpv_code,
                unit_code="C62",
                price=Money(line.unit_price, currency),
                is_stocked=False,
            )
            for name, line in sorted(wanted.items())
            if name not in found
        ]
        if made:
            move_products(product_ids=[row.id for row in made], target=ProductState.PUBLISHED)
        return found | {row.name: row.id for row in made}


def bring_in(
    *,
    lines: Sequence[PastLine],
    sellers: dict[str, UUID],
    products: dict[tuple[UUID, str], UUID],
    mapping: HistoryMapping,
) -> int:
    """Write past orders and their deliveries for the actor's organisation; returns how many deliveries were new.

    A delivery is known by the reference that the old system gave it: a second time it changes nothing.
    """
    if not lines:
        return 0
    orders = _orders(lines, sellers)
    rows = [_delivery(line, sellers, products, orders, mapping) for line in lines]
    written = set(
        session().scalars(
            insert(PastDelivery).on_conflict_do_nothing().returning(PastDelivery.reference), rows
        )
    )
    _tell(lines, written, sellers, {row["reference"]: row["id"] for row in rows})
    return len(written)


def _orders(lines: Sequence[PastLine], sellers: dict[str, UUID]) -> dict[tuple[UUID, str], UUID]:
    buyer_id = current_actor().organisation
    first = {(sellers[line.supplier], line.order): line for line in reversed(lines)}
    rows = [
        {
            "id": new_id(),
            "buyer_id": buyer_id,
            "seller_id": seller_id,
            "number": number,
            "ordered_on": line.ordered,
            "brought_at": clock.now(),
        }
        for (seller_id, number), line in first.items()
    ]
    session().execute(insert(PastOrder).on_conflict_do_nothing(), rows)
    numbers = select(PastOrder).where(
        PastOrder.buyer_id == buyer_id, PastOrder.number.in_({line.order for line in lines})
    )
    return {(order.seller_id, order.number): order.id for order in session().scalars(numbers)}


def _delivery(
    line: PastLine,
    sellers: dict[str, UUID],
    products: dict[tuple[UUID, str], UUID],
    orders: dict[tuple[UUID, str], UUID],
    mapping: HistoryMapping,
) -> dict[str, Any]:
    seller_id = sellers[line.supplier]
    return {
        "id": new_id(),
        "past_order_id": orders[seller_id, line.order],
        "buyer_id": current_actor().organisation,
        "seller_id": seller_id,
        "product_id": products[seller_id, line.article],
        "reference": line.reference,
        "quantity": line.quantity,
        "unit_price_amount": line.unit_price,
        "unit_price_currency": mapping.currency,
        "freight_amount": line.freight,
        "freight_currency": None if line.freight is None else mapping.currency,
        "promised_on": line.promised,
        "delivered_on": line.delivered,
    }


def _tell(
    lines: Sequence[PastLine], written: set[str], sellers: dict[str, UUID], ids: dict[str, UUID]
) -> None:
    """One piece of news for each supplier whose past has grown."""
    buyer_id = current_actor().organisation
    for seller_id in sorted({sellers[line.supplier] for line in lines if line.reference in written}):
        deliveries = [
            PastDeliveryNews(
                delivery_id=ids[line.reference],
                order_number=line.order,
                article=line.article,
                quantity=line.quantity,
                promised_on=line.promised,
                delivered_on=line.delivered,
            )
            for line in lines
            if line.reference in written and sellers[line.supplier] == seller_id
        ]
        announce(
            PastDeliveriesBrought(
                subject_id=seller_id, buyer_id=buyer_id, seller_id=seller_id, deliveries=deliveries
            )
        )


def _sku(article: str) -> str:
    """A stable number for an article that its old system knew by its name alone."""
    return f"H-{hashlib.sha256(article.encode()).hexdigest()[:12].upper()}"


def value_of(delivery: PastDelivery) -> Money:
    """What a past delivery was worth."""
    return delivery.unit_price.times(Decimal(delivery.quantity))
