"""The doors of the warehouse with bins and batches: the only way in which stock is ever written.

A movement is written, and the database adds it to the levels of its product, bin and batch. Every door locks the
levels of its products, in their order, before it looks at anything else of theirs: two orders with the same lines in
opposite orders wait for each other and never block each other.

Revision ID: 0081
Revises: 0080
"""

from alembic import op

from migrations.statements import DOORS, HERE, ME, PLATFORM, TENANT, door

revision = "0081"
down_revision = "0080"
branch_labels = None
depends_on = None

REFUSED = "ERRCODE = 'check_violation', CONSTRAINT"
VISIBLE = f"p.status = 'published' AND (p.visible_to_id IS NULL OR p.visible_to_id = {HERE})"
MOVEMENT = """INSERT INTO stock_movements (id, product_id, organisation_id, kind, bin_id, batch_id, on_hand_change,
        reserved_change, held_change, buyer_id, cause_id, document, reason, person_id, moved_at)"""

PLACES = """
CREATE FUNCTION bin_path() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    NEW.code := upper(trim(NEW.code));
    NEW.path := coalesce((
        SELECT string_agg(CASE WHEN part[1] ~ '^[0-9]' THEN lpad(part[1], 30, '0') ELSE part[1] END, '' ORDER BY place)
        FROM regexp_matches(NEW.code, '[0-9]+|[^0-9]+', 'g') WITH ORDINALITY AS found (part, place)
    ), '');
    RETURN NEW;
END $$
"""

GOODS_IN = """
CREATE FUNCTION warehouse_has_goods_in() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO bins (id, warehouse_id, organisation_id, code, path, is_goods_in, is_active)
    VALUES (uuidv7(), NEW.id, NEW.organisation_id, 'IN', '', true, true);
    RETURN NULL;
END $$
"""

# Goods are booked into a bin only while it is open: the two wait for each other at the bin's row.
CLOSING = f"""
CREATE FUNCTION bin_may_close() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT NEW.is_active AND NEW.is_goods_in THEN
        RAISE EXCEPTION 'goods come in at bin %', NEW.code USING {REFUSED} = 'bin_is_goods_in';
    ELSIF NOT NEW.is_active AND EXISTS (SELECT FROM stock_holdings WHERE bin_id = NEW.id AND on_hand > 0) THEN
        RAISE EXCEPTION 'bin % is not empty', NEW.code USING {REFUSED} = 'bin_is_not_empty';
    END IF;
    RETURN NEW;
END $$
"""

LEAVING = f"""
CREATE FUNCTION warehouse_may_close() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT NEW.is_active AND EXISTS (
        SELECT FROM bins b JOIN stock_holdings h ON h.bin_id = b.id
        WHERE b.warehouse_id = NEW.id AND h.on_hand > 0
    ) THEN
        RAISE EXCEPTION 'warehouse % is not empty', NEW.code USING {REFUSED} = 'bin_is_not_empty';
    END IF;
    RETURN NEW;
END $$
"""

# The one place where levels change. A transfer leaves the sums of product and batch as they are.
BOOK = f"""
CREATE FUNCTION book_movement() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    is_within boolean := NEW.kind = 'transfer';
BEGIN
    UPDATE stock_levels SET
        on_hand = on_hand + CASE WHEN is_within THEN 0 ELSE NEW.on_hand_change END,
        reserved = reserved + NEW.reserved_change,
        held = held + CASE WHEN is_within THEN 0 ELSE NEW.held_change END
    WHERE product_id = NEW.product_id AND organisation_id = NEW.organisation_id
    RETURNING on_hand, reserved, held INTO NEW.on_hand_after, NEW.reserved_after, NEW.held_after;
    IF NEW.on_hand_after IS NULL THEN
        RAISE EXCEPTION 'product % has no level', NEW.product_id USING {REFUSED} = 'stock_product';
    END IF;
    IF NEW.batch_id IS NOT NULL AND NOT is_within THEN
        UPDATE stock_batches SET on_hand = on_hand + NEW.on_hand_change WHERE id = NEW.batch_id;
    END IF;
    IF NEW.bin_id IS NOT NULL THEN
        UPDATE stock_holdings SET on_hand = on_hand + NEW.on_hand_change, held = held + NEW.held_change
        WHERE product_id = NEW.product_id AND bin_id = NEW.bin_id AND batch_id IS NOT DISTINCT FROM NEW.batch_id;
        IF NOT FOUND THEN
            INSERT INTO stock_holdings (id, product_id, organisation_id, bin_id, batch_id, on_hand, held)
            VALUES (uuidv7(), NEW.product_id, NEW.organisation_id, NEW.bin_id, NEW.batch_id,
                NEW.on_hand_change, NEW.held_change);
        END IF;
        IF NEW.on_hand_change > 0 THEN
            PERFORM FROM bins b JOIN warehouses w ON w.id = b.warehouse_id
            WHERE b.id = NEW.bin_id AND b.is_active AND w.is_active FOR SHARE;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'bin % is closed', NEW.bin_id USING {REFUSED} = 'stock_bin_closed';
            END IF;
        END IF;
    END IF;
    RETURN NEW;
END $$
"""

