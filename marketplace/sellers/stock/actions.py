"""What can be done with stock?

Buyers have goods kept for their documents; the warehouse takes in, counts, moves, holds back, scraps and ships.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from marketplace.foundation.db import fetch, new_id, session
from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.quantity import MAXIMUM, checked_quantity
from marketplace.foundation.tenancy import current_actor
from marketplace.sellers.catalogue.models import Product
from marketplace.sellers.stock.doors import knock, now, today
from marketplace.sellers.stock.models import Shows, StockingRule, StockPolicy
from marketplace.sellers.stock.queries import holdings_of
from marketplace.sellers.warehouses.actions import bin_named
from marketplace.sellers.warehouses.queries import main_warehouse


@dataclass(frozen=True)
class StockLine:
    """So much of one product, in the product's own unit; from a certain bin or batch where one is named."""

    product_id: UUID
    quantity: Decimal
    bin_id: UUID | None = None
    batch_id: UUID | None = None


@dataclass(frozen=True)
class Paper:
    """The document for which goods move: its id and its number."""

    id: UUID | None = None
    number: str = ""


@dataclass(frozen=True)
class Place:
    """Where goods of one product lie: in which bin, and of which batch (None: the product bears no numbers)."""

    product_id: UUID
    bin_id: UUID
    batch_id: UUID | None = None

    @property
    def named(self) -> dict[str, UUID | None]:
        """As the doors name it."""
        return {"product": self.product_id, "bin": self.bin_id, "lot": self.batch_id}


NO_PAPER = Paper()
MOST_NUMBERS = 1000


def reserve_stock(*, holder_id: UUID, lines: Sequence[StockLine], expires_at: datetime | None) -> None:
    """Keep goods for the actor's document `holder_id`, all lines or none; what has expired is free again.

    Products that are not stocked pass through. Raises OutOfStock, which names the product.
    """
    knock("reserve_stock", holder=holder_id, until=expires_at, **_arrays(lines), **today())


def change_reservation(*, holder_id: UUID, lines: Sequence[StockLine]) -> None:
    """Keep exactly these from now on, as the buyer has agreed; products left out are let go. Raises OutOfStock."""
    knock("change_reservation", holder=holder_id, **_arrays(lines), **today())


def hand_over_reservation(*, holder_id: UUID, new_holder_id: UUID, product_ids: Sequence[UUID]) -> None:
    """Keep these products for another document of the same buyer: the order instead of its requisition.

    From then on they do not expire. Raises ReservationLost for a product that is no longer kept.
    """
    knock(
        "hand_over_reservation",
        holder=holder_id,
        new_holder=new_holder_id,
        ids=list(product_ids),
        today=today()["today"],
    )


def release_reservation(*, holder_id: UUID) -> None:
    """Let go of all that is kept for the document: as its buyer, or as the seller of what was ordered."""
    knock("release_reservation", holder=holder_id, **now())


def consume_reservation(*, holder_id: UUID, lines: Sequence[StockLine], paper: Paper = NO_PAPER) -> None:
    """Take what is shipped with that paper off one's own shelves, first what expires first.

    What was not reserved for the document comes from what is free. Raises OutOfStock, NotThere where a line names
    a bin or a batch, or ReservationLost where the buyer has let go of it.
    """
    knock(
        "consume_reservation",
        holder=holder_id,
        bins=[line.bin_id for line in lines],
        lots=[line.batch_id for line in lines],
        paper_id=paper.id,
        paper=paper.number,
        **_arrays(lines),
        **today(),
    )


def receive_stock(
    *,
    product_id: UUID,
    quantity: Decimal,
    bin_id: UUID | None = None,
    numbers: Sequence[str] = (),
    expires_on: date | None = None,
    is_return: bool = False,
    is_held: bool = False,
    reason: str = "",
    paper: Paper = NO_PAPER,
) -> None:
    """Book goods into one's own warehouse: from production or purchase, or back from a buyer.

    They go to `bin_id`, else to the product's usual bin, else to where it lies already, else to where goods come in.
    Several `numbers` are of one piece each. What `is_held` waits for a quality decision. Raises NotFound,
    WrongQuantity, Invalid, IntegrityError.
    """
    checked_quantity(quantity, _unit_of(product_id))
    shares = _shares(quantity, numbers)
    knock(
        "receive_stock",
        product=product_id,
        bin=bin_id,
        amounts=[share for share, _ in shares],
        numbers=[number for _, number in shares],
        expiries=[expires_on if number else None for _, number in shares],
        is_return=is_return,
        is_held=is_held,
        paper_id=paper.id,
        paper=paper.number,
        cause=reason or "",
        **now(),
    )


def count_stock(
    *,
    product_id: UUID,
    counted: Decimal,
    reason: str,
    bin_id: UUID | None = None,
    batch_id: UUID | None = None,
) -> None:
    """Write what was counted in one place; the difference becomes an adjustment with its reason.

    A product that lies in one place needs no `bin_id`. Raises NotFound, WrongQuantity, StillPromised, IntegrityError.
    """
    if counted:
        checked_quantity(counted, _unit_of(product_id), field="counted")
    place = {"product": product_id, "bin": bin_id, "lot": batch_id}
    knock("count_stock", **place, counted=counted, cause=reason, **today())


def count_place(*, place: Place, counted: Decimal, reason: str) -> None:
    """The same of goods that are looked at. Raises WrongQuantity, StillPromised, IntegrityError."""
    spot = {"bin_id": place.bin_id, "batch_id": place.batch_id}
    count_stock(product_id=place.product_id, counted=counted, reason=reason, **spot)


