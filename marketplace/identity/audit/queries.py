"""What has happened in an organisation, and is its trail still whole?"""

from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy import Result, Select, select

from marketplace.foundation.db import session
from marketplace.foundation.outbox import News
from marketplace.foundation.paging import Page, newest_first
from marketplace.identity.audit.models import AuditEntry, AuditHead
from marketplace.identity.audit.sealing import seal
from marketplace.identity.organisations.queries import organisation_names

MOST_EXPORTED = 100_000


def entries(*, document: str = "", subject: str = "") -> Page[AuditEntry]:
    """One page of the trail of the actor's organisation, newest first, narrowed to one document or kind of document."""
    return newest_first(_narrowed(document, subject), AuditEntry)


def exported_entries(*, first: int = 1, document: str = "", subject: str = "") -> Sequence[AuditEntry]:
    """The trail of the actor's organisation from the entry of number `first` on, at most MOST_EXPORTED of it."""
    statement = _narrowed(document, subject).where(AuditEntry.number >= first).order_by(AuditEntry.number)
    return session().scalars(statement.limit(MOST_EXPORTED)).all()


def verify_chain(organisation_id: UUID) -> int | None:
    """The number of the first entry of that organisation's trail that is missing, moved or changed; None for a whole
    one. As the platform.

    Each entry is compared with its seal, and with the news that it was made from.
    """
    head = (
        session().scalars(select(AuditHead).where(AuditHead.organisation_id == organisation_id)).one_or_none()
    )
    number, previous = 0, ""
    with _with_news(organisation_id) as rows:
        for entry, news in rows:
            number += 1
            is_linked = (entry.number, entry.previous_hash) == (number, previous)
            if not is_linked or entry.hash != seal(previous, entry) or not _tells(entry, news):
                return number
            previous = entry.hash
    kept = (head.number, head.hash) if head else (0, "")
    return None if kept == (number, previous) else min(kept[0], number) + 1


def length_of(organisation_id: UUID) -> int:
    """How many entries the trail of that organisation has. As the platform."""
    return session().scalar(select(AuditHead.number).where(AuditHead.organisation_id == organisation_id)) or 0


def broken_chains() -> Iterator[str]:
    """The organisations whose trail is not whole, each with the number where it breaks; as the platform."""
    heads = set(session().scalars(select(AuditHead.organisation_id)))
    known = sorted(heads | set(session().scalars(select(AuditEntry.organisation_id).distinct())))
    names = organisation_names(known)
    for organisation_id in known:
        broken = verify_chain(organisation_id)
        if broken is not None:
            yield f"{names.get(organisation_id, organisation_id)} at entry {broken}"


def _narrowed(document: str, subject: str) -> Select[AuditEntry]:
    statement = select(AuditEntry)
    if document:
        statement = statement.where(AuditEntry.document == document)
    if subject:
        statement = statement.where(AuditEntry.subject == subject)
    return statement


def _with_news(organisation_id: UUID) -> Result[AuditEntry, News]:
    statement = (
        select(AuditEntry, News)
        .join(News, News.id == AuditEntry.news_id, isouter=True)
        .where(AuditEntry.organisation_id == organisation_id)
        .order_by(AuditEntry.number)
        .execution_options(yield_per=1000)
    )
    return session().execute(statement)


def _tells(entry: AuditEntry, news: News | None) -> bool:
    """Whether the news still says what the entry was made from."""
    if news is None:
        return False
    same = ("name", "subject", "subject_id", "payload", "person_id", "person_name", "reason", "happened_at")
    return all(getattr(entry, name) == getattr(news, name) for name in same)