# What has expired lies there, but is never sold; what is held is not counted twice.
EXPIRED = """expired_stock(ids uuid[], today date)
RETURNS TABLE (product_id uuid, quantity numeric) LANGUAGE sql STABLE AS $$
    SELECT h.product_id, sum(h.on_hand - h.held)
    FROM stock_holdings h JOIN stock_batches b ON b.id = h.batch_id
    WHERE h.product_id = ANY (ids) AND h.on_hand > h.held AND b.expires_on < today GROUP BY h.product_id
$$"""

# Says which product stands in the way; the caller may see it, since it asked for it.
REFUSE = f"""refuse_stock(rule text, product uuid, today date) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'product %: %', product, rule USING {REFUSED} = rule, DETAIL = coalesce(
        (SELECT json_build_object('product_id', p.id, 'sku', p.sku, 'name', p.name,
            'available', greatest(0, coalesce(s.on_hand - s.held - s.reserved, 0) - coalesce(x.quantity, 0)),
            'reserved', coalesce(s.reserved, 0))::text
        FROM products p LEFT JOIN stock_levels s ON s.product_id = p.id
        LEFT JOIN doors.expired_stock(ARRAY[product], today) x ON x.product_id = p.id
        WHERE p.id = product), '{{}}');
END $$"""

# Ends open reservations whose levels are locked already, and says so in a movement each.
END = f"""end_reservations(which uuid[], outcome text, moment timestamptz)
RETURNS void LANGUAGE sql AS $$
    WITH ended AS (
        UPDATE stock_reservations r SET status = outcome, quantity = 0, ended_at = moment
        WHERE r.id = ANY (which) AND r.status = 'open'
        RETURNING r.id, r.product_id, r.seller_id, r.buyer_id, r.holder_id, old.quantity
    )
    {MOVEMENT}
    SELECT uuidv7(), e.product_id, e.seller_id, CASE outcome WHEN 'expired' THEN 'expiry' ELSE 'release' END,
        NULL, NULL, 0, -e.quantity, 0, e.buyer_id, e.holder_id, '', '', NULL, moment
    FROM ended e ORDER BY e.product_id, e.id
$$"""

# Makes the holder's reservations these, up or down, of products whose levels are locked already.
HOLD = f"""hold_stock(holder uuid, buyer uuid, ids uuid[], targets numeric[], until timestamptz,
    moment timestamptz, today date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    unmet uuid;
BEGIN
    SELECT w.product_id INTO unmet
    FROM unnest(ids, targets) AS w (product_id, target)
    LEFT JOIN stock_reservations r ON r.holder_id = holder AND r.product_id = w.product_id AND r.status = 'open'
    LEFT JOIN stock_levels s ON s.product_id = w.product_id
    LEFT JOIN doors.expired_stock(ids, today) x ON x.product_id = w.product_id
    WHERE w.target > coalesce(r.quantity, 0) AND w.target - coalesce(r.quantity, 0)
        > coalesce(s.on_hand - s.held - s.reserved, 0) - coalesce(x.quantity, 0)
    ORDER BY w.product_id LIMIT 1;
    IF FOUND THEN
        PERFORM doors.refuse_stock('stock_is_short', unmet, today);
    END IF;
    {MOVEMENT}
    SELECT uuidv7(), s.product_id, s.organisation_id,
        CASE WHEN w.target > coalesce(r.quantity, 0) THEN 'reservation' ELSE 'release' END,
        NULL, NULL, 0, w.target - coalesce(r.quantity, 0), 0, buyer, holder, '', '', NULL, moment
    FROM unnest(ids, targets) AS w (product_id, target) JOIN stock_levels s ON s.product_id = w.product_id
    LEFT JOIN stock_reservations r ON r.holder_id = holder AND r.product_id = w.product_id AND r.status = 'open'
    WHERE w.target <> coalesce(r.quantity, 0) ORDER BY w.product_id;
    INSERT INTO stock_reservations
        (id, holder_id, product_id, buyer_id, seller_id, quantity, reserved_at, expires_at, status)
    SELECT uuidv7(), holder, s.product_id, buyer, s.organisation_id, w.target, moment, until, 'open'
    FROM unnest(ids, targets) AS w (product_id, target) JOIN stock_levels s ON s.product_id = w.product_id
    ON CONFLICT (holder_id, product_id) WHERE status = 'open'
    DO UPDATE SET quantity = excluded.quantity, expires_at = excluded.expires_at;
END $$"""

