"""What do we remember of a count of the shelves?"""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.foundation import clock
from marketplace.foundation.constraints import explain
from marketplace.foundation.db import Base
from marketplace.foundation.language import lazy_text as _l
from marketplace.sellers.stock.models import OF_BATCH, OF_BIN, OF_LEVEL
from marketplace.sellers.stocktaking.lifecycle import SHEET, SheetState
from marketplace.sellers.warehouses.models import written_by_owner

explain("count_sheet_is_closed", _l("This count is no longer open, so nothing can be written into it."))
explain("ck_count_sheets_two_people", _l("Somebody else must approve what you handed in."))
explain(
    "uq_count_lines_sheet_id_product_id_bin_id_batch_id",
    _l("This is on the sheet of that bin already."),
    field="code",
)
explain("ck_count_lines_counted_in_range", _l("A count is zero or more, and finite."), field="counted")


class CountSheet(Base):
    """What is to be counted in one warehouse, and who has counted, handed in and approved it.

    As it is booked the database writes the differences into the books, and only with the yes of a second person where
    they are worth more than the supplier's limit.
    """

    __tablename__ = "count_sheets"
    __table_args__ = (
        ForeignKeyConstraint(
            ["warehouse_id", "organisation_id"], ["warehouses.id", "warehouses.organisation_id"]
        ),
        UniqueConstraint("id", "organisation_id"),
        UniqueConstraint("organisation_id", "number"),
        CheckConstraint("approved_by_id <> submitted_by_id", name="two_people"),
    )
    tenancy = written_by_owner("INSERT", "UPDATE (status, booked_at)")

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    warehouse_id: Mapped[UUID]
    number: Mapped[str]
    title: Mapped[str]
    opened_at: Mapped[datetime] = mapped_column(default=clock.now)
    opened_by_id: Mapped[UUID | None]
    submitted_by_id: Mapped[UUID | None]
    approved_by_id: Mapped[UUID | None]
    booked_at: Mapped[datetime | None]
    status: Mapped[SheetState] = SHEET.column()


class CountLine(Base):
    """One place to count; a door writes the count, and in `booked` what the books said in that moment.

    So goods may move between the count and its booking.
    """

    __tablename__ = "count_lines"
    __table_args__ = (
        ForeignKeyConstraint(
            ["sheet_id", "organisation_id"], ["count_sheets.id", "count_sheets.organisation_id"]
        ),
        ForeignKeyConstraint(*OF_LEVEL),
        ForeignKeyConstraint(*OF_BIN),
        ForeignKeyConstraint(*OF_BATCH),
        UniqueConstraint("sheet_id", "product_id", "bin_id", "batch_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("counted between 0 and 1000000000", name="counted_in_range"),
        CheckConstraint("(counted is null) = (booked is null)", name="is_counted_whole"),
        Index("ix_count_lines_place", "bin_id", "counted_at"),
    )
    tenancy = written_by_owner("INSERT (id, sheet_id, organisation_id, product_id, bin_id, batch_id)")

    sheet_id: Mapped[UUID]
    organisation_id: Mapped[UUID]
    product_id: Mapped[UUID]
    bin_id: Mapped[UUID]
    batch_id: Mapped[UUID | None]
    booked: Mapped[Decimal | None]
    counted: Mapped[Decimal | None]
    counted_by_id: Mapped[UUID | None]
    counted_at: Mapped[datetime | None]

    @property
    def difference(self) -> Decimal:
        """How much more was counted than the books said; nothing where it is not counted."""
        return (self.counted or Decimal(0)) - (self.booked or Decimal(0))
