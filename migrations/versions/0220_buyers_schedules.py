"""What is needed again and again, and what becomes of each day.

Revision ID: 0220
Revises: 0212
"""

import sqlalchemy as sa
from alembic import op

from migrations.statements import ME, guard, secure

revision = "0220"
down_revision = "0212"
branch_labels = None
depends_on = None

BY_TENANT = "current_setting('role') = 'marketplace_tenant'"
REFUSED = "ERRCODE = 'check_violation', CONSTRAINT"
HERE_ONLY = "organisation_id = {HERE}"
ALL = "SELECT, INSERT, UPDATE, DELETE"
MOMENT = sa.DateTime(timezone=True)
RULE = "^FREQ=(WEEKLY|MONTHLY);INTERVAL=[1-9][0-9]?;BY[A-Z0-9=,;+-]+;(UNTIL=[0-9]{8}|COUNT=[1-9][0-9]*)$"
OUTCOMES = "'made', 'unavailable', 'no_budget', 'too_dear', 'refused', 'missed', 'skipped'"

# It is bought in its requester's name: a colleague, or the organisation by itself, stops it and does no more.
OWN = f"""
CREATE FUNCTION standing_requisition_own() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
    before standing_requisitions := OLD;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF {BY_TENANT} AND NEW.requester_id IS DISTINCT FROM {ME} THEN
            RAISE EXCEPTION 'it is begun by the one who needs it'
                USING {REFUSED} = 'standing_requisition_own';
        END IF;
        RETURN NEW;
    END IF;
    before.next_on := NEW.next_on;
    IF OLD.status = 'ended' AND NEW IS DISTINCT FROM before THEN
        RAISE EXCEPTION 'standing requisition % is over', OLD.id USING {REFUSED} = 'standing_requisition_over';
    END IF;
    IF {BY_TENANT} AND OLD.requester_id IS DISTINCT FROM {ME} THEN
        before.status := NEW.status;
        before.next_on := CASE WHEN NEW.status = 'ended' THEN NEW.next_on ELSE OLD.next_on END;
        IF NEW IS DISTINCT FROM before OR OLD.status = 'paused' AND NEW.status = 'running' THEN
            RAISE EXCEPTION 'standing requisition % is not theirs', OLD.id
                USING {REFUSED} = 'standing_requisition_own';
        END IF;
    END IF;
    IF (NEW.id, NEW.organisation_id, NEW.requester_id, NEW.number)
        IS DISTINCT FROM (OLD.id, OLD.organisation_id, OLD.requester_id, OLD.number) THEN
        RAISE EXCEPTION 'standing requisition % stays whose it is', OLD.id
            USING {REFUSED} = 'standing_requisition_own';
    END IF;
    RETURN NEW;
END $$
"""

LINES_OWN = f"""
CREATE FUNCTION standing_line_own() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF {BY_TENANT} AND NOT EXISTS (
        SELECT FROM standing_requisitions s
        WHERE s.id = NEW.standing_id AND s.requester_id = {ME} AND s.status <> 'ended'
    ) THEN
        RAISE EXCEPTION 'standing requisition % is not theirs', NEW.standing_id
            USING {REFUSED} = 'standing_requisition_own';
    END IF;
    RETURN NEW;
END $$
"""

# A day becomes a requisition of the same person, or nothing; whoever writes it down acts as that person.
RUN_FITS = f"""
CREATE FUNCTION standing_run_fits() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF {BY_TENANT} AND NOT EXISTS (
        SELECT FROM standing_requisitions s
        WHERE s.id = NEW.standing_id AND s.requester_id = {ME} AND s.status <> 'ended'
    ) OR NEW.requisition_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM standing_requisitions s JOIN requisitions r ON r.id = NEW.requisition_id
        WHERE s.id = NEW.standing_id AND r.requester_id = s.requester_id AND r.status <> 'draft' AND NOT r.is_cart
            AND r.cost_centre_id = s.cost_centre_id AND r.site_id = s.site_id AND r.needed_on >= NEW.day
    ) THEN
        RAISE EXCEPTION 'day % of % does not become this', NEW.day, NEW.standing_id
            USING {REFUSED} = 'standing_run_fits';
    END IF;
    RETURN NEW;
END $$
"""
TRIGGERS = (
    ("standing_requisitions", "own", "BEFORE INSERT OR UPDATE", "standing_requisition_own()"),
    ("standing_requisition_lines", "own", "BEFORE INSERT OR UPDATE", "standing_line_own()"),
    ("standing_runs", "fits", "BEFORE INSERT", "standing_run_fits()"),
)


