"""The doors of the warehouse: the only way in which stock is ever written.

Every door locks the levels it needs in the order of their products before it touches a reservation, so that two orders
with the same lines in opposite orders wait for each other and never block each other.

Revision ID: 0013
Revises: 0012
"""

from migrations.statements import DOORS, HERE, ME, PLATFORM, TENANT, door

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

REFUSED = "ERRCODE = 'check_violation', CONSTRAINT"
VISIBLE = f"p.status = 'published' AND (p.visible_to_id IS NULL OR p.visible_to_id = {HERE})"
MOVEMENT = """INSERT INTO stock_movements (id, product_id, organisation_id, kind, on_hand_change, reserved_change,
            on_hand_after, reserved_after, buyer_id, cause_id, reason, person_id, moved_at)"""

# Lines that arrive as arrays: checked, one per product, in the order in which rows are locked.
LINES = f"""stock_lines(ids uuid[], amounts numeric[])
RETURNS TABLE (product_id uuid, quantity numeric) LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF cardinality(ids) <> cardinality(amounts) OR EXISTS (
        SELECT FROM unnest(ids, amounts) AS l (id, amount) WHERE l.id IS NULL OR l.amount IS NULL
        OR l.amount <= 0 OR l.amount > 1000000000 OR l.amount <> round(l.amount, 4)
    ) THEN
        RAISE EXCEPTION 'a quantity of stock is positive and finite' USING {REFUSED} = 'stock_quantity';
    END IF;
    RETURN QUERY SELECT l.id, sum(l.amount) FROM unnest(ids, amounts) AS l (id, amount)
        GROUP BY l.id ORDER BY l.id;
END $$"""

# Says which product stands in the way; the caller may see it, since it asked for it.
REFUSE = f"""refuse_stock(rule text, product uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'product %: %', product, rule USING {REFUSED} = rule, DETAIL = coalesce(
        (SELECT json_build_object('product_id', p.id, 'sku', p.sku, 'name', p.name,
            'available', coalesce(s.on_hand - s.reserved, 0), 'reserved', coalesce(s.reserved, 0))::text
        FROM products p LEFT JOIN stock_levels s ON s.product_id = p.id WHERE p.id = product), '{{}}');
END $$"""

# Ends open reservations whose levels are locked already, and says so in a movement each.
END = f"""end_reservations(which uuid[], outcome text, moment timestamptz)
RETURNS void LANGUAGE sql AS $$
    WITH ended AS (
        UPDATE stock_reservations r SET status = outcome, quantity = 0, ended_at = moment
        WHERE r.id = ANY (which) AND r.status = 'open'
        RETURNING r.id, r.product_id, r.buyer_id, r.holder_id, old.quantity
    ), freed AS (
        UPDATE stock_levels s SET reserved = s.reserved - t.quantity
        FROM (SELECT product_id, sum(quantity) AS quantity FROM ended GROUP BY product_id) t
        WHERE s.product_id = t.product_id
        RETURNING s.product_id, s.organisation_id, s.on_hand, s.reserved, t.quantity
    )
    {MOVEMENT}
    SELECT uuidv7(), e.product_id, f.organisation_id, CASE outcome WHEN 'expired' THEN 'expiry' ELSE 'release' END,
        0, -e.quantity, f.on_hand,
        f.reserved + f.quantity - sum(e.quantity) OVER (PARTITION BY e.product_id ORDER BY e.id),
        e.buyer_id, e.holder_id, '', NULL, moment
    FROM ended e JOIN freed f ON f.product_id = e.product_id
$$"""

# A reservation that another transaction holds is being ordered or freed by it: it is not waited for.
LOCK = """lock_stock(ids uuid[], moment timestamptz) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    due uuid[];
BEGIN
    PERFORM FROM stock_levels WHERE product_id = ANY (ids) ORDER BY product_id FOR UPDATE;
    due := ARRAY(
        SELECT r.id FROM stock_reservations r
        WHERE r.product_id = ANY (ids) AND r.status = 'open' AND r.expires_at <= moment
        FOR UPDATE SKIP LOCKED
    );
    PERFORM doors.end_reservations(due, 'expired', moment);
    RETURN cardinality(due);
END $$"""

