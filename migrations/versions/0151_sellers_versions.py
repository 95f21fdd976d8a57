"""Versions of a catalogue: what is published together, on a day, and how it is brought back.

Revision ID: 0151
Revises: 0141
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.statements import ME, guard, secure

revision = "0151"
down_revision = "0141"
branch_labels = None
depends_on = None

REFUSED = "ERRCODE = 'check_violation', CONSTRAINT"

# A draft is written into; as a version is published, what became of each line is noted once. Nothing else changes.
LINES = f"""
CREATE FUNCTION version_line_is_written() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    state text;
BEGIN
    SELECT status INTO state FROM catalogue_versions WHERE id = coalesce(NEW.version_id, OLD.version_id) FOR SHARE;
    IF state = 'draft' AND TG_OP = 'DELETE' THEN
        RETURN OLD;
    ELSIF state = 'draft' AND NEW.outcome IS NULL THEN
        NEW.put_by_id := coalesce({ME}, NEW.put_by_id);
        RETURN NEW;
    ELSIF state = 'publishing' AND TG_OP = 'UPDATE' AND NEW.outcome IS NOT NULL
        AND coalesce(OLD.outcome, NEW.outcome) = NEW.outcome AND coalesce(OLD.replaced, NEW.replaced) = NEW.replaced
        AND coalesce(OLD.product_id, NEW.product_id) IS NOT DISTINCT FROM NEW.product_id
        AND (NEW.changes, NEW.before) = (OLD.changes, OLD.before) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'version is %', state USING {REFUSED} = 'version_is_closed';
END $$
"""

MOVES = f"""
CREATE FUNCTION catalogue_version_moves() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.status = 'draft' THEN
        NEW.checked_by_id := NULL;
    ELSIF OLD.status = 'draft' AND NEW.status = 'checked' THEN
        NEW.checked_by_id := {ME};
        IF (SELECT needs_second_person FROM catalogue_policies WHERE organisation_id = NEW.organisation_id) AND (
            {ME} IS NULL
            OR EXISTS (SELECT FROM version_lines WHERE version_id = NEW.id AND coalesce(put_by_id, {ME}) = {ME})
        ) THEN
            RAISE EXCEPTION 'a second person checks' USING {REFUSED} = 'version_second_person';
        END IF;
    ELSIF NEW.status = 'published' AND EXISTS (
        SELECT FROM version_lines WHERE version_id = NEW.id AND outcome IS NULL
    ) THEN
        RAISE EXCEPTION 'a version is published whole' USING {REFUSED} = 'version_is_published_whole';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    """Three tables, their guards, and where a file goes."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("catalogue_imports", sa.Column("version_id", sa.Uuid(), nullable=True))
    op.create_table(
        "catalogue_versions",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("undoes_id", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by_id", sa.Uuid(), nullable=True),
        sa.Column("checked_by_id", sa.Uuid(), nullable=True),
        sa.Column("publish_on", sa.Date(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "status in ('draft', 'checked', 'scheduled', 'publishing', 'published', 'dropped')",
            name=op.f("ck_catalogue_versions_status"),
        ),
        sa.CheckConstraint(
            "char_length(title) BETWEEN 1 AND 120", name=op.f("ck_catalogue_versions_title_length")
        ),
        sa.CheckConstraint(
            "status <> 'scheduled' OR publish_on IS NOT NULL", name=op.f("ck_catalogue_versions_has_a_day")
        ),
        sa.CheckConstraint(
            "(status = 'published') = (published_at IS NOT NULL)",
            name=op.f("ck_catalogue_versions_published_at_some_time"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_catalogue_versions_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["undoes_id", "organisation_id"],
            ["catalogue_versions.id", "catalogue_versions.organisation_id"],
            name=op.f("fk_catalogue_versions_undoes_id_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_versions")),
        sa.UniqueConstraint("id", "organisation_id", name=op.f("uq_catalogue_versions_id_organisation_id")),
        sa.UniqueConstraint(
            "organisation_id", "number", name=op.f("uq_catalogue_versions_organisation_id_number")
        ),
    )
    op.create_index(
        "ix_catalogue_versions_due",
        "catalogue_versions",
        ["publish_on"],
        postgresql_where="status = 'scheduled'",
    )
    op.create_index("ix_catalogue_versions_owner", "catalogue_versions", ["organisation_id", "id"])
    op.create_index(op.f("ix_catalogue_versions_status"), "catalogue_versions", ["status"])
    op.create_table(
        "version_lines",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=True),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("replaced", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("put_by_id", sa.Uuid(), nullable=True),
        sa.Column("put_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("char_length(sku) BETWEEN 1 AND 60", name=op.f("ck_version_lines_sku_length")),
        sa.CheckConstraint("changes <> '{}'", name=op.f("ck_version_lines_changes_something")),
        sa.CheckConstraint(
            "outcome in ('applied', 'unchanged', 'conflict')", name=op.f("ck_version_lines_outcome_known")
        ),
        sa.CheckConstraint(
            "(outcome IS NULL) = (replaced IS NULL)", name=op.f("ck_version_lines_outcome_has_its_past")
        ),
        sa.ForeignKeyConstraint(
            ["version_id", "organisation_id"],
            ["catalogue_versions.id", "catalogue_versions.organisation_id"],
            name=op.f("fk_version_lines_version_id_organisation_id"),
        ),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_version_lines_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_version_lines")),
        sa.UniqueConstraint("version_id", "sku", name=op.f("uq_version_lines_version_id_sku")),
    )
    op.create_index(
        "ix_version_lines_open", "version_lines", ["version_id", "id"], postgresql_where="outcome IS NULL"
    )
    op.create_index(op.f("ix_version_lines_product_id"), "version_lines", ["product_id"])
    op.create_table(
        "catalogue_policies",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("price_limit", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("needs_second_person", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "price_limit BETWEEN 0 AND 1000", name=op.f("ck_catalogue_policies_price_limit_in_range")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_catalogue_policies_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_policies")),
        sa.UniqueConstraint("organisation_id", name=op.f("uq_catalogue_policies_organisation_id")),
    )
    secure(
        "catalogue_versions",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE}",
        grants="SELECT, INSERT, UPDATE (title, status, publish_on, published_at, task_id)",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    guard(
        "catalogue_versions",
        "draft",
        "checked>draft",
        "checked>dropped",
        "checked>publishing",
        "checked>scheduled",
        "draft>checked",
        "draft>dropped",
        "publishing>published",
        "scheduled>checked",
        "scheduled>publishing",
    )
    secure(
        "version_lines",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE}",
        grants="SELECT, INSERT, UPDATE (product_id, changes, before, replaced, outcome, put_by_id, put_at), DELETE",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    secure(
        "catalogue_policies",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE}",
        grants="SELECT, INSERT, UPDATE",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    for function in (LINES, MOVES):
        op.execute(function)
    op.execute(
        "CREATE TRIGGER version_line_is_written BEFORE INSERT OR UPDATE OR DELETE ON version_lines"
        " FOR EACH ROW EXECUTE FUNCTION version_line_is_written()"
    )
    op.execute(
        "CREATE TRIGGER version_moves BEFORE UPDATE OF status ON catalogue_versions"
        " FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION catalogue_version_moves()"
    )
