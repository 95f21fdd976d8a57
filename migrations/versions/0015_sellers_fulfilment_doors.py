"""What was shipped is counted by the database, and a cancelled order closes the work on it at once.

Revision ID: 0015
Revises: 0014
"""

from alembic import op

from migrations.statements import DOORS, HERE, TENANT, door

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

PARTY = f"(buyer_id = {HERE} OR seller_id = {HERE})"


def upgrade() -> None:
    """The trigger that counts, and the door that closes."""
    door(
        "count_shipped()",
        """count_shipped() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            UPDATE fulfilment_lines l SET shipped = l.shipped + NEW.quantity
            FROM fulfilment_orders o, shipments s
            WHERE l.id = NEW.fulfilment_line_id AND l.order_line_id = NEW.order_line_id
                AND l.product_id = NEW.product_id AND o.id = l.fulfilment_id
                AND o.status NOT IN ('new', 'cancelled') AND s.id = NEW.shipment_id AND s.fulfilment_id = o.id;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'line % is not to be shipped', NEW.fulfilment_line_id
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'shipment_without_order';
            END IF;
            RETURN NULL;
        END $$""",
        to=DOORS,
    )
    op.execute(
        "CREATE TRIGGER count_shipped AFTER INSERT ON shipment_lines"
        " FOR EACH ROW EXECUTE FUNCTION doors.count_shipped()"
    )
    door(
        "close_fulfilment(uuid)",
        f"""close_fulfilment(the_order uuid) RETURNS boolean LANGUAGE plpgsql AS $$
        BEGIN
            UPDATE fulfilment_orders SET status = 'cancelled'
            WHERE order_id = the_order AND {PARTY} AND status IN ('new', 'ready');
            RETURN NOT EXISTS (
                SELECT FROM fulfilment_orders
                WHERE order_id = the_order AND {PARTY} AND status IN ('partly_shipped', 'shipped')
            );
        END $$""",
        to=TENANT,
    )