# The buyer's own clock is believed only as far as it is not ahead: nobody frees another's goods before their time.
RESERVE = f"""reserve_stock(holder uuid, ids uuid[], amounts numeric[], until timestamptz,
    moment timestamptz, today date) RETURNS void LANGUAGE plpgsql AS $$
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
    PERFORM doors.hold_stock(holder, buyer, ids, amounts, until, moment, today);
END $$"""

CHANGE = f"""change_reservation(holder uuid, ids uuid[], amounts numeric[], moment timestamptz, today date)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    buyer uuid := {HERE};
    kept uuid[] := ARRAY(
        SELECT product_id FROM stock_reservations
        WHERE holder_id = holder AND buyer_id = {HERE} AND status = 'open'
    );
BEGIN
    IF buyer IS NULL OR EXISTS (
        SELECT FROM unnest(ids) AS w (id) WHERE w.id <> ALL (kept)
        AND NOT EXISTS (SELECT FROM products p WHERE p.id = w.id AND {VISIBLE})
    ) OR EXISTS (SELECT FROM stock_reservations WHERE holder_id = holder AND buyer_id <> buyer) THEN
        RAISE EXCEPTION 'this reservation cannot be changed so' USING {REFUSED} = 'stock_product';
    END IF;
    SELECT coalesce(array_agg(l.product_id), '{{}}'), coalesce(array_agg(l.quantity), '{{}}') INTO ids, amounts
    FROM doors.stock_lines(ids, amounts) l JOIN products p ON p.id = l.product_id
    WHERE p.is_stocked OR l.product_id = ANY (kept);
    PERFORM doors.lock_stock(ids || kept, least(moment, statement_timestamp()));
    PERFORM doors.end_reservations(ARRAY(
        SELECT id FROM stock_reservations
        WHERE holder_id = holder AND buyer_id = buyer AND status = 'open' AND product_id <> ALL (ids)
    ), 'released', moment);
    PERFORM doors.hold_stock(holder, buyer, ids, amounts, NULL, moment, today);
END $$"""

# In which order goods are fetched: what expires first, then what came first, then along the way.
SHELF = """stock_shelf(ids uuid[], today date)
RETURNS TABLE (product_id uuid, bin_id uuid, batch_id uuid, usable numeric, place bigint) LANGUAGE sql STABLE AS $$
    SELECT h.product_id, h.bin_id, h.batch_id, h.on_hand - h.held, row_number() OVER (
        ORDER BY h.product_id, t.expires_on NULLS LAST, t.id NULLS LAST, w.position, w.code, b.path, h.id)
    FROM stock_holdings h JOIN bins b ON b.id = h.bin_id JOIN warehouses w ON w.id = b.warehouse_id
    LEFT JOIN stock_batches t ON t.id = h.batch_id
    WHERE h.product_id = ANY (ids) AND h.on_hand > h.held AND (t.expires_on IS NULL OR t.expires_on >= today)
$$"""

# Who is served first: what is ordered before what is still being approved, and each by its age.
QUEUE = """stock_queue(ids uuid[])
RETURNS TABLE (product_id uuid, holder_id uuid, since numeric, upto numeric) LANGUAGE sql STABLE AS $$
    SELECT r.product_id, r.holder_id, sum(r.quantity) OVER served - r.quantity, sum(r.quantity) OVER served
    FROM stock_reservations r WHERE r.product_id = ANY (ids) AND r.status = 'open'
    WINDOW served AS (PARTITION BY r.product_id ORDER BY r.expires_at IS NOT NULL, r.reserved_at, r.id)
$$"""

# Which goods are fetched for whom, if all that is promised is fetched: two rulers laid beside each other.
ASSIGNED = f"""assigned_stock(ids uuid[], today date)
RETURNS TABLE (product_id uuid, holder_id uuid, bin_id uuid, batch_id uuid, quantity numeric, place bigint)
LANGUAGE sql STABLE AS $$
    SELECT s.product_id, q.holder_id, s.bin_id, s.batch_id,
        least(s.upto, q.upto) - greatest(s.upto - s.usable, q.since), s.place
    FROM (
        SELECT f.*, sum(f.usable) OVER (PARTITION BY f.product_id ORDER BY f.place) AS upto
        FROM doors.stock_shelf(ids, today) f
    ) s JOIN doors.stock_queue(ids) q ON q.product_id = s.product_id
        AND q.since < s.upto AND s.upto - s.usable < q.upto
    JOIN products p ON p.id = s.product_id AND p.organisation_id = {HERE}
$$"""

