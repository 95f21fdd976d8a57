"""How products are counted and found: keys, shelf counts, the search door, and the divisions of the CPV.

Revision ID: 0011
Revises: 0010
"""

from alembic import op
from sqlalchemy import text

from migrations.statements import DOORS, door

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# Regulation (EC) 213/2008, annex I: the divisions of the Common Procurement Vocabulary, in English and French.
DIVISIONS = (
    (
        "03",
        "Agricultural, farming, fishing, forestry and related products",
        "Produits agricoles, de l'élevage, de la pêche, de la sylviculture et produits connexes",
    ),
    (
        "09",
        "Petroleum products, fuel, electricity and other sources of energy",
        "Produits pétroliers, combustibles, électricité et autres sources d'énergie",
    ),
    (
        "14",
        "Mining, basic metals and related products",
        "Produits d'exploitation des mines, métaux de base et produits connexes",
    ),
    (
        "15",
        "Food, beverages, tobacco and related products",
        "Produits alimentaires, boissons, tabac et produits connexes",
    ),
    ("16", "Agricultural machinery", "Machines agricoles"),
    (
        "18",
        "Clothing, footwear, luggage articles and accessories",
        "Vêtements, articles chaussants, bagages et accessoires",
    ),
    (
        "19",
        "Leather and textile fabrics, plastic and rubber materials",
        "Produits en cuir et textiles, matériaux en plastique et en caoutchouc",
    ),
    ("22", "Printed matter and related products", "Imprimés et produits connexes"),
    ("24", "Chemical products", "Produits chimiques"),
    (
        "30",
        "Office and computing machinery, equipment and supplies except furniture and software packages",
        "Machines, matériel et fourniture informatique et de bureau, excepté les meubles et logiciels",
    ),
    (
        "31",
        "Electrical machinery, apparatus, equipment and consumables; lighting",
        "Machines, appareils, équipements et consommables électriques; éclairage",
    ),
    (
        "32",
        "Radio, television, communication, telecommunication and related equipment",
        "Équipements et appareils de radio, de télévision, de communication, de télécommunication et équipements connexes",
    ),
    (
        "33",
        "Medical equipments, pharmaceuticals and personal care products",
        "Matériels médicaux, pharmaceutiques et produits de soins personnels",
    ),
    (
        "34",
        "Transport equipment and auxiliary products to transportation",
        "Équipement de transport et produits auxiliaires pour le transport",
    ),
    (
        "35",
        "Security, fire-fighting, police and defence equipment",
        "Équipement de sécurité, de lutte contre l'incendie, de police et de défense",
    ),
    (
        "37",
        "Musical instruments, sport goods, games, toys, handicraft, art materials and accessories",
        "Instruments de musique, articles de sport, jeux, jouets, articles pour artisanat, articles pour travaux artistiques et accessoires",
    ),
    (
        "38",
        "Laboratory, optical and precision equipments (excl. glasses)",
        "Équipements de laboratoire, d'optique et de précision (excepté les lunettes)",
    ),
    (
        "39",
        "Furniture (incl. office furniture), furnishings, domestic appliances (excl. lighting) and cleaning products",
        "Meubles (y compris les meubles de bureau), aménagements, appareils électroménagers (à l'exclusion de l'éclairage) et produits de nettoyage",
    ),
    ("41", "Collected and purified water", "Eau collectée et purifiée"),
    ("42", "Industrial machinery", "Machines industrielles"),
    (
        "43",
        "Machinery for mining, quarrying, construction equipment",
        "Équipement minier, équipement pour l'exploitation de carrières, matériel de construction",
    ),
    (
        "44",
        "Construction structures and materials; auxiliary products to construction (except electric apparatus)",
        "Matériaux et structures de construction; produits auxiliaires pour la construction (à l'exception des appareils électriques)",
    ),
    ("45", "Construction work", "Travaux de construction"),
    ("48", "Software package and information systems", "Logiciels et systèmes d'information"),
    ("50", "Repair and maintenance services", "Services de réparation et d'entretien"),
    (
        "51",
        "Installation services (except software)",
        "Services d'installation (à l'exception des logiciels)",
    ),
    (
        "55",
        "Hotel, restaurant and retail trade services",
        "Services d'hôtellerie, de restauration et de commerce au détail",
    ),
    (
        "60",
        "Transport services (excl. Waste transport)",
        "Services de transport (à l'exclusion du transport des déchets)",
    ),
    (
        "63",
        "Supporting and auxiliary transport services; travel agencies services",
        "Services d'appui et services auxiliaires dans le domaine des transports, services des agences de voyages",
    ),
    ("64", "Postal and telecommunications services", "Services des postes et télécommunications"),
    ("65", "Public utilities", "Services publics"),
    ("66", "Financial and insurance services", "Services financiers et d'assurance"),
    ("70", "Real estate services", "Services immobiliers"),
    (
        "71",
        "Architectural, construction, engineering and inspection services",
        "Services d'architecture, services de construction, services d'ingénierie et services d'inspection",
    ),
    (
        "72",
        "IT services: consulting, software development, Internet and support",
        "Services de technologies de l'information, conseil, développement de logiciels, internet et appui",
    ),
    (
        "73",
        "Research and development services and related consultancy services",
        "Services de recherche et développement et services de conseil connexes",
    ),
    (
        "75",
        "Administration, defence and social security services",
        "Services de l'administration publique, de la défense et de la sécurité sociale",
    ),
    (
        "76",
        "Services related to the oil and gas industry",
        "Services relatifs à l'industrie du pétrole et du gaz",
    ),
    (
        "77",
        "Agricultural, forestry, horticultural, aquacultural and apicultural services",
        "Services agricoles, sylvicoles, horticoles, d'aquaculture et d'apiculture",
    ),
    (
        "79",
        "Business services: law, marketing, consulting, recruitment, printing and security",
        "Services aux entreprises: droit, marketing, conseil, recrutement, impression et sécurité",
    ),
    ("80", "Education and training services", "Services d'enseignement et de formation"),
    ("85", "Health and social work services", "Services de santé et services sociaux"),
    (
        "90",
        "Sewage, refuse, cleaning and environmental services",
        "Services d'évacuation des eaux usées et d'élimination des déchets, services d'hygiénisation et services relatifs à l'environnement",
    ),
    ("92", "Recreational, cultural and sporting services", "Services récréatifs, culturels et sportifs"),
    (
        "98",
        "Other community, social and personal services",
        "Autres services communautaires, sociaux et personnels",
    ),
)


