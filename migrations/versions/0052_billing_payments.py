"""What is remembered of every payment, release, refund and transfer, and of Stripe's answers.

Revision ID: 0052
Revises: 0051
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.statements import guard, secure

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:  # noqa: PLR0915 - a list of tables, not a procedure
    """Tables, and who may see their rows."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "payments",
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("order_version", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("credited", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("paid", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("accepted", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("contested", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("released", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("refunded", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("commission_rate", sa.Numeric(precision=7, scale=6), nullable=False),
        sa.Column("called_off_reason", sa.Text(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payments_amount_is_positive")),
        sa.CheckConstraint("buyer_id <> seller_id", name=op.f("ck_payments_two_parties")),
        sa.CheckConstraint(
            "commission_rate >= 0 and commission_rate <= 0.5", name=op.f("ck_payments_commission_rate")
        ),
        sa.CheckConstraint("credited <= amount", name=op.f("ck_payments_credited_within_amount")),
        sa.CheckConstraint(
            "credited >= 0 and paid >= 0 and accepted >= 0 and contested >= 0 and released >= 0 and refunded >= 0",
            name=op.f("ck_payments_totals_are_not_negative"),
        ),
        sa.CheckConstraint("paid = 0 or paid = amount - credited", name=op.f("ck_payments_paid_at_once")),
        sa.CheckConstraint(
            "released <= paid and released + refunded <= amount - credited",
            name=op.f("ck_payments_spent_once"),
        ),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisations.id"], name=op.f("fk_payments_buyer_id")),
        sa.ForeignKeyConstraint(["seller_id"], ["organisations.id"], name=op.f("fk_payments_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("id", "buyer_id", "seller_id", name=op.f("uq_payments_id_buyer_id_seller_id")),
        sa.UniqueConstraint("order_id", name=op.f("uq_payments_order_id")),
    )
    op.create_index("ix_payments_buyer", "payments", ["buyer_id", "id"], unique=False)
    op.create_index("ix_payments_seller", "payments", ["seller_id", "id"], unique=False)
    op.create_index(op.f("ix_payments_status"), "payments", ["status"], unique=False)
    op.create_table(
        "commission_rules",
        sa.Column("seller_id", sa.Uuid(), nullable=True),
        sa.Column("rate", sa.Numeric(precision=7, scale=6), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("rate >= 0 and rate <= 0.5", name=op.f("ck_commission_rules_rate")),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["organisations.id"], name=op.f("fk_commission_rules_seller_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commission_rules")),
    )
    op.create_index("ix_commission_rules_seller", "commission_rules", ["seller_id", "set_at"], unique=False)
    op.create_table(
        "stripe_customers",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("stripe_id", sa.Text(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_stripe_customers_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stripe_customers")),
        sa.UniqueConstraint("organisation_id", name=op.f("uq_stripe_customers_organisation_id")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_stripe_customers_stripe_id")),
    )
    op.create_table(
        "payment_methods",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("last4", sa.Text(), nullable=False),
        sa.Column("expires", sa.Text(), nullable=False),
        sa.Column("stripe_id", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("detached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("kind in ('card', 'sepa_debit')", name=op.f("ck_payment_methods_kind")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_payment_methods_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_methods")),
        sa.UniqueConstraint("id", "organisation_id", name=op.f("uq_payment_methods_id_organisation_id")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_payment_methods_stripe_id")),
    )
    op.create_index(
        op.f("ix_payment_methods_organisation_id"), "payment_methods", ["organisation_id"], unique=False
    )
    op.create_table(
        "payout_accounts",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("stripe_id", sa.Text(), nullable=True),
        sa.Column("missing", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_payout_accounts_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_accounts")),
        sa.UniqueConstraint("organisation_id", name=op.f("uq_payout_accounts_organisation_id")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_payout_accounts_stripe_id")),
    )
    op.create_index(op.f("ix_payout_accounts_status"), "payout_accounts", ["status"], unique=False)
    op.create_table(
        "stripe_visits",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("stripe_id", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("kind in ('method', 'onboarding')", name=op.f("ck_stripe_visits_kind")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_stripe_visits_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stripe_visits")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_stripe_visits_stripe_id")),
    )
    op.create_index(
        op.f("ix_stripe_visits_organisation_id"), "stripe_visits", ["organisation_id"], unique=False
    )
    op.create_index(op.f("ix_stripe_visits_status"), "stripe_visits", ["status"], unique=False)
    op.create_table(
        "stripe_events",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("processed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stripe_events")),
        sa.UniqueConstraint("event_id", name=op.f("uq_stripe_events_event_id")),
    )
    op.create_index(
        "ix_stripe_events_open",
        "stripe_events",
        ["received_at"],
        unique=False,
        postgresql_where="processed_at is null",
    )
    op.create_table(
        "payment_attempts",
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("method_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("charge_id", sa.Text(), nullable=True),
        sa.Column("action_url", sa.Text(), nullable=True),
        sa.Column("is_given_up", sa.Boolean(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("stripe_id", sa.Text(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["method_id", "buyer_id"],
            ["payment_methods.id", "payment_methods.organisation_id"],
            name=op.f("fk_payment_attempts_method_id_buyer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["payment_id", "buyer_id", "seller_id"],
            ["payments.id", "payments.buyer_id", "payments.seller_id"],
            name=op.f("fk_payment_attempts_payment_id_buyer_id_seller_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_attempts")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_payment_attempts_stripe_id")),
    )
    op.create_index("ix_payment_attempts_payment", "payment_attempts", ["payment_id"], unique=False)
    op.create_index(op.f("ix_payment_attempts_status"), "payment_attempts", ["status"], unique=False)
    op.create_index(
        "uq_payment_attempts_open",
        "payment_attempts",
        ["payment_id"],
        unique=True,
        postgresql_where="status in ('requested', 'action_required', 'processing')",
    )
    op.create_index(
        "uq_payment_attempts_paid",
        "payment_attempts",
        ["payment_id"],
        unique=True,
        postgresql_where="status = 'succeeded'",
    )
    op.create_table(
        "payment_acceptances",
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("cause_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("cause in ('receipt', 'settlement')", name=op.f("ck_payment_acceptances_cause")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payment_acceptances_amount_is_positive")),
        sa.ForeignKeyConstraint(
            ["payment_id", "buyer_id", "seller_id"],
            ["payments.id", "payments.buyer_id", "payments.seller_id"],
            name=op.f("fk_payment_acceptances_payment_id_buyer_id_seller_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_acceptances")),
        sa.UniqueConstraint("cause_id", name=op.f("uq_payment_acceptances_cause_id")),
    )
    op.create_index("ix_payment_acceptances_payment", "payment_acceptances", ["payment_id"], unique=False)
    op.create_table(
        "payment_contests",
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("dispute_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("contested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payment_contests_amount_is_positive")),
        sa.ForeignKeyConstraint(
            ["payment_id", "buyer_id", "seller_id"],
            ["payments.id", "payments.buyer_id", "payments.seller_id"],
            name=op.f("fk_payment_contests_payment_id_buyer_id_seller_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_contests")),
        sa.UniqueConstraint("dispute_id", name=op.f("uq_payment_contests_dispute_id")),
    )
    op.create_index("ix_payment_contests_payment", "payment_contests", ["payment_id"], unique=False)
    op.create_table(
        "payment_releases",
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("commission", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("reclaimed", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("reclaimed_commission", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("transfer_amount", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("stripe_id", sa.Text(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payment_releases_amount_is_positive")),
        sa.CheckConstraint(
            "commission >= 0 and commission <= amount",
            name=op.f("ck_payment_releases_commission_within_amount"),
        ),
        sa.CheckConstraint(
            "reclaimed >= 0 and reclaimed <= amount", name=op.f("ck_payment_releases_reclaimed_within_amount")
        ),
        sa.CheckConstraint(
            "reclaimed_commission >= 0 and reclaimed_commission <= commission",
            name=op.f("ck_payment_releases_reclaimed_commission"),
        ),
        sa.ForeignKeyConstraint(
            ["payment_id", "buyer_id", "seller_id"],
            ["payments.id", "payments.buyer_id", "payments.seller_id"],
            name=op.f("fk_payment_releases_payment_id_buyer_id_seller_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_releases")),
        sa.UniqueConstraint("id", "payment_id", name=op.f("uq_payment_releases_id_payment_id")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_payment_releases_stripe_id")),
    )
    op.create_index("ix_payment_releases_payment", "payment_releases", ["payment_id"], unique=False)
    op.create_index("ix_payment_releases_seller", "payment_releases", ["seller_id", "id"], unique=False)
    op.create_index(op.f("ix_payment_releases_status"), "payment_releases", ["status"], unique=False)
    op.create_table(
        "payment_refunds",
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("cause_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("stripe_id", sa.Text(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payment_refunds_amount_is_positive")),
        sa.ForeignKeyConstraint(
            ["payment_id", "buyer_id", "seller_id"],
            ["payments.id", "payments.buyer_id", "payments.seller_id"],
            name=op.f("fk_payment_refunds_payment_id_buyer_id_seller_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_refunds")),
        sa.UniqueConstraint("cause_id", name=op.f("uq_payment_refunds_cause_id")),
        sa.UniqueConstraint("id", "payment_id", name=op.f("uq_payment_refunds_id_payment_id")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_payment_refunds_stripe_id")),
    )
    op.create_index("ix_payment_refunds_payment", "payment_refunds", ["payment_id"], unique=False)
    op.create_index(op.f("ix_payment_refunds_status"), "payment_refunds", ["status"], unique=False)
    op.create_table(
        "payment_reclaims",
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("commission", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("stripe_id", sa.Text(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "amount > 0 and commission >= 0 and commission <= amount",
            name=op.f("ck_payment_reclaims_amount_is_positive"),
        ),
        sa.ForeignKeyConstraint(
            ["payment_id", "buyer_id", "seller_id"],
            ["payments.id", "payments.buyer_id", "payments.seller_id"],
            name=op.f("fk_payment_reclaims_payment_id_buyer_id_seller_id"),
        ),
        sa.ForeignKeyConstraint(
            ["refund_id", "payment_id"],
            ["payment_refunds.id", "payment_refunds.payment_id"],
            name=op.f("fk_payment_reclaims_refund_id_payment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["release_id", "payment_id"],
            ["payment_releases.id", "payment_releases.payment_id"],
            name=op.f("fk_payment_reclaims_release_id_payment_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_reclaims")),
        sa.UniqueConstraint("release_id", "refund_id", name=op.f("uq_payment_reclaims_release_id_refund_id")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_payment_reclaims_stripe_id")),
    )
    op.create_index("ix_payment_reclaims_payment", "payment_reclaims", ["payment_id"], unique=False)
    op.create_index(op.f("ix_payment_reclaims_status"), "payment_reclaims", ["status"], unique=False)
    secure(
        "payments",
        readers="buyer_id = {HERE} OR seller_id = {HERE}",
        writers="buyer_id = {HERE}",
        grants="SELECT, UPDATE (status)",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    guard(
        "payments",
        "requested",
        "failed>cancelled",
        "failed>started",
        "held>partly_released",
        "held>refunded",
        "held>released",
        "partly_released>held",
        "partly_released>refunded",
        "partly_released>released",
        "processing>cancelled",
        "processing>failed",
        "processing>held",
        "refunded>held",
        "refunded>partly_released",
        "refunded>released",
        "released>held",
        "released>partly_released",
        "released>refunded",
        "requested>cancelled",
        "requested>started",
        "started>cancelled",
        "started>failed",
        "started>held",
        "started>processing",
    )
    secure(
        "commission_rules",
        readers="false",
        writers="false",
        grants="",
        platform_grants="SELECT, INSERT",
    )
    secure(
        "stripe_customers",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE}",
        grants="SELECT",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    secure(
        "payment_methods",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE}",
        grants="SELECT, UPDATE (removed_at)",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    secure(
        "payout_accounts",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE}",
        grants="SELECT, INSERT",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    guard(
        "payout_accounts",
        "requested",
        "incomplete>ready",
        "ready>incomplete",
        "requested>incomplete",
        "requested>ready",
    )
    secure(
        "stripe_visits",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE}",
        grants="SELECT, INSERT",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    guard(
        "stripe_visits",
        "requested",
        "open>done",
        "open>expired",
        "requested>done",
        "requested>expired",
        "requested>open",
        "requested>refused",
    )
    secure(
        "stripe_events",
        readers="false",
        writers="false",
        grants="",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    secure(
        "payment_attempts",
        readers="buyer_id = {HERE} OR seller_id = {HERE}",
        writers="buyer_id = {HERE}",
        grants="SELECT, INSERT, UPDATE (is_given_up)",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    guard(
        "payment_attempts",
        "requested",
        "action_required>cancelled",
        "action_required>failed",
        "action_required>processing",
        "action_required>succeeded",
        "processing>cancelled",
        "processing>failed",
        "processing>succeeded",
        "requested>action_required",
        "requested>cancelled",
        "requested>failed",
        "requested>processing",
        "requested>succeeded",
    )
    secure(
        "payment_acceptances",
        readers="buyer_id = {HERE} OR seller_id = {HERE}",
        writers="buyer_id = {HERE} OR seller_id = {HERE}",
        grants="SELECT",
        platform_grants="SELECT, INSERT",
    )
    secure(
        "payment_contests",
        readers="buyer_id = {HERE} OR seller_id = {HERE}",
        writers="buyer_id = {HERE} OR seller_id = {HERE}",
        grants="SELECT",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    secure(
        "payment_releases",
        readers="buyer_id = {HERE} OR seller_id = {HERE}",
        writers="buyer_id = {HERE} OR seller_id = {HERE}",
        grants="SELECT",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    guard(
        "payment_releases",
        "queued",
        "queued>sent",
        "queued>taken_back",
        "queued>waiting",
        "sent>transferred",
        "sent>waiting",
        "waiting>sent",
        "waiting>taken_back",
    )
    secure(
        "payment_refunds",
        readers="buyer_id = {HERE} OR seller_id = {HERE}",
        writers="buyer_id = {HERE} OR seller_id = {HERE}",
        grants="SELECT",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    guard(
        "payment_refunds",
        "requested",
        "failed>requested",
        "pending>failed",
        "pending>succeeded",
        "requested>credited",
        "requested>failed",
        "requested>pending",
        "requested>succeeded",
        "succeeded>failed",
    )
    secure(
        "payment_reclaims",
        readers="buyer_id = {HERE} OR seller_id = {HERE}",
        writers="buyer_id = {HERE} OR seller_id = {HERE}",
        grants="SELECT",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    guard("payment_reclaims", "requested", "requested>done", "requested>waiting", "waiting>done")
