"""Is the paper of each version drawn up and filed once, whatever happens?"""

from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import func, select

from marketplace.buyers.orders.jobs import file_order, file_orders_left_behind
from marketplace.buyers.orders.models import OrderDocument
from marketplace.buyers.orders.queries import document, documents_of
from marketplace.events.buyers import OrderFiled
from marketplace.foundation import background
from marketplace.foundation.background import run_waiting
from marketplace.foundation.errors import NotFound
from marketplace.foundation.files import StoredFile, stored_file
from marketplace.foundation.outbox import deliver_everything, story
from tests.buyers.orders.test_actions import sku_of
from tests.cast import Cast
from tests.factories.agreements import an_agreement
from tests.factories.orders import (
    a_confirmed_order,
    a_placed_order,
    as_seen,
    placed_orders,
    some_products,
)

pytestmark = pytest.mark.usefixtures("speaking")


def words(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages).split())


def test_file_order_after_placement_files_a_french_paper_for_both_parties(market: Cast) -> None:
    placed = a_placed_order(market, "3")
    market.run_jobs()
    for party in (market.acme, market.bolt):
        with party.reading("administrator"):
            [filed] = documents_of(placed.id)
            file = stored_file(filed.file_id)
            assert filed.sha256 == file.sha256
            said = words(file.content)
    assert "Bon de commande" in said
    for part in ("PO-2026-00001", "Acme Industrie", "Bolt Fournitures", "30,00", "Site Acme Industrie"):
        assert part in said
    with pytest.raises(NotFound), market.nosy.reading("administrator"):
        stored_file(filed.file_id)


def test_file_order_of_an_agreement_names_it(market: Cast) -> None:
    [product_id] = some_products(market.bolt)
    an_agreement(market, market.acme, market.bolt, {sku_of(market.bolt, product_id): "8"})
    [placed] = placed_orders(market.acme, {product_id: "2"})
    market.run_jobs()
    with market.bolt.reading("sales_desk"):
        assert "FA-2026-00001" in words(stored_file(documents_of(placed.id)[0].file_id).content)


def test_file_order_after_confirmation_files_the_version_in_force(market: Cast) -> None:
    confirmed = a_confirmed_order(market, "3")
    market.run_jobs()
    with market.acme.reading("requester"):
        filed = documents_of(confirmed.id)
        assert [row.version for row in filed] == [2, 1]
        assert as_seen(market.acme, confirmed.id).file_id == filed[0].file_id


def test_file_order_twice_files_once(market: Cast) -> None:
    placed = a_placed_order(market)
    market.run_jobs()
    for _ in range(2):
        file_order(order_id=placed.id, buyer_id=market.acme.id, version=1)
    with market.platform() as work:
        assert work.scalar(select(func.count()).select_from(OrderDocument)) == 1
        assert work.scalar(select(func.count()).where(StoredFile.name.like("PO-%"))) == 1


def test_file_order_announces_that_it_is_filed(market: Cast) -> None:
    placed = a_placed_order(market)
    market.run_jobs()
    with market.bolt.reading("sales_desk"):
        assert story(placed.id)[0].label == str(OrderFiled.headline)


def test_file_orders_left_behind_draws_up_what_a_lost_queue_has_swallowed(market: Cast) -> None:
    placed = a_placed_order(market)
    deliver_everything()
    lose_the_queue()
    with market.acme.reading("requester"):
        assert document(placed.id, 1) is None
    assert file_orders_left_behind() == 1
    run_waiting()
    assert file_orders_left_behind() == 0
    assert as_seen(market.acme, placed.id).file_id is not None


def lose_the_queue() -> None:
    background._waiting.get().clear()  # type: ignore[union-attr]