# Published products that came onto a shelf, plus, and that left one, minus; one statement for all rows that changed.
COUNT = """
CREATE FUNCTION shelves_are_counted() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    changes jsonb;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT jsonb_agg(c) INTO changes FROM (
            SELECT organisation_id, division, visible_to_id, count(*) AS products
            FROM new_rows WHERE status = 'published' GROUP BY 1, 2, 3
        ) c;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT jsonb_agg(c) INTO changes FROM (
            SELECT organisation_id, division, visible_to_id, -count(*) AS products
            FROM old_rows WHERE status = 'published' GROUP BY 1, 2, 3
        ) c;
    ELSE
        SELECT jsonb_agg(c) INTO changes FROM (
            SELECT organisation_id, division, visible_to_id, sum(step) AS products
            FROM (
                SELECT organisation_id, division, visible_to_id, 1 AS step FROM new_rows WHERE status = 'published'
                UNION ALL
                SELECT organisation_id, division, visible_to_id, -1 FROM old_rows WHERE status = 'published'
            ) steps
            GROUP BY 1, 2, 3 HAVING sum(step) <> 0
        ) c;
    END IF;
    IF changes IS NULL THEN
        RETURN NULL;
    END IF;
    INSERT INTO shelf_counts (id, organisation_id, division, visible_to_id, products)
        SELECT uuidv7(), c.organisation_id, c.division, c.visible_to_id, 0
        FROM jsonb_to_recordset(changes) c (organisation_id uuid, division text, visible_to_id uuid)
        ORDER BY 2, 3, 4
        ON CONFLICT DO NOTHING;
    PERFORM FROM shelf_counts s
        WHERE s.organisation_id IN (
            SELECT c.organisation_id FROM jsonb_to_recordset(changes) c (organisation_id uuid)
        )
        ORDER BY s.id FOR UPDATE;
    UPDATE shelf_counts s SET products = s.products + c.products
        FROM jsonb_to_recordset(changes)
            c (organisation_id uuid, division text, visible_to_id uuid, products integer)
        WHERE s.organisation_id = c.organisation_id AND s.division = c.division
            AND s.visible_to_id IS NOT DISTINCT FROM c.visible_to_id;
    RETURN NULL;
END $$
"""

