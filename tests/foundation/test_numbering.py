"""Do numbers count up without a gap, whoever takes one at the same moment?"""

from contextvars import copy_context
from datetime import UTC, datetime
from threading import Thread

from marketplace.foundation.clock import clock_at, today
from marketplace.foundation.numbering import next_number
from tests.cast import Cast, Party


def taken(party: Party, prefix: str = "PO") -> str:
    with party.at_work("administrator"):
        return next_number(party.id, prefix)


def test_next_number_counts_by_organisation_and_series(market: Cast) -> None:
    year = today().year
    assert [taken(market.acme), taken(market.acme)] == [f"PO-{year}-00001", f"PO-{year}-00002"]
    assert taken(market.acme, "RQ") == f"RQ-{year}-00001"
    assert taken(market.nosy) == f"PO-{year}-00001"


def test_next_number_begins_anew_with_the_year(market: Cast) -> None:
    taken(market.acme)
    with clock_at(datetime(2031, 1, 2, tzinfo=UTC)):
        assert taken(market.acme) == "PO-2031-00001"


def test_next_number_that_is_not_kept_leaves_no_gap(market: Cast) -> None:
    with market.acme.at_work("administrator") as work:
        next_number(market.acme.id, "PO")
        work.rollback()
    assert taken(market.acme).endswith("-00001")


def test_next_number_taken_by_many_at_once_is_never_the_same(market: Cast) -> None:
    numbers: list[str] = []
    threads = [
        Thread(
            target=copy_context().run, args=(lambda: numbers.extend(taken(market.acme) for _ in range(5)),)
        )
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == [f"PO-{today().year}-{number:05d}" for number in range(1, 31)]
