"""What a price is: computed by one function, for a whole page of products in one statement, and checked at submit.

Revision ID: 0086
Revises: 0085
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.statements import DOORS, door

revision = "0086"
down_revision = "0085"
branch_labels = None
depends_on = None

LINE_IS_WRITTEN = """
CREATE FUNCTION price_list_line_is_written() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    SELECT p.number, l.number INTO NEW.product_number, NEW.list_number
    FROM products p JOIN price_lists l ON l.organisation_id = p.organisation_id
    WHERE p.id = NEW.product_id AND l.id = NEW.list_id AND p.organisation_id = NEW.organisation_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a list prices the products of its own supplier'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'price_line_product';
    END IF;
    RETURN NEW;
END $$
"""

ONLY_ENDS = """
CREATE FUNCTION validity_only_ends() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF coalesce(NEW.ends_on, 'infinity') > coalesce(OLD.ends_on, 'infinity') OR NEW.starts_on <> OLD.starts_on THEN
        RAISE EXCEPTION '% can only be ended', TG_TABLE_NAME
            USING ERRCODE = 'check_violation', CONSTRAINT = 'validity_only_ends';
    END IF;
    RETURN NEW;
END $$
"""

# A price is a tree of nodes. A leaf is a product of two factors; any other node says by its operation how its result
# follows from the results of its children: their sum, the lowest, the first (which comes before the others), or the
# only one less a percentage. All figures are texts, exact and not rounded.
LEAF = """
CREATE FUNCTION price_leaf(rule text, quantity numeric, each numeric, said jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE
SET search_path = public, pg_temp AS $$
    SELECT jsonb_build_object(
        'rule', rule, 'operation', 'product', 'result', trim_scale(quantity * each)::text,
        'factors', jsonb_build_array(trim_scale(quantity)::text, trim_scale(each)::text)
    ) || said
$$
"""

# Of several things only those that there are; a node of one thing that says nothing more is that thing.
NODE = """
CREATE FUNCTION price_node(rule text, operation text, parts jsonb, said jsonb DEFAULT '{}') RETURNS jsonb
LANGUAGE sql IMMUTABLE
SET search_path = public, pg_temp AS $$
    SELECT CASE WHEN count(*) = 1 AND said = '{}' THEN jsonb_agg(part) -> 0 ELSE jsonb_build_object(
        'rule', rule, 'operation', operation, 'of', jsonb_agg(part ORDER BY place),
        'result', trim_scale(CASE operation WHEN 'sum' THEN sum(result) WHEN 'lowest' THEN min(result)
            ELSE (array_agg(result ORDER BY place))[1] END)::text
    ) || said END
    FROM (
        SELECT place, part, (part ->> 'result')::numeric AS result
        FROM jsonb_array_elements(parts) WITH ORDINALITY e (part, place) WHERE part <> 'null'
    ) parts
$$
"""

# A quantity at a price with tiers: as a whole at the lowest price that it reaches, or each part of it at its own.
GOODS = """
CREATE FUNCTION price_of_goods(price numeric, tiers jsonb, kind text, quantity numeric) RETURNS jsonb
LANGUAGE sql IMMUTABLE
SET search_path = public, pg_temp AS $$
    WITH steps AS (
        SELECT 0 AS start, price AS amount
        UNION ALL
        SELECT start, amount FROM jsonb_array_elements(tiers) e (tier)
        CROSS JOIN LATERAL (SELECT (tier ->> 'from')::numeric AS start, (tier ->> 'price')::numeric AS amount) t
        WHERE start < quantity OR start = quantity AND kind = 'all_units'
    )
    SELECT CASE kind
        WHEN 'incremental' THEN (
            SELECT price_node('goods', 'sum', jsonb_agg(
                price_leaf(CASE start WHEN 0 THEN 'base' ELSE 'band' END, until - start, amount,
                    jsonb_build_object('from', start::text)) ORDER BY start))
            FROM (SELECT start, amount, lead(start, 1, quantity) OVER (ORDER BY start) AS until FROM steps) bands
        ) ELSE price_node('goods', 'lowest', jsonb_build_array(
            price_leaf('base', quantity, price, '{}'),
            (
                SELECT price_leaf('tier', quantity, amount, jsonb_build_object('from', start::text))
                FROM steps WHERE start > 0 ORDER BY amount, start LIMIT 1
            )
        ))
    END
$$
"""

PACKING = """
CREATE FUNCTION price_of_packing(pack numeric, per_pack numeric, broken_pack numeric, quantity numeric) RETURNS jsonb
LANGUAGE sql IMMUTABLE
SET search_path = public, pg_temp AS $$
    SELECT jsonb_build_array(
        CASE WHEN per_pack > 0
            THEN price_leaf('pack', ceil(quantity / pack), per_pack, jsonb_build_object('pack', pack::text)) END,
        CASE WHEN broken_pack > 0 AND mod(quantity, pack) <> 0
            THEN price_leaf('broken_pack', 1, broken_pack, jsonb_build_object('pack', pack::text)) END
    )
$$
"""

SOURCE = """
CREATE FUNCTION price_source(id uuid, title text, starts_on date, ends_on date) RETURNS jsonb
LANGUAGE sql IMMUTABLE
SET search_path = public, pg_temp AS $$
    SELECT jsonb_build_object('source', jsonb_build_object(
        'id', id, 'title', title, 'starts_on', starts_on, 'ends_on', ends_on
    ))
$$
"""

# Every price that is stated to this buyer for one of the products, by how narrow its circle is; those in the buyer's
# currency, or else the one of the catalogue.
STATED = """
CREATE FUNCTION stated_prices(wanted uuid[], for_buyer uuid, on_day date) RETURNS TABLE (
    product_id uuid, rank integer, rule text, source jsonb, currency text, price numeric, tiers jsonb, kind text,
    pack_quantity numeric, per_pack numeric, broken_pack numeric
) LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    WITH asked AS MATERIALIZED (
        SELECT p.id, p.organisation_id, p.price_amount, p.price_currency, b.currency
        FROM products p JOIN organisations b ON b.id = for_buyer
        WHERE p.id = ANY (wanted)
    ), lists AS MATERIALIZED (
        SELECT 1 AS rank, 'buyer_list' AS rule, l.* FROM price_lists l WHERE l.buyer_id = for_buyer
        UNION ALL
        SELECT 2, 'group_list', l.* FROM customer_group_members m JOIN price_lists l ON l.group_id = m.group_id
        WHERE m.buyer_id = for_buyer
        UNION ALL
        SELECT 3, 'public_list', l.* FROM price_lists l
        WHERE l.buyer_id IS NULL AND l.group_id IS NULL
            AND l.organisation_id = ANY (ARRAY(SELECT a.organisation_id FROM asked a))
    ), stated AS (
        SELECT a.id, l.rank, l.rule, price_source(n.id, l.name, n.starts_on, least(n.ends_on, l.ends_on)) AS source,
            l.currency, n.price_amount, n.tiers, n.kind, n.pack_quantity, n.per_pack, n.broken_pack
        FROM asked a
        JOIN lists l ON l.organisation_id = a.organisation_id AND l.currency = a.currency
            AND on_day BETWEEN l.starts_on AND coalesce(l.ends_on, 'infinity')
        JOIN price_list_lines n ON n.list_id = l.id AND n.product_id = a.id
            AND on_day BETWEEN n.starts_on AND coalesce(n.ends_on, 'infinity')
        UNION ALL
        SELECT a.id, 4, 'catalogue', price_source(a.id, NULL, NULL, NULL), a.price_currency, a.price_amount, (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                'from', trim_scale(t.from_quantity)::text, 'price', t.price_amount::text)), '[]')
            FROM price_tiers t WHERE t.product_id = a.id
        ), 'all_units', NULL, 0, 0
        FROM asked a
    )
    SELECT s.id, s.rank, s.rule, s.source, s.currency, s.price_amount, s.tiers, s.kind, s.pack_quantity, s.per_pack,
        s.broken_pack
    FROM (
        SELECT s.*, bool_or(s.currency = a.currency) OVER (PARTITION BY s.id) AS is_in_theirs, a.currency AS theirs
        FROM stated s JOIN asked a USING (id)
    ) s
    WHERE s.currency = s.theirs OR NOT s.is_in_theirs