# What to fetch of one product for a document: its own part of the queue, what goes beyond it after everybody else.
# Where a bin or a batch is named, whatever lies there.
PICK = """pick_stock(holder uuid, product uuid, wanted numeric, bin uuid, lot uuid, today date)
RETURNS TABLE (bin_id uuid, batch_id uuid, quantity numeric, rank bigint) LANGUAGE sql STABLE AS $$
    WITH shelf AS (
        SELECT f.*, sum(f.usable) OVER (ORDER BY f.place) AS upto FROM doors.stock_shelf(ARRAY[product], today) f
        WHERE (bin IS NULL OR f.bin_id = bin) AND (lot IS NULL OR f.batch_id = lot)
    ), queue AS (
        SELECT coalesce(min(q.since) FILTER (WHERE q.holder_id = holder), 0) AS ahead,
            coalesce(sum(q.upto - q.since) FILTER (WHERE q.holder_id = holder), 0) AS kept,
            coalesce(max(q.upto), 0) AS total
        FROM doors.stock_queue(ARRAY[product]) q
    ), spans (since, upto) AS (
        SELECT ahead, ahead + least(wanted, kept) FROM queue WHERE bin IS NULL AND lot IS NULL
        UNION ALL
        SELECT total, total + wanted - kept FROM queue
        WHERE bin IS NULL AND lot IS NULL AND wanted > kept
        UNION ALL
        SELECT 0, wanted WHERE bin IS NOT NULL OR lot IS NOT NULL
    )
    SELECT s.bin_id, s.batch_id, sum(least(s.upto, w.upto) - greatest(s.upto - s.usable, w.since)), s.place
    FROM shelf s JOIN spans w ON w.since < s.upto AND s.upto - s.usable < w.upto
    GROUP BY s.bin_id, s.batch_id, s.place ORDER BY s.place
$$"""

PROPOSE = f"""propose_picks(holder uuid, ids uuid[], amounts numeric[], today date)
RETURNS TABLE (product_id uuid, bin_id uuid, batch_id uuid, quantity numeric) LANGUAGE sql STABLE AS $$
    SELECT w.id, k.bin_id, k.batch_id, k.quantity
    FROM unnest(ids, amounts) AS w (id, amount) JOIN products p ON p.id = w.id AND p.organisation_id = {HERE},
    LATERAL doors.pick_stock(holder, w.id, w.amount, NULL, NULL, today) k ORDER BY w.id, k.rank
$$"""

# What is shipped beyond the reservation (a replacement) is taken from what nobody has reserved.
CONSUME = f"""consume_reservation(holder uuid, ids uuid[], amounts numeric[], bins uuid[], lots uuid[],
    paper_id uuid, paper text, moment timestamptz, today date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    wrong uuid;
    line record;
BEGIN
    PERFORM FROM doors.stock_lines(ids, amounts);
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
        PERFORM doors.refuse_stock('stock_reservation_lost', wrong, today);
    END IF;
    FOR line IN
        SELECT w.product, w.amount, w.bin, w.lot, coalesce(r.quantity, 0) AS kept
        FROM unnest(ids, amounts, bins, lots) WITH ORDINALITY AS w (product, amount, bin, lot, nth)
        JOIN products p ON p.id = w.product
        LEFT JOIN stock_reservations r ON r.holder_id = holder AND r.product_id = w.product
            AND r.seller_id = {HERE} AND r.status = 'open'
        WHERE p.is_stocked OR r.id IS NOT NULL
        ORDER BY w.product, w.bin IS NULL AND w.lot IS NULL, w.nth
    LOOP
        PERFORM doors.take_stock(
            holder, line.product, line.amount, line.bin, line.lot, paper_id, paper, moment, today);
    END LOOP;
END $$"""

# Takes one line off the shelf, its level being locked already, out of the reservation as far as there is one.
TAKE = f"""take_stock(holder uuid, product uuid, wanted numeric, bin uuid, lot uuid, paper_id uuid, paper text,
    moment timestamptz, today date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    kept stock_reservations;
    beyond numeric;
BEGIN
    SELECT * INTO kept FROM stock_reservations
    WHERE holder_id = holder AND product_id = product AND seller_id = {HERE} AND status = 'open';
    beyond := wanted - coalesce(kept.quantity, 0);
    IF wanted > coalesce((SELECT sum(quantity) FROM doors.pick_stock(holder, product, wanted, bin, lot, today)), 0)
        OR (beyond > 0 AND beyond > (
            SELECT s.on_hand - s.held - s.reserved - coalesce(x.quantity, 0) FROM stock_levels s
            LEFT JOIN doors.expired_stock(ARRAY[product], today) x ON true WHERE s.product_id = product))
    THEN
        PERFORM doors.refuse_stock(
            CASE WHEN bin IS NULL AND lot IS NULL THEN 'stock_is_short' ELSE 'stock_is_not_there' END, product, today);
    END IF;
    {MOVEMENT}
    SELECT uuidv7(), product, {HERE}, 'shipment', k.bin_id, k.batch_id, -k.quantity,
        -greatest(0, least(k.quantity, coalesce(kept.quantity, 0) - (k.upto - k.quantity))), 0,
        coalesce(kept.buyer_id, (SELECT r.buyer_id FROM stock_reservations r WHERE r.holder_id = holder LIMIT 1)),
        paper_id, paper, '', {ME}, moment
    FROM (
        SELECT p.*, sum(p.quantity) OVER (ORDER BY p.rank) AS upto
        FROM doors.pick_stock(holder, product, wanted, bin, lot, today) p
    ) k ORDER BY k.rank;
    UPDATE stock_reservations r SET quantity = r.quantity - least(r.quantity, wanted),
        status = CASE WHEN r.quantity <= wanted THEN 'consumed' ELSE 'open' END,
        ended_at = CASE WHEN r.quantity <= wanted THEN moment END
    WHERE r.id = kept.id;
END $$"""

