"""The search is narrowed by the certificates that products bear, and counts them: those that hold on the day.

Revision ID: 0193
Revises: 0192
"""

from migrations.statements import reword_doors, shown

revision = "0193"
down_revision = "0192"
branch_labels = None
depends_on = None

IN_UNITS = "in_units text[] := (SELECT array_agg(e) FROM jsonb_array_elements_text(question -> 'units') e);"
HOLDS = "coalesce(c.expires_on >= today, true)"
# Where no words are asked, what bears a chosen certificate is found by its name, however long ago it came on the shelf.
BEARING = f"""UNION ALL
                (SELECT p.number, 2 FROM product_certificates c JOIN products p ON p.id = c.product_id
                WHERE NOT is_typed AND c.name = ANY (in_certificates) AND {HOLDS} AND {{shown}}
                    AND starts_with(p.cpv_code, in_category)
                ORDER BY p.id DESC LIMIT 6000)
            ) shelves GROUP BY number"""
COUNTED = """'certificates', (
                SELECT coalesce(jsonb_object_agg(b.name, b.products), '{}') FROM (
                    SELECT born.name, count(*) AS products
                    FROM shortlist s CROSS JOIN LATERAL unnest(s.certificates) born (name)
                    WHERE coalesce(s.missed = 'certificates', true)
                    GROUP BY 1 ORDER BY coalesce(born.name = ANY (in_certificates), false) DESC, 2 DESC, 1 LIMIT 12
                ) b
            ),
            'in_stock', (SELECT count(*)"""
REWORDED = {
    IN_UNITS: f"{IN_UNITS}\n    {IN_UNITS.replace('units', 'certificates')}",
    "in_days::text, in_units::text)": "in_days::text, in_units::text, in_certificates::text)",
    ") shelves GROUP BY number": BEARING.replace("{shown}", shown("p")),
    "p.lead_time_days, p.price_currency, agreed.price IS NOT NULL AS is_agreed,": (
        "p.lead_time_days, p.price_currency, agreed.price IS NOT NULL AS is_agreed,\n"
        "                    ARRAY(SELECT c.name FROM product_certificates c"
        f" WHERE c.product_id = p.id AND {HOLDS}) AS certificates,"
    ),
    "CASE WHEN p.unit_code <> ALL (in_units) THEN 'units' END,": (
        "CASE WHEN p.unit_code <> ALL (in_units) THEN 'units' END,\n"
        "                    CASE WHEN NOT p.certificates && in_certificates THEN 'certificates' END,"
    ),
    "'in_stock', (SELECT count(*)": COUNTED,
}


def upgrade() -> None:
    """One door says more."""
    for old, new in REWORDED.items():
        reword_doors(old, new)