# The search. Of each term at most 2,000 products are read, those it says most about, and of all terms together 6,000,
# the rarest terms first; what commoner terms say is looked up for the best only. So a search costs the same
# whether the market has a hundred thousand products or a million; in a small market nothing is cut off. An answer has
# at least a tenth of the best one's rank: about a third of what was asked. Facets are counted among the first thousand
# answers; of suppliers the twelve fullest.
FIND = """
found_products(
    terms text[], factors real[], keys text[], in_division text, of_seller uuid,
    price_in text, price_from numeric, price_to numeric, skipped integer, wanted integer
) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
    here uuid := nullif(current_setting('app.organisation_id', true), '')::uuid;
    barred uuid[] := ARRAY(SELECT o.id FROM organisations o WHERE o.status <> 'admitted');
BEGIN
    RETURN (
        WITH asked AS MATERIALIZED (
            SELECT v.id, v.term, v.documents,
                a.factor * ln(1 + (everything.documents - v.documents + 0.5) / (v.documents + 0.5)) AS rarity,
                sum(least(v.documents, 2000)) OVER rarest_first <= 6000
                    OR row_number() OVER rarest_first = 1 AS is_read
            FROM unnest(terms, factors) a (term, factor)
            JOIN search_vocabulary v ON v.term = a.term AND v.documents > 0
            CROSS JOIN (SELECT w.documents FROM search_vocabulary w WHERE w.term = '') everything
            WINDOW rarest_first AS (ORDER BY v.documents, v.id)
        ), termed AS (
            SELECT heaviest.number, sum(heaviest.weight * a.rarity) AS score, sum(a.rarity) AS cover
            FROM asked a
            CROSS JOIN LATERAL (
                SELECT t.number, t.weight FROM search_terms t
                WHERE t.term_id = a.id ORDER BY t.weight DESC LIMIT 2000
            ) heaviest
            WHERE a.is_read
            GROUP BY heaviest.number
        ), keyed AS (
            SELECT p.number FROM products p
            WHERE upper(regexp_replace(p.sku, '[^A-Za-z0-9]', '', 'g')) = ANY (keys)
            UNION SELECT p.number FROM products p
            WHERE upper(regexp_replace(p.maker_part_number, '[^A-Za-z0-9]', '', 'g')) = ANY (keys)
            UNION SELECT p.number FROM products p WHERE lpad(p.gtin, 14, '0') = ANY (keys)
        ), candidates AS (
            SELECT number, coalesce(t.score, 0) AS score, coalesce(t.cover, 0) AS cover,
                k.number IS NOT NULL AS is_keyed, coalesce(t.score * t.cover, 0) AS rank,
                max(t.score * t.cover) OVER () AS best
            FROM termed t FULL JOIN keyed k USING (number)
        ), answers AS (
            SELECT number, score, cover, is_keyed FROM candidates WHERE is_keyed OR rank >= 0.1 * best
            ORDER BY is_keyed DESC, rank DESC, number
        ), shortlist AS MATERIALIZED (
            SELECT c.number, c.score, c.cover, c.is_keyed, p.*
            FROM answers c
            CROSS JOIN LATERAL (
                SELECT p.id, p.division, p.organisation_id, p.price_amount, p.price_currency FROM products p
                WHERE p.number = c.number AND p.status = 'published'
                    AND (p.visible_to_id IS NULL OR p.visible_to_id = here)
                    AND p.organisation_id <> ALL (barred)
                    AND (in_division IS NULL OR p.division = in_division)
                    AND (of_seller IS NULL OR p.organisation_id = of_seller)
                    AND (p.price_currency = price_in OR price_from IS NULL AND price_to IS NULL)
                    AND (price_from IS NULL OR p.price_amount >= price_from)
                    AND (price_to IS NULL OR p.price_amount < price_to)
                OFFSET 0
            ) p
            LIMIT 1000
        ), promising AS MATERIALIZED (
            SELECT s.id, s.number, s.score, s.cover, s.is_keyed FROM shortlist s
            ORDER BY s.is_keyed DESC, s.score * s.cover DESC, s.number LIMIT greatest(200, skipped + wanted)
        ), ranked AS (
            SELECT p.id, p.number, p.is_keyed,
                (p.score + coalesce(more.score, 0)) * (p.cover + coalesce(more.cover, 0)) AS rank
            FROM promising p
            CROSS JOIN LATERAL (
                SELECT sum(t.weight * a.rarity) AS score, sum(a.rarity) AS cover
                FROM search_terms t JOIN asked a ON a.id = t.term_id
                WHERE t.number = p.number
                    AND t.term_id = ANY (ARRAY(SELECT u.id FROM asked u WHERE NOT u.is_read))
            ) more
        )
        SELECT jsonb_build_object(
            'ids', (
                SELECT jsonb_agg(shown.id) FROM (
                    SELECT r.id FROM ranked r ORDER BY r.is_keyed DESC, r.rank DESC, r.number
                    LIMIT wanted OFFSET skipped
                ) shown
            ),
            'total', (SELECT count(*) FROM shortlist),
            'keyed', (SELECT count(*) FROM shortlist WHERE is_keyed),
            'documents', (SELECT jsonb_object_agg(a.term, a.documents) FROM asked a),
            'divisions', (
                SELECT jsonb_object_agg(d.division, d.products)
                FROM (SELECT s.division, count(*) AS products FROM shortlist s GROUP BY 1) d
            ),
            'sellers', (
                SELECT jsonb_object_agg(o.organisation_id, o.products)
                FROM (
                    SELECT s.organisation_id, count(*) AS products FROM shortlist s
                    GROUP BY 1 ORDER BY 2 DESC LIMIT 12
                ) o
            ),
            'prices', (
                SELECT jsonb_object_agg(b.band, b.products) FROM (
                    SELECT width_bucket(s.price_amount, ARRAY[10, 50, 200, 1000]::numeric[]) AS band,
                        count(*) AS products
                    FROM shortlist s WHERE s.price_currency = price_in GROUP BY 1
                ) b
            )
        )
    );
END $$
"""

