"""A unit price may be an average: as fine as a line total needs to be found again from it.

Revision ID: 0084
Revises: 0075
"""

import sqlalchemy as sa
from alembic import op

revision = "0084"
down_revision = "0075"
branch_labels = None
depends_on = None

TABLES = ("requisition_lines", "purchase_order_lines", "dispute_lines")

# The hash is of the text: a price of four decimals is written as it was when requisitions were approved by it.
HASH = """
CREATE OR REPLACE FUNCTION requisition_hash(r requisitions) RETURNS text LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT encode(sha256(convert_to(jsonb_build_array(
        'requisition', r.version, r.id, r.organisation_id, r.number, r.requester_id, r.cost_centre_id, r.site_id,
        r.needed_on, r.note, r.total_amount, r.total_currency,
        (SELECT jsonb_agg(jsonb_build_array(
            l.position, l.product_id, l.seller_id, l.sku, l.name, l.cpv_code, l.unit_code, l.quantity,
            CASE l.unit_price_amount WHEN round(l.unit_price_amount, 4) THEN round(l.unit_price_amount, 4)
                ELSE l.unit_price_amount END,
            l.line_total_amount, l.line_total_currency, l.agreement_id, l.agreement_line_id
        ) ORDER BY l.position, l.id) FROM requisition_lines l WHERE l.requisition_id = r.id)
    )::text, 'UTF8')), 'hex')
$$
"""


def upgrade() -> None:
    """Twelve decimals wherever the price of a line stands."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in TABLES:
        op.alter_column(table, "unit_price_amount", type_=sa.Numeric(24, 12), existing_nullable=False)
    op.execute(HASH)
