"""What can be asked about what is to be shipped, and what was?"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, func, select

from marketplace.foundation import clock
from marketplace.foundation.db import session
from marketplace.foundation.errors import NotFound
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.organisations.models import Organisation
from marketplace.sellers.fulfilment.lifecycle import OPEN, FulfilmentState
from marketplace.sellers.fulfilment.models import (
    FulfilmentLine,
    FulfilmentOrder,
    Shipment,
    ShipmentEvent,
    ShipmentLine,
)
from marketplace.sellers.stock.models import StockLevel


def fulfilment(order_id: UUID) -> FulfilmentOrder:
    """The work on that order. Raises NotFound."""
    return _the_one(select(FulfilmentOrder).where(FulfilmentOrder.order_id == order_id))


def fulfilment_for_update(order_id: UUID) -> FulfilmentOrder:
    """The same, locked until the transaction ends; NotFound also for its buyer, who does not write it."""
    wanted = select(FulfilmentOrder).where(FulfilmentOrder.order_id == order_id).with_for_update()
    return _the_one(wanted.execution_options(populate_existing=True))


def lines_of(fulfilment_id: UUID) -> Sequence[FulfilmentLine]:
    """Its lines, in their order."""
    wanted = select(FulfilmentLine).where(FulfilmentLine.fulfilment_id == fulfilment_id)
    return session().scalars(wanted.order_by(FulfilmentLine.position, FulfilmentLine.id)).all()


def shipment_of_request(request_id: UUID) -> Shipment | None:
    """The shipment that this click of the actor's organisation has made already, if it has."""
    wanted = select(Shipment).where(
        Shipment.request_id == request_id, Shipment.seller_id == current_actor().organisation_id
    )
    return session().scalars(wanted).one_or_none()


def _the_one(statement: Select[tuple[FulfilmentOrder]]) -> FulfilmentOrder:
    found = session().scalars(statement).one_or_none()
    if found is None:
        raise NotFound(_l("There is nothing here that you may see."))
    return found
