"""How does news get into the audit trail?"""

from uuid import UUID

from sqlalchemy import Row, bindparam, update
from sqlalchemy.dialects.postgresql import insert

from marketplace.foundation.db import new_id, session
from marketplace.foundation.outbox import News
from marketplace.identity.audit.models import AuditEntry, AuditHead
from marketplace.identity.audit.sealing import document_of, seal

FIRST_OR_KNOWN = insert(AuditHead).on_conflict_do_update(
    index_elements=["organisation_id"], set_={"number": AuditHead.number}
)

NEXT = update(AuditHead).where(AuditHead.id == bindparam("head_id"))


def record(news: News) -> None:
    """Write the next entry of each trail that `news` belongs to, as the platform.

    It belongs to its parties, and to the organisation whose person acted as the platform: the operator's own trail
    holds every such act with its reason. The heads are locked in one order, so no two writers wait for each other.
    """
    heads = _locked_heads(_trails(news))
    entries = [_entry(news, head) for head in heads]
    session().add_all(entries)
    session().flush()
    moved = [
        {"head_id": head.id, "number": entry.number, "hash": entry.hash}
        for head, entry in zip(heads, entries, strict=True)
    ]
    session().connection().execute(NEXT, moved)


def _trails(news: News) -> list[UUID]:
    acted_as_platform = news.organisation_id if news.reason and news.person_id else None
    named = {news.owner_id, news.counterparty_id, news.mediator_id, acted_as_platform}
    return sorted(organisation_id for organisation_id in named if organisation_id is not None)


def _locked_heads(trails: list[UUID]) -> list[Row[UUID, UUID, int, str]]:
    rows = [{"id": new_id(), "organisation_id": trail, "number": 0, "hash": ""} for trail in trails]
    columns = (AuditHead.id, AuditHead.organisation_id, AuditHead.number, AuditHead.hash)
    return list(session().execute(FIRST_OR_KNOWN.returning(*columns), rows))


def _entry(news: News, head: Row[UUID, UUID, int, str]) -> AuditEntry:
    entry = AuditEntry(
        organisation_id=head.organisation_id,
        number=head.number + 1,
        news_id=news.id,
        name=news.name,
        subject=news.subject,
        subject_id=news.subject_id,
        document=document_of(news.payload),
        payload=news.payload,
        acting_id=news.organisation_id,
        person_id=news.person_id,
        person_name=news.person_name,
        reason=news.reason,
        happened_at=news.happened_at,
        previous_hash=head.hash,
    )
    entry.hash = seal(head.hash, entry)
    return entry