# Makes the holder's reservations these, up or down, of products whose levels are locked already.
HOLD = f"""hold_stock(holder uuid, buyer uuid, ids uuid[], targets numeric[], until timestamptz,
    moment timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    unmet uuid;
BEGIN
    WITH wanted AS (
        SELECT w.product_id, w.target, w.target - coalesce(r.quantity, 0) AS change
        FROM unnest(ids, targets) AS w (product_id, target)
        LEFT JOIN stock_reservations r
            ON r.holder_id = holder AND r.product_id = w.product_id AND r.status = 'open'
    ), taken AS (
        UPDATE stock_levels s SET reserved = s.reserved + w.change FROM wanted w
        WHERE s.product_id = w.product_id AND s.on_hand - s.reserved >= w.change
        RETURNING s.product_id, s.organisation_id, s.on_hand, s.reserved, w.target, w.change
    ), kept AS (
        INSERT INTO stock_reservations
            (id, holder_id, product_id, buyer_id, seller_id, quantity, reserved_at, expires_at, status)
        SELECT uuidv7(), holder, t.product_id, buyer, t.organisation_id, t.target, moment, until, 'open' FROM taken t
        ON CONFLICT (holder_id, product_id) WHERE status = 'open'
        DO UPDATE SET quantity = excluded.quantity, expires_at = excluded.expires_at
    ), written AS (
        {MOVEMENT}
        SELECT uuidv7(), t.product_id, t.organisation_id, CASE WHEN t.change > 0 THEN 'reservation' ELSE 'release' END,
            0, t.change, t.on_hand, t.reserved, buyer, holder, '', NULL, moment
        FROM taken t WHERE t.change <> 0
    )
    SELECT w.product_id INTO unmet FROM wanted w
    WHERE NOT EXISTS (SELECT FROM taken t WHERE t.product_id = w.product_id) ORDER BY w.product_id LIMIT 1;
    IF unmet IS NOT NULL THEN
        PERFORM doors.refuse_stock('stock_is_short', unmet);
    END IF;
END $$"""

# The buyer's own clock is believed only as far as it is not ahead: nobody frees another's goods before their time.
RESERVE = f"""reserve_stock(holder uuid, ids uuid[], amounts numeric[], until timestamptz,
    moment timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    buyer uuid := {HERE};
    hidden uuid;
BEGIN
    SELECT w.id INTO hidden FROM unnest(ids) AS w (id)
    WHERE NOT EXISTS (SELECT FROM products p WHERE p.id = w.id AND {VISIBLE}) ORDER BY w.id LIMIT 1;
    IF buyer IS NULL OR hidden IS NOT NULL OR EXISTS (
        SELECT FROM stock_reservations WHERE holder_id = holder AND buyer_id <> buyer
    ) THEN
        RAISE EXCEPTION 'product % cannot be reserved', hidden USING {REFUSED} = 'stock_product';
    END IF;
    SELECT array_agg(l.product_id), array_agg(l.quantity) INTO ids, amounts
    FROM doors.stock_lines(ids, amounts) l JOIN products p ON p.id = l.product_id AND p.is_stocked;
    PERFORM doors.lock_stock(ids, least(moment, statement_timestamp()));
    SELECT array_agg(w.amount + coalesce(r.quantity, 0) ORDER BY w.id) INTO amounts
    FROM unnest(ids, amounts) AS w (id, amount)
    LEFT JOIN stock_reservations r ON r.holder_id = holder AND r.product_id = w.id AND r.status = 'open';
    PERFORM doors.hold_stock(holder, buyer, ids, amounts, until, moment);
END $$"""

