"""Which number does this document bear?

Numbers of one organisation and series count up without a gap: the number is taken in the document's own transaction,
so a document that is not kept leaves none behind.
"""

from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped

from marketplace.foundation import clock
from marketplace.foundation.db import Base, new_id, session
from marketplace.foundation.tenancy import Kind


class NumberSeries(Base):
    """The last number given in one series of one organisation."""

    __tablename__ = "number_series"
    __table_args__ = (UniqueConstraint("organisation_id", "series"),)
    tenancy = Kind.private()

    organisation_id: Mapped[UUID]
    series: Mapped[str]
    last: Mapped[int]


def next_number(organisation_id: UUID, prefix: str) -> str:
    """The next number of the series `prefix` in this year, such as "PO-2026-00042"."""
    series = f"{prefix}-{clock.today().year}"
    row = insert(NumberSeries).values(id=new_id(), organisation_id=organisation_id, series=series, last=1)
    counted = row.on_conflict_do_update(
        index_elements=["organisation_id", "series"], set_={"last": NumberSeries.last + 1}
    )
    number = session().scalar(counted.returning(NumberSeries.last))
    return f"{series}-{number:05d}"
