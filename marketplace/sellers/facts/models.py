"""What do we remember of the facts of a product?"""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.foundation.constraints import explain
from marketplace.foundation.db import Base
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.tenancy import HERE, Tenancy
from marketplace.sellers.facts.kinds import LONGEST_CERTIFICATE, LONGEST_LIST, MOST_DAYS

# H225 and EUH066, combined by +, a blank between; the lists of hazards.py say which of them there are.
H_FORM = "(EUH|H)[0-9]{3}[A-Za-z]{0,2}"
P_FORM = "P[0-9]{3}"
WITH_THE_PRODUCT = Tenancy(
    f"organisation_id = {HERE} OR (EXISTS (SELECT FROM products p WHERE p.id = product_id))",
    f"EXISTS (SELECT FROM products p WHERE p.id = product_id AND p.organisation_id = {HERE})",
).deletable()
"""Who may see the product sees what is said of it; who sells it says it."""


def _statements(column: str, form: str) -> str:
    one = rf"{form}(\+{form})*"
    return f"{column} ~ '^{one}( {one})*$' AND char_length({column}) <= {LONGEST_LIST}"


class ProductFacts(Base):
    """What is known of one product besides its offer (UBL Item): a row only where something is.

    Days of shelf life are counted from production, `remaining_days` from delivery. Hazards are as in
    Regulation (EC) 1272/2008; lists have a blank between their codes.
    """

    __tablename__ = "product_facts"
    __table_args__ = (
        UniqueConstraint("product_id"),
        CheckConstraint("origin_country ~ '^[A-Z]{2}$'", name="origin_country_form"),
        CheckConstraint("unspsc_code ~ '^[1-9][0-9]{7}$'", name="unspsc_code_form"),
        CheckConstraint(f"shelf_life_days BETWEEN 1 AND {MOST_DAYS}", name="shelf_life_in_range"),
        CheckConstraint(f"remaining_days BETWEEN 1 AND {MOST_DAYS}", name="remaining_days_in_range"),
        CheckConstraint("remaining_days <= shelf_life_days", name="remaining_within_shelf_life"),
        CheckConstraint("un_number ~ '^UN[0-9]{4}$'", name="un_number_form"),
        CheckConstraint("signal_word IN ('danger', 'warning')", name="signal_word_known"),
        CheckConstraint("pictograms ~ '^GHS0[1-9]( GHS0[1-9]){0,8}$'", name="pictograms_form"),
        CheckConstraint(_statements("hazard_statements", H_FORM), name="hazard_statements_form"),
        CheckConstraint(
            _statements("precautionary_statements", P_FORM), name="precautionary_statements_form"
        ),
    )
    tenancy = WITH_THE_PRODUCT

    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    origin_country: Mapped[str | None]
    unspsc_code: Mapped[str | None]
    shelf_life_days: Mapped[int | None]
    remaining_days: Mapped[int | None]
    un_number: Mapped[str | None]
    signal_word: Mapped[str | None]
    pictograms: Mapped[str | None]
    hazard_statements: Mapped[str | None]
    precautionary_statements: Mapped[str | None]


class ProductCertificate(Base):
    """A certificate or label that a product bears, and the last day on which it holds (UBL Item Certificate)."""

    __tablename__ = "product_certificates"
    __table_args__ = (
        UniqueConstraint("product_id", "name"),
        CheckConstraint(
            f"char_length(name) BETWEEN 1 AND {LONGEST_CERTIFICATE} AND name !~ ';'", name="name_form"
        ),
        Index("ix_product_certificates_name", "name", "product_id"),
    )
    tenancy = WITH_THE_PRODUCT

    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str]
    expires_on: Mapped[date | None]


explain(
    "ck_product_facts_remaining_within_shelf_life",
    _l("More cannot be left on delivery than the whole shelf life."),
    field="remaining_days",
)
