"""What the operator looks at before buyers see it: held as it is written, whatever has written it.

A product that is published, or changed in what a buyer judges by, is held at the end of the same statement unless
exactly this content was let through. Where nothing is looked at, a statement asks one empty table.

Revision ID: 0171
Revises: 0170
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.statements import DOORS, guard, secure

revision = "0171"
down_revision = "0170"
branch_labels = None
depends_on = None

DEFINER = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp"
STATES = "'draft', 'published', 'held', 'refused', 'withdrawn'"
OFFERED = "('published', 'held', 'refused')"
# What a buyer judges a product by; prices, minimum, stock and who sees it are none of it.
JUDGED = (
    "sku",
    "name",
    "description",
    "cpv_code",
    "gtin",
    "maker",
    "maker_part_number",
    "unit_code",
    "pack_size",
    "content_unit_code",
)

# What is said of it in tables of its own: what each is called in a content, and what a row of it (as jsonb) adds there.
SAID = {
    "product_attributes": ("attributes", "jsonb_build_object(said.row->>'attribute_id', said.row->'value')"),
    "product_facts": (
        "facts",
        "jsonb_strip_nulls(said.row - '{id,product_id,organisation_id}'::text[])",
    ),
    "product_certificates": ("certificates", "jsonb_build_object(said.row->>'name', said.row->'expires_on')"),
}


def _said(table: str, rows: str) -> str:
    """What `rows` of that table, a select of jsonb, say of a product together."""
    return f"""(
        SELECT coalesce(jsonb_object_agg(part.key, part.value), '{{}}')
        FROM ({rows}) said (row) CROSS JOIN LATERAL jsonb_each({SAID[table][1]}) part
    )"""


def _said_now(table: str) -> str:
    return _said(table, f"SELECT to_jsonb(t) FROM {table} t WHERE t.product_id = p.id")


# The picture by its bytes: the same one filed again is the same.
CONTENT = f"""
CREATE FUNCTION product_content(p products) RETURNS jsonb LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT jsonb_build_object(
        {", ".join(f"'{name}', p.{name}" for name in JUDGED if name != "pack_size")},
        'pack_size', trim_scale(p.pack_size)::text,
        'picture', (SELECT f.sha256 FROM stored_files f WHERE f.id = p.image_file_id),
        {", ".join(f"'{name}', {_said_now(table)}" for table, (name, _) in SAID.items())}
    )
$$
"""
IS_MODERATED = """
CREATE FUNCTION is_moderated(supplier uuid) RETURNS boolean LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT coalesce(
        (SELECT is_on FROM moderations WHERE organisation_id = supplier),
        (SELECT is_on FROM moderations WHERE organisation_id IS NULL),
        false
    )
$$
"""
MODERATE = f"""
CREATE FUNCTION moderate_products(ids uuid[]) RETURNS void LANGUAGE sql
SET search_path = public, pg_temp AS $$
    WITH due AS MATERIALIZED (
        SELECT p.id, p.organisation_id, p.status,
            CASE c.content WHEN r.let_through THEN 'published' WHEN r.refused THEN 'refused' ELSE 'held' END AS target
        FROM products p CROSS JOIN LATERAL product_content(p) c (content)
        LEFT JOIN product_reviews r ON r.product_id = p.id
        WHERE p.id = ANY (ids) AND p.status IN {OFFERED}
    ), waiting AS (
        INSERT INTO product_reviews AS r (id, product_id, organisation_id, reason, held_at)
        SELECT uuidv7(), d.id, d.organisation_id, '', present_moment() FROM due d WHERE d.target = 'held'
        ON CONFLICT (product_id) DO UPDATE SET held_at = coalesce(r.held_at, excluded.held_at)
    ), settled AS (
        UPDATE product_reviews r SET held_at = NULL FROM due d
        WHERE r.product_id = d.id AND d.target <> 'held' AND r.held_at IS NOT NULL
    )
    UPDATE products p SET status = d.target FROM due d WHERE p.id = d.id AND p.status <> d.target
$$
"""
# What buyers saw until this statement is kept, to be laid beside what is new.
PRODUCTS = f"""
CREATE FUNCTION products_are_moderated() RETURNS trigger {DEFINER} AS $$
DECLARE
    touched uuid[];
BEGIN
    IF NOT EXISTS (SELECT FROM moderations WHERE is_on) THEN
        RETURN NULL;
    ELSIF TG_OP = 'INSERT' THEN
        SELECT array_agg(n.id) INTO touched FROM new_rows n
        WHERE n.status IN {OFFERED} AND is_moderated(n.organisation_id);
    ELSE
        WITH judged AS MATERIALIZED (
            SELECT n.id, n.status, o.status AS old_status, to_jsonb(o) AS old,
                ({", ".join(f"n.{name}" for name in (*JUDGED, "image_file_id"))}) IS DISTINCT FROM
                ({", ".join(f"o.{name}" for name in (*JUDGED, "image_file_id"))}) AS is_other
            FROM new_rows n JOIN old_rows o ON o.id = n.id
            WHERE n.status IN {OFFERED} AND is_moderated(n.organisation_id)
        ), seen AS (
            INSERT INTO product_reviews (id, product_id, organisation_id, reason, shown)
            SELECT uuidv7(), p.id, p.organisation_id, '', product_content(p)
            FROM judged j CROSS JOIN LATERAL jsonb_populate_record(NULL::products, j.old) p
            WHERE j.is_other AND j.old_status = 'published'
            ON CONFLICT (product_id) DO UPDATE SET shown = excluded.shown
        )
        SELECT array_agg(j.id) INTO touched FROM judged j WHERE j.is_other OR j.status <> j.old_status;
    END IF;
    IF touched IS NOT NULL THEN
        PERFORM moderate_products(touched);
    END IF;
    RETURN NULL;
