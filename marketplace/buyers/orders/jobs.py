"""What happens to an order later? Each version in force is printed and filed, once."""

from uuid import UUID

from marketplace.buyers.orders.actions import file_document
from marketplace.buyers.orders.queries import document, paper, unfiled_orders
from marketplace.foundation.background import enqueue, job
from marketplace.foundation.documents import render_pdf
from marketplace.foundation.tenancy import automatic, platform
from marketplace.foundation.unit_of_work import unit_of_work


@job(queue="documents")
def file_order(*, order_id: UUID, buyer_id: UUID, version: int) -> None:
    """Print that version in the buyer's language and file it for both parties; a second run finds it filed."""
    with unit_of_work(automatic(buyer_id), read_only=True):
        if document(order_id, version) is not None:
            return
        printed = paper(order_id, version)
    content = render_pdf("documents/order.html", language=printed.buyer.language, paper=printed)
    with unit_of_work(automatic(buyer_id)):
        file_document(order_id=order_id, version=version, content=content)


def file_orders_left_behind() -> int:
    """Enqueue the printing that a crash or a lost queue has swallowed; returns how many orders that were."""
    with unit_of_work(platform("file orders left behind"), read_only=True):
        left = unfiled_orders()
    for order_id, buyer_id, version in left:
        enqueue(file_order, order_id=order_id, buyer_id=buyer_id, version=version)
    return len(left)
