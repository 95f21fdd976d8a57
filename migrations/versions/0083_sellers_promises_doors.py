"""What can be promised by which day, how counts are booked, and what has arrived of what was expected.

Revision ID: 0083
Revises: 0082
"""

from alembic import op

from migrations.statements import DOORS, HERE, ME, PLATFORM, TENANT, door

revision = "0083"
down_revision = "0082"
branch_labels = None
depends_on = None

REFUSED = "ERRCODE = 'check_violation', CONSTRAINT"
VISIBLE = f"p.status = 'published' AND (p.visible_to_id IS NULL OR p.visible_to_id = {HERE})"

MOVEMENT = """INSERT INTO stock_movements (id, product_id, organisation_id, kind, bin_id, batch_id, on_hand_change,
        reserved_change, held_change, buyer_id, cause_id, document, reason, person_id, moved_at)"""

# What can be promised from a day on: what is sellable now, less what is promised (which takes first what expires
# first) or what will have expired by then, whichever is more, and what is expected by then. Goods that are late
# are promised to nobody; what is expected today is counted from tomorrow on.
PROMISABLE = """promisable_stock(ids uuid[], moment timestamptz, today date)
RETURNS TABLE (product_id uuid, from_on date, quantity numeric) LANGUAGE sql STABLE AS $$
    WITH lots AS (
        SELECT h.product_id, b.expires_on + 1 AS from_on, sum(h.on_hand - h.held) AS quantity
        FROM stock_holdings h JOIN stock_batches b ON b.id = h.batch_id
        WHERE h.product_id = ANY (ids) AND h.on_hand > h.held AND b.expires_on IS NOT NULL
        GROUP BY h.product_id, b.expires_on
    ), coming AS (
        SELECT a.product_id, greatest(a.expected_on, today + 1) AS from_on, sum(a.quantity - a.received) AS quantity
        FROM arrivals a
        WHERE a.product_id = ANY (ids) AND a.status = 'expected' AND a.expected_on >= today AND a.quantity > a.received
        GROUP BY 1, 2
    ), days AS (
        SELECT id AS product_id, today AS from_on FROM unnest(ids) AS i (id)
        UNION SELECT product_id, from_on FROM lots WHERE from_on > today
        UNION SELECT product_id, from_on FROM coming
    )
    SELECT d.product_id, d.from_on, greatest(0, coalesce(s.on_hand - s.held, 0)
        - coalesce((SELECT sum(l.quantity) FROM lots l WHERE l.product_id = d.product_id AND l.from_on <= today), 0)
        - greatest(
            coalesce(s.reserved, 0) - coalesce((SELECT sum(r.quantity) FROM stock_reservations r
                WHERE r.product_id = d.product_id AND r.status = 'open' AND r.expires_at <= moment), 0),
            coalesce((SELECT sum(l.quantity) FROM lots l
                WHERE l.product_id = d.product_id AND l.from_on > today AND l.from_on <= d.from_on), 0))
        + coalesce((SELECT sum(c.quantity) FROM coming c
            WHERE c.product_id = d.product_id AND c.from_on <= d.from_on), 0))
    FROM days d LEFT JOIN stock_levels s ON s.product_id = d.product_id
$$"""

# What a buyer is told of so much of each: how much there is now, whether that suffices, and from when on it will.
# The seller says how much of it; it sees all of its own.
PROMISED = f"""promised_stock(ids uuid[], amounts numeric[], moment timestamptz, today date)
RETURNS TABLE (product_id uuid, quantity numeric, is_now boolean, from_on date) LANGUAGE sql STABLE AS $$
    WITH free AS MATERIALIZED (
        SELECT * FROM doors.promisable_stock(ids, least(moment, statement_timestamp()), today)
    )
    SELECT p.id, CASE WHEN t.shows = 'quantity' THEN n.quantity END,
        CASE WHEN t.shows <> 'nothing' THEN n.quantity >= w.amount END,
        CASE WHEN t.shows <> 'nothing' THEN (
            SELECT min(f.from_on) FROM free f WHERE f.product_id = p.id AND f.quantity >= w.amount
        ) END
    FROM unnest(ids, amounts) AS w (id, amount) JOIN products p ON p.id = w.id
    JOIN LATERAL (
        SELECT CASE WHEN p.organisation_id = {HERE} OR current_setting('role') = '{PLATFORM}' THEN 'quantity'
            ELSE coalesce((SELECT y.shows FROM stock_policies y WHERE y.organisation_id = p.organisation_id), 'quantity')
            END AS shows
    ) t ON true
    JOIN free n ON n.product_id = p.id AND n.from_on = today
    WHERE p.is_stocked AND (
        p.organisation_id = {HERE} OR current_setting('role') = '{PLATFORM}' OR ({VISIBLE})
    )
$$"""

