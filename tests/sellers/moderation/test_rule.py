"""Is whatever a buyer judges by held, whichever way it is written, and nothing else?"""

from collections.abc import Callable
from contextvars import copy_context
from decimal import Decimal
from threading import Event, Thread
from uuid import UUID

import pytest
from sqlalchemy import text

from marketplace.doctor import examine
from marketplace.foundation.db import owner_engine
from marketplace.foundation.money import Money
from marketplace.sellers.catalogue.actions import (
    change_picture,
    change_product,
    import_catalogue,
    publish_product,
    remove_picture,
    set_tiers,
    show_to,
    withdraw_product,
)
from marketplace.sellers.moderation import actions
from marketplace.sellers.moderation.actions import ChangedMeanwhile, let_through, refuse
from marketplace.sellers.moderation.queries import contents_of, fingerprint
from marketplace.sellers.pictures.actions import show_picture
from marketplace.sellers.specifications.actions import specify_product
from tests.cast import Cast, Party
from tests.factories.attributes import an_attribute
from tests.factories.catalogue import a_catalogue_file, a_picture, a_product
from tests.factories.documents import a_pdf, attached
from tests.factories.items import at_the_desk
from tests.factories.moderation import let, look_at, refused, state_of
from tests.factories.versions import a_version, published, put

pytestmark = pytest.mark.usefixtures("speaking")
GTIN = "4006381333931"
SAID = {"attribute_colour": "red", "origin_country": "FR", "certificates": "FSC"}


def by_file(party: Party, name: str, price: str = "10", **columns: str) -> None:
    titles = ("Référence", "Désignation", "Prix unitaire HT", *columns)
    content = a_catalogue_file(("A-1", name, price, *columns.values()), titles=titles)
    import_catalogue(
        content, file_name="a.csv", supplier_id=party.id, number_style="comma", cpv_code="31000000"
    )


def by_sql(party: Party, statement: str, **values: object) -> None:
    with party.at_work("sales_desk") as work:
        work.execute(text(statement), {"id": of(party), **values})


def of(party: Party) -> UUID:
    with party.reading("sales_desk") as work:
        found: UUID = work.scalar(text("SELECT id FROM products WHERE sku IN ('A-1', 'B-1')"))
        return found


def at_desk(action: Callable[..., object], **values: object) -> Callable[[Party], None]:
    def act(party: Party) -> None:
        with party.at_work("sales_desk"):
            action(product_id=of(party), **values)

    return act


def by_version(party: Party) -> None:
    version_id = a_version(party)
    put(party, version_id, "A-1", name="Other")
    published(Cast.present(), party, version_id)


def by_archive(party: Party) -> None:
    with party.at_work("sales_desk"):
        show_picture(name="A-1", picture=a_picture(50, 50))


