"""Which orders do the tests of fulfilment ship?

The room hears the news of an order as the courier would bring it, so that these tests need no room above their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from marketplace.events.buyers import (
    OrderCancelled,
    OrderCompleted,
    OrderConfirmed,
    OrderLineCompleted,
    OrderLineNews,
    OrderPlaced,
    OrderRefused,
)
from marketplace.events.disputes import DisputeSettled, ReplacementLine
from marketplace.foundation import clock
from marketplace.sellers.fulfilment import reactions
from marketplace.sellers.fulfilment.actions import ShipLine, ship
from marketplace.sellers.fulfilment.models import Shipment
from marketplace.sellers.stock.actions import StockLine, reserve_stock
from tests.cast import Cast, Party
from tests.factories.stock import a_stocked_product

PRICE = {"total": Decimal(100), "currency": "EUR"}


@dataclass(frozen=True)
class TradedOrder:
    """An order as the warehouse hears of it."""

    market: Cast
    lines: list[OrderLineNews]
    number: str = "PO-2026-00001"
    id: UUID = field(default_factory=uuid4)

    @property
    def buyer(self) -> Party:
        return self.market.acme

    @property
    def seller(self) -> Party:
        return self.market.bolt

    @property
    def named(self) -> dict[str, Any]:
        parties = {"buyer_id": self.buyer.id, "seller_id": self.seller.id}
        return {"subject_id": self.id, "number": self.number, **parties}

    def place(self) -> "TradedOrder":
        with self.buyer.at_work("requester"):
            wanted = [StockLine(line.product_id, line.quantity) for line in self.lines]
            reserve_stock(holder_id=self.id, lines=wanted, expires_at=None)
        news = OrderPlaced(
            **self.named,
            **PRICE,
            version=1,
            requested_on=clock.today() + timedelta(days=5),
            lines=self.lines,
            ship_to="Site Acme, 1 rue du Port, 69002 Lyon, FR",
        )
        with self.market.platform():
            reactions.open_work(news)
        return self

    def confirm(
        self, confirmed_on: date | None = None, lines: Sequence[OrderLineNews] | None = None, version: int = 1
    ) -> "TradedOrder":
        news = OrderConfirmed(
            **self.named,
            **PRICE,
            version=version,
            confirmed_on=confirmed_on or clock.today() + timedelta(days=5),
            agreement_id=None,
            lines=self.lines if lines is None else list(lines),
        )
        with self.market.platform():
            reactions.make_ready(news)
        return self

    def end(self, kind: type[OrderCancelled] | type[OrderRefused]) -> None:
        hear = {OrderCancelled: reactions.close_cancelled, OrderRefused: reactions.close_refused}[kind]
        with self.market.platform():
            hear(kind(**self.named, reason="Rupture"))

    def complete(self, *positions: int) -> None:
        """The buyer awaits no more of these lines; nor of the order, where they are all of them."""
        for line in [line for line in self.lines if line.position in positions]:
            news = OrderLineCompleted(
                **self.named,
                order_line_id=line.order_line_id,
                product_id=line.product_id,
                ordered=line.quantity,
                accepted=line.quantity,
                damaged=Decimal(0),
                promised_on=clock.today(),
                completed_on=clock.today(),
                confirmed_after_hours=None,
            )
            with self.market.platform():
                reactions.drop_what_is_not_awaited(news)
        if len(positions) == len(self.lines):
            with self.seller.automatically():
                reactions.let_go_of_the_rest(OrderCompleted(**self.named))

    def settle(self, *quantities: str) -> None:
        news = DisputeSettled(
            subject_id=uuid4(),
            number="DS-1",
            order_id=self.id,
            order_number=self.number,
            buyer_id=self.buyer.id,
            seller_id=self.seller.id,
            proposal_id=uuid4(),
            remedy="replacement",
            amount=Decimal(0),
            currency="EUR",
            replacements=[
                ReplacementLine(line.order_line_id, Decimal(quantity))
                for line, quantity in zip(self.lines, quantities, strict=False)
            ],
        )
        with self.market.platform():
            reactions.reopen_for_replacements(news)

    def ship(self, *quantities: str, request_id: UUID | None = None) -> Shipment:
        with self.seller.at_work("warehouse"):
            return ship(
                order_id=self.id,
                lines=[
                    ShipLine(line.order_line_id, Decimal(quantity))
                    for line, quantity in zip(self.lines, quantities, strict=False)
                ],
                carrier="Chronopost",
                tracking_number="XY123456789FR",
                expected_on=clock.today() + timedelta(days=2),
                request_id=request_id,
            )


def an_order_line(product_id: UUID, quantity: str, *, position: int = 1) -> OrderLineNews:
    """A line of an order, as its news carries it."""
    return OrderLineNews(
        order_line_id=uuid4(),
        position=position,
        product_id=product_id,
        sku=f"SKU-{position}",
        name=f"Article {position}",
        unit_code="C62",
        quantity=Decimal(quantity),
        unit_price=Decimal("4.50"),
    )


def an_order(
    market: Cast, *quantities: str, stock: str = "100", number: str = "PO-2026-00001"
) -> TradedOrder:
    """An order of Acme with Bolt, placed and reserved, that the warehouse has heard of."""
    lines = [
        an_order_line(a_stocked_product(market.bolt, stock=stock), quantity, position=position)
        for position, quantity in enumerate(quantities or ("10",), start=1)
    ]
    return TradedOrder(market, lines, number=number).place()


def an_order_to_ship(
    market: Cast,
    *quantities: str,
    stock: str = "100",
    number: str = "PO-2026-00001",
    confirmed_on: date | None = None,
) -> TradedOrder:
    """The same, confirmed."""
    return an_order(market, *quantities, stock=stock, number=number).confirm(confirmed_on)
