"""The search, anew: numbers without zeros in front, synonyms, beginnings, and facets of which several are chosen.

Revision ID: 0089
Revises: 0088
"""

import sqlalchemy as sa
from alembic import op

from migrations.statements import DOORS, door, secure, shown

revision = "0089"
down_revision = "0088"
branch_labels = None
depends_on = None


def key(column: str) -> str:
    """An article or part number as it is compared: capitals and digits, without zeros in front."""
    return f"regexp_replace(upper(regexp_replace({column}, '[^A-Za-z0-9]', '', 'g')), '^0+(?=.)', '')"


KEYED = {"ix_products_sku_key": "sku", "ix_products_part_number_key": "maker_part_number"}
FOLDED = "regexp_replace(normalize(replace(replace(lower({}), 'œ', 'oe'), 'æ', 'ae'), NFD), '[\\u0300-\\u036f]', '', 'g')"

# What the actor may see that has one of these numbers, and the place of the number among them. A GTIN is compared in
# the length of a GTIN-14.
NUMBERED = f"""
products_numbered(keys text[]) RETURNS TABLE (number integer, place bigint) LANGUAGE sql STABLE AS $$
    SELECT k.number, min(k.place) FROM (
        SELECT p.number, w.place FROM unnest(keys) WITH ORDINALITY w (key, place)
        JOIN products p ON {key("p.sku")} = w.key WHERE {shown("p")}
        UNION ALL
        SELECT p.number, w.place FROM unnest(keys) WITH ORDINALITY w (key, place)
        JOIN products p ON {key("p.maker_part_number")} = w.key WHERE {shown("p")}
        UNION ALL
        SELECT p.number, w.place FROM unnest(keys) WITH ORDINALITY w (key, place)
        JOIN products p ON lpad(p.gtin, 14, '0') = lpad(w.key, 14, '0')
        WHERE w.key ~ '^[0-9]{{1,14}}$' AND {shown("p")}
    ) k GROUP BY 1
$$
"""

# The same by the beginning of the number, at most so many of each kind: for whoever is still typing.
BEGUN = f"""
products_begun(head text, most integer) RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
    (SELECT p.id FROM products p WHERE {key("p.sku")} ~>=~ head AND {key("p.sku")} ~<~ (head || '~')
        AND {shown("p")} ORDER BY {key("p.sku")} USING ~<~ LIMIT most)
    UNION
    (SELECT p.id FROM products p
        WHERE {key("p.maker_part_number")} ~>=~ head AND {key("p.maker_part_number")} ~<~ (head || '~')
        AND {shown("p")} ORDER BY {key("p.maker_part_number")} USING ~<~ LIMIT most)
$$
"""

# Whether a word stands in something that the actor may see: else whoever asks for one word after the other learns what
# others sell to others.
STANDS = f"""(SELECT true FROM search_terms t JOIN products p ON p.number = t.number
    JOIN organisations o ON o.id = p.organisation_id AND o.status = 'admitted'
    WHERE t.term_id = v.id AND {shown("p")} LIMIT 1)"""

# What is known of what was typed: in how many products its terms stand, which words stand for its phrases, and
# whether it is a number.
UNDERSTOOD = f"""
understood(typed text[], phrases text[], keys text[]) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'everything', (SELECT coalesce(sum(v.documents), 0) FROM search_vocabulary v WHERE v.term = ''),
        'documents', (
            SELECT coalesce(jsonb_object_agg(v.term, v.documents), '{{}}') FROM search_vocabulary v
            WHERE v.term = ANY (typed) AND v.documents > 0 AND {STANDS}
        ),
        'synonyms', (
            SELECT coalesce(jsonb_agg(jsonb_build_object('terms', s.terms, 'category', s.category)), '[]') FROM (
                SELECT s.other_terms AS terms, s.category FROM synonyms s WHERE s.word_terms = ANY (phrases)
                UNION
                SELECT s.word_terms, s.category FROM synonyms s WHERE s.is_two_way AND s.other_terms = ANY (phrases)
            ) s
        ),
        'is_number', EXISTS (SELECT FROM doors.products_numbered(keys))
    )
$$
"""

