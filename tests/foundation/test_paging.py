"""Does every row of a long list stand on one page, forwards and back?"""

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.foundation.errors import Invalid
from marketplace.foundation.paging import Page, newest_first
from marketplace.identity.organisations.actions import add_site
from marketplace.identity.organisations.models import Site
from tests.cast import Cast

ADDRESS = "/organisation"


@pytest.fixture
def listed(market: Cast) -> Cast:
    """Acme has seven sites."""
    for number in range(5):
        with market.acme.at_work("administrator"):
            add_site(name=f"Halle {number}", street="1 rue", postal_code="69001", city="Lyon")
    return market


def page(portal: Flask, market: Cast, address: str, size: int = 3) -> tuple[Page[Site], list[str | None]]:
    with portal.test_request_context(address), market.acme.reading("administrator"):
        found = newest_first(select(Site), Site, size=size)
        return found, [found.next_url, found.previous_url]


def test_newest_first_walks_through_all_rows_and_back(portal: Flask, listed: Cast) -> None:
    first, (following, before) = page(portal, listed, ADDRESS)
    assert before is None
    second, (last_url, first_url) = page(portal, listed, str(following))
    last, (nothing, second_url) = page(portal, listed, str(last_url))
    assert nothing is None
    names = [site.name for each in (first, second, last) for site in each.rows]
    assert names[:5] == [f"Halle {number}" for number in reversed(range(5))]
    assert len(set(names)) == 7
    assert page(portal, listed, str(second_url))[0].rows[0].id == second.rows[0].id
    assert [site.id for site in page(portal, listed, str(first_url))[0].rows] == [
        site.id for site in first.rows
    ]


def test_newest_first_of_exactly_one_page_has_no_other(portal: Flask, listed: Cast) -> None:
    assert page(portal, listed, ADDRESS, size=7)[1] == [None, None]


def test_newest_first_of_nothing_is_an_empty_page(portal: Flask, listed: Cast) -> None:
    found, addresses = page(portal, listed, f"{ADDRESS}?after=00000000-0000-0000-0000-000000000000")
    assert (list(found.rows), addresses) == ([], [None, None])


@pytest.mark.parametrize("cursor", ["after=nonsense", "before=1"])
def test_newest_first_from_no_row_is_refused(portal: Flask, listed: Cast, cursor: str) -> None:
    with pytest.raises(Invalid):
        page(portal, listed, f"{ADDRESS}?{cursor}")


def test_addresses_keep_what_was_asked_and_nothing_that_leads_elsewhere(portal: Flask, listed: Cast) -> None:
    evil = "_external=1&_scheme=javascript&endpoint=x&_anchor=y"
    _, (following, _) = page(portal, listed, f"{ADDRESS}?q=a%26b&state=x&state=y&{evil}")
    assert str(following).startswith(f"{ADDRESS}?")
    assert "q=a%26b&state=x&state=y&after=" in str(following)
    assert "javascript" not in str(following)


def test_addresses_stay_with_the_document_whatever_was_typed(portal: Flask, listed: Cast) -> None:
    address = f"/market/members/{listed.bolt.id}"
    _, (following, _) = page(portal, listed, f"{address}?organisation_id={listed.acme.id}")
    assert str(following).startswith(f"{address}?after=")


def test_newest_first_without_a_request_is_the_first_page(listed: Cast) -> None:
    with listed.acme.reading("administrator"):
        assert len(newest_first(select(Site), Site, size=3).rows) == 3
