"""Is everything found that should be, best first, and nothing that may not be seen?"""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from sqlalchemy import event, text

from marketplace.foundation.db import runtime_engine
from marketplace.identity.organisations.actions import suspend_organisation
from marketplace.sellers.catalogue import queries
from marketplace.sellers.catalogue.actions import change_product, load_categories, show_to, withdraw_product
from marketplace.sellers.catalogue.queries import Found, Shelf
from tests.cast import Cast, Party
from tests.factories.catalogue import a_product

GTIN = "4006381333931"


def found(party: Party, typed: str, shelf: Shelf | None = None, **others: int) -> Found:
    with party.reading("requester"):
        return queries.search(typed, shelf or Shelf(), **others)


def skus(party: Party, typed: str, shelf: Shelf | None = None) -> list[str]:
    with party.reading("requester"):
        ids = queries.search(typed, shelf or Shelf()).product_ids
        rows = queries.products(ids)
    return [rows[identity].sku for identity in ids]


@contextmanager
def counted() -> Iterator[list[str]]:
    statements: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        statements.append(statement)

    event.listen(runtime_engine(), "before_cursor_execute", note)
    yield statements
    event.remove(runtime_engine(), "before_cursor_execute", note)


def stocked(market: Cast) -> None:
    a_product(
        market.bolt,
        sku="DRILL-18V",
        name="Perceuse visseuse 18 V",
        maker="Bosch",
        maker_part_number="GSR18V-55",
    )
    a_product(market.bolt, sku="CABLE-3", name="Câble souple H07 3G1,5 noir", cpv_code="31300000", price="80")
    a_product(
        market.crown, sku="PHONE", name="Galaxy S9 64GB black", cpv_code="32000000", price="300", gtin=GTIN
    )
    a_product(market.crown, sku="CASE", name="Black case for Galaxy S9", cpv_code="32000000", price="9")
    market.run_jobs()


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("perceuses", "DRILL-18V"),
        ("bosch 18v", "DRILL-18V"),
        ("cable noir", "CABLE-3"),
        ("CÂBLES", "CABLE-3"),
        ("galaxy 64 gb", "PHONE"),
        ("galaxy case", "CASE"),
        ("galaxy s9 64gb nonsense", "PHONE"),
        (GTIN, "PHONE"),
        ("0" + GTIN, "PHONE"),
        ("gsr 18v 55", "DRILL-18V"),
        ("gsr18v55", "DRILL-18V"),
        ("galaxy GSR18V-55", "DRILL-18V"),
        ("galxy 64gb", "PHONE"),
        ("gallaxy 64gb", "PHONE"),
        ("glaaxy 64gb", "PHONE"),
        ("galaxu 64gb", "PHONE"),
        ("GSR18V56", "DRILL-18V"),
        ("4006381333932", "PHONE"),
    ],
)
def test_search_puts_what_was_meant_first(market: Cast, typed: str, first: str) -> None:
    stocked(market)
    assert skus(market.acme, typed)[0] == first


@pytest.mark.parametrize("typed", ["", "   ", "?!", "zzzzzzzz", "'; DROP SCHEMA products --", "%", "\x00"])
def test_search_for_nothing_finds_nothing(market: Cast, typed: str) -> None:
    stocked(market)
    assert found(market.acme, typed).total == 0


def test_search_reads_no_more_than_somebody_types(market: Cast) -> None:
    stocked(market)
    assert found(market.acme, "?" * 190 + " galaxy").total > 0
    assert found(market.acme, "?" * 200 + " galaxy").total == 0


def test_search_says_which_word_it_doubted(market: Cast) -> None:
    stocked(market)
    assert found(market.acme, "black Galxy").doubted == ("galxy",)
    assert found(market.acme, "black Galaxy").doubted == ()


def test_search_doubts_no_word_for_the_sake_of_one_that_this_buyer_may_not_see(market: Cast) -> None:
    stocked(market)
    product_id = a_product(market.bolt, sku="SECRET", name="Zorglub")
    with market.bolt.at_work("sales_desk"):
        show_to(product_id=product_id, buyer_id=market.acme.id)
    market.run_jobs()
    assert found(market.acme, "zorglup").doubted == ("zorglup",)
    assert found(market.nosy, "zorglup").doubted == ()