$$
"""

# One row for each (product, quantity) that is asked for, with its place: which price wins (docs/prices.md) and why.
TREES = """
CREATE FUNCTION price_trees(wanted_products uuid[], wanted_quantities numeric[], for_buyer uuid, on_day date)
RETURNS TABLE (
    place bigint, product_id uuid, quantity numeric, currency text, amount numeric, agreement_id uuid,
    agreement_line_id uuid, tree jsonb
) LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    WITH wanted AS MATERIALIZED (
        SELECT w.place, w.product_id, w.quantity
        FROM unnest(wanted_products, wanted_quantities) WITH ORDINALITY w (product_id, quantity, place)
    ), stated AS (
        SELECT DISTINCT ON (w.place, s.rank) w.place, s.rank, s.currency, goods, packing, node
        FROM wanted w
        JOIN stated_prices(wanted_products, for_buyer, on_day) s ON s.product_id = w.product_id
        CROSS JOIN price_of_goods(s.price, s.tiers, s.kind, w.quantity) goods
        CROSS JOIN price_of_packing(s.pack_quantity, s.per_pack, s.broken_pack, w.quantity) packing
        CROSS JOIN price_node(s.rule, 'sum', jsonb_build_array(goods) || packing, s.source) node
        ORDER BY w.place, s.rank, (node ->> 'result')::numeric, s.source ->> 'id'
    ), listed AS MATERIALIZED (
        SELECT s.place, min(s.currency) AS currency, price_node('own', 'first', jsonb_agg(s.node ORDER BY s.rank)) AS own,
            jsonb_agg(s.goods ORDER BY s.rank) FILTER (WHERE s.rank > 2) -> 0 AS public_goods,
            coalesce(jsonb_agg(s.packing ORDER BY s.rank) FILTER (WHERE s.rank > 2) -> 0, '[]') AS public_packing
        FROM stated s GROUP BY s.place
    ), promoted AS (
        SELECT DISTINCT ON (l.place) l.place, node
        FROM listed l
        JOIN wanted w USING (place)
        JOIN products p ON p.id = w.product_id
        CROSS JOIN LATERAL (
            SELECT r.* FROM promotions r WHERE r.product_id = p.id
            UNION ALL
            SELECT r.* FROM promotions r WHERE r.product_id IS NULL AND r.organisation_id = p.organisation_id
        ) r
        CROSS JOIN price_source(r.id, r.title, r.starts_on, r.ends_on) source
        CROSS JOIN LATERAL (
            SELECT CASE WHEN r.percentage IS NULL
                THEN price_leaf('promotion', w.quantity, r.price_amount, source)
                ELSE price_less('promotion', l.public_goods, r.percentage, source) END AS goods
        ) offered
        CROSS JOIN price_node('promoted', 'sum', jsonb_build_array(offered.goods) || l.public_packing) node
        WHERE on_day BETWEEN r.starts_on AND r.ends_on
            AND w.quantity >= coalesce(r.minimum_quantity, 0)
            AND (r.price_currency = l.currency OR r.percentage IS NOT NULL AND l.public_goods IS NOT NULL)
        ORDER BY l.place, (node ->> 'result')::numeric, r.id
    ), agreed AS (
        SELECT DISTINCT ON (w.place) w.place, a.id AS agreement_id, n.id AS line_id, a.currency,
            price_leaf('agreement', w.quantity, n.unit_price_amount,
                price_source(n.id, a.number || ' · ' || a.title, a.starts_on, a.ends_on)) AS node,
            EXISTS (
                SELECT FROM agreement_clauses q JOIN clauses c ON c.id = q.clause_id
                WHERE q.agreement_id = a.id AND c.code = 'best-price'
            ) AS is_best_price
        FROM wanted w
        JOIN agreement_lines n ON n.buyer_id = for_buyer AND n.product_id = w.product_id
        JOIN agreements a ON a.id = n.agreement_id AND a.status = 'concluded'
            AND on_day BETWEEN a.starts_on AND a.ends_on
        JOIN organisations b ON b.id = for_buyer AND b.currency = a.currency
        WHERE (n.ceiling_quantity IS NULL OR n.called_off_quantity < n.ceiling_quantity)
            AND (a.ceiling_amount IS NULL OR a.called_off_amount < a.ceiling_amount)
        ORDER BY w.place, n.unit_price_amount, a.id
    ), priced AS (
        SELECT w.place, w.product_id, w.quantity, coalesce(a.currency, l.currency) AS currency, a.agreement_id, a.line_id,
            open, a.node AS agreed, coalesce(a.is_best_price, false) AS is_best_price
        FROM wanted w
        JOIN listed l USING (place)
        LEFT JOIN promoted r USING (place)
        LEFT JOIN agreed a USING (place)
        CROSS JOIN LATERAL (
            SELECT CASE WHEN l.currency = coalesce(a.currency, l.currency)
                THEN price_node('open', 'lowest', jsonb_build_array(l.own, r.node)) END AS open
        ) without
    )
    SELECT p.place, p.product_id, p.quantity, p.currency, (tree ->> 'result')::numeric,
        CASE WHEN is_agreed THEN p.agreement_id END, CASE WHEN is_agreed THEN p.line_id END, tree
    FROM priced p
    CROSS JOIN price_node('total', CASE WHEN p.is_best_price THEN 'lowest' ELSE 'first' END,
        jsonb_build_array(p.agreed, p.open)) tree
    CROSS JOIN LATERAL (
        SELECT NOT p.is_best_price OR p.open IS NULL
            OR (p.agreed ->> 'result')::numeric <= (p.open ->> 'result')::numeric AS is_agreed
    ) taken
