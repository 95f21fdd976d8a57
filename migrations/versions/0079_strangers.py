"""What a stranger, or the other side, could still read or write by SQL: drafts, a bank's refusal, news, rare words.

Revision ID: 0079
Revises: 0074
"""

import sqlalchemy as sa
from alembic import op

from migrations.statements import DOORS, HERE, ME, door, rewrite_policies

revision = "0079"
down_revision = "0074"
branch_labels = None
depends_on = None

BY_TENANT = "current_setting('role') = 'marketplace_tenant'"
OF_BOTH = "buyer_id = {HERE} OR seller_id = {HERE}"
OF_BUYER = "buyer_id = {HERE}"
# A draft is seen by who writes it; so is what stands in it.
OF_AGREEMENT = f"({OF_BOTH}) AND EXISTS (SELECT FROM agreements a WHERE a.id = agreement_id)"
AGREEMENT_PARTS = ("agreement_lines", "agreement_clauses", "agreement_signatures", "call_offs")
PARTIES = "agreement_id, buyer_id, seller_id"

# Whoever hears news acts on what it says, as the party that it names. So a tenant tells news of its own doing alone,
# names nobody who does not hear it too, and what moves money is as the documents say by the end of the transaction.
IS_TRUE = f"""
CREATE FUNCTION news_is_true() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {BY_TENANT} AND (
        NEW.organisation_id IS DISTINCT FROM {HERE}
        OR coalesce(NEW.person_id <> {ME}, false)
        OR NEW.payload ->> 'subject_id' IS DISTINCT FROM NEW.subject_id::text
        OR EXISTS (
            SELECT FROM jsonb_each_text(NEW.payload) named
            WHERE named.key IN ('organisation_id', 'buyer_id', 'seller_id') AND named.value
                NOT IN (NEW.owner_id::text, coalesce(NEW.counterparty_id::text, ''), coalesce(NEW.mediator_id::text, ''))
        )
        OR NOT CASE NEW.name
            WHEN 'OrderConfirmed' THEN EXISTS (
                SELECT FROM purchase_orders o JOIN order_versions v ON v.order_id = o.id
                WHERE o.id = NEW.subject_id AND o.version >= v.version
                    AND v.version = (NEW.payload ->> 'version')::int
                    AND (v.snapshot ->> 'total')::numeric = (NEW.payload ->> 'total')::numeric
                    AND (o.buyer_id, o.seller_id)
                        = ((NEW.payload ->> 'buyer_id')::uuid, (NEW.payload ->> 'seller_id')::uuid))
            WHEN 'OrderRefused' THEN EXISTS (
                SELECT FROM purchase_orders o WHERE o.id = NEW.subject_id AND o.status = 'refused')
            WHEN 'OrderCancelled' THEN EXISTS (
                SELECT FROM purchase_orders o WHERE o.id = NEW.subject_id AND o.status = 'cancelled')
            WHEN 'GoodsReceived' THEN EXISTS (
                SELECT FROM receipts r WHERE r.id = (NEW.payload ->> 'receipt_id')::uuid
                    AND r.order_id = NEW.subject_id AND r.buyer_id = {HERE})
            ELSE true
        END
    ) THEN
        RAISE EXCEPTION 'news % is not so', NEW.name USING ERRCODE = 'check_violation', CONSTRAINT = 'news_is_true';
    END IF;
    RETURN NULL;
END $$
"""

# As in 0011, but that a word is known only where it stands in something that the asker may see: otherwise whoever asks
# for one word after the other learns what others sell to others.
NEIGHBOURS = """
known_terms(terms text[]) RETURNS TABLE (term text, documents integer) LANGUAGE sql STABLE AS $$
    SELECT v.term, v.documents FROM search_vocabulary v CROSS JOIN LATERAL (
        SELECT FROM search_terms t JOIN products p ON p.number = t.number
        JOIN organisations o ON o.id = p.organisation_id AND o.status = 'admitted'
        WHERE t.term_id = v.id AND p.status = 'published' AND (p.visible_to_id IS NULL
            OR p.visible_to_id = nullif(current_setting('app.organisation_id', true), '')::uuid)
        LIMIT 1
    ) seen
    WHERE v.term = ANY (terms) AND v.documents > 0
$$
"""

