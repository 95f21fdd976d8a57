"""What do we remember of sign-ins and keys? Never a password, never a token: only their hashes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.foundation import clock
from marketplace.foundation.db import Base
from marketplace.foundation.personal import personal
from marketplace.foundation.tenancy import Kind, Tenancy


class Credential(Base):
    """The argon2id hash of a person's password."""

    __tablename__ = "credentials"
    tenancy = Kind.personal()

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), unique=True)
    password_hash: Mapped[str]
    changed_at: Mapped[datetime] = mapped_column(default=clock.now)


class PasswordReset(Base):
    """That somebody asked for a new password; written in the same way for an address that nobody here has."""

    __tablename__ = "password_resets"
    tenancy = Kind.PLATFORM

    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"), index=True)
    token_sha256: Mapped[str] = mapped_column(unique=True)
    address: Mapped[str] = mapped_column(default="", info=personal("security", "1 year"))
    asked_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SignIn(Base):
    """A browser in which a person is signed in, and the organisation they act for there; ended, it opens nothing."""

    __tablename__ = "sign_ins"
    tenancy = Tenancy(
        Kind.personal().readers, Kind.personal().writers, ("SELECT", "UPDATE (organisation_id, ended_at)")
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))
    token_sha256: Mapped[str] = mapped_column(unique=True)
    browser: Mapped[str] = mapped_column(default="", info=personal("security", "1 year"))
    address: Mapped[str] = mapped_column(default="", info=personal("security", "1 year"))
    began_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ApiKey(Base):
    """A key by which a program acts for an organisation, in those of these roles that its maker still has."""

    __tablename__ = "api_keys"
    tenancy = Tenancy(
        Kind.private().readers, Kind.private().writers, ("SELECT", "INSERT", "UPDATE (revoked_at)")
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    label: Mapped[str]
    prefix: Mapped[str]
    key_sha256: Mapped[str] = mapped_column(unique=True)
    roles: Mapped[list[str]]
    made_at: Mapped[datetime] = mapped_column(default=clock.now)
    revoked_at: Mapped[datetime | None]
