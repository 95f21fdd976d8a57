"""What do we remember of an organisation?"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.foundation import clock
from marketplace.foundation.db import Base
from marketplace.foundation.tenancy import HERE, ME, Kind, Tenancy
from marketplace.identity.organisations.lifecycle import ORGANISATION, OrganisationState


class Organisation(Base):
    """A buyer, a supplier, both, or the operator of the market (UBL Party). Members know each other by name.

    A person also sees the organisations that they act for, whatever the operator has decided about them.
    """

    __tablename__ = "organisations"
    __table_args__ = (
        CheckConstraint("is_buyer or is_supplier or is_operator", name="has_a_side"),
        CheckConstraint("not is_operator or status = 'admitted'", name="operator_stays"),
        CheckConstraint("language in ('en', 'fr')", name="language"),
        Index("uq_organisations_operator", "is_operator", unique=True, postgresql_where="is_operator"),
        Index(
            "uq_organisations_registration",
            "country",
            "registration_number",
            unique=True,
            postgresql_where="status <> 'refused'",
        ),
    )
    tenancy = Tenancy(
        f"id = {HERE} OR status IN ('admitted', 'suspended') OR EXISTS (SELECT FROM memberships m"
        f" WHERE m.organisation_id = organisations.id AND m.person_id = {ME})",
        f"id = {HERE}",
        ("SELECT", "UPDATE (name, vat_number, registration_number, language)"),
    )

    name: Mapped[str]
    is_buyer: Mapped[bool] = mapped_column(default=False)
    is_supplier: Mapped[bool] = mapped_column(default=False)
    is_operator: Mapped[bool] = mapped_column(default=False)
    status: Mapped[OrganisationState] = ORGANISATION.column()
    country: Mapped[str] = mapped_column(String(2), default="FR")
    currency: Mapped[str] = mapped_column(String(3), default="EUR")
    language: Mapped[str] = mapped_column(String(2), default="fr")
    vat_number: Mapped[str | None]
    registration_number: Mapped[str | None]
    registered_at: Mapped[datetime] = mapped_column(default=clock.now)

    @property
    def side(self) -> str:
        """The side whose colour its pages wear."""
        return "operator" if self.is_operator else "buyer" if self.is_buyer else "supplier"

    @property
    def sides(self) -> frozenset[str]:
        """All the sides it takes."""
        kinds = {"buyer": self.is_buyer, "supplier": self.is_supplier, "operator": self.is_operator}
        return frozenset(side for side, is_taken in kinds.items() if is_taken)


class Site(Base):
    """A place of an organisation where goods go to or come from (UBL DeliveryLocation)."""

    __tablename__ = "sites"
    __table_args__ = (UniqueConstraint("id", "organisation_id"),)
    tenancy = Kind.private()

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str]
    street: Mapped[str]
    postal_code: Mapped[str]
    city: Mapped[str]
    country: Mapped[str] = mapped_column(String(2), default="FR")
    is_active: Mapped[bool] = mapped_column(default=True)

    @property
    def address(self) -> str:
        """On one line, as it is printed on an order."""
        return f"{self.name}, {self.street}, {self.postal_code} {self.city}, {self.country}"
