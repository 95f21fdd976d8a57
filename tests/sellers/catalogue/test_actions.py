"""Can a supplier keep its catalogue, and nobody else?"""

from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from marketplace.foundation.errors import Invalid, NotFound
from marketplace.foundation.lifecycle import NotYourMove, WrongState
from marketplace.foundation.money import Money
from marketplace.sellers.catalogue import queries
from marketplace.sellers.catalogue.actions import (
    change_picture,
    change_product,
    create_product,
    move_products,
    publish_product,
    set_tiers,
    show_to,
    withdraw_product,
)
from marketplace.sellers.catalogue.lifecycle import ProductState
from tests.cast import Cast
from tests.factories.catalogue import a_picture, a_product

EURO = Money(Decimal("9.90"), "EUR")
GOOD = {"sku": "B-1", "name": "Disque", "cpv_code": "44512000-2", "unit_code": "C62", "price": EURO}


def test_create_product_keeps_the_category_without_its_control_digit(market: Cast) -> None:
    with market.bolt.at_work("sales_desk"):
        product = create_product(**GOOD)  # type: ignore[arg-type]
        assert (product.cpv_code, product.status) == ("44512000", ProductState.DRAFT)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("gtin", "4006381333932"),
        ("gtin", "123"),
        ("cpv_code", "4451"),
        ("unit_code", "XXX"),
        ("price", Money(Decimal(0), "EUR")),
        ("price", Money(Decimal(-1), "EUR")),
        ("price", Money(Decimal("0.00001"), "EUR")),
    ],
)
def test_create_product_with_a_bad_value_is_refused(market: Cast, field: str, value: object) -> None:
    with pytest.raises(Invalid), market.bolt.at_work("sales_desk"):
        create_product(**{**GOOD, field: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "values",
    [
        {"sku": ""},
        {"sku": "x" * 61},
        {"name": ""},
        {"name": "x" * 251},
        {"lead_time_days": 366},
        {"minimum_quantity": Decimal(5), "step_quantity": Decimal(2)},
        {"pack_size": Decimal(0)},
    ],
)
def test_create_product_against_a_check_is_refused_by_the_database(
    market: Cast, values: dict[str, object]
) -> None:
    with pytest.raises(IntegrityError), market.bolt.at_work("sales_desk"):
        create_product(**{**GOOD, **values})  # type: ignore[arg-type]


def test_create_product_twice_with_one_sku_is_refused(market: Cast) -> None:
    a_product(market.bolt, sku="A-1")
    a_product(market.crown, sku="A-1")
    with pytest.raises(IntegrityError, match="uq_products_organisation_id_sku"):
        a_product(market.bolt, sku="A-1")


def test_change_product_of_somebody_else_finds_nothing(market: Cast) -> None:
    product_id = a_product(market.bolt)
    for party, role in ((market.crown, "sales_desk"), (market.acme, "requester")):
        with pytest.raises(NotFound), party.at_work(role):
            change_product(product_id=product_id, name="Mine")


def test_change_product_to_another_currency_is_refused(market: Cast) -> None:
    product_id = a_product(market.bolt)
    with pytest.raises(Invalid), market.bolt.at_work("sales_desk"):
        change_product(product_id=product_id, price=Money(Decimal(1), "USD"))
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        market.bolt.at_work("sales_desk") as work,
    ):
        work.execute(text("UPDATE products SET price_currency = 'USD'"))


def test_update_by_hand_of_another_suppliers_product_changes_nothing(market: Cast) -> None:
    a_product(market.bolt)
    with market.crown.at_work("sales_desk") as work:
        assert work.execute(text("UPDATE products SET name = 'x'")).rowcount == 0  # type: ignore[attr-defined]


def test_publish_product_by_a_role_without_the_right_is_refused(market: Cast) -> None:
    product_id = a_product(market.bolt, is_published=False)
    with pytest.raises(NotYourMove), market.bolt.at_work("warehouse"):
        publish_product(product_id=product_id)


def test_withdraw_product_twice_is_refused(market: Cast) -> None:
    product_id = a_product(market.bolt)
    with market.bolt.at_work("sales_desk"):
        withdraw_product(product_id=product_id)
    with pytest.raises(WrongState), market.bolt.at_work("sales_desk"):
        withdraw_product(product_id=product_id)


def test_move_products_where_one_cannot_moves_none(market: Cast) -> None:
    draft, published = a_product(market.bolt, sku="1", is_published=False), a_product(market.bolt, sku="2")
    with pytest.raises(WrongState), market.bolt.at_work("sales_desk"):
        move_products(product_ids=[draft, published], target=ProductState.PUBLISHED)
    with market.bolt.reading("sales_desk"):
        assert queries.product(draft).status == ProductState.DRAFT


def test_a_draft_is_seen_by_its_supplier_alone(market: Cast) -> None:
    product_id = a_product(market.bolt, is_published=False)
    for party, role, count in (
        (market.bolt, "sales_desk", 1),
        (market.acme, "requester", 0),
        (market.pry, "sales_desk", 0),
    ):
        with party.reading(role):
            assert len(queries.products([product_id])) == count


def test_show_to_one_buyer_hides_product_and_tiers_from_others(market: Cast) -> None:
    product_id = a_product(market.bolt, tiers={10: "9"})
    with market.bolt.at_work("sales_desk"):
        show_to(product_id=product_id, buyer_id=market.acme.id)
    for party, count in ((market.acme, 1), (market.nosy, 0)):
        with party.reading("requester"):
            assert len(queries.products([product_id])) == count
            assert len(queries.tiers([product_id])) == count


def test_show_to_a_supplier_is_refused(market: Cast) -> None:
    product_id = a_product(market.bolt)
    with pytest.raises(Invalid), market.bolt.at_work("sales_desk"):
        show_to(product_id=product_id, buyer_id=market.crown.id)


def test_set_tiers_replaces_what_was_there(market: Cast) -> None:
    product_id = a_product(market.bolt, tiers={10: "9", 50: "8"})
    with market.bolt.at_work("sales_desk"):
        set_tiers(product_id=product_id, tiers={Decimal(20): Decimal(7)})
    with market.acme.reading("requester"):
        assert [
            (tier.from_quantity, tier.price.amount) for tier in queries.tiers([product_id])[product_id]
        ] == [(20, 7)]


@pytest.mark.parametrize(
    "tiers", [{Decimal(0): Decimal(1)}, {Decimal(2): Decimal(0)}, {Decimal(-2): Decimal(1)}]
)
def test_set_tiers_of_nothing_is_refused(market: Cast, tiers: dict[Decimal, Decimal]) -> None:
    product_id = a_product(market.bolt)
    with pytest.raises(Invalid), market.bolt.at_work("sales_desk"):
        set_tiers(product_id=product_id, tiers=tiers)


def test_change_picture_of_a_private_product_is_filed_for_its_supplier(market: Cast) -> None:
    product_id = a_product(market.bolt)
    with market.bolt.at_work("sales_desk"):
        public = change_picture(product_id=product_id, picture=a_picture()).image_file_id
        private = show_to(product_id=product_id, buyer_id=market.acme.id).image_file_id
    for party, role, wanted in ((market.bolt, "sales_desk", 1), (market.acme, "requester", 0)):
        with party.reading(role) as work:
            question = text("SELECT count(*) FROM stored_files WHERE id = :id")
            assert work.scalar(question, {"id": private}) == wanted
    assert public != private
