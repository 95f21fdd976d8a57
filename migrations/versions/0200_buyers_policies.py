"""Buying rules, and what they said about each requisition.

Revision ID: 0200
Revises: 0211
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.statements import secure

revision = "0200"
down_revision = "0211"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Three tables that are only added to, and what a requester says to the rules."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _create_rules()
    _create_records()
    secure(
        "policy_rules",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE} AND written_by_id = {ME}",
        grants="SELECT, INSERT",
        platform_grants="SELECT, INSERT",
    )
    secure(
        "policy_evaluations",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE}",
        grants="SELECT, INSERT",
        platform_grants="SELECT, INSERT",
    )
    secure(
        "policy_hits",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE} AND requester_id = {ME}",
        grants="SELECT, INSERT",
        platform_grants="SELECT, INSERT",
    )
    reasons = sa.Column("reasons", postgresql.JSONB(), nullable=False, server_default=sa.text("'{}'"))
    op.add_column("requisitions", reasons)
    op.alter_column("requisitions", "reasons", server_default=None)
    op.create_index("ix_requisition_lines_product", "requisition_lines", ["organisation_id", "product_id"])


def _create_rules() -> None:
    op.create_table(
        "policy_rules",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("cpv_prefix", sa.Text(), nullable=True),
        sa.Column("cost_centre_id", sa.Uuid(), nullable=True),
        sa.Column("site_id", sa.Uuid(), nullable=True),
        sa.Column("minimum_amount", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column("figure", sa.Numeric(precision=7, scale=2), nullable=True),
        sa.Column("supplier_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("written_by_id", sa.Uuid(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'preferred_supplier') = (supplier_ids <> '{}')",
            name=op.f("ck_policy_rules_prefers_somebody"),
        ),
        sa.CheckConstraint(
            "(kind in ('quotes', 'standing', 'price_rise')) = (figure is not null)",
            name=op.f("ck_policy_rules_measures"),
        ),
        sa.CheckConstraint("char_length(name) between 1 and 120", name=op.f("ck_policy_rules_name_length")),
        sa.CheckConstraint("cpv_prefix ~ '^[0-9]{2,8}$'", name=op.f("ck_policy_rules_cpv_prefix")),
        sa.CheckConstraint("effect in ('refuse', 'reason', 'warn')", name=op.f("ck_policy_rules_effect")),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_policy_rules_period")),
        sa.CheckConstraint("figure between 0 and 1000", name=op.f("ck_policy_rules_figure")),
        sa.CheckConstraint(
            "kind <> 'category_ban' or cpv_prefix is not null", name=op.f("ck_policy_rules_bans_something")
        ),
        sa.CheckConstraint(
            "kind in ('category_ban', 'preferred_supplier', 'quotes', 'contract_first', 'standing', 'price_rise')",
            name=op.f("ck_policy_rules_kind"),
        ),
        sa.CheckConstraint("minimum_amount >= 0", name=op.f("ck_policy_rules_minimum_amount")),
        sa.CheckConstraint(
            "version >= 1 and (version = 1) = (id = rule_id)", name=op.f("ck_policy_rules_version")
        ),
        sa.ForeignKeyConstraint(
            ["cost_centre_id", "organisation_id"],
            ["cost_centres.id", "cost_centres.organisation_id"],
            name=op.f("fk_policy_rules_cost_centre_id_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_policy_rules_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["site_id", "organisation_id"],
            ["sites.id", "sites.organisation_id"],
            name=op.f("fk_policy_rules_site_id_organisation_id"),
        ),
        sa.ForeignKeyConstraint(["rule_id"], ["policy_rules.id"], name=op.f("fk_policy_rules_rule_id")),
        sa.ForeignKeyConstraint(["written_by_id"], ["people.id"], name=op.f("fk_policy_rules_written_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_rules")),
        sa.UniqueConstraint("rule_id", "version", name=op.f("uq_policy_rules_rule_id_version")),
        sa.UniqueConstraint(
            "id",
            "organisation_id",
            "rule_id",
            "effect",
            name=op.f("uq_policy_rules_id_organisation_id_rule_id_effect"),
        ),
    )
    op.create_index("ix_policy_rules_newest", "policy_rules", ["organisation_id", "rule_id", "version"])


def _create_records() -> None:
    op.create_table(
        "policy_evaluations",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("version_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("evaluated_on", sa.Date(), nullable=False),
        sa.Column("evaluated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_policy_evaluations_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_evaluations")),
        sa.UniqueConstraint("document_id", name=op.f("uq_policy_evaluations_document_id")),
    )
    op.create_table(
        "policy_hits",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("line_position", sa.Integer(), nullable=False),
        sa.Column("line_name", sa.Text(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("rule_version_id", sa.Uuid(), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("found", postgresql.JSONB(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("requester_id", sa.Uuid(), nullable=False),
        sa.Column("hit_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(effect = 'reason') = (reason <> '')", name=op.f("ck_policy_hits_reason")),
        sa.CheckConstraint("char_length(reason) <= 1000", name=op.f("ck_policy_hits_reason_length")),
        sa.CheckConstraint("effect <> 'refuse'", name=op.f("ck_policy_hits_not_refused")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_policy_hits_organisation_id")
        ),
        sa.ForeignKeyConstraint(["requester_id"], ["people.id"], name=op.f("fk_policy_hits_requester_id")),
        sa.ForeignKeyConstraint(["seller_id"], ["organisations.id"], name=op.f("fk_policy_hits_seller_id")),
        sa.ForeignKeyConstraint(
            ["rule_version_id", "organisation_id", "rule_id", "effect"],
            [
                "policy_rules.id",
                "policy_rules.organisation_id",
                "policy_rules.rule_id",
                "policy_rules.effect",
            ],
            name="fk_policy_hits_version",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_hits")),
        sa.UniqueConstraint(
            "document_id",
            "rule_version_id",
            "line_id",
            name=op.f("uq_policy_hits_document_id_rule_version_id_line_id"),
        ),
    )
    op.create_index("ix_policy_hits_rule", "policy_hits", ["organisation_id", "rule_id", "id"])
    op.create_index(op.f("ix_policy_hits_requester_id"), "policy_hits", ["requester_id"])
