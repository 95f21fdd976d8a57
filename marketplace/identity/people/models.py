"""What do we remember of a person, and of what they may do for whom?"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.foundation import clock
from marketplace.foundation.db import Base
from marketplace.foundation.personal import personal
from marketplace.foundation.tenancy import HERE, ME, Kind, Tenancy


class Person(Base):
    """Somebody who signs in; known to colleagues, not to the other side (whose documents carry the name they need)."""

    __tablename__ = "people"
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_is_lower_case"),
        CheckConstraint("language in ('en', 'fr')", name="language"),
        CheckConstraint("theme in ('auto', 'light', 'dark')", name="theme"),
    )
    tenancy = Tenancy(
        f"id = {ME} OR EXISTS (SELECT FROM memberships m WHERE m.person_id = people.id AND m.organisation_id = {HERE})",
        f"id = {ME}",
        ("SELECT", "UPDATE (name, language, theme)"),
    )

    email: Mapped[str] = mapped_column(unique=True, info=personal("account", "while the account lives"))
    name: Mapped[str] = mapped_column(info=personal("account", "while the account lives"))
    language: Mapped[str] = mapped_column(String(2), default="fr")
    theme: Mapped[str] = mapped_column(default="auto")
    joined_at: Mapped[datetime] = mapped_column(default=clock.now)


class Membership(Base):
    """That a person acts for an organisation, in these roles. People join through the platform, by an invitation.

    A trigger (`an_administrator_remains`) keeps every organisation at least one active administrator.
    """

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("person_id", "organisation_id"),)
    tenancy = Tenancy(
        f"organisation_id = {HERE} OR person_id = {ME}",
        f"organisation_id = {HERE}",
        ("SELECT", "UPDATE (roles, is_active)"),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    roles: Mapped[list[str]]
    is_active: Mapped[bool] = mapped_column(default=True)
    since: Mapped[datetime] = mapped_column(default=clock.now)


class Invitation(Base):
    """An invitation by e-mail; only the hash of its token is kept. One of an organisation and address is open."""

    __tablename__ = "invitations"
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_is_lower_case"),
        CheckConstraint("accepted_at is null or withdrawn_at is null", name="has_one_end"),
        Index(
            "uq_invitations_open",
            "organisation_id",
            "email",
            unique=True,
            postgresql_where="accepted_at is null and withdrawn_at is null",
        ),
    )
    tenancy = Tenancy(
        Kind.private().readers, Kind.private().writers, ("SELECT", "INSERT", "UPDATE (withdrawn_at)")
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    email: Mapped[str] = mapped_column(info=personal("invitation", "30 days"))
    roles: Mapped[list[str]]
    token_sha256: Mapped[str] = mapped_column(unique=True)
    invited_by_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    invited_by: Mapped[str] = mapped_column(info=personal("invitation", "30 days"))
    invited_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]

    @property
    def is_open(self) -> bool:
        """Whether it can still be accepted."""
        return self.accepted_at is None and self.withdrawn_at is None and self.expires_at > clock.now()