# The commonest terms that begin like each of these, among the first ten thousand.
BEGINNING = f"""
terms_beginning(heads text[], most integer) RETURNS TABLE (term text, documents integer) LANGUAGE sql STABLE AS $$
    SELECT v.term, v.documents FROM unnest(heads) h (head) CROSS JOIN LATERAL (
        SELECT f.id, f.term, f.documents FROM (
            SELECT v.id, v.term, v.documents FROM search_vocabulary v
            WHERE v.term ~>=~ h.head AND v.term ~<~ (h.head || '~') AND v.documents > 0 LIMIT 10000
        ) f ORDER BY f.documents DESC, f.term LIMIT most
    ) v WHERE h.head <> '' AND {STANDS} ORDER BY h.head, v.documents DESC, v.term
$$
"""

# Suppliers and categories whose name has a word that begins so, where the actor may see a product of theirs.
NAMED = f"""
places_named(head text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    WITH seen AS MATERIALIZED (
        SELECT s.code, s.organisation_id, s.products
        FROM shelf_counts s JOIN organisations o ON o.id = s.organisation_id AND o.status = 'admitted'
        WHERE s.products > 0 AND char_length(s.code) = 2
            AND (s.circle_id IS NULL OR s.circle_id = ANY ((SELECT doors.circles())::uuid[]))
    ), suppliers AS (
        SELECT o.id, o.name FROM organisations o
        WHERE o.is_supplier AND o.status = 'admitted' AND position(' ' || head IN ' ' || {FOLDED.format("o.name")}) > 0
            AND o.id IN (SELECT s.organisation_id FROM seen s) ORDER BY o.name, o.id LIMIT 3
    ), categories AS (
        SELECT c.code FROM cpv_codes c
        WHERE position(' ' || head IN c.words) > 0 AND EXISTS (
            SELECT FROM shelf_counts s JOIN organisations o ON o.id = s.organisation_id AND o.status = 'admitted'
            WHERE s.products > 0 AND s.code ~>=~ rpad(rtrim(c.code, '0'), 2, '0')
                AND s.code ~<~ (rpad(rtrim(c.code, '0'), 2, '0') || '~')
                AND (s.circle_id IS NULL OR s.circle_id = ANY ((SELECT doors.circles())::uuid[]))
        ) ORDER BY char_length(rtrim(c.code, '0')), c.code LIMIT 3
    )
    SELECT jsonb_build_object(
        'suppliers', (SELECT coalesce(jsonb_agg(jsonb_build_array(s.id, s.name) ORDER BY s.name, s.id), '[]')
            FROM suppliers s),
        'categories', (SELECT coalesce(jsonb_agg(c.code), '[]') FROM categories c)
    )
$$
"""