def count_from_file(*, counts: Mapping[UUID, Decimal], reason: str) -> None:
    """Write what a file says there is of one's own products, in one statement.

    Where it says less than buyers are promised, the level goes down to what is promised, and the movement says so.
    Where it says more of a product that bears numbers, the level stays: a file does not say which ones.
    """
    knock("count_products", ids=list(counts), counts=list(counts.values()), cause=reason, **now())


def move_stock(
    *,
    place: Place,
    to_bin_id: UUID,
    quantity: Decimal | None = None,
    reason: str = "",
    paper: Paper = NO_PAPER,
) -> None:
    """Bring goods of one place to another bin; all of them without a quantity. Raises NotThere, IntegrityError."""
    knock(
        "move_stock",
        **place.named,
        target=to_bin_id,
        amount=quantity,
        paper_id=paper.id,
        paper=paper.number,
        cause=reason or "",
        **today(),
    )


def hold_stock(*, place: Place, reason: str, quantity: Decimal | None = None) -> None:
    """Sell nothing of these goods until their quality is decided; all of them without a quantity. Raises NotThere."""
    _handle("hold", place, quantity, reason)


def clear_stock(*, place: Place, reason: str = "", quantity: Decimal | None = None) -> None:
    """Let goods that were held back be sold again; all of them without a quantity. Raises NotThere."""
    _handle("clearance", place, quantity, reason)


def scrap_stock(*, place: Place, reason: str, quantity: Decimal | None = None) -> None:
    """Write off goods that cannot be sold, first those held back. Raises NotThere, StillPromised."""
    _handle("scrap", place, quantity, reason)


def shelve_stock(*, product_id: UUID, bin: str | None, warehouse_id: UUID | None = None) -> None:
    """Say in which bin of a warehouse a product of one's own lies (None: in no certain one), and bring it there.

    A bin that is not there yet is added. Raises NotFound, IntegrityError.
    """
    knock("own_stock", ids=[product_id])
    if warehouse_id is None:
        knock("found_warehouse")
    chosen = warehouse_id or main_warehouse().id
    home = bin_named(warehouse_id=chosen, code=bin).id if bin else None
    write_rule(product_id=product_id, warehouse_id=chosen, home_bin_id=home)
    for lying in holdings_of(product_id):
        if home and lying.bin.warehouse_id == chosen and lying.bin.id != home:
            move_stock(place=Place(product_id, lying.bin.id, lying.holding.batch_id), to_bin_id=home)


def write_rule(*, product_id: UUID, warehouse_id: UUID, **values: object) -> None:
    """Write how a product of one's own is kept in a warehouse: home_bin_id, reorder_point, reorder_up_to.

    What is not named stays as it is. Raises IntegrityError.
    """
    knock("own_stock", ids=[product_id])
    key = {"product_id": product_id, "warehouse_id": warehouse_id}
    rule = insert(StockingRule).values(
        id=new_id(), organisation_id=current_actor().organisation, **key, **values
    )
    session().execute(rule.on_conflict_do_update(index_elements=list(key), set_=values))


def track_stock(*, product_id: UUID, tracking: str) -> None:
    """Say what is written down of each piece of a product (a value of Tracking).

    Raises NotFound, IntegrityError while some of it is on hand.
    """
    knock("track_stock", product=product_id, how=str(tracking))


def show_stock(*, shows: str) -> None:
    """Say what buyers see of one's stock (a value of Shows)."""
    _write_policy(shows=shows)


def limit_counts(*, count_limit: Decimal | None) -> None:
    """Say above which value of its differences a count needs a second person (None: never).

    Raises Invalid, or IntegrityError for somebody who does not approve counts.
    """
    if count_limit is not None and not 0 <= count_limit <= MAXIMUM:
        raise Invalid(_l("A limit is zero or more."), field="count_limit")
    _write_policy(count_limit=count_limit)


def _handle(deed: str, place: Place, quantity: Decimal | None, reason: str) -> None:
    knock("handle_stock", deed=deed, **place.named, amount=quantity, cause=reason or "", **today())


def _write_policy(**values: object) -> None:
    policy = insert(StockPolicy).values(
        id=new_id(), organisation_id=current_actor().organisation, **{"shows": Shows.QUANTITY, **values}
    )
    session().execute(policy.on_conflict_do_update(index_elements=["organisation_id"], set_=values))


def _shares(quantity: Decimal, numbers: Sequence[str]) -> list[tuple[Decimal, str | None]]:
    """How the quantity is spread over the numbers: all of it on one, or one piece on each of several."""
    if len(numbers) < 2:
        return [(quantity, numbers[0] if numbers else None)]
    if len(numbers) > MOST_NUMBERS:
        raise Invalid(_l("At most %(most)d numbers at a time, please.", most=MOST_NUMBERS), field="numbers")
    if len(set(numbers)) < len(numbers):
        raise Invalid(_l("One of these numbers is there twice."), field="numbers")
    if quantity != len(numbers):
        raise Invalid(
            _l(
                "There are %(count)d numbers, of one piece each: the quantity must be the same.",
                count=len(numbers),
            ),
            field="quantity",
        )
    return [(Decimal(1), number) for number in numbers]


def _unit_of(product_id: UUID) -> str:
    return fetch(Product, product_id).unit_code


def _arrays(lines: Sequence[StockLine]) -> dict[str, Any]:
    return {
        "ids": [line.product_id for line in lines],
        "amounts": [line.quantity for line in lines],
    }