END $$
"""


def _said_before(table: str) -> str:
    return _said(
        table,
        f"SELECT to_jsonb(t) FROM {table} t WHERE t.product_id = p.id AND t.id <> ALL (came)"
        " UNION ALL SELECT g FROM jsonb_array_elements(gone) g WHERE g->>'product_id' = p.id::text",
    )


def _are_moderated(table: str) -> str:
    """The products are held meanwhile, so that nobody lets one through that is just being written into."""
    return f"""
CREATE FUNCTION {table}_are_moderated() RETURNS trigger {DEFINER} AS $$
DECLARE
    came uuid[] := '{{}}';
    gone jsonb := '[]';
    touched uuid[] := '{{}}';
BEGIN
    IF NOT EXISTS (SELECT FROM moderations WHERE is_on) THEN
        RETURN NULL;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        SELECT coalesce(array_agg(id), '{{}}'), coalesce(array_agg(product_id), '{{}}') INTO came, touched FROM new_rows;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        SELECT coalesce(jsonb_agg(to_jsonb(o)), '[]'), touched || coalesce(array_agg(product_id), '{{}}')
            INTO gone, touched FROM old_rows o;
    END IF;
    PERFORM FROM products WHERE id = ANY (touched) ORDER BY id FOR NO KEY UPDATE;
    SELECT coalesce(array_agg(id), '{{}}') INTO touched FROM products
        WHERE id = ANY (touched) AND status IN {OFFERED} AND is_moderated(organisation_id);
    INSERT INTO product_reviews AS r (id, product_id, organisation_id, reason, shown)
        SELECT uuidv7(), p.id, p.organisation_id, '',
            product_content(p) || jsonb_build_object('{SAID[table][0]}', {_said_before(table)})
        FROM products p WHERE p.id = ANY (touched) AND p.status = 'published'
        ON CONFLICT (product_id) DO UPDATE SET shown = coalesce(r.let_through, excluded.shown);
    PERFORM moderate_products(touched);
    RETURN NULL;
END $$
"""


ROWS = {
    "INSERT": "NEW TABLE AS new_rows",
    "UPDATE": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "DELETE": "OLD TABLE AS old_rows",
}


def upgrade() -> None:
    """Two tables, two more states of a product, and the triggers that bring it into them.

    They run after `shelves_are_counted`, by their names: what is held was counted before it is counted out.
    """
    op.execute("SET LOCAL lock_timeout = '5s'")
    _add_tables()
    _add_states()
    for function in (CONTENT, IS_MODERATED, MODERATE, PRODUCTS, *map(_are_moderated, SAID)):
        op.execute(function)
    for table, function, events in (
        ("products", "products_are_moderated", ("INSERT", "UPDATE")),
        *((table, f"{table}_are_moderated", ("INSERT", "UPDATE", "DELETE")) for table in SAID),
    ):
        op.execute(f"ALTER FUNCTION {function}() OWNER TO {DOORS}")
        for event in events:
            op.execute(
                f"CREATE TRIGGER then_{function}_on_{event.lower()} AFTER {event} ON {table}"
                f" REFERENCING {ROWS[event]} FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
            )


def _add_tables() -> None:
    op.create_table(
        "moderations",
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("from_number", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_moderations_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderations")),
        sa.UniqueConstraint(
            "organisation_id",
            name=op.f("uq_moderations_organisation_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "product_reviews",
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("shown", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("let_through", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("refused", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("char_length(reason) <= 500", name=op.f("ck_product_reviews_reason_length")),
        sa.CheckConstraint(
            "refused IS NULL OR reason <> ''", name=op.f("ck_product_reviews_refused_with_reason")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_product_reviews_organisation_id")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_product_reviews_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_reviews")),
        sa.UniqueConstraint("product_id", name=op.f("uq_product_reviews_product_id")),
    )
    op.create_index(
        "ix_product_reviews_waiting",
        "product_reviews",
        ["held_at", "id"],
        postgresql_where="held_at IS NOT NULL",
    )
    op.create_index(op.f("ix_product_reviews_organisation_id"), "product_reviews", ["organisation_id"])
    platform_grants = "SELECT, INSERT, UPDATE, DELETE"
    secure("moderations", readers="false", writers="false", grants="", platform_grants=platform_grants)
    secure(
        "product_reviews",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE}",
        grants="SELECT",
        platform_grants=platform_grants,
    )


def _add_states() -> None:
    """Nobody writes a product as held: it becomes so."""
    op.create_check_constraint(op.f("ck_products_status"), "products", f"status in ({STATES})")
    op.execute("DROP TRIGGER lifecycle_guard ON products")
    guard(
        "products",
        "draft",
        ">published",
        "draft>published",
        "held>published",
        "held>refused",
        "held>withdrawn",
        "published>held",
        "published>refused",
        "published>withdrawn",
        "refused>held",
        "refused>published",
        "refused>withdrawn",
        "withdrawn>published",
    )
