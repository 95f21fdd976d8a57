"""What do we remember of a search that somebody wants to be told about?"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.foundation import clock
from marketplace.foundation.constraints import explain
from marketplace.foundation.db import Base
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.tenancy import HERE, ME, Tenancy

# Colleagues do not read it; whoever looks again does so for nobody in person.
MINE_OR_AUTOMATIC = f"organisation_id = {HERE} AND coalesce(person_id = {ME}, true)"
LONGEST_NAME = 80


class SavedSearch(Base):
    """What one person looks for: as the address of the search page asks it, and the products that answered so far."""

    __tablename__ = "saved_searches"
    __table_args__ = (
        UniqueConstraint("organisation_id", "person_id", "name"),
        CheckConstraint(f"name <> '' AND char_length(name) <= {LONGEST_NAME}", name="name_length"),
        CheckConstraint("query <> '' AND char_length(query) <= 4000", name="query_length"),
        Index("ix_saved_searches_looked_at", "looked_at"),
    )
    tenancy = Tenancy(MINE_OR_AUTOMATIC, MINE_OR_AUTOMATIC)

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    name: Mapped[str]
    query: Mapped[str]
    known: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    saved_at: Mapped[datetime] = mapped_column(default=clock.now)
    looked_at: Mapped[datetime] = mapped_column(default=clock.now)


explain(
    "uq_saved_searches_organisation_id_person_id_name",
    _l("Another search of yours has this name."),
    field="name",
)
