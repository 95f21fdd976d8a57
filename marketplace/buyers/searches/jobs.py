"""What happens to a saved search later? It is looked again, as whoever saved it would."""

from uuid import UUID

from marketplace.buyers.searches.actions import look_again
from marketplace.buyers.searches.queries import searches_due
from marketplace.foundation.errors import NotFound
from marketplace.foundation.periodic import one_by_one
from marketplace.foundation.tenancy import automatic, platform
from marketplace.foundation.unit_of_work import unit_of_work


def look_again_where_due() -> int:
    """Look again, each search in a unit of work of its own; returns how many were. One that has gone is passed over."""
    with unit_of_work(platform("find saved searches to look at"), read_only=True):
        due = searches_due()
    return one_by_one("look again for saved searches", due, _look_again)


def _look_again(due: tuple[UUID, UUID]) -> int:
    search_id, organisation_id = due
    try:
        with unit_of_work(automatic(organisation_id)):
            look_again(search_id=search_id)
    except NotFound:
        return 0
    return 1