HAND_OVER = f"""hand_over_reservation(holder uuid, new_holder uuid, ids uuid[], today date)
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
        PERFORM doors.refuse_stock('stock_reservation_lost', lost, today);
    END IF;
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
    INSERT INTO stock_levels (id, product_id, organisation_id, on_hand, reserved, held, tracking)
    SELECT uuidv7(), p.id, p.organisation_id, 0, 0, 0, 'none' FROM products p WHERE p.id = ANY (ids) ORDER BY p.id
    ON CONFLICT (product_id) DO NOTHING;
    PERFORM FROM stock_levels WHERE product_id = ANY (ids) ORDER BY product_id FOR UPDATE;
END $$"""

# Where goods go when nobody says where: the product's usual bin, where it lies already, or where goods come in.
PLACES_FOR = f"""places_for(ids uuid[]) RETURNS TABLE (product_id uuid, bin_id uuid) LANGUAGE sql STABLE AS $$
    SELECT DISTINCT ON (i.id) i.id, b.id
    FROM unnest(ids) AS i (id), LATERAL (
        SELECT r.home_bin_id AS bin_id, 1 AS choice, 0 AS much FROM stocking_rules r WHERE r.product_id = i.id
        UNION ALL
        SELECT h.bin_id, 2, h.on_hand FROM stock_holdings h WHERE h.product_id = i.id AND h.on_hand > 0
        UNION ALL
        SELECT g.id, 3, 0 FROM bins g WHERE g.organisation_id = {HERE} AND g.is_goods_in
    ) c JOIN bins b ON b.id = c.bin_id AND b.is_active
    JOIN warehouses w ON w.id = b.warehouse_id AND w.is_active AND w.organisation_id = {HERE}
    ORDER BY i.id, c.choice, c.much DESC, w.position, w.code, b.path
$$"""

# A supplier that has none yet gets its first warehouse, at its first site.
FOUND_WAREHOUSE = f"""found_warehouse() RETURNS void LANGUAGE sql AS $$
    INSERT INTO warehouses (id, organisation_id, site_id, code, name, position, is_active)
    SELECT uuidv7(), o.id, s.id, '1', coalesce(s.name, o.name), 1, true FROM organisations o
    LEFT JOIN LATERAL (
        SELECT id, name FROM sites WHERE organisation_id = o.id AND is_active ORDER BY id LIMIT 1
    ) s ON true
    WHERE o.id = {HERE} AND NOT EXISTS (SELECT FROM warehouses w WHERE w.organisation_id = o.id AND w.is_active)
    ON CONFLICT (organisation_id, code) DO UPDATE SET is_active = true
$$"""

# Each number is a batch or a serial number; where the product bears none, there is one amount with no number.
RECEIVE = f"""receive_stock(product uuid, bin uuid, amounts numeric[], numbers text[], expiries date[],
    is_return boolean, is_held boolean, paper_id uuid, paper text, cause text, moment timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    bears text;
BEGIN
    PERFORM doors.own_stock(ARRAY[product]);
    PERFORM FROM doors.stock_lines(array_fill(product, ARRAY[cardinality(amounts)]), amounts);
    IF bin IS NULL THEN
        PERFORM doors.found_warehouse();
        SELECT p.bin_id INTO bin FROM doors.places_for(ARRAY[product]) p;
    END IF;
    PERFORM FROM bins b WHERE b.id = bin AND b.organisation_id = {HERE};
    IF NOT FOUND THEN
        RAISE EXCEPTION 'bin % is not yours', bin USING {REFUSED} = 'stock_bin_closed';
    END IF;
    SELECT tracking INTO bears FROM stock_levels WHERE product_id = product;
    IF EXISTS (SELECT FROM unnest(numbers) AS n (number) WHERE (bears = 'none') <> (n.number IS NULL)) THEN
        RAISE EXCEPTION 'product % bears %', product, bears USING {REFUSED} =
            CASE bears WHEN 'none' THEN 'stock_bears_no_number' ELSE 'stock_number_is_missing' END;
    END IF;
    INSERT INTO stock_batches (id, product_id, organisation_id, number, expires_on, is_serial, on_hand, received_at)
    SELECT uuidv7(), product, {HERE}, n.number, min(n.expires_on), bears = 'serial', 0, moment
    FROM unnest(numbers, expiries) AS n (number, expires_on) WHERE n.number IS NOT NULL
    GROUP BY n.number ORDER BY n.number
    ON CONFLICT (product_id, number) DO UPDATE SET expires_on = coalesce(stock_batches.expires_on, excluded.expires_on);
    IF EXISTS (
        SELECT FROM unnest(numbers, expiries) AS n (number, expires_on) JOIN stock_batches t
        ON t.product_id = product AND t.number = n.number WHERE n.expires_on <> t.expires_on
    ) THEN
        RAISE EXCEPTION 'a batch expires once' USING {REFUSED} = 'stock_batch_expiry';
    END IF;
    {MOVEMENT}
    SELECT uuidv7(), product, {HERE}, CASE WHEN is_return THEN 'return' ELSE 'receipt' END, bin, t.id,
        n.amount, 0, CASE WHEN is_held THEN n.amount ELSE 0 END, NULL, paper_id, paper, cause, {ME}, moment
    FROM unnest(amounts, numbers) WITH ORDINALITY AS n (amount, number, nth)
    LEFT JOIN stock_batches t ON t.product_id = product AND t.number = n.number ORDER BY n.nth;
END $$"""

