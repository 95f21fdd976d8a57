"""What do we remember of a version of a catalogue?"""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.foundation import clock
from marketplace.foundation.constraints import explain
from marketplace.foundation.db import Base
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.tenancy import Kind
from marketplace.sellers.versions.lifecycle import VERSION, VersionState

explain("version_is_closed", _l("This version is no longer a draft, so nothing can be put into it."))
explain("version_second_person", _l("Somebody else must check what you put into this version."))
explain("version_is_published_whole", _l("Not every change of this version has been looked at yet."))
explain(
    "ck_catalogue_policies_price_limit_in_range", _l("From 0 to 1,000 per cent, please."), field="price_limit"
)


WRITABLE = "product_id, changes, before, replaced, outcome, put_by_id, put_at"


class Outcome(StrEnum):
    """What became of a line as its version was published."""

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    CONFLICT = "conflict"


class CatalogueVersion(Base):
    """Changes of a supplier's catalogue that are published together (UBL CatalogueItemSpecificationUpdate).

    `undoes_id` is the version that this one takes back; who checked it is written by the database.
    """

    __tablename__ = "catalogue_versions"
    __table_args__ = (
        UniqueConstraint("id", "organisation_id"),
        UniqueConstraint("organisation_id", "number"),
        CheckConstraint("char_length(title) BETWEEN 1 AND 120", name="title_length"),
        CheckConstraint("status <> 'scheduled' OR publish_on IS NOT NULL", name="has_a_day"),
        CheckConstraint("(status = 'published') = (published_at IS NOT NULL)", name="published_at_some_time"),
        ForeignKeyConstraint(
            ["undoes_id", "organisation_id"], ["catalogue_versions.id", "catalogue_versions.organisation_id"]
        ),
        Index("ix_catalogue_versions_due", "publish_on", postgresql_where="status = 'scheduled'"),
        Index("ix_catalogue_versions_owner", "organisation_id", "id"),
    )
    tenancy = replace(
        Kind.private(),
        grants=("SELECT", "INSERT", "UPDATE (title, status, publish_on, published_at, task_id)"),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    number: Mapped[str]
    title: Mapped[str]
    undoes_id: Mapped[UUID | None]
    opened_at: Mapped[datetime] = mapped_column(default=clock.now)
    opened_by_id: Mapped[UUID | None]
    checked_by_id: Mapped[UUID | None]
    publish_on: Mapped[date | None]
    published_at: Mapped[datetime | None]
    task_id: Mapped[UUID | None]
    status: Mapped[VersionState] = VERSION.column()


class VersionLine(Base):
    """What a version makes of one article: `changes` by fact (see facts.py), and what stood there `before`.

    `before` is what the person saw; where something else stands there as the version is published, that is a conflict
    and nothing is written. `replaced` is all that stood there then, so that it can be brought back.
    """

    __tablename__ = "version_lines"
    __table_args__ = (
        ForeignKeyConstraint(
            ["version_id", "organisation_id"], ["catalogue_versions.id", "catalogue_versions.organisation_id"]
        ),
        UniqueConstraint("version_id", "sku"),
        CheckConstraint("char_length(sku) BETWEEN 1 AND 60", name="sku_length"),
        CheckConstraint("changes <> '{}'", name="changes_something"),
        CheckConstraint("outcome in ('applied', 'unchanged', 'conflict')", name="outcome_known"),
        CheckConstraint("(outcome IS NULL) = (replaced IS NULL)", name="outcome_has_its_past"),
        Index("ix_version_lines_open", "version_id", "id", postgresql_where="outcome IS NULL"),
    )
    tenancy = replace(Kind.private(), grants=("SELECT", "INSERT", f"UPDATE ({WRITABLE})", "DELETE"))

    version_id: Mapped[UUID]
    organisation_id: Mapped[UUID]
    sku: Mapped[str]
    product_id: Mapped[UUID | None] = mapped_column(ForeignKey("products.id"), index=True)
    changes: Mapped[dict[str, Any]]
    before: Mapped[dict[str, Any]]
    replaced: Mapped[dict[str, Any] | None]
    outcome: Mapped[str | None]
    put_by_id: Mapped[UUID | None]
    put_at: Mapped[datetime] = mapped_column(default=clock.now)


class CataloguePolicy(Base):
    """What a supplier wants looked at before a version is published.

    `price_limit`: per cent beyond which a change of a price is pointed out; `needs_second_person`: nobody checks what
    they have put in themselves.
    """

    __tablename__ = "catalogue_policies"
    __table_args__ = (
        UniqueConstraint("organisation_id"),
        CheckConstraint("price_limit BETWEEN 0 AND 1000", name="price_limit_in_range"),
    )
    tenancy = Kind.private()

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    price_limit: Mapped[Decimal]
    needs_second_person: Mapped[bool]
