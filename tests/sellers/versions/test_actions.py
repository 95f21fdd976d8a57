"""Is a version published whole, once, on its day and over nothing silently, and can it be brought back?"""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from marketplace.foundation import clock
from marketplace.foundation.constraints import constraint_of
from marketplace.foundation.errors import Invalid, NotFound
from marketplace.foundation.lifecycle import WrongState
from marketplace.foundation.money import Money
from marketplace.sellers.catalogue.actions import change_product, set_tiers, withdraw_product
from marketplace.sellers.catalogue.lifecycle import ProductState
from marketplace.sellers.catalogue.models import Product
from marketplace.sellers.versions import publishing
from marketplace.sellers.versions.actions import (
    NothingInIt,
    StillToDecide,
    check_version,
    drop_version,
    give_way,
    insist,
    open_version,
    publish_version,
    put_document,
    put_said,
    put_state,
    put_tiers,
    set_policy,
    take_back,
)
from marketplace.sellers.versions.differences import USUAL_PRICE_LIMIT
from marketplace.sellers.versions.jobs import publish_where_due
from marketplace.sellers.versions.lifecycle import VersionState
from marketplace.sellers.versions.models import CatalogueVersion, VersionLine
from marketplace.sellers.versions.queries import articles, differences, tally, version, version_findings
from tests.cast import Cast
from tests.factories.attributes import an_attribute
from tests.factories.catalogue import a_product
from tests.factories.documents import a_pdf, attached
from tests.factories.facts import PAINT, specified
from tests.factories.versions import a_version, published, put

pytestmark = pytest.mark.usefixtures("speaking")


def counts(market: Cast, version_id: UUID) -> dict[str, int]:
    with market.bolt.reading("sales_desk"):
        return tally(version_id, USUAL_PRICE_LIMIT)


def facts(market: Cast, *skus: str) -> dict[str, dict[str, str | None]]:
    with market.bolt.reading("sales_desk"):
        return {sku: article.facts for sku, article in articles(skus).items()}


def state(market: Cast, version_id: UUID) -> str:
    with market.bolt.reading("sales_desk"):
        return str(version(version_id).status)


def test_a_version_is_published_and_brought_back(market: Cast) -> None:
    changed = a_product(market.bolt, sku="A-1", price="10", tiers={10: "9"})
    a_product(market.bolt, sku="A-2")
    version_id = a_version(market.bolt)
    put(market.bolt, version_id, "A-1", price="12.5", name="Autre nom")
    put(market.bolt, version_id, "N-1", price="3")
    with market.bolt.at_work("sales_desk"):
        put_tiers(version_id=version_id, product_id=changed, tiers={Decimal(100): Decimal("8.25")})
        put_state(version_id=version_id, skus=["A-2"], state=ProductState.WITHDRAWN)
    before = facts(market, "A-1", "A-2", "N-1")
    found = counts(market, version_id)
    assert (found["added"], found["changed"], found["withdrawn"], found["price_moved"]) == (1, 1, 1, 1)
    published(market, market.bolt, version_id)
    after = facts(market, "A-1", "A-2", "N-1")
    assert after["A-1"]["price_amount"] == "12.5"
    assert after["A-1"]["tiers"] == "100=8.25"
    assert after["A-2"]["status"] == "withdrawn"
    assert after["N-1"]["status"] == "published"
    with market.bolt.at_work("sales_desk"):
        back = take_back(version_id=version_id).id
    assert facts(market, "A-1", "A-2", "N-1") == after
    published(market, market.bolt, back)
    assert facts(market, "A-1", "A-2") == before
    assert facts(market, "N-1")["N-1"]["status"] == "withdrawn"
    with market.platform():
        assert version_findings() == []