CHANGE = f"""change_reservation(holder uuid, ids uuid[], amounts numeric[], moment timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    buyer uuid := {HERE};
    held uuid[] := ARRAY(
        SELECT product_id FROM stock_reservations
        WHERE holder_id = holder AND buyer_id = {HERE} AND status = 'open'
    );
BEGIN
    IF buyer IS NULL OR EXISTS (
        SELECT FROM unnest(ids) AS w (id) WHERE w.id <> ALL (held)
        AND NOT EXISTS (SELECT FROM products p WHERE p.id = w.id AND {VISIBLE})
    ) OR EXISTS (SELECT FROM stock_reservations WHERE holder_id = holder AND buyer_id <> buyer) THEN
        RAISE EXCEPTION 'this reservation cannot be changed so' USING {REFUSED} = 'stock_product';
    END IF;
    SELECT coalesce(array_agg(l.product_id), '{{}}'), coalesce(array_agg(l.quantity), '{{}}') INTO ids, amounts
    FROM doors.stock_lines(ids, amounts) l JOIN products p ON p.id = l.product_id
    WHERE p.is_stocked OR l.product_id = ANY (held);
    PERFORM doors.lock_stock(ids || held, least(moment, statement_timestamp()));
    PERFORM doors.end_reservations(ARRAY(
        SELECT id FROM stock_reservations
        WHERE holder_id = holder AND buyer_id = buyer AND status = 'open' AND product_id <> ALL (ids)
    ), 'released', moment);
    PERFORM doors.hold_stock(holder, buyer, ids, amounts, NULL, moment);
END $$"""

HAND_OVER = f"""hand_over_reservation(holder uuid, new_holder uuid, ids uuid[])
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    lost uuid;
BEGIN
    PERFORM FROM stock_reservations
    WHERE holder_id = holder AND buyer_id = {HERE} AND status = 'open' AND product_id = ANY (ids)
    ORDER BY product_id FOR UPDATE;
    UPDATE stock_reservations SET holder_id = new_holder, expires_at = NULL
    WHERE holder_id = holder AND buyer_id = {HERE} AND status = 'open' AND product_id = ANY (ids);
    SELECT p.id INTO lost FROM products p WHERE p.id = ANY (ids) AND p.is_stocked AND NOT EXISTS (
        SELECT FROM stock_reservations r
        WHERE r.holder_id = new_holder AND r.product_id = p.id AND r.buyer_id = {HERE} AND r.status = 'open'
    ) ORDER BY p.id LIMIT 1;
    IF lost IS NOT NULL THEN
        PERFORM doors.refuse_stock('stock_reservation_lost', lost);
    END IF;
END $$"""

# The seller may let go of what was ordered (it refuses the order), never of what is still being approved.
RELEASE = f"""release_reservation(holder uuid, moment timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM stock_levels s WHERE s.product_id IN (
        SELECT r.product_id FROM stock_reservations r WHERE r.holder_id = holder AND r.status = 'open'
        AND (r.buyer_id = {HERE} OR (r.seller_id = {HERE} AND r.expires_at IS NULL))
    ) ORDER BY s.product_id FOR UPDATE;
    PERFORM doors.end_reservations(ARRAY(
        SELECT r.id FROM stock_reservations r WHERE r.holder_id = holder AND r.status = 'open'
        AND (r.buyer_id = {HERE} OR (r.seller_id = {HERE} AND r.expires_at IS NULL))
    ), 'released', moment);
END $$"""