JUDGED: dict[str, Callable[[Party], object]] = {
    **{
        f"form: {name}": at_desk(change_product, **{name: value})
        for name, value in {
            "sku": "B-1",
            "name": "Other",
            "description": "Other",
            "cpv_code": "38000000",
            "gtin": GTIN,
            "maker": "Other",
            "maker_part_number": "Other",
            "unit_code": "SET",
            "pack_size": Decimal(2),
        }.items()
    },
    "picture": at_desk(change_picture, picture=a_picture(50, 50)),
    "picture removed": at_desk(remove_picture),
    "attribute": at_desk(specify_product, said={"attribute_colour": "blue"}),
    "attribute removed": at_desk(specify_product, said={"attribute_colour": None}),
    "file": lambda party: by_file(party, "Other"),
    "version": by_version,
    "archive": by_archive,
    "sql": lambda party: by_sql(party, "UPDATE products SET name = 'Other' WHERE id = :id"),
    "sql that says it is published": lambda party: by_sql(
        party, "UPDATE products SET name = 'Other', status = 'published' WHERE id = :id"
    ),
    "fact": at_desk(specify_product, said={"signal_word": "danger"}),
    "fact removed": at_desk(specify_product, said={"origin_country": None}),
    "certificate": at_desk(specify_product, said={"certificates": "FSC; Oeko-Tex"}),
    "certificate of another day": at_desk(specify_product, said={"certificates": "FSC (2031-12-31)"}),
    "certificates removed": at_desk(specify_product, said={"certificates": None}),
    "document": lambda party: attached(party, of(party)),
    "document described otherwise": lambda party: attached(party, of(party), a_pdf("known"), title="Other"),
    "document of another certificate": lambda party: attached(
        party, of(party), a_pdf("known"), certificate="FSC"
    ),
    "documents removed": at_desk(specify_product, said={"documents": None}),
    "sql on documents": lambda party: by_sql(party, "DELETE FROM product_documents WHERE product_id = :id"),
    "file of facts": lambda party: by_file(party, "Article A-1", **{"Pays d’origine": "DE"}),
    "file of certificates": lambda party: by_file(party, "Article A-1", **{"Certificats": "Oeko-Tex"}),
    "sql on facts": lambda party: by_sql(
        party, "UPDATE product_facts SET origin_country = 'DE' WHERE product_id = :id"
    ),
    "sql on certificates": lambda party: by_sql(
        party, "DELETE FROM product_certificates WHERE product_id = :id"
    ),
    "sql on attributes": lambda party: by_sql(
        party, "UPDATE product_attributes SET value = 'blue' WHERE product_id = :id"
    ),
}
UNJUDGED: dict[str, Callable[[Party], object]] = {
    "price": at_desk(change_product, price=Money(Decimal(11), "EUR")),
    "tiers": at_desk(set_tiers, tiers={Decimal(10): Decimal(9)}),
    "lead time": at_desk(change_product, lead_time_days=5),
    "the same attributes": at_desk(specify_product, said={"attribute_colour": "red"}),
    "the same facts": at_desk(specify_product, said={"origin_country": "FR", "certificates": "FSC"}),
    "the same document": lambda party: attached(party, of(party), a_pdf("known")),
    "the same picture": at_desk(change_picture, picture=a_picture()),
    "who sees it": at_desk(show_to, needs_agreement=True),
    "a file of prices": lambda party: by_file(party, "Article A-1", "12"),
}


@pytest.fixture
def shown(market: Cast) -> UUID:
    """A product of Bolt's, with picture, attribute, fact and certificate, that was let through."""
    an_attribute(market, "colour")
    product_id = a_product(market.bolt)
    with market.bolt.at_work("sales_desk"):
        change_picture(product_id=product_id, picture=a_picture())
        specify_product(product_id=product_id, said=SAID)
    attached(market.bolt, product_id, a_pdf("known"))
    look_at(market, market.bolt)
    at_desk(withdraw_product)(market.bolt)
    at_desk(publish_product)(market.bolt)
    assert state_of(market, product_id) == "held"
    assert let(market, product_id) == [product_id]
    return product_id


@pytest.mark.parametrize("way", JUDGED)
def test_what_a_buyer_judges_by_is_held_whichever_way_it_is_written(
    market: Cast, shown: UUID, way: str
) -> None:
    JUDGED[way](market.bolt)
    assert state_of(market, shown) == "held"
    for attempt in (publish_by_hand, withdraw_and_publish):
        attempt(market.bolt)
        assert state_of(market, shown) == "held"
    assert findings() == []
    assert let(market, shown) == [shown]
    assert state_of(market, shown) == "published"


def publish_by_hand(party: Party) -> None:
    by_sql(party, "UPDATE products SET status = 'published' WHERE id = :id")


def withdraw_and_publish(party: Party) -> None:
    at_desk(withdraw_product)(party)
    at_desk(publish_product)(party)


def findings() -> list[str]:
    return [each.detail for each in examine() if "let through" in each.name and not each.is_healthy]


def test_what_a_buyer_does_not_judge_by_never_waits(market: Cast, shown: UUID) -> None:
    for change in UNJUDGED.values():
        change(market.bolt)
        assert state_of(market, shown) == "published"
    assert state_of(market, a_product(market.crown)) == "published"


def test_what_is_brought_in_anew_is_held(market: Cast, shown: UUID) -> None:
    content = a_catalogue_file(("A-1", "Article A-1", "10"), ("NEW", "New", "3"))
    import_catalogue(
        content, file_name="a.csv", supplier_id=market.bolt.id, number_style="comma", cpv_code="31000000"
    )
    with market.bolt.reading("sales_desk") as work:
        states = work.execute(text("SELECT sku, status FROM products ORDER BY sku")).all()
    assert [tuple(row) for row in states] == [("A-1", "published"), ("NEW", "held")]


