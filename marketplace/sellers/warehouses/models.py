"""What do we remember of the places where goods lie?"""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.foundation.constraints import explain
from marketplace.foundation.db import Base
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.tenancy import Kind, Tenancy

explain(
    "uq_warehouses_organisation_id_code", _l("Another warehouse already has this short name."), field="code"
)
explain("uq_bins_warehouse_id_code", _l("Another bin of this warehouse already has this name."), field="code")
explain("bin_is_not_empty", _l("Goods lie there: move them first, or count them away."))
explain("bin_is_goods_in", _l("Goods come in here; a warehouse always has such a bin."))


def written_by_owner(*grants: str) -> Tenancy:
    """Rows of one organisation, which it writes with these statements."""
    return Tenancy(Kind.private().readers, Kind.private().writers, ("SELECT", *grants))


class Warehouse(Base):
    """A place where a supplier keeps goods, at one of its sites; picking prefers the lower `position`.

    The database gives each a first bin, where goods come in.
    """

    __tablename__ = "warehouses"
    __table_args__ = (
        ForeignKeyConstraint(["site_id", "organisation_id"], ["sites.id", "sites.organisation_id"]),
        UniqueConstraint("id", "organisation_id"),
        UniqueConstraint("organisation_id", "code"),
        CheckConstraint("char_length(code) between 1 and 12", name="code_length"),
        CheckConstraint("char_length(name) between 1 and 120", name="name_length"),
    )
    tenancy = written_by_owner("INSERT", "UPDATE (code, name, site_id, position, is_active)")

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    site_id: Mapped[UUID | None]
    code: Mapped[str]
    name: Mapped[str]
    position: Mapped[int] = mapped_column(default=1)
    is_active: Mapped[bool] = mapped_column(default=True)

    @property
    def label(self) -> str:
        """Its short name and its name, for lists to choose from."""
        return f"{self.code} · {self.name}"


class Bin(Base):
    """A named place in a warehouse. The database writes the code in capitals, and `path`, by which one walks.

    In a path numbers have as many digits as any, so that A-2 comes before A-10.
    """

    __tablename__ = "bins"
    __table_args__ = (
        ForeignKeyConstraint(
            ["warehouse_id", "organisation_id"], ["warehouses.id", "warehouses.organisation_id"]
        ),
        UniqueConstraint("id", "organisation_id"),
        UniqueConstraint("id", "warehouse_id"),
        UniqueConstraint("warehouse_id", "code"),
        CheckConstraint("char_length(code) between 1 and 30", name="code_length"),
        Index("ix_bins_path", "warehouse_id", "path"),
        Index("ix_bins_code", "organisation_id", "code"),
        Index("uq_bins_goods_in", "warehouse_id", unique=True, postgresql_where="is_goods_in"),
    )
    tenancy = written_by_owner("INSERT", "UPDATE (code, is_active)")

    warehouse_id: Mapped[UUID]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    code: Mapped[str]
    path: Mapped[str] = mapped_column(Text(collation="C"), default="")
    is_goods_in: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