# What is shipped beyond the reservation (a replacement) is taken from what nobody has reserved.
CONSUME = f"""consume_reservation(holder uuid, ids uuid[], amounts numeric[], cause text, moment timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    wrong uuid;
BEGIN
    SELECT array_agg(l.product_id), array_agg(l.quantity) INTO ids, amounts FROM doors.stock_lines(ids, amounts) l;
    SELECT w.id INTO wrong FROM unnest(ids) AS w (id)
    WHERE NOT EXISTS (SELECT FROM products p WHERE p.id = w.id AND p.organisation_id = {HERE}) LIMIT 1;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'product % is not yours to ship', wrong USING {REFUSED} = 'stock_product';
    END IF;
    PERFORM FROM stock_levels WHERE product_id = ANY (ids) ORDER BY product_id FOR UPDATE;
    SELECT r.product_id INTO wrong FROM stock_reservations r
    WHERE r.holder_id = holder AND r.seller_id = {HERE} AND r.product_id = ANY (ids)
    GROUP BY r.product_id
    HAVING bool_or(r.status IN ('released', 'expired')) AND NOT bool_or(r.status IN ('open', 'consumed')) LIMIT 1;
    IF wrong IS NOT NULL THEN
        PERFORM doors.refuse_stock('stock_reservation_lost', wrong);
    END IF;
    WITH wanted AS (
        SELECT w.product_id, w.quantity, r.id AS reservation_id, least(w.quantity, coalesce(r.quantity, 0)) AS kept
        FROM unnest(ids, amounts) AS w (product_id, quantity) JOIN products p ON p.id = w.product_id
        LEFT JOIN stock_reservations r ON r.holder_id = holder AND r.product_id = w.product_id
            AND r.seller_id = {HERE} AND r.status = 'open'
        WHERE p.is_stocked OR r.id IS NOT NULL
    ), taken AS (
        UPDATE stock_levels s SET on_hand = s.on_hand - w.quantity, reserved = s.reserved - w.kept FROM wanted w
        WHERE s.product_id = w.product_id AND s.on_hand - w.quantity >= s.reserved - w.kept
        RETURNING s.product_id, s.organisation_id, s.on_hand, s.reserved, w.quantity, w.kept, w.reservation_id
    ), used AS (
        UPDATE stock_reservations r SET quantity = r.quantity - t.kept,
            status = CASE WHEN r.quantity = t.kept THEN 'consumed' ELSE 'open' END,
            ended_at = CASE WHEN r.quantity = t.kept THEN moment END
        FROM taken t WHERE r.id = t.reservation_id
    ), written AS (
        {MOVEMENT}
        SELECT uuidv7(), t.product_id, t.organisation_id, 'shipment', -t.quantity, -t.kept, t.on_hand, t.reserved,
            (SELECT r.buyer_id FROM stock_reservations r WHERE r.holder_id = holder LIMIT 1), holder, cause, {ME}, moment
        FROM taken t
    )
    SELECT w.product_id INTO wrong FROM wanted w
    WHERE NOT EXISTS (SELECT FROM taken t WHERE t.product_id = w.product_id) ORDER BY w.product_id LIMIT 1;
    IF wrong IS NOT NULL THEN
        PERFORM doors.refuse_stock('stock_is_short', wrong);
    END IF;
END $$"""

EXPIRE = """expire_reservations(moment timestamptz) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    ids uuid[] := ARRAY(
        SELECT DISTINCT due.product_id FROM (
            SELECT r.product_id FROM stock_reservations r
            WHERE r.status = 'open' AND r.expires_at <= moment ORDER BY r.expires_at LIMIT 500
        ) due
    );
BEGIN
    RETURN doors.lock_stock(ids, moment);
END $$"""

OWN = f"""own_stock(ids uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    wrong uuid;
BEGIN
    SELECT w.id INTO wrong FROM unnest(ids) AS w (id)
    WHERE NOT EXISTS (SELECT FROM products p WHERE p.id = w.id AND p.organisation_id = {HERE}) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'product % is not yours', wrong USING {REFUSED} = 'stock_product';
    END IF;
    INSERT INTO stock_levels (id, product_id, organisation_id, on_hand, reserved)
    SELECT uuidv7(), p.id, p.organisation_id, 0, 0 FROM products p WHERE p.id = ANY (ids) ORDER BY p.id
    ON CONFLICT (product_id) DO NOTHING;
    PERFORM FROM stock_levels WHERE product_id = ANY (ids) ORDER BY product_id FOR UPDATE;
END $$"""

RECEIVE = f"""receive_stock(product uuid, amount numeric, is_return boolean, cause text, moment timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM doors.own_stock(ARRAY[product]);
    WITH received AS (
        UPDATE stock_levels s SET on_hand = s.on_hand + l.quantity
        FROM doors.stock_lines(ARRAY[product], ARRAY[amount]) l WHERE s.product_id = l.product_id
        RETURNING s.product_id, s.organisation_id, l.quantity, s.on_hand, s.reserved
    )
    {MOVEMENT}
    SELECT uuidv7(), product_id, organisation_id, CASE WHEN is_return THEN 'return' ELSE 'receipt' END,
        quantity, 0, on_hand, reserved, NULL, NULL, cause, {ME}, moment FROM received;
END $$"""