def test_search_finds_only_what_this_buyer_may_see(market: Cast) -> None:
    stocked(market)
    product_id = a_product(market.bolt, sku="SECRET", name="Galaxy secret", maker_part_number="SEC-1234")
    with market.bolt.at_work("sales_desk"):
        show_to(product_id=product_id, buyer_id=market.acme.id)
    market.run_jobs()
    assert "SECRET" in skus(market.acme, "galaxy secret")
    assert "SECRET" in skus(market.acme, "SEC-1234")
    for typed in ("galaxy secret", "SEC-1234", "SECRET", "SEC-1235"):
        result = found(market.nosy, typed)
        assert product_id not in result.product_ids
        assert market.bolt.id not in result.sellers


def test_search_forgets_a_withdrawn_product_at_once_and_a_changed_name_soon(market: Cast) -> None:
    product_id = a_product(market.bolt, sku="A-1", name="Marteau")
    other = a_product(market.bolt, sku="A-2", name="Marteau arrache-clou")
    market.run_jobs()
    with market.bolt.at_work("sales_desk"):
        withdraw_product(product_id=product_id)
        change_product(product_id=other, name="Tenaille")
    assert skus(market.acme, "marteau") == ["A-2"]
    market.run_jobs()
    assert skus(market.acme, "marteau") == []
    assert skus(market.acme, "tenailles") == ["A-2"]


def test_search_leaves_out_a_suspended_supplier(market: Cast) -> None:
    stocked(market)
    with market.platform():
        suspend_organisation(organisation_id=market.crown.id, reason="test")
    assert skus(market.acme, "galaxy") == []
    with market.acme.reading("requester"):
        assert queries.shelves(Shelf()).sellers == {market.bolt.id: 2}


def test_search_facets_count_what_was_found(market: Cast) -> None:
    stocked(market)
    result = found(market.acme, "black noir")
    assert result.divisions == {"31": 1, "32": 2}
    assert result.sellers == {market.bolt.id: 1, market.crown.id: 2}
    assert result.bands == {0: 1, 2: 1, 3: 1}


@pytest.mark.parametrize(
    ("shelf", "expected"),
    [
        (Shelf(division="31"), {"CABLE-3"}),
        (Shelf(band=0), {"CASE"}),
        (Shelf(band=3), {"PHONE"}),
        (Shelf(band=0, currency="USD"), set()),
        (Shelf(division="32", band=3), {"PHONE"}),
    ],
)
def test_search_narrowed_to_a_shelf_finds_what_stands_there(
    market: Cast, shelf: Shelf, expected: set[str]
) -> None:
    stocked(market)
    assert set(skus(market.acme, "black noir", shelf)) == expected


def test_search_of_a_supplier_finds_only_its_own(market: Cast) -> None:
    stocked(market)
    assert set(skus(market.acme, "black noir", Shelf(seller_id=market.crown.id))) == {"PHONE", "CASE"}


def test_search_by_pages_shows_each_product_once(market: Cast) -> None:
    for number in range(5):
        a_product(market.bolt, sku=f"V-{number}", name="Vis inox")
    market.run_jobs()
    pages = [found(market.acme, "vis", skipped=skip, wanted=2).product_ids for skip in (0, 2, 4)]
    assert len({identity for page in pages for identity in page}) == 5


@pytest.mark.parametrize(("typed", "most"), [("galaxy black", 1), ("galxy blakc", 3), (GTIN, 1)])
def test_search_takes_one_statement_or_three_where_it_guesses(market: Cast, typed: str, most: int) -> None:
    stocked(market)
    a_product(market.bolt, sku="S10", name="Galaxy S10 black")
    market.run_jobs()
    with market.acme.reading("requester"), counted() as statements:
        queries.search(typed, Shelf())
    assert sum("doors." in statement for statement in statements) <= most


def test_findings_of_shelves_and_index_name_what_was_changed_behind_their_back(market: Cast) -> None:
    stocked(market)
    with market.platform() as work:
        assert (queries.shelf_findings(), queries.index_findings()) == ([], [])
        work.execute(text("UPDATE shelf_counts SET products = products + 1 WHERE division = '31'"))
        work.execute(text("UPDATE search_vocabulary SET documents = 9 WHERE term = 'galax'"))
        assert len(queries.shelf_findings()) == 1
        assert queries.index_findings() == ["galax"]