# All the days on which the seller of a product can promise more, or less.
OUTLOOK = f"""stock_outlook(product uuid, moment timestamptz, today date)
RETURNS TABLE (from_on date, quantity numeric) LANGUAGE sql STABLE AS $$
    SELECT f.from_on, f.quantity
    FROM doors.promisable_stock(ARRAY[product], least(moment, statement_timestamp()), today) f
    JOIN products p ON p.id = f.product_id AND p.organisation_id = {HERE} ORDER BY f.from_on
$$"""

# Says which product stands in the way; the caller may see it, since it asked for it. How much there is of it the
# buyer is told where the seller shows it; how much of it others have reserved is the seller's alone.
REFUSE = f"""refuse_stock(rule text, product uuid, today date) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'product %: %', product, rule USING {REFUSED} = rule, DETAIL = coalesce(
        (SELECT json_build_object('product_id', p.id, 'sku', p.sku, 'name', p.name,
            'available', CASE WHEN p.organisation_id = {HERE} OR coalesce(y.shows, 'quantity') = 'quantity'
                THEN greatest(0, coalesce(s.on_hand - s.held - s.reserved, 0) - coalesce(x.quantity, 0)) END,
            'reserved', CASE WHEN p.organisation_id = {HERE} THEN coalesce(s.reserved, 0) END)::text
        FROM products p LEFT JOIN stock_levels s ON s.product_id = p.id
        LEFT JOIN stock_policies y ON y.organisation_id = p.organisation_id
        LEFT JOIN doors.expired_stock(ARRAY[product], today) x ON x.product_id = p.id
        WHERE p.id = product), '{{}}');
END $$"""

# Writes differences between what was counted and the books, of products whose levels are locked already. Where they
# are worth more than the seller's limit, a second person must have seen the sheet.
ADJUST = f"""adjust_stock(ids uuid[], bins uuid[], lots uuid[], changes numeric[], paper_id uuid, paper text,
    cause text, moment timestamptz, today date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    promised uuid;
BEGIN
    IF (
        SELECT sum(abs(c.change) * p.price_amount) FROM unnest(ids, changes) AS c (id, change)
        JOIN products p ON p.id = c.id
    ) > (SELECT count_limit FROM stock_policies WHERE organisation_id = {HERE}) AND NOT EXISTS (
        SELECT FROM count_sheets s WHERE s.id = paper_id AND s.status = 'submitted' AND s.submitted_by_id <> {ME}
    ) THEN
        RAISE EXCEPTION 'a count beyond the limit is approved' USING {REFUSED} = 'stock_count_unapproved';
    END IF;
    SELECT s.product_id INTO promised FROM stock_levels s JOIN (
        SELECT c.id, sum(c.change) AS change FROM unnest(ids, changes) AS c (id, change) GROUP BY c.id
    ) t ON t.id = s.product_id WHERE s.on_hand + t.change < s.reserved ORDER BY s.product_id LIMIT 1;
    IF FOUND THEN
        PERFORM doors.refuse_stock('stock_is_promised', promised, today);
    END IF;
    {MOVEMENT}
    SELECT uuidv7(), c.product, {HERE}, 'adjustment', c.bin, c.lot, c.change, 0,
        -greatest(0, coalesce(h.held, 0) - coalesce(h.on_hand, 0) - c.change), NULL, paper_id, paper, cause, {ME}, moment
    FROM unnest(ids, bins, lots, changes) WITH ORDINALITY AS c (product, bin, lot, change, nth)
    LEFT JOIN stock_holdings h ON h.product_id = c.product AND h.bin_id = c.bin
        AND h.batch_id IS NOT DISTINCT FROM c.lot
    WHERE c.change <> 0 ORDER BY c.change < 0, c.nth;
END $$"""

ARRIVED = """
CREATE FUNCTION arrival_counts() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE arrivals SET received = received + NEW.on_hand_change
    WHERE id = NEW.cause_id AND product_id = NEW.product_id AND organisation_id = NEW.organisation_id;
    RETURN NULL;
END $$
"""