def test_what_is_refused_stays_so_until_it_is_changed_and_back_it_is_shown(market: Cast, shown: UUID) -> None:
    at_desk(change_product, name="Gun")(market.bolt)
    refused(market, shown)
    withdraw_and_publish(market.bolt)
    assert state_of(market, shown) == "refused"
    at_desk(change_product, name="Toy")(market.bolt)
    assert state_of(market, shown) == "held"
    at_desk(change_product, name="Gun")(market.bolt)
    assert state_of(market, shown) == "refused"
    at_desk(change_product, name="Article A-1")(market.bolt)
    assert state_of(market, shown) == "published"


def test_a_supplier_may_not_let_itself_through(market: Cast, shown: UUID) -> None:
    at_desk(change_product, name="Gun")(market.bolt)
    with market.bolt.at_work("sales_desk") as work, pytest.raises(Exception, match="permission denied"):
        work.execute(text("UPDATE product_reviews SET let_through = product_content(p) FROM products p"))
    with market.bolt.reading("sales_desk") as work:
        assert work.scalar(text("SELECT count(*) FROM product_reviews")) == 1
    for outsider in (market.crown, market.acme):
        with outsider.reading("administrator") as work:
            assert work.scalar(text("SELECT count(*) FROM product_reviews")) == 0


def test_what_buyers_see_stays_when_a_rule_begins_and_what_waits_is_free_when_it_ends(market: Cast) -> None:
    old = a_product(market.bolt, sku="OLD")
    look_at(market, None)
    assert state_of(market, old) == "published"
    new, bad = (a_product(market.bolt, sku=sku) for sku in ("NEW", "BAD"))
    refused(market, bad)
    assert [state_of(market, one) for one in (new, bad)] == ["held", "refused"]
    look_at(market, market.bolt, is_on=False)
    assert [state_of(market, one) for one in (old, new, bad)] == ["published", "published", "withdrawn"]
    other = a_product(market.bolt, sku="OTHER")
    assert state_of(market, a_product(market.crown, sku="C")) == "held"
    look_at(market, market.bolt, is_on=None)
    assert [state_of(market, one) for one in (new, other)] == ["published", "published"]
    assert state_of(market, a_product(market.bolt, sku="LAST")) == "held"
    assert findings() == []


def test_a_whole_catalogue_is_freed_some_at_a_time(market: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "BATCH", 2)
    look_at(market, None)
    held = [a_product(market.bolt, sku=f"HELD-{number}") for number in range(5)]
    bad = [a_product(market.crown, sku=f"BAD-{number}") for number in range(3)]
    for one in bad:
        refused(market, one)
    look_at(market, None, is_on=None)
    assert {state_of(market, one) for one in held} == {"published"}
    assert {state_of(market, one) for one in bad} == {"withdrawn"}
    assert findings() == []


def test_the_doctor_finds_what_has_slipped_through(market: Cast, shown: UUID) -> None:
    assert findings() == []
    with owner_engine().begin() as connection:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        connection.exec_driver_sql("UPDATE products SET name = 'Gun'")
    assert str(shown) in findings()[0]


def until_somebody_waits() -> None:
    """For a lock, in this database."""
    waiting = text(
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"
    )
    with owner_engine().connect() as connection:
        while not connection.scalar(waiting):
            connection.rollback()


@pytest.mark.parametrize("is_supplier_first", [True, False])
def test_a_verdict_is_about_what_was_seen(market: Cast, shown: UUID, is_supplier_first: bool) -> None:
    """The supplier edits while the operator decides; whoever comes second waits, and nothing unseen is shown."""
    at_desk(change_product, name="Toy")(market.bolt)
    with market.platform():
        seen = {shown: fingerprint(contents_of([shown])[shown])}
    through: list[object] = []
    is_written = Event()

    def supplier() -> None:
        with market.bolt.at_work("sales_desk"):
            change_product(product_id=shown, name="Gun")
            let_the_other_wait()

    def operator() -> None:
        with at_the_desk(market):
            through.extend(let_through(seen=seen))
            let_the_other_wait()

    def let_the_other_wait() -> None:
        if not is_written.is_set():
            is_written.set()
            until_somebody_waits()

    first, second = (supplier, operator) if is_supplier_first else (operator, supplier)
    threads = [Thread(target=copy_context().run, args=(each,), daemon=True) for each in (first, second)]
    threads[0].start()
    assert is_written.wait(20)
    threads[1].start()
    for thread in threads:
        thread.join(20)
    assert state_of(market, shown) == "held"
    assert len(through) == (0 if is_supplier_first else 1)
    with at_the_desk(market), pytest.raises(ChangedMeanwhile):
        refuse(product_id=shown, seen=seen[shown], reason="no")
