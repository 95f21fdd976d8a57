"""How are people told, and what can they do about it?"""

from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from marketplace.foundation import clock
from marketplace.foundation.db import fetch, new_id, session
from marketplace.foundation.language import speaking, text as _
from marketplace.foundation.mail import write_mail
from marketplace.foundation.outbox import Event, News
from marketplace.foundation.settings import current_settings
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.notices.audience import Audience
from marketplace.identity.notices.letters import Way, way_of
from marketplace.identity.notices.models import Notice, NoticePreference
from marketplace.identity.notices.queries import mail_choices, mail_wishes
from marketplace.identity.notices.sentences import said
from marketplace.identity.organisations.queries import organisation_names
from marketplace.identity.people.models import Person
from marketplace.identity.people.queries import active_colleagues, people_permitted
from marketplace.permissions import Permission


def tell(*, news: News, event: Event, audience: Audience) -> int:
    """Tell the people of the actor's organisation whom `audience` means, but for whoever did it; returns how many.

    A second time tells nobody again.
    """
    people = {person.id: person for person in _people(audience, event) if person.id != news.person_id}
    if not people:
        return 0
    told = _write_notices(news.id, set(people))
    wished = mail_wishes(news.name, set(told)) if told else {}
    to_be_mailed = [i for i in told if wished.get((i, news.name), audience.waits)]
    names = organisation_names(set(event.parties)) if to_be_mailed else {}
    for person_id in to_be_mailed:
        with speaking(people[person_id].language):
            sentence = said(audience, event, names, news.person_name)
            _write_letter(people[person_id], sentence, told[person_id], way_of(event, person_id))
    return len(told)


def read_notice(*, notice_id: UUID) -> Notice:
    """Mark one's own notice as read; a second time changes nothing. Raises NotFound."""
    row = fetch(Notice, notice_id)
    row.read_at = row.read_at or clock.now()
    return row


def read_all_notices() -> None:
    """Mark everything as read that the acting person was told for the present organisation."""
    actor = current_actor()
    unread = update(Notice).where(
        Notice.person_id == actor.person,
        Notice.organisation_id == actor.organisation_id,
        Notice.read_at.is_(None),
    )
    session().execute(unread.values(read_at=clock.now()))


def choose_mail(*, mailed: list[str]) -> None:
    """From now on get a letter for the kinds of news in `mailed`, and for no other; for the present organisation."""
    actor = current_actor()
    rows = [
        {
            "id": new_id(),
            "organisation_id": actor.organisation,
            "person_id": actor.person,
            "kind": choice.kind,
            "wants_mail": choice.kind in mailed,
        }
        for choice in mail_choices()
    ]
    wish = insert(NoticePreference).values(rows)
    session().execute(
        wish.on_conflict_do_update(
            index_elements=["person_id", "organisation_id", "kind"],
            set_={"wants_mail": wish.excluded.wants_mail},
        )
    )


def _people(audience: Audience, event: Event) -> list[Person]:
    permissions = [meant for meant in audience.people if isinstance(meant, Permission)]
    named = {getattr(event, meant) for meant in audience.people if not isinstance(meant, Permission)}
    found = people_permitted(*permissions) if permissions else []
    return found + (active_colleagues(named) if named else [])


def _write_notices(news_id: UUID, people: set[UUID]) -> dict[UUID, UUID]:
    rows = [
        {
            "id": new_id(),
            "organisation_id": current_actor().organisation,
            "person_id": person_id,
            "news_id": news_id,
            "told_at": clock.now(),
        }
        for person_id in people
    ]
    written = insert(Notice).on_conflict_do_nothing(index_elements=["news_id", "person_id"])
    told = session().execute(written.returning(Notice.person_id, Notice.id), rows)
    return {row.person_id: row.id for row in told}


def _write_letter(person: Person, sentence: str, notice_id: UUID, way: Way | None) -> None:
    address = current_settings().address
    notice = f"/notices/{notice_id}?for={current_actor().organisation}"
    write_mail(
        recipient=person.email,
        subject=sentence if len(sentence) <= 90 else f"{sentence[:89]}…",
        body=_(
            "Hello %(name)s,\n\n%(sentence)s\n\nWhich news you get by mail you choose under %(address)s.",
            name=person.name,
            sentence=sentence,
            address=f"{address}/notices/preferences",
        ),
        link=f"{address}{way.path if way else notice}",
        link_label=str(way.label) if way else _("Open on the marketplace"),
        opens_account=way is not None,
    )