# The search. Of each term at most 2,000 products are read, those it says most about, and of all terms together 6,000,
# the rarest terms first; what commoner terms say is looked up for the best only. So a search costs the same
# whether the market has a hundred thousand products or a million; in a small market nothing is cut off. An answer has
# at least a tenth of the best one's rank: about a third of what was asked. Where nothing was typed, the candidates
# are the newest 6,000 of the shelf, those of chosen suppliers before others.
#
# A candidate that misses one choice is no answer, but counts among those of its kind: what would be found if that kind
# were chosen otherwise. Facets are counted among the first thousand candidates (three thousand once something is
# chosen); of suppliers the twelve fullest. The price is that of an agreement, else of the narrowest price list,
# else of the catalogue, before tiers and promotions. Of a supplier that shows nothing of its stock nothing is in stock.
FIND = f"""
found_products(question jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
    here uuid := nullif(current_setting('app.organisation_id', true), '')::uuid;
    barred uuid[] := ARRAY(SELECT o.id FROM organisations o WHERE o.status <> 'admitted');
    keys text[] := ARRAY(SELECT jsonb_array_elements_text(question -> 'keys'));
    in_category text := question ->> 'category';
    of_sellers uuid[] := (SELECT array_agg(e::uuid) FROM jsonb_array_elements_text(question -> 'sellers') e);
    in_bands integer[] := (SELECT array_agg(e::integer) FROM jsonb_array_elements_text(question -> 'bands') e);
    in_days integer[] := (SELECT array_agg(e::integer) FROM jsonb_array_elements_text(question -> 'days') e);
    in_units text[] := (SELECT array_agg(e) FROM jsonb_array_elements_text(question -> 'units') e);
    only_stocked boolean := question ->> 'in_stock';
    only_agreed boolean := question ->> 'on_contract';
    price_in text := question ->> 'currency';
    today date := question ->> 'today';
    order_by text := question ->> 'order';
    band_limits numeric[] := ARRAY(SELECT e::numeric FROM jsonb_array_elements_text(question -> 'band_limits') e);
    day_limits integer[] := ARRAY(SELECT e::integer FROM jsonb_array_elements_text(question -> 'day_limits') e);
    factors jsonb := question -> 'factors';
    is_typed boolean := jsonb_array_length(question -> 'terms') > 0 OR cardinality(keys) > 0;
    depth integer := CASE WHEN coalesce(of_sellers::text, in_bands::text, in_days::text, in_units::text) IS NOT NULL
        OR only_stocked OR only_agreed OR NOT is_typed THEN 3000 ELSE 1000 END;
    agreements_in_force uuid[] := ARRAY(
        SELECT a.id FROM agreements a WHERE a.buyer_id = here AND a.status = 'concluded' AND a.currency = price_in
            AND today BETWEEN a.starts_on AND a.ends_on
            AND (a.ceiling_amount IS NULL OR a.called_off_amount < a.ceiling_amount)
    );
    silent uuid[] := ARRAY(SELECT y.organisation_id FROM stock_policies y WHERE y.shows = 'nothing');
    lists uuid[] := ARRAY(
        SELECT l.id FROM price_lists l
        WHERE l.currency = price_in AND today BETWEEN l.starts_on AND coalesce(l.ends_on, 'infinity')
            AND (l.buyer_id = here OR l.group_id = ANY ((SELECT doors.circles())::uuid[])
                OR l.buyer_id IS NULL AND l.group_id IS NULL)
        ORDER BY l.buyer_id IS NULL, l.group_id IS NULL
    );
BEGIN
    RETURN (
        WITH asked AS MATERIALIZED (
            SELECT v.id, v.documents, a.category,
                a.factor * ln(1 + (everything.documents - v.documents + 0.5) / (v.documents + 0.5)) AS rarity,
                sum(least(v.documents, 2000)) OVER rarest_first <= 6000
                    OR row_number() OVER rarest_first = 1 AS is_read
            FROM jsonb_to_recordset(question -> 'terms') a (term text, factor real, category text)
            JOIN search_vocabulary v ON v.term = a.term AND v.documents > 0
            CROSS JOIN (SELECT w.documents FROM search_vocabulary w WHERE w.term = '') everything
            WINDOW rarest_first AS (ORDER BY v.documents, v.id, a.category)
        ), termed AS (
            SELECT heaviest.number, sum(heaviest.weight * a.rarity) AS score, sum(a.rarity) AS cover
            FROM asked a
            CROSS JOIN LATERAL (
                SELECT t.number, t.weight FROM search_terms t
                WHERE t.term_id = a.id ORDER BY t.weight DESC LIMIT 2000
            ) heaviest
            WHERE a.is_read AND (a.category = '' OR starts_with(
                (SELECT p.cpv_code FROM products p WHERE p.number = heaviest.number), a.category
            ))
            GROUP BY heaviest.number
        ), shelved AS (
            SELECT number, max(score) AS score FROM (
                (SELECT p.number, 1 AS score FROM products p
                WHERE NOT is_typed AND in_category <> '' AND p.division = left(in_category, 2) AND {shown("p")}
                    AND starts_with(p.cpv_code, in_category)
                ORDER BY p.id DESC LIMIT 6000)
                UNION ALL
                (SELECT p.number, 1 FROM products p
                WHERE NOT is_typed AND in_category = '' AND {shown("p")}
                ORDER BY p.id DESC LIMIT 6000)
                UNION ALL
                (SELECT s.number, 2 FROM unnest(of_sellers) o (id) CROSS JOIN LATERAL (
                    SELECT p.number FROM products p
                    WHERE p.organisation_id = o.id AND starts_with(p.cpv_code, in_category) AND {shown("p")}
                    ORDER BY p.id DESC LIMIT 6000
                ) s
                WHERE NOT is_typed)
            ) shelves GROUP BY number
        ), candidates AS (
            SELECT number, coalesce(t.score, 0) AS score, coalesce(t.cover, 0) AS cover, k.place,
                coalesce(t.score * t.cover, 0) AS rank, max(t.score * t.cover) OVER () AS best
            FROM (SELECT * FROM termed UNION ALL SELECT number, score, 1 FROM shelved) t
            FULL JOIN doors.products_numbered(keys) k USING (number)
        ), answers AS (
            SELECT number, score, cover, place FROM candidates WHERE place IS NOT NULL OR rank >= 0.1 * best
            ORDER BY place, rank DESC, number DESC
        ), shortlist AS MATERIALIZED (
            SELECT c.number, c.score, c.cover, c.place, p.*, f.band, f.days, m.missed[1] AS missed
            FROM answers c
            CROSS JOIN LATERAL (
                SELECT p.id, p.cpv_code, p.organisation_id, p.unit_code, p.content_unit_code, p.pack_size, p.name,
                    p.lead_time_days, p.price_currency, agreed.price IS NOT NULL AS is_agreed,
                    coalesce(agreed.price, listed.price, p.price_amount) AS price,
                    coalesce(p.is_stocked AND p.organisation_id <> ALL (silent) AND (
                        SELECT s.on_hand - s.held - s.reserved >= p.minimum_quantity + CASE s.tracking
                            WHEN 'none' THEN 0
                            ELSE coalesce((SELECT x.quantity FROM doors.expired_stock(ARRAY[p.id], today) x), 0) END
                        FROM stock_levels s WHERE s.product_id = p.id
                    ), false) AS is_in_stock
                FROM products p
                LEFT JOIN LATERAL (
                    SELECT min(n.unit_price_amount) AS price FROM agreement_lines n
                    WHERE n.buyer_id = here AND n.product_id = p.id AND n.agreement_id = ANY (agreements_in_force)
                        AND (n.ceiling_quantity IS NULL OR n.called_off_quantity < n.ceiling_quantity)
                ) agreed ON cardinality(agreements_in_force) > 0
                LEFT JOIN LATERAL (
                    SELECT n.price_amount AS price FROM price_list_lines n
                    WHERE n.product_id = p.id AND n.list_id = ANY (lists)
                        AND today BETWEEN n.starts_on AND coalesce(n.ends_on, 'infinity')
                    ORDER BY array_position(lists, n.list_id), n.price_amount LIMIT 1
                ) listed ON cardinality(lists) > 0
                WHERE p.number = c.number AND {shown("p")} AND p.organisation_id <> ALL (barred)
                    AND (in_category = '' OR starts_with(p.cpv_code, in_category))
                OFFSET 0
            ) p
            CROSS JOIN LATERAL (
                SELECT CASE WHEN p.price_currency = price_in THEN width_bucket(p.price, band_limits) END AS band,
                    width_bucket(p.lead_time_days, day_limits) AS days
            ) f
            CROSS JOIN LATERAL (
                SELECT array_remove(ARRAY[
                    CASE WHEN p.organisation_id <> ALL (of_sellers) THEN 'sellers' END,
                    CASE WHEN NOT coalesce(f.band = ANY (in_bands), in_bands IS NULL) THEN 'bands' END,
                    CASE WHEN f.days <> ALL (in_days) THEN 'days' END,
                    CASE WHEN p.unit_code <> ALL (in_units) THEN 'units' END,
                    CASE WHEN only_stocked AND NOT p.is_in_stock THEN 'in_stock' END,
                    CASE WHEN only_agreed AND NOT p.is_agreed THEN 'on_contract' END
                ], NULL) AS missed
            ) m
            WHERE cardinality(m.missed) < 2
            LIMIT depth
        ), promising AS MATERIALIZED (
            SELECT s.* FROM shortlist s WHERE s.missed IS NULL
            ORDER BY s.place, s.score * s.cover DESC, s.number DESC
            LIMIT CASE order_by WHEN 'best' THEN greatest(200, (question ->> 'skipped')::integer
                + (question ->> 'wanted')::integer) ELSE depth END
        ), ranked AS (
            SELECT p.id, p.number, p.place,
                (p.score + coalesce(more.score, 0)) * (p.cover + coalesce(more.cover, 0)) AS rank,
                CASE order_by
                    WHEN 'price' THEN CASE WHEN p.price_currency = price_in THEN p.price / (
                        CASE WHEN (factors -> p.unit_code ->> 'is_measure')::boolean THEN 1 ELSE
                            p.pack_size * (factors -> p.content_unit_code ->> 'factor')::numeric
                        END * (factors -> p.unit_code ->> 'factor')::numeric
                    ) END
                    WHEN 'days' THEN p.lead_time_days
                END AS figure,
                CASE order_by WHEN 'name' THEN {FOLDED.format("p.name")} END AS letters
            FROM promising p
            LEFT JOIN LATERAL (
                SELECT sum(t.weight * a.rarity) AS score, sum(a.rarity) AS cover
                FROM search_terms t JOIN asked a ON a.id = t.term_id
                WHERE t.number = p.number AND (a.category = '' OR starts_with(p.cpv_code, a.category))
                    AND t.term_id = ANY (ARRAY(SELECT u.id FROM asked u WHERE NOT u.is_read))
            ) more ON order_by = 'best'
        )
        SELECT jsonb_build_object(
            'ids', (
                SELECT coalesce(jsonb_agg(shown.id ORDER BY shown.turn), '[]') FROM (
                    SELECT r.id, row_number() OVER (ORDER BY r.figure, r.letters, r.place, r.rank DESC, r.number DESC)
                        AS turn
                    FROM ranked r ORDER BY turn
                    LIMIT (question ->> 'wanted')::integer OFFSET (question ->> 'skipped')::integer
                ) shown
            ),
            'total', (SELECT count(*) FROM shortlist s WHERE s.missed IS NULL),
            'is_cut_off', (SELECT count(*) = depth FROM shortlist),
            'categories', (
                SELECT coalesce(jsonb_object_agg(c.code, c.products), '{{}}') FROM (
                    SELECT left(s.cpv_code, greatest(2, char_length(in_category) + 1)) AS code, count(*) AS products
                    FROM shortlist s WHERE s.missed IS NULL GROUP BY 1
                ) c
            ),
            'sellers', (
                SELECT coalesce(jsonb_object_agg(o.organisation_id, o.products), '{{}}') FROM (
                    SELECT s.organisation_id, count(*) AS products
                    FROM shortlist s WHERE coalesce(s.missed = 'sellers', true)
                    GROUP BY 1 ORDER BY coalesce(s.organisation_id = ANY (of_sellers), false) DESC, 2 DESC LIMIT 12
                ) o
            ),
            'bands', (
                SELECT coalesce(jsonb_object_agg(b.band, b.products), '{{}}') FROM (
                    SELECT s.band, count(*) AS products FROM shortlist s
                    WHERE s.band IS NOT NULL AND coalesce(s.missed = 'bands', true) GROUP BY 1
                ) b
            ),
            'days', (
                SELECT coalesce(jsonb_object_agg(d.days, d.products), '{{}}') FROM (
                    SELECT s.days, count(*) AS products FROM shortlist s
                    WHERE coalesce(s.missed = 'days', true) GROUP BY 1
                ) d
            ),
            'units', (
                SELECT coalesce(jsonb_object_agg(u.unit_code, u.products), '{{}}') FROM (
                    SELECT s.unit_code, count(*) AS products FROM shortlist s
                    WHERE coalesce(s.missed = 'units', true) GROUP BY 1
                ) u
            ),
            'in_stock', (SELECT count(*) FROM shortlist s WHERE s.is_in_stock AND coalesce(s.missed = 'in_stock', true)),
            'on_contract', (
                SELECT count(*) FROM shortlist s WHERE s.is_agreed AND coalesce(s.missed = 'on_contract', true)
            )
        )
    );
END $$
"""

