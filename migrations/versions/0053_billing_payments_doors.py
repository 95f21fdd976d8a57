"""What the database itself keeps of payments: figures that add up to their rows, and whose move is what.

Revision ID: 0053
Revises: 0052
"""

from alembic import op

from migrations.statements import DOORS, TENANT

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

# At every commit the totals of a payment are the sums of its rows; so no figure can be changed without the row that
# explains it. What was paid is what the one attempt brought that succeeded, and one is open as long as the payment is
# under way.
ADDS_UP = """
CREATE FUNCTION payment_adds_up() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    whose uuid := coalesce(to_jsonb(NEW) ->> 'payment_id', to_jsonb(NEW) ->> 'id')::uuid;
BEGIN
    PERFORM 1 FROM payments p WHERE p.id = whose
        AND p.paid = (SELECT coalesce(sum(a.amount), 0) FROM payment_attempts a
                      WHERE a.payment_id = whose AND a.status = 'succeeded')
        AND (p.status IN ('started', 'processing')) = EXISTS (SELECT FROM payment_attempts a
            WHERE a.payment_id = whose AND a.status IN ('requested', 'action_required', 'processing'))
        AND p.accepted = (SELECT coalesce(sum(a.amount), 0) FROM payment_acceptances a WHERE a.payment_id = whose)
        AND p.contested = (SELECT coalesce(sum(c.amount), 0) FROM payment_contests c
                           WHERE c.payment_id = whose AND c.lifted_at IS NULL)
        AND p.released = (SELECT coalesce(sum(r.amount - r.reclaimed), 0) FROM payment_releases r
                          WHERE r.payment_id = whose)
        AND (p.credited, p.refunded) = (
            SELECT coalesce(sum(r.amount) FILTER (WHERE r.status = 'credited'), 0),
                   coalesce(sum(r.amount) FILTER (WHERE r.status <> 'credited'), 0)
            FROM payment_refunds r WHERE r.payment_id = whose);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the totals of payment % are not the sums of its rows', whose
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_adds_up';
    END IF;
    PERFORM 1 FROM payment_releases r WHERE r.payment_id = whose AND (r.reclaimed, r.reclaimed_commission) <> (
        SELECT coalesce(sum(c.amount), 0), coalesce(sum(c.commission), 0) FROM payment_reclaims c
        WHERE c.release_id = r.id);
    IF FOUND THEN
        RAISE EXCEPTION 'a release of payment % does not equal what was claimed back of it', whose
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_adds_up';
    END IF;
    RETURN NULL;
END $$
"""

# Never more than was accepted, nor than what is paid and neither contested nor refunded nor released before.
WITHIN_BOUNDS = """
CREATE FUNCTION release_within_bounds() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM payments p WHERE p.id = NEW.payment_id
        AND (SELECT sum(r.amount - r.reclaimed) FROM payment_releases r WHERE r.payment_id = p.id)
            <= least(p.accepted, p.paid - p.refunded - p.contested);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'release % is more than what is accepted, paid and free', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'release_within_bounds';
    END IF;
    RETURN NULL;
END $$
"""

FITS_PAYMENT = """
CREATE FUNCTION attempt_fits_payment() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM payments p JOIN payment_methods m ON m.id = NEW.method_id
        WHERE p.id = NEW.payment_id AND p.status IN ('requested', 'failed')
          AND (NEW.amount, NEW.currency) = (p.amount - p.credited, p.currency)
          AND m.organisation_id = p.buyer_id AND m.removed_at IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'attempt % is not what is due, or not by a method of the buyer', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'attempt_fits_payment';
    END IF;
    RETURN NEW;
END $$
"""

# With the rights of the caller: what a tenant may do is decided by the role that runs the statement.
MOVED_BY_MARKET = f"""
CREATE FUNCTION payment_is_moved_by_the_market() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_user = '{TENANT}' AND NEW.status <> OLD.status AND (NEW.status <> 'started' OR NOT EXISTS (
            SELECT FROM payment_attempts a WHERE a.payment_id = NEW.id AND a.status = 'requested')) THEN
        RAISE EXCEPTION 'a tenant may only start a payment'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_is_moved_by_the_market';
    END IF;
    IF NEW.amount <> OLD.amount AND NOT (OLD.status IN ('requested', 'failed') AND NEW.paid = 0) THEN
        RAISE EXCEPTION 'the amount of a payment that was started is fixed'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_is_moved_by_the_market';
    END IF;
    RETURN NEW;
END $$
"""

IS_FIXED = """
CREATE FUNCTION row_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY TG_ARGV LOOP
        IF to_jsonb(NEW) -> name IS DISTINCT FROM to_jsonb(OLD) -> name THEN
            RAISE EXCEPTION '% of % is fixed', name, TG_TABLE_NAME
                USING ERRCODE = 'check_violation', CONSTRAINT = 'row_is_fixed';
        END IF;
    END LOOP;
    RETURN NEW;
END $$
"""

