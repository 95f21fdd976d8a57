"""Searches that somebody wants to be told about.

Revision ID: 0120
Revises: 0089
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.statements import secure

revision = "0120"
down_revision = "0089"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table of each person's own."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "saved_searches",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("known", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "name <> '' AND char_length(name) <= 80", name=op.f("ck_saved_searches_name_length")
        ),
        sa.CheckConstraint(
            "query <> '' AND char_length(query) <= 4000", name=op.f("ck_saved_searches_query_length")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_saved_searches_organisation_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_saved_searches_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_searches")),
        sa.UniqueConstraint(
            "organisation_id",
            "person_id",
            "name",
            name=op.f("uq_saved_searches_organisation_id_person_id_name"),
        ),
    )
    op.create_index("ix_saved_searches_looked_at", "saved_searches", ["looked_at"], unique=False)
    secure(
        "saved_searches",
        readers="organisation_id = {HERE} AND coalesce(person_id = {ME}, true)",
        writers="organisation_id = {HERE} AND coalesce(person_id = {ME}, true)",
        grants="SELECT, INSERT, UPDATE, DELETE",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