$$
"""

LESS = """
CREATE FUNCTION price_less(rule text, whole jsonb, percentage numeric, said jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE
SET search_path = public, pg_temp AS $$
    SELECT jsonb_build_object(
        'rule', rule, 'operation', 'less', 'percentage', trim_scale(percentage)::text, 'of', jsonb_build_array(whole),
        'result', trim_scale((whole ->> 'result')::numeric * (100 - percentage) * 0.01)::text
    ) || said
$$
"""

# The price of one, to twelve decimals and rounded up: so that, times the quantity, half a cent stays half a cent.
PER_UNIT = """
CREATE FUNCTION price_per_unit(amount numeric, quantity numeric) RETURNS numeric LANGUAGE sql IMMUTABLE
SET search_path = public, pg_temp AS $$
    SELECT trim_scale((div(fine, quantity) + sign(mod(fine, quantity))) * 0.000000000001)
    FROM (SELECT amount * 1000000000000 AS fine) a
$$
"""

# A buyer asks for its own prices; a supplier may ask what any buyer pays for its products.
PRICES = """
prices(wanted_products uuid[], wanted_quantities numeric[], for_buyer uuid, on_day date) RETURNS TABLE (
    place bigint, product_id uuid, quantity numeric, currency text, unit_price numeric, agreement_id uuid,
    agreement_line_id uuid, tree jsonb
) LANGUAGE sql STABLE AS $$
    SELECT t.place, t.product_id, t.quantity, t.currency, price_per_unit(t.amount, t.quantity), t.agreement_id,
        t.agreement_line_id, t.tree
    FROM price_trees(wanted_products, wanted_quantities, for_buyer, on_day) t
    JOIN products p ON p.id = t.product_id
    CROSS JOIN (SELECT nullif(current_setting('app.organisation_id', true), '')::uuid AS id) here
    WHERE p.organisation_id = here.id
        OR here.id = for_buyer AND p.status = 'published'
            AND (p.visible_to_id IS NULL OR p.visible_to_id = here.id)
    ORDER BY t.place
$$
"""

# From which quantities on the price of a unit may be another one, for those who ask at the door above.
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
    WHERE b.quantity IS NOT NULL AND (p.organisation_id = here.id OR here.id = for_buyer)
$$
"""

FREEZES = """
CREATE OR REPLACE FUNCTION requisition_freezes(r requisitions) RETURNS requisitions LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    SELECT coalesce(sum(line_total_amount), 0) INTO r.total_amount
    FROM requisition_lines WHERE requisition_id = r.id;
    SELECT currency INTO r.total_currency FROM organisations WHERE id = r.organisation_id;
    IF NOT EXISTS (SELECT FROM requisition_lines WHERE requisition_id = r.id) THEN
        RAISE EXCEPTION 'requisition % has no lines', r.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'requisition_lines_missing';
    END IF;
    IF EXISTS (
        SELECT FROM requisition_lines WHERE requisition_id = r.id AND line_total_currency <> r.total_currency
    ) THEN
        RAISE EXCEPTION 'requisition % mixes currencies', r.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'requisition_currency';
    END IF;
    r.priced_on := coalesce(r.priced_on, r.submitted_at::date);
    IF (abs(r.priced_on - r.submitted_at::date) <= 1) IS NOT TRUE OR EXISTS (
        SELECT FROM requisition_lines l
        LEFT JOIN products p ON p.id = l.product_id AND p.organisation_id = l.seller_id
            AND p.cpv_code = l.cpv_code AND p.unit_code = l.unit_code AND p.status = 'published'
        LEFT JOIN doors.prices(
            (SELECT array_agg(w.product_id ORDER BY w.id) FROM requisition_lines w WHERE w.requisition_id = r.id),
            (SELECT array_agg(w.quantity ORDER BY w.id) FROM requisition_lines w WHERE w.requisition_id = r.id),
            r.organisation_id, r.priced_on
        ) f ON f.product_id = l.product_id
        WHERE l.requisition_id = r.id AND (p.id IS NULL
            OR (l.unit_price_amount, l.unit_price_currency::text, l.agreement_id, l.agreement_line_id)
                IS DISTINCT FROM (f.unit_price, f.currency, f.agreement_id, f.agreement_line_id))
    ) THEN
        RAISE EXCEPTION 'requisition % has a line that no catalogue, list or agreement says', r.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'requisition_prices';
    END IF;
    r.content_hash := requisition_hash(r);
    RETURN r;
END $$
"""

BEST_PRICE = (
    "best-price", "price", "Best price",
    "Where the supplier asks less of this buyer, or of everybody, than the agreed price, that lower price holds; what is"
    " bought at it is not called off from this agreement.",
    "Meilleur prix",
    "Lorsque le fournisseur demande à cet acheteur, ou à tous, moins que le prix convenu, ce prix plus bas s’applique ;"
    " ce qui est acheté à ce prix n’est pas imputé sur le présent accord.",
)  # fmt: skip
VALID = ("price_lists", "price_list_lines", "promotions")
SECRET = (
    "stated_prices(uuid[], uuid, date)",
    "price_trees(uuid[], numeric[], uuid, date)",
)


def upgrade() -> None:
    """Triggers, the functions behind the doors, two doors, the check at submit, and the clause that it knows."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for function in (
        LINE_IS_WRITTEN,
        ONLY_ENDS,
        LEAF,
        NODE,
        LESS,
        GOODS,
        PACKING,
        SOURCE,
        STATED,
        TREES,
        PER_UNIT,
    ):
        op.execute(function)
    op.execute(f"ALTER FUNCTION price_list_line_is_written() OWNER TO {DOORS}")
    op.execute(
        "CREATE TRIGGER is_written BEFORE INSERT ON price_list_lines"
        " FOR EACH ROW EXECUTE FUNCTION price_list_line_is_written()"
    )
    for table in VALID:
        op.execute(
            f"CREATE TRIGGER only_ends BEFORE UPDATE OF starts_on, ends_on ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION validity_only_ends()"
        )
    for signature in SECRET:
        op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO {DOORS}")
    door("prices(uuid[], numeric[], uuid, date)", PRICES)
    door("price_breaks(uuid[], numeric[], uuid, date)", BREAKS)
    op.add_column("requisitions", sa.Column("priced_on", sa.Date(), nullable=True))
    op.execute(FREEZES)
    _add_clause()


def _add_clause() -> None:
    code, kind, title_en, body_en, title_fr, body_fr = BEST_PRICE
    columns = ("code", "version", "position", "kind", "title_en", "title_fr", "body_en", "body_fr")
    table = sa.table(
        "clauses",
        sa.column("id", sa.Uuid()),
        *map(sa.column, columns),
        sa.column("defaults", postgresql.JSONB()),
    )
    op.execute(
        table.insert().values(
            id=sa.func.uuidv7(), code=code, version=1, position=9, kind=kind, defaults={},
            title_en=title_en, body_en=body_en, title_fr=title_fr, body_fr=body_fr,
        )
    )  # fmt: skip
