"""What is known of products besides their offers: facts, hazards, certificates.

Revision ID: 0170
Revises: 0151
"""

import sqlalchemy as sa
from alembic import op

from migrations.statements import secure

revision = "0170"
down_revision = "0151"
branch_labels = None
depends_on = None

H_FORM, P_FORM = "(EUH|H)[0-9]{3}[A-Za-z]{0,2}", "P[0-9]{3}"
FORMS = {
    "origin_country_form": "origin_country ~ '^[A-Z]{2}$'",
    "unspsc_code_form": "unspsc_code ~ '^[1-9][0-9]{7}$'",
    "shelf_life_in_range": "shelf_life_days BETWEEN 1 AND 36500",
    "remaining_days_in_range": "remaining_days BETWEEN 1 AND 36500",
    "remaining_within_shelf_life": "remaining_days <= shelf_life_days",
    "un_number_form": "un_number ~ '^UN[0-9]{4}$'",
    "signal_word_known": "signal_word IN ('danger', 'warning')",
    "pictograms_form": "pictograms ~ '^GHS0[1-9]( GHS0[1-9]){0,8}$'",
    "hazard_statements_form": rf"hazard_statements ~ '^{H_FORM}(\+{H_FORM})*( {H_FORM}(\+{H_FORM})*)*$'"
    " AND char_length(hazard_statements) <= 1000",
    "precautionary_statements_form": rf"precautionary_statements ~ '^{P_FORM}(\+{P_FORM})*( {P_FORM}(\+{P_FORM})*)*$'"
    " AND char_length(precautionary_statements) <= 1000",
}


def upgrade() -> None:
    """Both tables are seen with their products, and written by whoever sells these."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _create_facts()
    _create_certificates()
    for table in ("product_facts", "product_certificates"):
        secure(
            table,
            readers="organisation_id = {HERE} OR (EXISTS (SELECT FROM products p WHERE p.id = product_id))",
            writers="EXISTS (SELECT FROM products p WHERE p.id = product_id AND p.organisation_id = {HERE})",
            grants="SELECT, INSERT, UPDATE, DELETE",
            platform_grants="SELECT, INSERT, UPDATE, DELETE",
        )


def _create_facts() -> None:
    op.create_table(
        "product_facts",
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("origin_country", sa.Text(), nullable=True),
        sa.Column("unspsc_code", sa.Text(), nullable=True),
        sa.Column("shelf_life_days", sa.Integer(), nullable=True),
        sa.Column("remaining_days", sa.Integer(), nullable=True),
        sa.Column("un_number", sa.Text(), nullable=True),
        sa.Column("signal_word", sa.Text(), nullable=True),
        sa.Column("pictograms", sa.Text(), nullable=True),
        sa.Column("hazard_statements", sa.Text(), nullable=True),
        sa.Column("precautionary_statements", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        *_common("product_facts"),
        *(
            sa.CheckConstraint(condition, name=op.f(f"ck_product_facts_{name}"))
            for name, condition in FORMS.items()
        ),
        sa.UniqueConstraint("product_id", name=op.f("uq_product_facts_product_id")),
    )


def _create_certificates() -> None:
    op.create_table(
        "product_certificates",
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        *_common("product_certificates"),
        sa.CheckConstraint(
            "char_length(name) BETWEEN 1 AND 80 AND name !~ ';'",
            name=op.f("ck_product_certificates_name_form"),
        ),
        sa.UniqueConstraint("product_id", "name", name=op.f("uq_product_certificates_product_id_name")),
    )
    op.create_index("ix_product_certificates_name", "product_certificates", ["name", "product_id"])


def _common(table: str) -> list[sa.Constraint]:
    parents = {"product_id": "products.id", "organisation_id": "organisations.id"}
    return [
        *(
            sa.ForeignKeyConstraint([column], [parent], name=op.f(f"fk_{table}_{column}"))
            for column, parent in parents.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]