# As in 0086, but that a buyer asks about what it may see alone, as at the door of the prices.
BREAKS = """
price_breaks(wanted_products uuid[], wanted_quantities numeric[], for_buyer uuid, on_day date) RETURNS TABLE (
    place bigint, quantity numeric
) LANGUAGE sql STABLE AS $$
    WITH stated AS MATERIALIZED (
        SELECT * FROM stated_prices(wanted_products, for_buyer, on_day)
    )
    SELECT DISTINCT w.place, greatest(p.minimum_quantity, ceil(b.quantity / p.step_quantity) * p.step_quantity)
    FROM unnest(wanted_products, wanted_quantities) WITH ORDINALITY w (product_id, quantity, place)
    JOIN products p ON p.id = w.product_id
    CROSS JOIN (SELECT nullif(current_setting('app.organisation_id', true), '')::uuid AS id) here
    CROSS JOIN LATERAL (
        SELECT (t ->> 'from')::numeric FROM stated s CROSS JOIN jsonb_array_elements(s.tiers) t
        WHERE s.product_id = p.id
        UNION
        SELECT ceil(w.quantity / s.pack_quantity) * s.pack_quantity FROM stated s WHERE s.product_id = p.id
        UNION
        SELECT r.minimum_quantity FROM promotions r
        WHERE r.product_id = p.id AND on_day BETWEEN r.starts_on AND r.ends_on
        UNION
        SELECT r.minimum_quantity FROM promotions r
        WHERE r.product_id IS NULL AND r.organisation_id = p.organisation_id
            AND on_day BETWEEN r.starts_on AND r.ends_on
    ) b (quantity)
    WHERE b.quantity IS NOT NULL AND (p.organisation_id = here.id OR here.id = for_buyer AND p.status = 'published'
        AND (p.visible_to_id IS NULL OR p.visible_to_id = here.id))
$$
"""

# The prices of an agreement are found by their products, so a product that is somebody else's would be had at a price
# that its supplier has never signed.
LINE_IS_FIT = """
CREATE FUNCTION agreement_line_is_fit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM products p WHERE p.id = NEW.product_id AND p.organisation_id = NEW.seller_id) THEN
        RAISE EXCEPTION 'product % is not of this supplier', NEW.product_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'agreement_line_is_fit';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    """Keys and policies, a check, triggers, and two doors that are closed further."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _tie_parts_to_agreements()
    for table in ("agreement_lines", "agreement_clauses"):
        rewrite_policies(table, readers=OF_AGREEMENT, writers=OF_AGREEMENT)
    rewrite_policies("payment_attempts", readers=OF_BUYER, writers=OF_BUYER)
    op.create_check_constraint(
        op.f("ck_requisition_lines_costs_something"),
        "requisition_lines",
        "line_total_amount > 0 OR unit_price_amount = 0",
    )
    op.add_column("mails", sa.Column("opens_account", sa.Boolean(), server_default="false", nullable=False))
    for name, function in (("news_is_true", IS_TRUE), ("agreement_line_is_fit", LINE_IS_FIT)):
        op.execute(function)
        op.execute(f"ALTER FUNCTION {name}() SECURITY DEFINER SET search_path = public, pg_temp")
        op.execute(f"ALTER FUNCTION {name}() OWNER TO {DOORS}")
    op.execute(
        "CREATE TRIGGER is_fit BEFORE INSERT ON agreement_lines"
        " FOR EACH ROW EXECUTE FUNCTION agreement_line_is_fit()"
    )
    op.execute(
        "CREATE CONSTRAINT TRIGGER news_is_true AFTER INSERT ON news DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION news_is_true()"
    )
    for signature, definition in (
        ("known_terms(text[])", NEIGHBOURS),
        ("price_breaks(uuid[], numeric[], uuid, date)", BREAKS),
    ):
        op.execute(f"DROP FUNCTION doors.{signature}")
        door(signature, definition)


def _tie_parts_to_agreements() -> None:
    for table in AGREEMENT_PARTS:
        op.drop_constraint(op.f(f"fk_{table}_agreement_id"), table)
        op.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT fk_{table}_agreement_id_buyer_id_seller_id"
            f" FOREIGN KEY ({PARTIES}) REFERENCES agreements (id, buyer_id, seller_id)"
        )