SKUS = ("A-1", "A-2", "A-3")
NEWS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["Vis", "Écrou M8", "Rondelle"]),
        "price": st.sampled_from(["0.0001", "9.5", "10", "99999.99"]),
        "gtin": st.sampled_from(["4006381333931", "96385074"]),
        "minimum_quantity": st.sampled_from([Decimal(2), Decimal("2.0000"), Decimal(4)]),
        "lead_time_days": st.integers(0, 9),
    },
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plans=st.lists(st.dictionaries(st.sampled_from(SKUS), NEWS, min_size=1), min_size=1, max_size=3))
def test_what_is_published_and_then_brought_back_is_as_it_was(
    market: Cast, plans: list[dict[str, dict[str, Any]]]
) -> None:
    for sku in SKUS:
        if sku not in facts(market, sku):
            a_product(market.bolt, sku=sku)
    before, done = facts(market, *SKUS), []
    for plan in plans:
        version_id = a_version(market.bolt)
        for sku, news in plan.items():
            try:
                put(market.bolt, version_id, sku, **news)
            except NothingInIt:
                continue
        if counts(market, version_id)["all"]:
            done.append(published(market, market.bolt, version_id))
    for version_id in reversed(done):
        with market.bolt.at_work("sales_desk"):
            back = take_back(version_id=version_id).id
        published(market, market.bolt, back)
    assert facts(market, *SKUS) == before


def test_what_was_changed_since_is_never_written_over_silently(market: Cast) -> None:
    product_id = a_product(market.bolt, sku="A-1", price="10")
    version_id = a_version(market.bolt)
    put(market.bolt, version_id, "A-1", price="11", name="Neuf")
    with market.bolt.at_work("sales_desk"):
        change_product(product_id=product_id, price=Money(Decimal(14), "EUR"))
    with market.bolt.reading("sales_desk"):
        [line] = differences(version_id, USUAL_PRICE_LIMIT, "conflict").rows
    shown = {fact.label: fact for fact in line.facts}
    price = shown["Price per unit"]
    assert (price.before, price.old, price.new, price.is_conflict) == ("10", "14", "11", True)
    with market.bolt.at_work("sales_desk"), pytest.raises(StillToDecide):
        check_version(version_id=version_id)
    with market.bolt.at_work("sales_desk"):
        insist(version_id=version_id)
    published(market, market.bolt, version_id)
    assert facts(market, "A-1")["A-1"]["price_amount"] == "11"


def test_what_is_changed_after_the_check_is_left_out_and_said(market: Cast) -> None:
    product_id = a_product(market.bolt, sku="A-1", price="10")
    a_product(market.bolt, sku="A-2")
    version_id = a_version(market.bolt)
    put(market.bolt, version_id, "A-1", price="11")
    put(market.bolt, version_id, "A-2", price="11")
    put(market.bolt, version_id, "N-1")
    with market.bolt.at_work("sales_desk"):
        check_version(version_id=version_id)
    with market.bolt.at_work("sales_desk"):
        change_product(product_id=product_id, price=Money(Decimal(14), "EUR"))
    a_product(market.bolt, sku="N-1", name="Somebody was faster")
    with market.bolt.at_work("sales_desk"):
        publish_version(version_id=version_id)
    market.run_jobs()
    now = facts(market, "A-1", "A-2", "N-1")
    assert (now["A-1"]["price_amount"], now["A-2"]["price_amount"]) == ("14", "11")
    assert now["N-1"]["name"] == "Somebody was faster"
    assert counts(market, version_id)["left_out"] == 2


def test_what_gives_way_leaves_the_version(market: Cast) -> None:
    product_id = a_product(market.bolt, sku="A-1", price="10")
    version_id = a_version(market.bolt)
    put(market.bolt, version_id, "A-1", price="11")
    with market.bolt.at_work("sales_desk"):
        change_product(product_id=product_id, price=Money(Decimal(14), "EUR"))
        give_way(version_id=version_id)
    assert counts(market, version_id)["all"] == 0
    with market.bolt.at_work("sales_desk"), pytest.raises(NothingInIt):
        check_version(version_id=version_id)


def test_a_day_begins_at_midnight_in_paris_and_begins_once(market: Cast) -> None:
    a_product(market.bolt, sku="A-1", price="10")
    version_id = a_version(market.bolt)
    put(market.bolt, version_id, "A-1", price="11")
    tomorrow = clock.today() + timedelta(days=1)
    with market.bolt.at_work("sales_desk"):
        check_version(version_id=version_id)
        publish_version(version_id=version_id, publish_on=tomorrow)
    midnight = clock.beginning_of(tomorrow)
    with clock.clock_at(midnight - timedelta(seconds=1)):
        assert publish_where_due() == 0
    with clock.clock_at(midnight):
        assert (publish_where_due(), publish_where_due()) == (1, 0)
        market.run_jobs()
    assert state(market, version_id) == VersionState.PUBLISHED
    assert facts(market, "A-1")["A-1"]["price_amount"] == "11"
    with market.bolt.at_work("sales_desk"), pytest.raises(Invalid):
        publish_version(version_id=version_id, publish_on=tomorrow - timedelta(days=2))


