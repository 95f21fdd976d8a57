"""Is a trail that somebody tampered with found out, at the right place?"""

import pytest
from sqlalchemy import text

from marketplace.foundation.db import owner_engine
from marketplace.identity.audit.queries import (
    broken_chains,
    entries,
    exported_entries,
    length_of,
    verify_chain,
)
from marketplace.identity.organisations.actions import add_site
from tests.cast import Cast

WHERE = "organisation_id = '{id}' AND number = {number}"


@pytest.fixture
def eventful(market: Cast) -> Cast:
    """Acme's trail has at least five entries."""
    for number in range(5):
        with market.acme.at_work("administrator"):
            add_site(name=f"Halle {number}", street="1 rue", postal_code="69001", city="Lyon")
    market.run_jobs()
    return market


def by_the_owner(statement: str, market: Cast, number: int = 3) -> None:
    """What somebody does who has the database's own password."""
    with owner_engine().begin() as connection:
        where = WHERE.format(id=market.acme.id, number=number)
        connection.execute(text(statement.format(where=where, id=market.acme.id)))


def first_broken(market: Cast) -> int | None:
    with market.platform():
        return verify_chain(market.acme.id)


def test_verify_chain_of_an_untouched_trail_is_none(eventful: Cast) -> None:
    assert first_broken(eventful) is None
    with eventful.platform():
        assert list(broken_chains()) == []
        assert length_of(eventful.acme.id) >= 5


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit_entries SET person_name = 'somebody else' WHERE {where}",
        'UPDATE audit_entries SET payload = payload || \'{{"name": "x"}}\' WHERE {where}',
        "UPDATE audit_entries SET happened_at = happened_at - interval '1 day' WHERE {where}",
        "UPDATE audit_entries SET hash = repeat('0', 64) WHERE {where}",
        "DELETE FROM audit_entries WHERE {where}",
        'UPDATE news SET payload = payload || \'{{"name": "x"}}\''
        " WHERE id = (SELECT news_id FROM audit_entries WHERE {where})",
    ],
)
def test_verify_chain_names_the_entry_that_was_touched(eventful: Cast, tampering: str) -> None:
    by_the_owner(tampering, eventful)
    assert first_broken(eventful) == 3
    with eventful.platform():
        assert list(broken_chains()) == ["Acme Industrie at entry 3"]


def test_verify_chain_finds_a_trail_that_was_cut_off_at_its_end(eventful: Cast) -> None:
    by_the_owner("DELETE FROM audit_entries WHERE organisation_id = '{id}' AND number > 4", eventful)
    assert first_broken(eventful) == 5


def test_verify_chain_finds_a_trail_that_was_thrown_away(eventful: Cast) -> None:
    by_the_owner("DELETE FROM audit_entries WHERE organisation_id = '{id}'", eventful)
    assert first_broken(eventful) == 1


def test_verify_chain_finds_a_resealed_entry_by_the_next_one(eventful: Cast) -> None:
    """A forger who recomputes one seal has to recompute all later ones, and the head."""
    swap = "UPDATE audit_entries SET previous_hash = 'x', hash = 'x' WHERE {where}"
    by_the_owner(swap, eventful, number=2)
    assert first_broken(eventful) == 2


def test_entries_are_narrowed_to_one_document_or_kind(eventful: Cast) -> None:
    with eventful.acme.reading("administrator"):
        assert [entry.document for entry in entries(document="Halle 2").rows] == ["Halle 2"]
        assert {entry.subject for entry in entries(subject="organisation").rows} == {"organisation"}
        numbers = [entry.number for entry in exported_entries(subject="site")]
        assert numbers == sorted(numbers)
        assert entries(document="nothing").rows == []
