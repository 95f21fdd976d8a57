"""An offer may have a first and a last day: before and after, nobody but its supplier sees it.

The day is that of the transaction, so policies and doors say it exactly. What is counted ahead (the shelves) follows
`is_current`, which a sweep moves as a day begins.

Revision ID: 0194
Revises: 0193
"""

import sqlalchemy as sa
from alembic import op

from migrations.statements import (
    TENANT,
    in_term,
    offered,
    reword_doors,
    rewrite_policies,
    within_circles,
)

revision = "0194"
down_revision = "0193"
branch_labels = None
depends_on = None

PRESENT_DAY = """
CREATE FUNCTION present_day() RETURNS date LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT coalesce(nullif(current_setting('app.today', true), '')::date, current_date)
$$
"""
TURNED = f"""
CREATE FUNCTION product_term_is_written() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    NEW.is_current := {in_term("NEW")};
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    """Three columns; then whatever shows a product asks for the day."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(PRESENT_DAY)
    _add_term()
    rewrite_policies(
        "products",
        readers=f"organisation_id = {{HERE}} OR ({offered('products')})",
        writers="organisation_id = {HERE}",
    )
    for alias in ("p", "this"):
        reword_doors(within_circles(alias), f"{in_term(alias)} AND {within_circles(alias)}")
    _count_what_is_current()


def _add_term() -> None:
    op.add_column("products", sa.Column("starts_on", sa.Date(), nullable=True))
    op.add_column("products", sa.Column("ends_on", sa.Date(), nullable=True))
    op.add_column("products", sa.Column("is_current", sa.Boolean(), nullable=False, server_default="true"))
    op.create_check_constraint(op.f("ck_products_term"), "products", "ends_on >= starts_on")
    op.create_index(
        "ix_products_term",
        "products",
        ["id"],
        postgresql_where="starts_on IS NOT NULL OR ends_on IS NOT NULL OR NOT is_current",
    )
    op.execute(f"GRANT UPDATE (starts_on, ends_on) ON products TO {TENANT}")
    op.execute(TURNED)
    op.execute(
        "CREATE TRIGGER product_term_is_written BEFORE INSERT OR UPDATE OF starts_on, ends_on ON products"
        " FOR EACH ROW WHEN (NEW.starts_on IS NOT NULL OR NEW.ends_on IS NOT NULL OR NOT NEW.is_current)"
        " EXECUTE FUNCTION product_term_is_written()"
    )


def _count_what_is_current() -> None:
    """Nothing has a term yet, so the counts stay as they are."""
    bind = op.get_bind()
    said = bind.execute(sa.text("SELECT pg_get_functiondef('shelves_are_counted'::regproc)")).scalar_one()
    bind.exec_driver_sql(said.replace("status = 'published'", "status = 'published' AND is_current"))
