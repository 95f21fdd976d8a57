"""Where goods lie: warehouses, bins and batches. What was one level of a product lies in its supplier's first warehouse.

Revision ID: 0080
Revises: 0086
"""

import sqlalchemy as sa
from alembic import op

from migrations.statements import secure

revision = "0080"
down_revision = "0086"
branch_labels = None
depends_on = None


NUMERIC = sa.Numeric(precision=18, scale=4)
ADDED = (
    ("stock_levels", sa.Column("held", NUMERIC, nullable=False, server_default="0")),
    ("stock_levels", sa.Column("tracking", sa.Text(), nullable=False, server_default="none")),
    ("stock_movements", sa.Column("bin_id", sa.Uuid(), nullable=True)),
    ("stock_movements", sa.Column("batch_id", sa.Uuid(), nullable=True)),
    ("stock_movements", sa.Column("held_change", NUMERIC, nullable=False, server_default="0")),
    ("stock_movements", sa.Column("held_after", NUMERIC, nullable=False, server_default="0")),
    ("stock_movements", sa.Column("document", sa.Text(), nullable=False, server_default="")),
)
EFFECTS = (
    "case kind"
    " when 'receipt' then on_hand_change > 0 and reserved_change = 0 and held_change between 0 and on_hand_change"
    " when 'return' then on_hand_change > 0 and reserved_change = 0 and held_change between 0 and on_hand_change"
    " when 'adjustment' then on_hand_change <> 0 and reserved_change = 0"
    " and held_change between least(on_hand_change, 0) and 0"
    " when 'transfer' then on_hand_change <> 0 and reserved_change = 0"
    " and held_change between least(on_hand_change, 0) and greatest(on_hand_change, 0)"
    " when 'hold' then on_hand_change = 0 and reserved_change = 0 and held_change > 0"
    " when 'clearance' then on_hand_change = 0 and reserved_change = 0 and held_change < 0"
    " when 'scrap' then on_hand_change < 0 and reserved_change = 0 and held_change between on_hand_change and 0"
    " when 'reservation' then on_hand_change = 0 and reserved_change > 0 and held_change = 0"
    " when 'release' then on_hand_change = 0 and reserved_change < 0 and held_change = 0"
    " when 'expiry' then on_hand_change = 0 and reserved_change < 0 and held_change = 0"
    " when 'shipment' then on_hand_change < 0 and reserved_change between on_hand_change and 0 and held_change = 0"
    " else false end"
)
CHECKS = (
    ("ck_stock_levels_holds_what_is_there", "stock_levels", "held >= 0 and held <= on_hand"),
    ("ck_stock_levels_tracking", "stock_levels", "tracking in ('none', 'batch', 'serial')"),
    ("ck_stock_movements_kind_fits_change", "stock_movements", EFFECTS),
    (
        "ck_stock_movements_goods_lie_somewhere",
        "stock_movements",
        "(bin_id is null) = (kind in ('reservation', 'release', 'expiry')) and (batch_id is null or bin_id is not null)",
    ),
    (
        "ck_stock_movements_has_a_reason",
        "stock_movements",
        "reason <> '' or kind not in ('adjustment', 'hold', 'scrap')",
    ),
)
READ_OR_WRITTEN = (
    "organisations",
    "sites",
    "stock_levels",
    "stock_movements",
    "warehouses",
    "bins",
    "stocking_rules",
    "stock_holdings",
)

# Each supplier that has a level gets a warehouse, at its first site.
FIRST_WAREHOUSES = """
INSERT INTO warehouses (id, organisation_id, site_id, code, name, position, is_active)
SELECT uuidv7(), o.id, s.id, '1', left(coalesce(s.name, o.name), 120), 1, true FROM organisations o
LEFT JOIN LATERAL (
    SELECT id, name FROM sites WHERE organisation_id = o.id AND is_active ORDER BY id LIMIT 1
) s ON true
WHERE EXISTS (SELECT FROM stock_levels l WHERE l.organisation_id = o.id)
"""
FIRST_BINS = """
INSERT INTO bins (id, warehouse_id, organisation_id, code, path, is_goods_in, is_active)
SELECT uuidv7(), w.id, w.organisation_id, 'IN', 'IN', true, true FROM warehouses w
"""
CODE = "left(upper(trim(l.bin)), 30)"
BINS_IN_USE = f"""
INSERT INTO bins (id, warehouse_id, organisation_id, code, path, is_goods_in, is_active)
SELECT uuidv7(), w.id, w.organisation_id, c.code, coalesce((
    SELECT string_agg(CASE WHEN part[1] ~ '^[0-9]' THEN lpad(part[1], 30, '0') ELSE part[1] END, '' ORDER BY place)
    FROM regexp_matches(c.code, '[0-9]+|[^0-9]+', 'g') WITH ORDINALITY AS found (part, place)
), ''), false, true
FROM (SELECT DISTINCT l.organisation_id, {CODE} AS code FROM stock_levels l WHERE trim(l.bin) <> '') c
JOIN warehouses w ON w.organisation_id = c.organisation_id
ON CONFLICT (warehouse_id, code) DO NOTHING
"""
HOMES = f"""
INSERT INTO stocking_rules (id, product_id, organisation_id, warehouse_id, home_bin_id)
SELECT uuidv7(), l.product_id, l.organisation_id, b.warehouse_id, b.id
FROM stock_levels l JOIN bins b ON b.organisation_id = l.organisation_id AND b.code = {CODE}
WHERE trim(l.bin) <> ''
"""
# All that ever came or went came to, or went from, the one place that there was.
HISTORY = """
UPDATE stock_movements m SET bin_id = coalesce(
    (SELECT r.home_bin_id FROM stocking_rules r WHERE r.product_id = m.product_id),
    (SELECT b.id FROM bins b WHERE b.organisation_id = m.organisation_id AND b.is_goods_in)
) WHERE m.on_hand_change <> 0
"""
NUMBERS = "UPDATE stock_movements SET document = reason, reason = '' WHERE kind = 'shipment'"
REASONS = "UPDATE stock_movements SET reason = '—' WHERE kind = 'adjustment' AND reason = ''"
HOLDINGS = """
INSERT INTO stock_holdings (id, product_id, organisation_id, bin_id, batch_id, on_hand, held)
SELECT uuidv7(), m.product_id, m.organisation_id, m.bin_id, NULL, sum(m.on_hand_change), 0
FROM stock_movements m WHERE m.bin_id IS NOT NULL GROUP BY m.product_id, m.organisation_id, m.bin_id
"""