# Writes differences between what was counted and the books, of products whose levels are locked already.
ADJUST = f"""adjust_stock(ids uuid[], bins uuid[], lots uuid[], changes numeric[], paper_id uuid, paper text,
    cause text, moment timestamptz, today date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    promised uuid;
BEGIN
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

# Of one place: what was counted there. Without a bin: all of a product that lies in one place.
COUNT = f"""count_stock(product uuid, bin uuid, lot uuid, counted numeric, cause text, moment timestamptz, today date)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    booked numeric;
BEGIN
    IF counted IS NULL OR counted < 0 OR counted > 1000000000 OR counted <> round(counted, 4) THEN
        RAISE EXCEPTION 'a count is zero or more, and finite' USING {REFUSED} = 'stock_quantity';
    END IF;
    PERFORM doors.own_stock(ARRAY[product]);
    PERFORM doors.lock_stock(ARRAY[product], least(moment, statement_timestamp()));
    IF bin IS NULL THEN
        IF 1 < (SELECT count(*) FROM stock_holdings WHERE product_id = product AND on_hand > 0) THEN
            RAISE EXCEPTION 'product % lies in several places', product USING {REFUSED} = 'stock_in_several_places';
        END IF;
        SELECT h.bin_id, h.batch_id INTO bin, lot FROM stock_holdings h
        WHERE h.product_id = product AND h.on_hand > 0;
    END IF;
    IF bin IS NULL THEN
        PERFORM doors.found_warehouse();
        SELECT p.bin_id INTO bin FROM doors.places_for(ARRAY[product]) p;
    END IF;
    IF lot IS NULL AND counted > 0 AND EXISTS (
        SELECT FROM stock_levels WHERE product_id = product AND tracking <> 'none'
    ) THEN
        RAISE EXCEPTION 'product % bears numbers', product USING {REFUSED} = 'stock_number_is_missing';
    END IF;
    SELECT on_hand INTO booked FROM stock_holdings
    WHERE product_id = product AND bin_id = bin AND batch_id IS NOT DISTINCT FROM lot;
    PERFORM doors.adjust_stock(ARRAY[product], ARRAY[bin], ARRAY[lot], ARRAY[counted - coalesce(booked, 0)],
        NULL, '', cause, moment, today);