# Beside each count stands what the books say in that moment; a count that is not given takes an earlier one back.
COUNTED = f"""write_counts(sheet uuid, ids uuid[], counts numeric[], moment timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM count_sheets WHERE id = sheet AND organisation_id = {HERE} AND status = 'counting' FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'sheet % is not being counted', sheet USING {REFUSED} = 'count_sheet_is_closed';
    ELSIF EXISTS (SELECT FROM unnest(counts) AS c (amount) WHERE c.amount <> round(c.amount, 4)) THEN
        RAISE EXCEPTION 'a count has four decimals' USING {REFUSED} = 'stock_quantity';
    END IF;
    UPDATE count_lines l SET counted = c.amount,
        booked = CASE WHEN c.amount IS NOT NULL THEN coalesce(h.on_hand, 0) END,
        counted_by_id = CASE WHEN c.amount IS NOT NULL THEN {ME} END,
        counted_at = CASE WHEN c.amount IS NOT NULL THEN moment END
    FROM unnest(ids, counts) AS c (id, amount) JOIN count_lines k ON k.id = c.id
    LEFT JOIN stock_holdings h ON h.product_id = k.product_id AND h.bin_id = k.bin_id
        AND h.batch_id IS NOT DISTINCT FROM k.batch_id
    WHERE l.id = c.id AND l.sheet_id = sheet;
END $$"""

# A sheet is handed in by one person, and approved by another; as it is booked its differences are.
HANDS = f"""
CREATE FUNCTION count_sheet_moves() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    found record;
BEGIN
    IF NEW.status = 'submitted' THEN
        NEW.submitted_by_id := {ME};
    ELSIF NEW.status = 'booked' THEN
        NEW.approved_by_id := CASE OLD.status WHEN 'submitted' THEN {ME} END;
        SELECT array_agg(l.product_id) AS ids, array_agg(l.bin_id) AS bins, array_agg(l.batch_id) AS lots,
            array_agg(l.counted - l.booked) AS changes
        INTO found FROM count_lines l WHERE l.sheet_id = NEW.id AND l.counted <> l.booked;
        IF found.ids IS NOT NULL THEN
            PERFORM doors.own_stock(found.ids);
            PERFORM doors.lock_stock(found.ids, least(NEW.booked_at, statement_timestamp()));
            PERFORM doors.adjust_stock(found.ids, found.bins, found.lots, found.changes, NEW.id, NEW.number,
                NEW.title, NEW.booked_at, NEW.booked_at::date);
        END IF;
    END IF;
    RETURN NEW;
END $$
"""
ADJUSTING = "adjust_stock(uuid[], uuid[], uuid[], numeric[], uuid, text, text, timestamptz, date)"
TRIGGERS = (
    (
        "arrival_counts",
        ARRIVED,
        "AFTER INSERT ON stock_movements FOR EACH ROW WHEN (NEW.kind = 'receipt' AND NEW.cause_id IS NOT NULL)",
    ),
    ("count_sheet_moves", HANDS, "BEFORE UPDATE OF status ON count_sheets FOR EACH ROW"),
)
# Who may approve, and say from which value on that is needed (the trigger of migration 0031).
ONLY_FINANCE = (
    "BEFORE UPDATE OF status ON count_sheets FOR EACH ROW WHEN (OLD.status = 'submitted' AND NEW.status = 'booked')",
    "BEFORE INSERT ON stock_policies FOR EACH ROW WHEN (NEW.count_limit IS NOT NULL)",
    "BEFORE UPDATE ON stock_policies FOR EACH ROW WHEN (NEW.count_limit IS DISTINCT FROM OLD.count_limit)",
)


def upgrade() -> None:
    """Doors and triggers; the door that told everybody how much there is gives way to one that asks the seller."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name, function, event in TRIGGERS:
        op.execute(function)
        op.execute(f"ALTER FUNCTION {name}() OWNER TO {DOORS}")
        op.execute(f"CREATE TRIGGER {name} {event} EXECUTE FUNCTION {name}()")
    for number, event in enumerate(ONLY_FINANCE):
        op.execute(
            f"CREATE TRIGGER only_finance_{number} {event} EXECUTE FUNCTION only_roles('supplier_finance')"
        )
    for signature in (
        "refuse_stock(text, uuid, date)",
        ADJUSTING,
        "available_stock(uuid[], timestamptz, date)",
    ):
        op.execute(f"DROP FUNCTION doors.{signature}")
    door("refuse_stock(text, uuid, date)", REFUSE, to=DOORS)
    door(ADJUSTING, ADJUST, to=DOORS)
    door("promisable_stock(uuid[], timestamptz, date)", PROMISABLE, to=DOORS)
    door("promised_stock(uuid[], numeric[], timestamptz, date)", PROMISED)
    door("stock_outlook(uuid, timestamptz, date)", OUTLOOK, to=TENANT)
    door("write_counts(uuid, uuid[], numeric[], timestamptz)", COUNTED, to=TENANT)