# As in 0037, but that part numbers are compared without zeros in front.
ALIKE = f"""
products_alike(product uuid) RETURNS TABLE (product_id uuid) LANGUAGE sql STABLE AS $$
    WITH this AS (
        SELECT p.* FROM products p
        WHERE p.id = product AND (
            p.organisation_id = nullif(current_setting('app.organisation_id', true), '')::uuid OR {shown("p")}
        )
    ), alike AS (
        SELECT o.id FROM this JOIN products o ON lpad(o.gtin, 14, '0') = lpad(this.gtin, 14, '0')
        UNION
        SELECT o.id FROM this JOIN products o ON {key("o.maker_part_number")} = {key("this.maker_part_number")}
            AND lower(o.maker) = lower(this.maker)
    )
    SELECT o.id FROM alike JOIN products o USING (id)
    JOIN organisations s ON s.id = o.organisation_id AND s.status = 'admitted'
    WHERE o.id <> product AND {shown("o")}
    ORDER BY o.id LIMIT 30
$$
"""

GONE = (
    "found_products(text[], real[], text[], text, uuid, text, numeric, numeric, integer, integer)",
    "products_alike(uuid)",
)


def upgrade() -> None:
    """The table of synonyms, the indexes, and the doors."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _add_synonyms()
    op.create_index(
        "ix_search_vocabulary_beginning",
        "search_vocabulary",
        [sa.text("term text_pattern_ops")],
        unique=False,
    )
    for name, column in KEYED.items():
        op.drop_index(name, "products")
        op.create_index(name, "products", [sa.text(f"({key(column)}) text_pattern_ops")], unique=False)
    words = f"' ' || {FOLDED.format('label_en')} || ' ' || {FOLDED.format('label_fr')}"
    op.add_column(
        "cpv_codes", sa.Column("words", sa.Text(), sa.Computed(words, persisted=True), nullable=False)
    )
    for signature in GONE:
        op.execute(f"DROP FUNCTION doors.{signature}")
    door("products_numbered(text[])", NUMBERED, to=DOORS)
    door("products_begun(text, integer)", BEGUN)
    door("understood(text[], text[], text[])", UNDERSTOOD)
    door("terms_beginning(text[], integer)", BEGINNING)
    door("places_named(text)", NAMED)
    door("found_products(jsonb)", FIND)
    door("products_alike(uuid)", ALIKE)


def _add_synonyms() -> None:
    op.create_table(
        "synonyms",
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("other", sa.Text(), nullable=False),
        sa.Column("word_terms", sa.Text(), nullable=False),
        sa.Column("other_terms", sa.Text(), nullable=False),
        sa.Column("is_two_way", sa.Boolean(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("category ~ '^([0-9]{2,8})?$'", name=op.f("ck_synonyms_category_form")),
        sa.CheckConstraint("word_terms <> other_terms", name=op.f("ck_synonyms_two_words")),
        sa.CheckConstraint(
            "word_terms <> '' AND other_terms <> ''", name=op.f("ck_synonyms_words_say_something")
        ),
        sa.CheckConstraint(
            "char_length(word) <= 80 AND char_length(other) <= 80", name=op.f("ck_synonyms_words_length")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_synonyms_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_synonyms")),
        sa.UniqueConstraint(
            "word_terms",
            "other_terms",
            "category",
            name=op.f("uq_synonyms_word_terms_other_terms_category"),
        ),
    )
    op.create_index(
        "ix_synonyms_other_terms", "synonyms", ["other_terms"], unique=False, postgresql_where="is_two_way"
    )
    secure(
        "synonyms",
        readers="true",
        writers="false",
        grants="SELECT",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