END $$"""

# A whole file of counts, by product. It may find goods promised in the meantime: it then counts down to what is
# promised, and says so. What is too much in the books is taken from what would be fetched last; more of a product
# that bears numbers is left to a person, who can read them.
COUNT_FILE = f"""count_products(ids uuid[], counts numeric[], cause text, moment timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF cardinality(ids) <> cardinality(counts) OR EXISTS (
        SELECT FROM unnest(counts) AS c (amount)
        WHERE c.amount IS NULL OR c.amount < 0 OR c.amount > 1000000000 OR c.amount <> round(c.amount, 4)
    ) THEN
        RAISE EXCEPTION 'a count is zero or more, and finite' USING {REFUSED} = 'stock_quantity';
    END IF;
    PERFORM doors.own_stock(ids);
    PERFORM doors.lock_stock(ids, least(moment, statement_timestamp()));
    PERFORM doors.found_warehouse();
    WITH wanted AS (
        SELECT s.product_id, s.tracking, greatest(c.amount, s.reserved) - s.on_hand AS change,
            CASE WHEN c.amount < s.reserved THEN format('%s (%s < %s)', cause, c.amount, s.reserved) ELSE cause END
                AS said
        FROM stock_levels s JOIN unnest(ids, counts) AS c (id, amount) ON c.id = s.product_id
    ), lying AS (
        SELECT h.product_id, h.bin_id, h.batch_id, h.on_hand, h.held, w.said, least(h.on_hand, -w.change - (
            sum(h.on_hand) OVER (PARTITION BY h.product_id ORDER BY h.batch_id DESC NULLS FIRST, h.id DESC) - h.on_hand
        )) AS taken
        FROM wanted w JOIN stock_holdings h ON h.product_id = w.product_id AND h.on_hand > 0 WHERE w.change < 0
    ), changes AS (
        SELECT w.product_id, p.bin_id, NULL::uuid AS batch_id, w.change, 0 AS held_change, w.said
        FROM wanted w JOIN doors.places_for(ids) p ON p.product_id = w.product_id
        WHERE w.change > 0 AND w.tracking = 'none'
        UNION ALL
        SELECT product_id, bin_id, batch_id, -taken, -greatest(0, held - on_hand + taken), said
        FROM lying WHERE taken > 0
    )
    {MOVEMENT}
    SELECT uuidv7(), product_id, {HERE}, 'adjustment', bin_id, batch_id, change, 0, held_change, NULL, NULL, '',
        said, {ME}, moment FROM changes ORDER BY product_id;
END $$"""

# From bin to bin; all that lies there where no amount is named. What is held stays held, and goes last.
MOVE = f"""move_stock(product uuid, bin uuid, lot uuid, target uuid, amount numeric, paper_id uuid, paper text,
    cause text, moment timestamptz, today date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    lying stock_holdings;
    along numeric;
BEGIN
    PERFORM doors.own_stock(ARRAY[product]);
    SELECT * INTO lying FROM stock_holdings
    WHERE product_id = product AND bin_id = bin AND batch_id IS NOT DISTINCT FROM lot;
    amount := coalesce(amount, lying.on_hand);
    PERFORM FROM doors.stock_lines(ARRAY[product], ARRAY[amount]);
    IF bin = target THEN
        RAISE EXCEPTION 'goods lie in bin % already', bin USING {REFUSED} = 'stock_lies_there';
    ELSIF amount > coalesce(lying.on_hand, 0) THEN
        PERFORM doors.refuse_stock('stock_is_not_there', product, today);
    END IF;
    along := greatest(0, amount - (lying.on_hand - lying.held));
    {MOVEMENT}
    SELECT uuidv7(), product, {HERE}, 'transfer', way.bin_id, lot, way.sign * amount, 0, way.sign * along, NULL,
        paper_id, paper, cause, {ME}, moment
    FROM (VALUES (bin, -1), (target, 1)) AS way (bin_id, sign);
END $$"""

# Holds goods back, clears them again, or scraps them (what is held first); all of it where no amount is named.
HANDLE = f"""handle_stock(deed text, product uuid, bin uuid, lot uuid, amount numeric, cause text,
    moment timestamptz, today date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    lying stock_holdings;
    most numeric;
BEGIN
    PERFORM doors.own_stock(ARRAY[product]);
    SELECT * INTO lying FROM stock_holdings
    WHERE product_id = product AND bin_id = bin AND batch_id IS NOT DISTINCT FROM lot;
    most := CASE deed WHEN 'hold' THEN lying.on_hand - lying.held WHEN 'clearance' THEN lying.held
        WHEN 'scrap' THEN lying.on_hand END;
    amount := coalesce(amount, most);
    PERFORM FROM doors.stock_lines(ARRAY[product], ARRAY[amount]);
    IF amount > coalesce(most, 0) THEN
        PERFORM doors.refuse_stock('stock_is_not_there', product, today);
    ELSIF deed = 'scrap' AND EXISTS (
        SELECT FROM stock_levels WHERE product_id = product AND on_hand - amount < reserved
    ) THEN
        PERFORM doors.refuse_stock('stock_is_promised', product, today);
    END IF;
    {MOVEMENT}
    SELECT uuidv7(), product, {HERE}, deed, bin, lot, CASE deed WHEN 'scrap' THEN -amount ELSE 0 END, 0,
        CASE deed WHEN 'hold' THEN amount WHEN 'clearance' THEN -amount ELSE -least(amount, lying.held) END,
        NULL, NULL, '', cause, {ME}, moment;
END $$"""

TRACK = f"""track_stock(product uuid, how text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM doors.own_stock(ARRAY[product]);
    UPDATE stock_levels SET tracking = how WHERE product_id = product AND (on_hand = 0 OR tracking = how);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'product % is on hand', product USING {REFUSED} = 'stock_is_on_hand';
    END IF;
END $$"""

AVAILABLE = f"""available_stock(ids uuid[], moment timestamptz, today date)
RETURNS TABLE (product_id uuid, quantity numeric) LANGUAGE sql STABLE AS $$
    SELECT p.id, greatest(0, coalesce(s.on_hand - s.held - s.reserved, 0) - coalesce(x.quantity, 0) + coalesce((
        SELECT sum(r.quantity) FROM stock_reservations r
        WHERE r.product_id = p.id AND r.status = 'open' AND r.expires_at <= least(moment, statement_timestamp())
    ), 0))
    FROM products p LEFT JOIN stock_levels s ON s.product_id = p.id
    LEFT JOIN doors.expired_stock(ids, today) x ON x.product_id = p.id
    WHERE p.id = ANY (ids) AND p.is_stocked AND (
        p.organisation_id = {HERE} OR current_setting('role') = '{PLATFORM}' OR ({VISIBLE})
    )
$$"""

GONE = (
    "refuse_stock(text, uuid)",
    "end_reservations(uuid[], text, timestamptz)",
    "hold_stock(uuid, uuid, uuid[], numeric[], timestamptz, timestamptz)",
    "own_stock(uuid[])",
    "reserve_stock(uuid, uuid[], numeric[], timestamptz, timestamptz)",
    "change_reservation(uuid, uuid[], numeric[], timestamptz)",
    "hand_over_reservation(uuid, uuid, uuid[])",
    "consume_reservation(uuid, uuid[], numeric[], text, timestamptz)",
    "receive_stock(uuid, numeric, boolean, text, timestamptz)",
    "count_stock(uuid[], numeric[], boolean, text, timestamptz)",
    "shelve_stock(uuid, text)",
    "available_stock(uuid[], timestamptz)",
)
PARTS = (
    ("expired_stock(uuid[], date)", EXPIRED),
    ("refuse_stock(text, uuid, date)", REFUSE),
    ("end_reservations(uuid[], text, timestamptz)", END),
    ("hold_stock(uuid, uuid, uuid[], numeric[], timestamptz, timestamptz, date)", HOLD),
    ("stock_shelf(uuid[], date)", SHELF),
    ("stock_queue(uuid[])", QUEUE),
    ("pick_stock(uuid, uuid, numeric, uuid, uuid, date)", PICK),
    ("take_stock(uuid, uuid, numeric, uuid, uuid, uuid, text, timestamptz, date)", TAKE),
    ("places_for(uuid[])", PLACES_FOR),
    (
        "adjust_stock(uuid[], uuid[], uuid[], numeric[], uuid, text, text, timestamptz, date)",
        ADJUST,
    ),
)
FOR_TENANTS = (
    ("own_stock(uuid[])", OWN),
    ("found_warehouse()", FOUND_WAREHOUSE),
    ("reserve_stock(uuid, uuid[], numeric[], timestamptz, timestamptz, date)", RESERVE),
    ("change_reservation(uuid, uuid[], numeric[], timestamptz, date)", CHANGE),
    ("hand_over_reservation(uuid, uuid, uuid[], date)", HAND_OVER),
    (
        "consume_reservation(uuid, uuid[], numeric[], uuid[], uuid[], uuid, text, timestamptz, date)",
        CONSUME,
    ),
    ("propose_picks(uuid, uuid[], numeric[], date)", PROPOSE),
    ("assigned_stock(uuid[], date)", ASSIGNED),
    (
        "receive_stock(uuid, uuid, numeric[], text[], date[], boolean, boolean, uuid, text, text, timestamptz)",
        RECEIVE,
    ),
    ("count_stock(uuid, uuid, uuid, numeric, text, timestamptz, date)", COUNT),
    ("count_products(uuid[], numeric[], text, timestamptz)", COUNT_FILE),
    ("move_stock(uuid, uuid, uuid, uuid, numeric, uuid, text, text, timestamptz, date)", MOVE),
    ("handle_stock(text, uuid, uuid, uuid, numeric, text, timestamptz, date)", HANDLE),
    ("track_stock(uuid, text)", TRACK),
)
TRIGGERS = (
    ("bin_path", PLACES, "BEFORE INSERT OR UPDATE OF code ON bins"),
    ("bin_may_close", CLOSING, "BEFORE UPDATE OF is_active ON bins"),
    ("warehouse_may_close", LEAVING, "BEFORE UPDATE OF is_active ON warehouses"),
    ("warehouse_has_goods_in", GOODS_IN, "AFTER INSERT ON warehouses"),
    ("book_movement", BOOK, "BEFORE INSERT ON stock_movements"),
)


def upgrade() -> None:
    """The triggers; parts that only doors may call, doors for buyers and sellers, one for everybody's eyes."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for signature in GONE:
        op.execute(f"DROP FUNCTION doors.{signature}")
    for name, function, event in TRIGGERS:
        op.execute(function)
        op.execute(f"ALTER FUNCTION {name}() OWNER TO {DOORS}")
        op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW EXECUTE FUNCTION {name}()")
    for signature, definition in PARTS:
        door(signature, definition, to=DOORS)
    for signature, definition in FOR_TENANTS:
        door(signature, definition, to=TENANT)
    door("available_stock(uuid[], timestamptz, date)", AVAILABLE)
