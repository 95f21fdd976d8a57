"""What does the audit trail of an organisation remember?"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.foundation.db import Base
from marketplace.foundation.personal import personal
from marketplace.foundation.tenancy import Kind, Tenancy


class AuditEntry(Base):
    """One piece of news in the trail of one organisation: numbered without a gap, each sealed with the one before.

    It is written by the platform and changed by nobody: no role but the tables' owner may update or delete.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        UniqueConstraint("organisation_id", "number"),
        UniqueConstraint("organisation_id", "news_id"),
        CheckConstraint("number >= 1", name="number"),
        Index("ix_audit_entries_document", "organisation_id", "document"),
        Index("ix_audit_entries_subject", "organisation_id", "subject_id"),
    )
    tenancy = Tenancy(Kind.private().readers, "false", ("SELECT",), ("SELECT", "INSERT"))

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    number: Mapped[int] = mapped_column(BigInteger)
    news_id: Mapped[UUID] = mapped_column(ForeignKey("news.id"))
    name: Mapped[str]
    subject: Mapped[str]
    subject_id: Mapped[UUID]
    document: Mapped[str]
    payload: Mapped[dict[str, Any]]
    acting_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    person_name: Mapped[str] = mapped_column(info=personal("proof of who did what", "10 years"))
    reason: Mapped[str]
    happened_at: Mapped[datetime]
    previous_hash: Mapped[str]
    hash: Mapped[str]


class AuditHead(Base):
    """The last entry of an organisation's trail: whoever writes the next one holds this row until it is written."""

    __tablename__ = "audit_heads"
    tenancy = Tenancy("false", "false", (), ("SELECT", "INSERT", "UPDATE"))

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), unique=True)
    number: Mapped[int] = mapped_column(BigInteger, default=0)
    hash: Mapped[str] = mapped_column(default="")
