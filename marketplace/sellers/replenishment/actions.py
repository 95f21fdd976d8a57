"""What can be done so that enough of everything comes in time?"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from marketplace.foundation import clock
from marketplace.foundation.db import fetch, save, session
from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.lifecycle import WrongState
from marketplace.foundation.numbering import next_number
from marketplace.foundation.quantity import MAXIMUM, checked_quantity
from marketplace.foundation.tenancy import current_actor
from marketplace.sellers.catalogue.models import Product
from marketplace.sellers.replenishment.queries import rule_of
from marketplace.sellers.stock.actions import Paper, receive_stock, write_rule
from marketplace.sellers.stock.doors import knock
from marketplace.sellers.stock.lifecycle import ARRIVAL, ArrivalState
from marketplace.sellers.stock.models import Arrival
from marketplace.sellers.warehouses.queries import goods_in_of, warehouse


def expect_goods(
    *,
    product_id: UUID,
    warehouse_id: UUID,
    quantity: Decimal,
    expected_on: date,
    reference: str | None = None,
) -> Arrival:
    """Write that so much of a product of one's own is expected in a warehouse that day; buyers are promised it.

    Raises NotFound, WrongQuantity, Invalid, IntegrityError for somebody else's product.
    """
    checked_quantity(quantity, fetch(Product, product_id).unit_code)
    _check_day(expected_on)
    knock("own_stock", ids=[product_id])
    return save(
        Arrival(
            organisation_id=current_actor().organisation,
            product_id=product_id,
            warehouse_id=warehouse(warehouse_id).id,
            number=next_number(current_actor().organisation, "AR"),
            quantity=quantity,
            expected_on=expected_on,
            reference=reference or "",
        )
    )


def change_arrival(
    *, arrival_id: UUID, quantity: Decimal, expected_on: date, reference: str | None = None
) -> Arrival:
    """Write another day or quantity of what is expected. Raises NotFound, WrongQuantity, Invalid, WrongState."""
    row = _expected(arrival_id)
    checked_quantity(quantity, fetch(Product, row.product_id).unit_code)
    if expected_on != row.expected_on:
        _check_day(expected_on)
    row.quantity, row.expected_on, row.reference = quantity, expected_on, reference or ""
    session().flush()
    return row


def cancel_arrival(*, arrival_id: UUID) -> Arrival:
    """Write that nothing more of it comes. Raises NotFound, WrongState, NotYourMove."""
    row = _expected(arrival_id)
    ARRIVAL.move(row, ArrivalState.ARRIVED if row.received else ArrivalState.CANCELLED)
    session().flush()
    return row


def take_in(
    *,
    arrival_id: UUID,
    quantity: Decimal,
    bin_id: UUID | None = None,
    numbers: Sequence[str] = (),
    expires_on: date | None = None,
    is_held: bool = False,
    is_last: bool = False,
) -> Arrival:
    """Book in what has come of what was expected; with `is_last`, or once all of it has come, nothing more is.

    It goes to `bin_id`, else to the product's usual bin in that warehouse, else to where goods come in there.
    Raises as `receive_stock` does, and WrongState.
    """
    row = _expected(arrival_id)
    receive_stock(
        product_id=row.product_id,
        quantity=quantity,
        bin_id=bin_id or _usual_bin(row),
        numbers=numbers,
        expires_on=expires_on,
        is_held=is_held,
        reason=row.reference,
        paper=Paper(row.id, row.number),
    )
    session().refresh(row)
    if is_last or row.received >= row.quantity:
        ARRIVAL.move(row, ArrivalState.ARRIVED)
        session().flush()
    return row


def set_reorder(
    *, product_id: UUID, warehouse_id: UUID, reorder_point: Decimal | None, reorder_up_to: Decimal | None
) -> None:
    """Say below which quantity a product is filled up in a warehouse, and to which; None twice: never.

    Raises NotFound, Invalid, IntegrityError.
    """
    if (reorder_point is None) != (reorder_up_to is None):
        raise Invalid(_l("Both, or neither of them."), field="reorder_up_to")
    if reorder_point is not None and not 0 <= reorder_point <= MAXIMUM:
        raise Invalid(_l("A reorder point is zero or more."), field="reorder_point")
    if reorder_up_to is not None:
        checked_quantity(reorder_up_to, fetch(Product, product_id).unit_code, field="reorder_up_to")
    values: dict[str, Any] = {"reorder_point": reorder_point, "reorder_up_to": reorder_up_to}
    write_rule(product_id=product_id, warehouse_id=warehouse(warehouse_id).id, **values)


def _usual_bin(row: Arrival) -> UUID:
    rule = rule_of(row.product_id, row.warehouse_id)
    return rule.home_bin_id if rule and rule.home_bin_id else goods_in_of(row.warehouse_id).id


def _expected(arrival_id: UUID) -> Arrival:
    row = fetch(Arrival, arrival_id, lock=True)
    if row.status != ArrivalState.EXPECTED:
        raise WrongState(_l("This is “%(state)s” now.", state=ARRIVAL.state(row).label))
    return row


def _check_day(expected_on: date) -> None:
    if expected_on < clock.today():
        raise Invalid(_l("This day is over."), field="expected_on")