def test_index_counts_are_those_of_its_terms_whatever_happens(market: Cast) -> None:
    stocked(market)
    product_id = a_product(market.bolt, sku="X", name="Vis vis vis")
    market.run_jobs()
    with market.bolt.at_work("sales_desk"):
        change_product(product_id=product_id, name="Boulon")
    market.run_jobs()
    with market.bolt.at_work("sales_desk"):
        withdraw_product(product_id=product_id)
    market.run_jobs()
    with market.platform():
        assert (queries.shelf_findings(), queries.index_findings()) == ([], [])


def test_shelves_count_what_each_member_sees_whatever_happens(market: Cast) -> None:
    stocked(market)
    private = a_product(market.bolt, sku="P", name="Private", cpv_code="32000000")
    with market.bolt.at_work("sales_desk"):
        show_to(product_id=private, buyer_id=market.acme.id)
        change_product(product_id=private, cpv_code="44000000")
    a_product(market.bolt, sku="D", is_published=False)
    for party, expected in ((market.acme, {"31": 2, "32": 2, "44": 1}), (market.nosy, {"31": 2, "32": 2})):
        with party.reading("requester"):
            assert queries.shelves(Shelf()).divisions == expected
    with market.bolt.at_work("sales_desk"):
        withdraw_product(product_id=private)
    with market.acme.reading("requester"):
        assert queries.shelves(Shelf()).total == 4
        assert queries.shelves(Shelf(division="32", seller_id=market.bolt.id)).total == 0


def test_doors_are_the_only_way_to_the_index(market: Cast) -> None:
    for table in ("search_terms", "search_vocabulary", "shelf_counts"):
        with market.acme.reading("requester") as work, pytest.raises(Exception, match="permission denied"):
            work.execute(text(f"SELECT * FROM {table}"))


def test_divisions_are_forty_five_in_both_languages(market: Cast) -> None:
    with market.acme.reading("requester"):
        rows = queries.divisions()
    assert len(rows) == 45
    assert all(row.label_en and row.label_fr for row in rows)


def test_load_categories_adds_the_finer_ones_below_their_division(market: Cast) -> None:
    content = "CODE,EN,FR\n31000000-6,Electrical,Électrique\n31300000-9,Wire,Fils\n31321000-2,Lines,Lignes\n".encode()
    with market.platform():
        assert load_categories(content) == (1, 3)
        assert load_categories(content) == (3, 3)
    with market.acme.reading("requester"):
        rows = queries.categories(["31321000", "44512000"])
        assert len(queries.divisions()) == 45
    assert rows["31321000"].parent_code == "31300000"
    assert set(rows) == {"31321000", "31000000", "44000000"}


CPV = (
    "CODE,EN,FR\n31000000-6,Electrical,Électrique\n31300000-9,Insulated wire,Fils isolés\n"
    "31310000-2,Mains,Câbles d’alimentation\n03142500-3,Eggs,Œufs\n"
)


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("313", ["31300000", "31310000"]),
        ("31300000-9", ["31300000"]),
        ("fils isoles", ["31300000"]),
        ("WIRE insulated", ["31300000"]),
        ("cable alim", ["31310000"]),
        ("oeufs", ["03142500"]),
        ("100%", []),
        ("wire_", []),
    ],
)
def test_a_category_is_found_by_its_digits_or_by_its_words(
    market: Cast, typed: str, codes: list[str]
) -> None:
    with market.platform():
        load_categories(CPV.encode())
    with market.bolt.reading("sales_desk"):
        assert [row.code for row in queries.categories_named(typed)] == codes


def test_the_tree_of_categories_is_walked_down_and_up(market: Cast) -> None:
    with market.platform():
        load_categories(CPV.encode())
    with market.bolt.reading("sales_desk"):
        assert [row.code for row in queries.categories_below("31000000")] == ["31300000"]
        assert queries.categories_below("31310000") == []
        assert len(queries.categories_below(None)) == 45
        path = queries.category_path("31310000")
    assert [row.code for row in path] == ["31000000", "31300000", "31310000"]


def test_tiers_of_several_products_come_in_one_statement(market: Cast) -> None:
    ids: list[UUID] = [a_product(market.bolt, sku=f"T-{n}", tiers={10: "9", 100: "8"}) for n in range(3)]
    with market.acme.reading("requester"), counted() as statements:
        found_tiers = queries.tiers(ids)
    assert [len(found_tiers[identity]) for identity in ids] == [2, 2, 2]
    assert sum("price_tiers" in statement for statement in statements) == 1
