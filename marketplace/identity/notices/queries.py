"""What has somebody been told, and what of it by mail?"""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select

from marketplace.foundation.db import fetch, fetch_all, session
from marketplace.foundation.mail import Mail, MailState
from marketplace.foundation.outbox import Event, News
from marketplace.foundation.paging import Page, newest_first
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.notices.audience import AUDIENCES
from marketplace.identity.notices.models import Notice, NoticePreference
from marketplace.identity.notices.sentences import address_of, audience_of, said
from marketplace.identity.organisations.queries import organisation_names


class Told(NamedTuple):
    """A notice as its reader sees it; `url` is where it leads, where it leads anywhere."""

    notice: Notice
    sentence: str
    tone: str
    url: str | None


class Choice(NamedTuple):
    """A kind of news that may reach the acting person, what it is called, and whether they get a letter."""

    kind: str
    label: str
    wants_mail: bool


def unread_count() -> int:
    """How many notices the acting person has not read, in one statement."""
    return session().scalar(select(func.count()).select_from(Notice).where(Notice.read_at.is_(None))) or 0


def inbox(*, only_unread: bool = False) -> Page[Told]:
    """One page of what the acting person was told here, newest first, in their language; three statements."""
    statement = select(Notice).where(Notice.read_at.is_(None)) if only_unread else select(Notice)
    found = newest_first(statement, Notice)
    news = fetch_all(News, {notice.news_id for notice in found.rows})
    parties = {p for n in news.values() for p in (n.owner_id, n.counterparty_id, n.mediator_id) if p}
    names = organisation_names(parties)
    return Page(
        [_told(notice, news[notice.news_id], names) for notice in found.rows], found.after, found.before
    )


def target_of(notice_id: UUID) -> str | None:
    """The page that a notice of the acting person leads to. Raises NotFound."""
    notice = fetch(Notice, notice_id)
    return _told(notice, fetch(News, notice.news_id), {}).url


def mail_choices() -> list[Choice]:
    """The kinds of news that may reach the acting person, in the table's order."""
    actor, wished = current_actor(), mail_wishes(None, {current_actor().person})
    mine = [audience for audience in AUDIENCES if audience.may_reach(actor)]
    choices = {
        audience.kind.__name__: Choice(
            audience.kind.__name__,
            str(audience.kind.headline),
            wished.get((actor.person, audience.kind.__name__), audience.waits),
        )
        for audience in reversed(mine)
    }
    return list(reversed(choices.values()))


def mail_wishes(kind: str | None, people: set[UUID]) -> dict[tuple[UUID, str], bool]:
    """What these people of the actor's organisation have said about letters, of one `kind` of news or of all."""
    statement = select(NoticePreference).where(
        NoticePreference.person_id.in_(people),
        NoticePreference.organisation_id == current_actor().organisation_id,
    )
    if kind is not None:
        statement = statement.where(NoticePreference.kind == kind)
    return {(row.person_id, row.kind): row.wants_mail for row in session().scalars(statement)}


def kept_mail() -> Page[Mail]:
    """One page of the letters that were kept because there is no SMTP server, newest first; as the platform."""
    return newest_first(select(Mail).where(Mail.state == MailState.KEPT), Mail)


def _told(notice: Notice, news: News, names: dict[UUID, str]) -> Told:
    event: Event = news.event
    audience = audience_of(event, news.organisation_id, notice.organisation_id)
    if audience is None:
        return Told(notice, str(event.headline), event.tone, None)
    sentence = said(audience, event, names, news.person_name)
    return Told(notice, sentence, event.tone, address_of(audience.link, event))