def upgrade() -> None:
    """Tables, and who may see their rows; then what there is."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    # ### commands auto generated by Alembic - please adjust! ###
    op.create_unique_constraint(op.f("uq_sites_id_organisation_id"), "sites", ["id", "organisation_id"])
    op.create_unique_constraint(
        op.f("uq_stock_levels_product_id_organisation_id"), "stock_levels", ["product_id", "organisation_id"]
    )
    op.create_table(
        "warehouses",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("char_length(code) between 1 and 12", name=op.f("ck_warehouses_code_length")),
        sa.CheckConstraint("char_length(name) between 1 and 120", name=op.f("ck_warehouses_name_length")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_warehouses_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["site_id", "organisation_id"],
            ["sites.id", "sites.organisation_id"],
            name=op.f("fk_warehouses_site_id_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warehouses")),
        sa.UniqueConstraint("id", "organisation_id", name=op.f("uq_warehouses_id_organisation_id")),
        sa.UniqueConstraint("organisation_id", "code", name=op.f("uq_warehouses_organisation_id_code")),
    )
    op.create_table(
        "bins",
        sa.Column("warehouse_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(collation="C"), nullable=False),
        sa.Column("is_goods_in", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("char_length(code) between 1 and 30", name=op.f("ck_bins_code_length")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_bins_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id", "organisation_id"],
            ["warehouses.id", "warehouses.organisation_id"],
            name=op.f("fk_bins_warehouse_id_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bins")),
        sa.UniqueConstraint("id", "organisation_id", name=op.f("uq_bins_id_organisation_id")),
        sa.UniqueConstraint("id", "warehouse_id", name=op.f("uq_bins_id_warehouse_id")),
        sa.UniqueConstraint("warehouse_id", "code", name=op.f("uq_bins_warehouse_id_code")),
    )
    op.create_index("ix_bins_code", "bins", ["organisation_id", "code"], unique=False)
    op.create_index("ix_bins_path", "bins", ["warehouse_id", "path"], unique=False)
    op.create_index("uq_bins_goods_in", "bins", ["warehouse_id"], unique=True, postgresql_where="is_goods_in")
    op.create_table(
        "stock_batches",
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("is_serial", sa.Boolean(), nullable=False),
        sa.Column("on_hand", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "char_length(number) between 1 and 60", name=op.f("ck_stock_batches_number_length")
        ),
        sa.CheckConstraint("not is_serial or on_hand <= 1", name=op.f("ck_stock_batches_serial_is_one")),
        sa.CheckConstraint("on_hand >= 0", name=op.f("ck_stock_batches_is_not_negative")),
        sa.ForeignKeyConstraint(
            ["product_id", "organisation_id"],
            ["stock_levels.product_id", "stock_levels.organisation_id"],
            name=op.f("fk_stock_batches_product_id_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_batches")),
        sa.UniqueConstraint("id", "product_id", name=op.f("uq_stock_batches_id_product_id")),
        sa.UniqueConstraint("product_id", "number", name=op.f("uq_stock_batches_product_id_number")),
    )
    op.create_index(
        "ix_stock_batches_expiry", "stock_batches", ["organisation_id", "expires_on", "id"], unique=False
    )
    op.create_index("ix_stock_batches_number", "stock_batches", ["organisation_id", "number"], unique=False)
    op.create_table(
        "stock_holdings",
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("bin_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("on_hand", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("held", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "held >= 0 and held <= on_hand", name=op.f("ck_stock_holdings_holds_what_is_there")
        ),
        sa.ForeignKeyConstraint(
            ["batch_id", "product_id"],
            ["stock_batches.id", "stock_batches.product_id"],
            name=op.f("fk_stock_holdings_batch_id_product_id"),
        ),
        sa.ForeignKeyConstraint(
            ["bin_id", "organisation_id"],
            ["bins.id", "bins.organisation_id"],
            name=op.f("fk_stock_holdings_bin_id_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["product_id", "organisation_id"],
            ["stock_levels.product_id", "stock_levels.organisation_id"],
            name=op.f("fk_stock_holdings_product_id_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_holdings")),
        sa.UniqueConstraint(
            "product_id",
            "bin_id",
            "batch_id",
            name=op.f("uq_stock_holdings_product_id_bin_id_batch_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_stock_holdings_batch_id"), "stock_holdings", ["batch_id"], unique=False)
    op.create_index("ix_stock_holdings_bin", "stock_holdings", ["bin_id", "id"], unique=False)
    op.create_index(
        op.f("ix_stock_holdings_organisation_id"), "stock_holdings", ["organisation_id"], unique=False
    )
    op.create_table(
        "stocking_rules",
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("warehouse_id", sa.Uuid(), nullable=False),
        sa.Column("home_bin_id", sa.Uuid(), nullable=True),
        sa.Column("reorder_point", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column("reorder_up_to", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(reorder_point is null) = (reorder_up_to is null)",
            name=op.f("ck_stocking_rules_reorder_is_whole"),
        ),
        sa.CheckConstraint(
            "reorder_point >= 0 and reorder_point <= 1000000000",
            name=op.f("ck_stocking_rules_reorder_point_in_range"),
        ),
        sa.CheckConstraint("reorder_up_to > reorder_point", name=op.f("ck_stocking_rules_up_to_is_more")),
        sa.ForeignKeyConstraint(
            ["home_bin_id", "warehouse_id"],
            ["bins.id", "bins.warehouse_id"],
            name=op.f("fk_stocking_rules_home_bin_id_warehouse_id"),
        ),
        sa.ForeignKeyConstraint(
            ["product_id", "organisation_id"],
            ["stock_levels.product_id", "stock_levels.organisation_id"],
            name=op.f("fk_stocking_rules_product_id_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id", "organisation_id"],
            ["warehouses.id", "warehouses.organisation_id"],
            name=op.f("fk_stocking_rules_warehouse_id_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stocking_rules")),
        sa.UniqueConstraint(
            "product_id", "warehouse_id", name=op.f("uq_stocking_rules_product_id_warehouse_id")
        ),
    )
    op.create_index(
        op.f("ix_stocking_rules_organisation_id"), "stocking_rules", ["organisation_id"], unique=False
    )
    op.create_index(
        "ix_stocking_rules_warehouse", "stocking_rules", ["warehouse_id", "product_id"], unique=False
    )
    for table, column in ADDED:
        op.add_column(table, column)
    op.drop_index(op.f("ix_stock_movements_organisation_id"), table_name="stock_movements")
    op.create_index(
        "ix_stock_movements_batch",
        "stock_movements",
        ["batch_id", "id"],
        unique=False,
        postgresql_where="batch_id is not null",
    )
    op.create_index(
        "ix_stock_movements_bin",
        "stock_movements",
        ["bin_id", "id"],
        unique=False,
        postgresql_where="bin_id is not null",
    )
    op.create_index("ix_stock_movements_cause", "stock_movements", ["cause_id"], unique=False)
    op.create_index(
        "ix_stock_movements_kind", "stock_movements", ["organisation_id", "kind", "moved_at"], unique=False
    )
    op.create_foreign_key(
        op.f("fk_stock_movements_bin_id_organisation_id"),
        "stock_movements",
        "bins",
        ["bin_id", "organisation_id"],
        ["id", "organisation_id"],
    )
    op.create_foreign_key(
        op.f("fk_stock_movements_batch_id_product_id"),
        "stock_movements",
        "stock_batches",
        ["batch_id", "product_id"],
        ["id", "product_id"],
    )
    secure(
        "warehouses",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE}",
        grants="SELECT, INSERT, UPDATE (code, name, site_id, position, is_active)",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    secure(
        "bins",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE}",
        grants="SELECT, INSERT, UPDATE (code, is_active)",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    secure(
        "stock_batches",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE}",
        grants="SELECT",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    secure(
        "stock_holdings",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE}",
        grants="SELECT",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    secure(
        "stocking_rules",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE}",
        grants="SELECT, INSERT, UPDATE (home_bin_id, reorder_point, reorder_up_to)",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
    _take_over()
    for constraint, table, condition in CHECKS:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {constraint}")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {constraint} CHECK ({condition})")
    for table, column in ADDED:
        if not column.nullable:
            op.alter_column(table, column.name, server_default=None)
    op.drop_column("stock_levels", "bin")


def _take_over() -> None:
    """Bring what there is into the first warehouse of its supplier. The owner may be subject to its own policies."""
    for table in READ_OR_WRITTEN:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    for statement in (FIRST_WAREHOUSES, FIRST_BINS, BINS_IN_USE, HOMES, HISTORY, NUMBERS, REASONS, HOLDINGS):
        op.execute(statement)
    for table in READ_OR_WRITTEN:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