# How many published products this actor may see stand on each shelf, by division and by supplier.
SHELVES = """
shelves(in_division text, of_seller uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
    WITH shown AS (
        SELECT s.division, s.organisation_id, s.products
        FROM shelf_counts s JOIN organisations o ON o.id = s.organisation_id AND o.status = 'admitted'
        WHERE s.products > 0
            AND (s.visible_to_id IS NULL
                OR s.visible_to_id = nullif(current_setting('app.organisation_id', true), '')::uuid)
            AND (in_division IS NULL OR s.division = in_division)
            AND (of_seller IS NULL OR s.organisation_id = of_seller)
    )
    SELECT jsonb_build_object(
        'total', (SELECT coalesce(sum(products), 0) FROM shown),
        'divisions', (SELECT jsonb_object_agg(division, n)
            FROM (SELECT division, sum(products) AS n FROM shown GROUP BY 1) d),
        'sellers', (SELECT jsonb_object_agg(organisation_id, n)
            FROM (SELECT organisation_id, sum(products) AS n FROM shown GROUP BY 1 ORDER BY 2 DESC LIMIT 12) o)
    )
$$
"""

# In how many products each of these terms stands: which of a mistyped word's neighbours are words at all.
NEIGHBOURS = """
known_terms(terms text[]) RETURNS TABLE (term text, documents integer) LANGUAGE sql STABLE AS $$
    SELECT v.term, v.documents FROM search_vocabulary v WHERE v.term = ANY (terms) AND v.documents > 0
$$
"""


TRANSITIONS = {
    "INSERT": "NEW TABLE AS new_rows",
    "DELETE": "OLD TABLE AS old_rows",
    "UPDATE": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
}


def upgrade() -> None:
    """The divisions, the counting trigger, and three doors for those who look for products."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.get_bind().execute(
        text(
            "INSERT INTO cpv_codes (id, code, label_en, label_fr)"
            " VALUES (uuidv7(), :division || '000000', :label_en, :label_fr)"
        ),
        [{"division": code, "label_en": english, "label_fr": french} for code, english, french in DIVISIONS],
    )
    op.execute(COUNT)
    op.execute(f"ALTER FUNCTION shelves_are_counted() OWNER TO {DOORS}")
    for event, rows in TRANSITIONS.items():
        op.execute(
            f"CREATE TRIGGER shelves_are_counted_on_{event.lower()} AFTER {event} ON products"
            f" REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION shelves_are_counted()"
        )
    door("found_products(text[], real[], text[], text, uuid, text, numeric, numeric, integer, integer)", FIND)
    door("shelves(text, uuid)", SHELVES)
    door("known_terms(text[])", NEIGHBOURS)
