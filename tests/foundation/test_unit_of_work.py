"""Is a piece of work kept as a whole, or not at all?"""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from marketplace.foundation.db import fetch, session
from marketplace.foundation.errors import NotFound
from marketplace.foundation.tenancy import current_actor
from marketplace.foundation.unit_of_work import after_commit, become, unit_of_work
from marketplace.identity.organisations.models import Site
from tests.cast import Cast


def rename(market: Cast, name: str) -> None:
    fetch(Site, market.acme.sites[0]).name = name


def name_of_site(market: Cast) -> str:
    with market.acme.reading("requester"):
        return fetch(Site, market.acme.sites[0]).name


def test_work_is_kept_at_the_end(market: Cast) -> None:
    with market.acme.at_work("administrator"):
        rename(market, "Halle")
    assert name_of_site(market) == "Halle"


def test_work_with_an_exception_is_forgotten(market: Cast) -> None:
    def breaks() -> None:
        with market.acme.at_work("administrator"):
            rename(market, "Halle")
            session().flush()
            raise KeyError

    with pytest.raises(KeyError):
        breaks()
    assert name_of_site(market) == "Site Acme Industrie"


def test_reading_may_not_write(market: Cast) -> None:
    with pytest.raises(DBAPIError, match="read-only transaction"), market.acme.reading("administrator"):
        rename(market, "Halle")


def test_reading_cannot_be_turned_into_writing(market: Cast) -> None:
    with market.acme.reading("administrator") as work:
        with pytest.raises(DBAPIError, match="read-write mode"):
            work.execute(text("SET TRANSACTION READ WRITE"))
        work.rollback()


def test_after_commit_is_called_once_by_name_and_only_if_kept(market: Cast) -> None:
    called: list[str] = []
    with market.acme.at_work("administrator"):
        after_commit("one", lambda: called.append("first"))
        after_commit("one", lambda: called.append("second"))
        after_commit("two", lambda: called.append("other"))
        assert called == []
    assert called == ["second", "other"]

    def breaks() -> None:
        with market.acme.at_work("administrator"):
            after_commit("one", lambda: called.append("never"))
            raise KeyError

    with pytest.raises(KeyError):
        breaks()
    assert called == ["second", "other"]


def test_work_inside_work_is_of_its_own(market: Cast) -> None:
    with market.acme.at_work("administrator") as outer:
        rename(market, "Halle")
        with market.bolt.at_work("administrator"):
            assert current_actor().organisation == market.bolt.id
            fetch(Site, market.bolt.sites[0]).name = "Entrepôt"
        assert current_actor().organisation == market.acme.id
        outer.rollback()
    with market.bolt.reading("administrator"):
        assert fetch(Site, market.bolt.sites[0]).name == "Entrepôt"
    assert name_of_site(market) == "Site Acme Industrie"


def test_become_turns_nobody_into_somebody_in_the_same_transaction(market: Cast) -> None:
    with unit_of_work(None) as work:
        with pytest.raises(DBAPIError, match="permission denied"), work.begin_nested():
            work.scalars(select(Site)).all()
        become(market.acme.actor("requester"))
        assert {site.organisation_id for site in work.scalars(select(Site))} == {market.acme.id}


def test_there_is_no_session_outside_of_work() -> None:
    with pytest.raises(LookupError):
        session()


def test_fetch_of_a_row_of_somebody_else_finds_nothing(market: Cast) -> None:
    with market.nosy.reading("administrator"), pytest.raises(NotFound):
        fetch(Site, market.acme.sites[0])