# What Stripe says is written by the market once Stripe has said it, never with a new row.
STARTS_BLANK = """
CREATE FUNCTION row_starts_blank() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY TG_ARGV LOOP
        IF to_jsonb(NEW) ->> name IS NOT NULL THEN
            RAISE EXCEPTION '% of % starts empty', name, TG_TABLE_NAME
                USING ERRCODE = 'check_violation', CONSTRAINT = 'row_starts_blank';
        END IF;
    END LOOP;
    RETURN NEW;
END $$
"""

# Once it is said it is said: a removed method stays removed, an attempt that was given up stays so.
SAID_ONCE = """
CREATE FUNCTION row_is_said_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY TG_ARGV LOOP
        IF coalesce(to_jsonb(OLD) ->> name, 'false') <> 'false'
            AND to_jsonb(NEW) -> name IS DISTINCT FROM to_jsonb(OLD) -> name THEN
            RAISE EXCEPTION '% of % is final', name, TG_TABLE_NAME
                USING ERRCODE = 'check_violation', CONSTRAINT = 'row_is_fixed';
        END IF;
    END LOOP;
    RETURN NEW;
END $$
"""

PARTS = ("attempts", "acceptances", "contests", "releases", "refunds", "reclaims")
FIXED: dict[str, tuple[str, ...]] = {
    "payments": ("order_id", "order_number", "buyer_id", "seller_id", "currency", "commission_rate"),
    "payment_attempts": ("payment_id", "method_id", "amount", "currency", "buyer_id", "seller_id"),
    "payment_contests": ("payment_id", "dispute_id", "buyer_id", "seller_id"),
    "payment_releases": ("payment_id", "amount", "commission", "currency", "buyer_id", "seller_id"),
    "payment_refunds": ("payment_id", "cause_id", "amount", "currency", "buyer_id", "seller_id"),
    "payment_reclaims": ("payment_id", "release_id", "refund_id", "amount", "commission", "currency"),
    "payment_methods": ("organisation_id", "kind", "brand", "last4", "stripe_id"),
}
BLANK: dict[str, tuple[str, ...]] = {
    "payment_attempts": ("sent_at", "looked_at", "stripe_id", "charge_id", "action_url", "problem"),
    "payout_accounts": ("stripe_id", "looked_at"),
    "stripe_visits": ("url", "stripe_id", "expires_at", "problem"),
}
ONCE: dict[str, tuple[str, ...]] = {
    "payment_attempts": ("is_given_up", "stripe_id"),
    "payment_contests": ("lifted_at",),
    "payment_methods": ("removed_at",),
    "payout_accounts": ("stripe_id",),
    "stripe_customers": ("stripe_id",),
}


def upgrade() -> None:
    """Functions and where they stand; and what releases cost until the operator says otherwise."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for function in (
        ADDS_UP,
        WITHIN_BOUNDS,
        FITS_PAYMENT,
        MOVED_BY_MARKET,
        IS_FIXED,
        STARTS_BLANK,
        SAID_ONCE,
    ):
        op.execute(function)
    for name in ("payment_adds_up", "release_within_bounds", "attempt_fits_payment"):
        op.execute(f"ALTER FUNCTION {name}() OWNER TO {DOORS}")
    for table in ("payments", *(f"payment_{part}" for part in PARTS)):
        op.execute(
            f"CREATE CONSTRAINT TRIGGER payment_adds_up AFTER INSERT OR UPDATE ON {table}"
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payment_adds_up()"
        )
    op.execute(
        "CREATE TRIGGER release_within_bounds AFTER INSERT ON payment_releases"
        " FOR EACH ROW EXECUTE FUNCTION release_within_bounds()"
    )
    op.execute(
        "CREATE TRIGGER attempt_fits_payment BEFORE INSERT ON payment_attempts"
        " FOR EACH ROW EXECUTE FUNCTION attempt_fits_payment()"
    )
    op.execute(
        "CREATE TRIGGER payment_is_moved_by_the_market BEFORE UPDATE ON payments"
        " FOR EACH ROW EXECUTE FUNCTION payment_is_moved_by_the_market()"
    )
    _watch("row_is_fixed", "UPDATE", FIXED)
    _watch("row_starts_blank", "INSERT", BLANK)
    _watch("row_is_said_once", "UPDATE", ONCE)
    op.execute(
        "INSERT INTO commission_rules (id, seller_id, rate, set_by, set_at)"
        " VALUES (uuidv7(), NULL, 0.025, '', now())"
    )


def _watch(function: str, event: str, tables: dict[str, tuple[str, ...]]) -> None:
    for table, columns in tables.items():
        arguments = ", ".join(f"'{column}'" for column in columns)
        op.execute(
            f"CREATE TRIGGER {function} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}({arguments})"
        )
