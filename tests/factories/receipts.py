"""How does a test come by a receipt?"""

from collections.abc import Sequence
from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import UUID

from PIL import Image

from marketplace.buyers.orders.models import PurchaseOrder
from marketplace.buyers.orders.queries import lines_of
from marketplace.buyers.receiving.actions import record_receipt
from marketplace.buyers.receiving.counting import Count
from marketplace.buyers.receiving.models import Receipt
from tests.cast import Cast, Party

Figures = Sequence[str] | str


def counts(party: Party, order_id: UUID, *figures: Figures) -> list[Count]:
    """Line by line: what was accepted, or (accepted, damaged, missing)."""
    with party.reading("administrator"):
        lines = lines_of(order_id)
    return [
        Count(
            line.id,
            *(Decimal(figure) for figure in ([figures_of] if isinstance(figures_of, str) else figures_of)),
        )
        for line, figures_of in zip(lines, figures, strict=False)
    ]


def a_receipt(market: Cast, ordered: PurchaseOrder, *figures: Figures, **details: Any) -> Receipt:
    """A count by Acme's receiver: per line what was accepted, or (accepted, damaged, missing)."""
    counted = counts(market.acme, ordered.id, *figures)
    with market.acme.at_work("receiver"):
        return record_receipt(order_id=ordered.id, counts=counted, **details)


def a_picture(width: int = 40, height: int = 30, *, format: str = "PNG", **options: Any) -> bytes:
    """A picture as a phone would send it."""
    drawn = BytesIO()
    Image.new("RGB", (width, height), "red").save(drawn, format, **options)
    return drawn.getvalue()
