"""What can be asked about saved searches?"""

from datetime import timedelta
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from sqlalchemy import Select, select
from werkzeug.datastructures import MultiDict

from marketplace.buyers.searches.models import SavedSearch
from marketplace.buyers.shopping.finding import found
from marketplace.buyers.shopping.questions import Order, Question
from marketplace.foundation import clock
from marketplace.foundation.db import fetch, session
from marketplace.foundation.tenancy import current_actor

# So many of the best answers are watched; so long after the last look it is looked again, so many searches at a time.
WATCHED, AGAIN_AFTER, AT_A_TIME = 200, timedelta(hours=1), 500


def own_searches() -> Select[SavedSearch]:
    """Those of the person who acts, to be paged."""
    return select(SavedSearch).where(SavedSearch.person_id == current_actor().person)


def own_search(search_id: UUID) -> SavedSearch:
    """That search of the person who acts. Raises NotFound, also for a colleague's."""
    return fetch(SavedSearch, search_id)


def search_for_update(search_id: UUID) -> SavedSearch:
    """A search of the actor's organisation, locked. Raises NotFound."""
    return fetch(SavedSearch, search_id, lock=True)


def searches_due() -> list[tuple[UUID, UUID]]:
    """Searches and their organisations that were not looked at for a while, as the platform; the longest first."""
    due = select(SavedSearch.id, SavedSearch.organisation_id).where(
        SavedSearch.looked_at < clock.now() - AGAIN_AFTER
    )
    return [
        (row.id, row.organisation_id) for row in session().execute(due.order_by("looked_at").limit(AT_A_TIME))
    ]


def answers(question: Question) -> list[UUID]:
    """The best products that answer it now and that the actor may see."""
    return found(question.otherwise(order=Order.BEST), wanted=WATCHED).product_ids


def written(question: Question) -> str:
    """The question as an address has it."""
    return urlencode(question.arguments(), doseq=True)


def read(query: str) -> Question:
    """The question that an address asks."""
    return Question.asked(MultiDict(parse_qsl(query)))