def upgrade() -> None:
    """Three tables, and requisitions that are no cart."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("requisitions", sa.Column("is_cart", sa.Boolean(), nullable=False, server_default="true"))
    op.alter_column("requisitions", "is_cart", server_default=None)
    op.drop_index("uq_requisitions_cart", "requisitions")
    op.create_index(
        "uq_requisitions_cart",
        "requisitions",
        ["organisation_id", "requester_id"],
        unique=True,
        postgresql_where="status = 'draft' and is_cart",
    )
    _standing_requisitions()
    _lines()
    _runs()
    for function in (OWN, LINES_OWN, RUN_FITS):
        op.execute(function)
    for table, name, moment, function in TRIGGERS:
        op.execute(f"CREATE TRIGGER {name} {moment} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}")
    guard(
        "standing_requisitions",
        "running",
        "paused>ended",
        "paused>running",
        "running>ended",
        "running>paused",
    )


def _standing_requisitions() -> None:
    op.create_table(
        "standing_requisitions",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("requester_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("cost_centre_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("lead_days", sa.Integer(), nullable=False),
        sa.Column("price_bound", sa.Numeric(18, 4), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("counts_from", sa.Date(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standing_requisitions")),
        sa.UniqueConstraint(
            "id", "organisation_id", name=op.f("uq_standing_requisitions_id_organisation_id")
        ),
        sa.UniqueConstraint(
            "organisation_id", "number", name=op.f("uq_standing_requisitions_organisation_id_number")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_standing_requisitions_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["requester_id"], ["people.id"], name=op.f("fk_standing_requisitions_requester_id")
        ),
        sa.ForeignKeyConstraint(
            ["cost_centre_id", "organisation_id"],
            ["cost_centres.id", "cost_centres.organisation_id"],
            name=op.f("fk_standing_requisitions_cost_centre_id_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["site_id", "organisation_id"],
            ["sites.id", "sites.organisation_id"],
            name=op.f("fk_standing_requisitions_site_id_organisation_id"),
        ),
        sa.CheckConstraint(
            "title <> '' and char_length(title) <= 120", name=op.f("ck_standing_requisitions_title_length")
        ),
        sa.CheckConstraint("lead_days between 0 and 60", name=op.f("ck_standing_requisitions_lead_days")),
        sa.CheckConstraint(
            "price_bound between 0 and 1000", name=op.f("ck_standing_requisitions_price_bound")
        ),
        sa.CheckConstraint(f"rule ~ '{RULE}'", name=op.f("ck_standing_requisitions_rule")),
        sa.CheckConstraint(
            "status in ('running', 'paused', 'ended')", name=op.f("ck_standing_requisitions_status")
        ),
    )
    for column in ("requester_id", "status"):
        op.create_index(op.f(f"ix_standing_requisitions_{column}"), "standing_requisitions", [column])
    secure(
        "standing_requisitions",
        readers=HERE_ONLY,
        writers=HERE_ONLY,
        grants="SELECT, INSERT, UPDATE",
        platform_grants=ALL,
    )


def _lines() -> None:
    op.create_table(
        "standing_requisition_lines",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("standing_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.String(3), nullable=False),
        sa.Column("quantity", sa.Numeric(18, 4), nullable=False),
        sa.Column("unit_price_amount", sa.Numeric(24, 12), nullable=False),
        sa.Column("unit_price_currency", sa.String(3), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standing_requisition_lines")),
        sa.UniqueConstraint(
            "standing_id", "product_id", name=op.f("uq_standing_requisition_lines_standing_id_product_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_standing_requisition_lines_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_standing_requisition_lines_product_id")
        ),
        sa.ForeignKeyConstraint(
            ["standing_id", "organisation_id"],
            ["standing_requisitions.id", "standing_requisitions.organisation_id"],
            name=op.f("fk_standing_requisition_lines_standing_id_organisation_id"),
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_standing_requisition_lines_quantity")),
    )
    op.create_index(
        op.f("ix_standing_requisition_lines_standing_id"), "standing_requisition_lines", ["standing_id"]
    )
    secure(
        "standing_requisition_lines",
        readers=HERE_ONLY,
        writers=HERE_ONLY,
        grants="SELECT, INSERT, UPDATE (quantity, unit_price_amount, unit_price_currency)",
        platform_grants=ALL,
    )


def _runs() -> None:
    op.create_table(
        "standing_runs",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("standing_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("requisition_id", sa.Uuid(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("noted_at", MOMENT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standing_runs")),
        sa.UniqueConstraint("standing_id", "day", name=op.f("uq_standing_runs_standing_id_day")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_standing_runs_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["standing_id", "organisation_id"],
            ["standing_requisitions.id", "standing_requisitions.organisation_id"],
            name=op.f("fk_standing_runs_standing_id_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["requisition_id", "organisation_id"],
            ["requisitions.id", "requisitions.organisation_id"],
            name=op.f("fk_standing_runs_requisition_id_organisation_id"),
        ),
        sa.CheckConstraint(f"outcome in ({OUTCOMES})", name=op.f("ck_standing_runs_outcome")),
        sa.CheckConstraint(
            "(outcome = 'made') = (requisition_id is not null)", name=op.f("ck_standing_runs_made")
        ),
    )
    op.create_index(op.f("ix_standing_runs_requisition_id"), "standing_runs", ["requisition_id"])
    secure(
        "standing_runs",
        readers=HERE_ONLY,
        writers=HERE_ONLY,
        grants="SELECT, INSERT",
        platform_grants="SELECT, INSERT",
    )