# A whole file of counts may find goods promised in the meantime: it then counts down to what is promised, and says so.
COUNT = f"""count_stock(ids uuid[], counts numeric[], is_file boolean, cause text, moment timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    promised uuid;
BEGIN
    IF cardinality(ids) <> cardinality(counts) OR EXISTS (
        SELECT FROM unnest(counts) AS c (amount)
        WHERE c.amount IS NULL OR c.amount < 0 OR c.amount > 1000000000 OR c.amount <> round(c.amount, 4)
    ) THEN
        RAISE EXCEPTION 'a count is zero or more, and finite' USING {REFUSED} = 'stock_quantity';
    END IF;
    PERFORM doors.own_stock(ids);
    PERFORM doors.lock_stock(ids, least(moment, statement_timestamp()));
    SELECT s.product_id INTO promised FROM stock_levels s JOIN unnest(ids, counts) AS c (id, amount)
        ON c.id = s.product_id WHERE s.reserved > c.amount AND NOT is_file ORDER BY s.product_id LIMIT 1;
    IF FOUND THEN
        PERFORM doors.refuse_stock('stock_is_promised', promised);
    END IF;
    WITH adjusted AS (
        UPDATE stock_levels s SET on_hand = greatest(c.amount, s.reserved) FROM unnest(ids, counts) AS c (id, amount)
        WHERE s.product_id = c.id AND s.on_hand <> greatest(c.amount, s.reserved)
        RETURNING s.product_id, s.organisation_id, new.on_hand - old.on_hand AS change, s.on_hand, s.reserved,
            CASE WHEN c.amount < s.reserved THEN format('%s (%s < %s)', cause, c.amount, s.reserved) ELSE cause END
                AS said
    )
    {MOVEMENT}
    SELECT uuidv7(), product_id, organisation_id, 'adjustment', change, 0, on_hand, reserved, NULL, NULL, said,
        {ME}, moment FROM adjusted;
END $$"""

SHELVE = """shelve_stock(product uuid, place text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM doors.own_stock(ARRAY[product]);
    UPDATE stock_levels SET bin = nullif(trim(place), '') WHERE product_id = product;
END $$"""

AVAILABLE = f"""available_stock(ids uuid[], moment timestamptz)
RETURNS TABLE (product_id uuid, quantity numeric) LANGUAGE sql STABLE AS $$
    SELECT p.id, coalesce(s.on_hand - s.reserved, 0) + coalesce((
        SELECT sum(r.quantity) FROM stock_reservations r
        WHERE r.product_id = p.id AND r.status = 'open' AND r.expires_at <= least(moment, statement_timestamp())
    ), 0)
    FROM products p LEFT JOIN stock_levels s ON s.product_id = p.id
    WHERE p.id = ANY (ids) AND p.is_stocked AND (
        p.organisation_id = {HERE} OR current_setting('role') = '{PLATFORM}' OR ({VISIBLE})
    )
$$"""

PARTS = (
    ("stock_lines(uuid[], numeric[])", LINES),
    ("refuse_stock(text, uuid)", REFUSE),
    ("end_reservations(uuid[], text, timestamptz)", END),
    ("lock_stock(uuid[], timestamptz)", LOCK),
    ("hold_stock(uuid, uuid, uuid[], numeric[], timestamptz, timestamptz)", HOLD),
    ("own_stock(uuid[])", OWN),
)
FOR_TENANTS = (
    ("reserve_stock(uuid, uuid[], numeric[], timestamptz, timestamptz)", RESERVE),
    ("change_reservation(uuid, uuid[], numeric[], timestamptz)", CHANGE),
    ("hand_over_reservation(uuid, uuid, uuid[])", HAND_OVER),
    ("release_reservation(uuid, timestamptz)", RELEASE),
    ("consume_reservation(uuid, uuid[], numeric[], text, timestamptz)", CONSUME),
    ("receive_stock(uuid, numeric, boolean, text, timestamptz)", RECEIVE),
    ("count_stock(uuid[], numeric[], boolean, text, timestamptz)", COUNT),
    ("shelve_stock(uuid, text)", SHELVE),
)


def upgrade() -> None:
    """Parts that only doors may call, doors for buyers and sellers, one for the clock, one for everybody's eyes."""
    for signature, definition in PARTS:
        door(signature, definition, to=DOORS)
    for signature, definition in FOR_TENANTS:
        door(signature, definition, to=TENANT)
    door("expire_reservations(timestamptz)", EXPIRE, to=PLATFORM)
    door("available_stock(uuid[], timestamptz)", AVAILABLE)