class KilledError(Exception):
    """What a test lets happen in the middle."""


def test_a_worker_that_dies_loses_nothing_and_does_nothing_twice(
    market: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "BATCH", 2)
    version_id = a_version(market.bolt)
    for number in range(5):
        put(market.bolt, version_id, f"N-{number}")
    with market.bolt.at_work("sales_desk"):
        check_version(version_id=version_id)
        publish_version(version_id=version_id)

    def die(done: int, total: int) -> None:
        if done == 4:
            raise KilledError

    with pytest.raises(KilledError):
        publishing.work_through(version_id, market.bolt.id, die)
    assert len(facts(market, *(f"N-{number}" for number in range(5)))) == 4
    assert state(market, version_id) == VersionState.PUBLISHING
    market.run_jobs()
    assert state(market, version_id) == VersionState.PUBLISHED
    assert len(facts(market, *(f"N-{number}" for number in range(5)))) == 5
    publishing.work_through(version_id, market.bolt.id, lambda done, total: None)


def test_nobody_checks_their_own_where_two_are_needed(market: Cast) -> None:
    a_product(market.bolt)
    version_id = a_version(market.bolt)
    put(market.bolt, version_id, "A-1", price="11")
    with market.bolt.at_work("administrator"):
        set_policy(price_limit=Decimal(5), needs_second_person=True)
    with pytest.raises(IntegrityError) as refused, market.bolt.at_work("sales_desk"):
        check_version(version_id=version_id)
    assert constraint_of(refused.value) == "version_second_person"


@pytest.mark.parametrize(
    "deed",
    [
        'update version_lines set changes = \'{"name": "x"}\'',
        "delete from version_lines",
        "update version_lines set outcome = 'applied', replaced = '{}'",
        "insert into version_lines (id, version_id, organisation_id, sku, changes, before, put_at)"
        " select uuidv7(), version_id, organisation_id, 'X', changes, before, put_at from version_lines",
        "update catalogue_versions set status = 'published', published_at = now()",
        "update catalogue_versions set checked_by_id = null",
    ],
)
def test_no_sql_by_hand_writes_into_what_is_checked(market: Cast, deed: str) -> None:
    version_id = a_version(market.bolt)
    put(market.bolt, version_id, "N-1")
    with market.bolt.at_work("sales_desk"):
        check_version(version_id=version_id)
    with pytest.raises(DBAPIError), market.bolt.at_work("sales_desk") as work:
        work.execute(text(deed))


@pytest.mark.parametrize("outsider", ["pry", "acme", "nosy"])
def test_nobody_else_sees_a_version_or_finds_its_articles(market: Cast, outsider: str) -> None:
    version_id = a_version(market.bolt)
    put(market.bolt, version_id, "N-1", name="Geheimnis")
    party = getattr(market, outsider)
    with party.reading("administrator") as work:
        assert work.scalars(select(CatalogueVersion)).all() == []
        assert work.scalars(select(VersionLine)).all() == []
        assert work.scalars(select(Product).where(Product.sku == "N-1")).all() == []
    with party.at_work("administrator"), pytest.raises(NotFound):
        drop_version(version_id=version_id)


def test_rules_name_what_a_person_should_look_at(market: Cast) -> None:
    a_product(market.bolt, sku="A-1", gtin="4006381333931", maker_part_number="M-1")
    version_id = a_version(market.bolt)
    put(market.bolt, version_id, "N-1", gtin="4006381333931")
    put(market.bolt, version_id, "A-1", price="13")
    with market.bolt.reading("sales_desk"):
        rows = {row.sku: row for row in differences(version_id, USUAL_PRICE_LIMIT).rows}
        first = differences(version_id, USUAL_PRICE_LIMIT).rows[0]
    assert first.sku == "A-1"
    assert rows["A-1"].percent == 30
    assert "price_moved" in rows["A-1"].findings
    assert {"no_picture", "wide_category"} <= set(rows["N-1"].findings)


