"""What can somebody do with a search?"""

from uuid import UUID

from marketplace.buyers.searches.models import SavedSearch
from marketplace.buyers.searches.queries import answers, own_search, read, search_for_update, written
from marketplace.buyers.shopping.questions import Question
from marketplace.events.buyers import SavedSearchAnswered
from marketplace.foundation import clock
from marketplace.foundation.db import save, session
from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.outbox import announce
from marketplace.foundation.tenancy import current_actor


def save_search(*, name: str, question: Question) -> SavedSearch:
    """Remember what is looked for and what answers it now. Raises Invalid where nothing is asked, IntegrityError."""
    query, actor = written(question), current_actor()
    if not query:
        raise Invalid(
            _l("Look for something first: a search that asks nothing finds everything."), field="name"
        )
    return save(
        SavedSearch(
            organisation_id=actor.organisation,
            person_id=actor.person,
            name=name,
            query=query,
            known=answers(question),
        )
    )


def forget_search(*, search_id: UUID) -> None:
    """Look no more. Raises NotFound."""
    session().delete(own_search(search_id))
    session().flush()


def look_again(*, search_id: UUID) -> int:
    """Tell the person of products that answer now and did not before; returns how many. Raises NotFound."""
    row = search_for_update(search_id)
    new = [identity for identity in answers(read(row.query)) if identity not in set(row.known)]
    row.known, row.looked_at = [*row.known, *new], clock.now()
    session().flush()
    if new:
        announce(
            SavedSearchAnswered(
                subject_id=row.id,
                organisation_id=row.organisation_id,
                searcher_id=row.person_id,
                name=row.name,
                products=len(new),
            )
        )
    return len(new)
