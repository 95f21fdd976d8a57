"""What do we remember of what somebody was told?"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.foundation import clock
from marketplace.foundation.db import Base
from marketplace.foundation.tenancy import HERE, ME, Tenancy

MINE = f"organisation_id = {HERE} AND person_id = {ME}"
MINE_OR_AUTOMATIC = f"organisation_id = {HERE} AND coalesce(person_id = {ME}, true)"


class Notice(Base):
    """That a person, in what they do for one organisation, was told one piece of news; it is written in no language."""

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("news_id", "person_id"),
        Index("ix_notices_unread", "person_id", "organisation_id", postgresql_where="read_at is null"),
    )
    tenancy = Tenancy(MINE, MINE_OR_AUTOMATIC, ("SELECT", "INSERT", "UPDATE (read_at)"))

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    news_id: Mapped[UUID] = mapped_column(ForeignKey("news.id"))
    told_at: Mapped[datetime] = mapped_column(default=clock.now)
    read_at: Mapped[datetime | None]


class NoticePreference(Base):
    """Whether a person wants a letter too when they are told one kind of news (a class of `events`)."""

    __tablename__ = "notice_preferences"
    __table_args__ = (UniqueConstraint("person_id", "organisation_id", "kind"),)
    tenancy = Tenancy(f"organisation_id = {HERE}", MINE)

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    kind: Mapped[str]
    wants_mail: Mapped[bool]
