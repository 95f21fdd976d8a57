"""What do we remember of the facts of a product?"""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.foundation import clock
from marketplace.foundation.constraints import explain
from marketplace.foundation.db import Base
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.tenancy import HERE, Kind, Tenancy
from marketplace.sellers.facts.documents import KINDS, LONGEST_CERTIFICATE, LONGEST_TITLE, TONGUES
from marketplace.sellers.facts.kinds import LONGEST_LIST, MOST_DAYS

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


def _one_of(codes: Iterable[str]) -> str:
    return ", ".join(f"'{code}'" for code in codes)


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


class Attachment(Base):
    """A PDF that a supplier has handed in, once by its bytes (UBL Attachment); its products refer to it by these."""

    __tablename__ = "attachments"
    __table_args__ = (
        UniqueConstraint("organisation_id", "sha256"),
        ForeignKeyConstraint(
            ["file_id", "organisation_id", "sha256"],
            ["stored_files.id", "stored_files.owner_id", "stored_files.sha256"],
        ),
    )
    tenancy = Kind.private().append_only()

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    file_id: Mapped[UUID]
    sha256: Mapped[str]
    attached_at: Mapped[datetime] = mapped_column(default=clock.now)


class ProductDocument(Base):
    """A document that comes with a product (UBL ItemSpecificationDocumentReference).

    `certificate` is the name of the one that it proves, where it proves any that the product bears.
    """

    __tablename__ = "product_documents"
    __table_args__ = (
        UniqueConstraint("product_id", "sha256"),
        ForeignKeyConstraint(
            ["organisation_id", "sha256"], ["attachments.organisation_id", "attachments.sha256"]
        ),
        CheckConstraint(f"kind IN ({_one_of(KINDS)})", name="kind_known"),
        CheckConstraint(f"language IN ({_one_of(TONGUES)})", name="language_known"),
        CheckConstraint(
            f"char_length(title) BETWEEN 1 AND {LONGEST_TITLE} AND title !~ ';'", name="title_form"
        ),
        CheckConstraint(
            f"char_length(certificate) BETWEEN 1 AND {LONGEST_CERTIFICATE} AND certificate !~ ';'",
            name="certificate_form",
        ),
        Index("ix_product_documents_file", "organisation_id", "sha256"),
    )
    tenancy = Tenancy(
        WITH_THE_PRODUCT.readers, f"organisation_id = {HERE} AND ({WITH_THE_PRODUCT.writers})"
    ).deletable()

    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    sha256: Mapped[str]
    kind: Mapped[str]
    language: Mapped[str]
    title: Mapped[str]
    certificate: Mapped[str | None]


explain(
    "ck_product_documents_title_form",
    _l("A title has no semicolon, and at most 120 characters."),
    field="title",
)
explain(
    "fk_product_documents_organisation_id_sha256",
    _l("One of these documents was never handed in here."),
    field="documents",
)
explain(
    "ck_product_facts_remaining_within_shelf_life",
    _l("More cannot be left on delivery than the whole shelf life."),
    field="remaining_days",
)