def test_what_is_only_put_to_the_present_again_leaves_the_version(market: Cast) -> None:
    product_id = a_product(market.bolt, sku="A-1", price="10")
    version_id = a_version(market.bolt)
    put(market.bolt, version_id, "A-1", price="11")
    with pytest.raises(NothingInIt):
        put(market.bolt, version_id, "A-1", price="10")
    with market.bolt.at_work("sales_desk"):
        set_tiers(product_id=product_id, tiers={Decimal(5): Decimal(9)})
        withdraw_product(product_id=product_id)
        put_state(version_id=version_id, skus=["A-1"], state=ProductState.PUBLISHED)
        with pytest.raises(Invalid):
            put_state(version_id=version_id, skus=["NOPE"], state=ProductState.PUBLISHED)
        with pytest.raises(WrongState):
            publish_version(version_id=version_id)
    with pytest.raises(IntegrityError), market.bolt.at_work("sales_desk"):
        open_version(title="")


def test_what_products_are_is_compared_published_and_brought_back(market: Cast) -> None:
    an_attribute(market, "width", "number", unit_code="MMT", category="31")
    product_id = a_product(market.bolt, sku="A-1")
    specified(market.bolt, product_id, **PAINT, attribute_width=Decimal(12))
    before = facts(market, "A-1")
    version_id = a_version(market.bolt)
    with market.bolt.at_work("sales_desk"):
        said = {"attribute_width": Decimal("12.5"), "un_number": None, "certificates": "FSC"}
        put_said(version_id=version_id, product_id=product_id, said=said)
        with pytest.raises(NothingInIt):
            put_said(version_id=a_version_of(), product_id=product_id, said={"origin_country": "FR"})
    with market.bolt.reading("sales_desk"):
        [line] = differences(version_id, USUAL_PRICE_LIMIT).rows
    assert [(fact.label, fact.old, fact.new) for fact in line.facts] == [
        ("UN number", "UN1263", "—"),
        ("Certificates and labels", "EU Ecolabel, ISO 9001 (31 Dec 2031)", "FSC"),
        ("Width", "12 mm", "12.5 mm"),
    ]
    assert facts(market, "A-1") == before
    published(market, market.bolt, version_id)
    after = facts(market, "A-1")["A-1"]
    assert (after["attribute_width"], after["un_number"], after["certificates"]) == ("12.5", None, "FSC")
    assert after["origin_country"] == "FR"
    with market.bolt.at_work("sales_desk"):
        back = take_back(version_id=version_id).id
    published(market, market.bolt, back)
    assert facts(market, "A-1") == before


def test_documents_are_compared_published_and_brought_back(market: Cast) -> None:
    product_id = a_product(market.bolt, sku="A-1")
    attached(market.bolt, product_id, a_pdf("known"), title="Fiche 2025")
    before = facts(market, "A-1")
    version_id = a_version(market.bolt)
    described = {"title": "Fiche 2026", "kind": "data_sheet", "language": "fr"}
    with market.bolt.at_work("sales_desk"):
        for content in (a_pdf("new"), a_pdf("newer")):
            put_document(version_id=version_id, product_id=product_id, content=content, **described)
        with pytest.raises(Invalid):
            put_document(
                version_id=version_id, product_id=product_id, content=a_pdf(), **described, certificate="FSC"
            )
    with market.bolt.reading("sales_desk"):
        [line] = differences(version_id, USUAL_PRICE_LIMIT).rows
    [change] = line.facts
    assert (change.label, change.old) == ("Documents", "Fiche 2025 (Data sheet, French)")
    assert change.new.count("Fiche 2026 (Data sheet, French)") == 2
    assert facts(market, "A-1") == before
    published(market, market.bolt, version_id)
    assert str(facts(market, "A-1")["A-1"]["documents"]).count("Fiche") == 3
    with market.bolt.at_work("sales_desk"):
        back = take_back(version_id=version_id).id
    published(market, market.bolt, back)
    assert facts(market, "A-1") == before


def a_version_of() -> UUID:
    """Another draft of whoever acts."""
    return open_version(title="Autre").id
