"""The documents of products: handed in once by their bytes, named by many products, looked at like all that is said.

Revision ID: 0192
Revises: 0210
"""

import sqlalchemy as sa
from alembic import op

from migrations.statements import DOORS, secure

revision = "0192"
down_revision = "0210"
branch_labels = None
depends_on = None

PRODUCT = "EXISTS (SELECT FROM products p WHERE p.id = product_id"
KINDS = "'data_sheet', 'safety_data_sheet', 'certificate', 'instructions', 'drawing', 'warranty', 'other'"
TONGUES = (
    "'bg', 'cs', 'da', 'de', 'el', 'en', 'es', 'et', 'fi', 'fr', 'ga', 'hr', 'hu', 'it', 'lt', 'lv', 'mt', 'nb', 'nl',"
    " 'pl', 'pt', 'ro', 'sk', 'sl', 'sv', 'mul'"
)
FORMS = {
    "kind_known": f"kind IN ({KINDS})",
    "language_known": f"language IN ({TONGUES})",
    "title_form": "char_length(title) BETWEEN 1 AND 120 AND title !~ ';'",
    "certificate_form": "char_length(certificate) BETWEEN 1 AND 80 AND certificate !~ ';'",
}
# What was judged so far, as migration 0171 has it, and the documents by their bytes.
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
SAID = {
    "product_attributes": ("attributes", "jsonb_build_object(said.row->>'attribute_id', said.row->'value')"),
    "product_facts": ("facts", "jsonb_strip_nulls(said.row - '{id,product_id,organisation_id}'::text[])"),
    "product_certificates": ("certificates", "jsonb_build_object(said.row->>'name', said.row->'expires_on')"),
    "product_documents": (
        "documents",
        "jsonb_build_object(said.row->>'sha256', said.row - '{id,product_id,organisation_id,sha256}'::text[])",
    ),
}
DOCUMENTS = "product_documents"
OFFERED = "('published', 'held', 'refused')"
ROWS = {
    "INSERT": "NEW TABLE AS new_rows",
    "UPDATE": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "DELETE": "OLD TABLE AS old_rows",
}


def _said(table: str, rows: str) -> str:
    return f"""(
        SELECT coalesce(jsonb_object_agg(part.key, part.value), '{{}}')
        FROM ({rows}) said (row) CROSS JOIN LATERAL jsonb_each({SAID[table][1]}) part
    )"""


def _said_now(table: str) -> str:
    return _said(table, f"SELECT to_jsonb(t) FROM {table} t WHERE t.product_id = p.id")


CONTENT = f"""
CREATE OR REPLACE FUNCTION product_content(p products) RETURNS jsonb LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT jsonb_build_object(
        {", ".join(f"'{name}', p.{name}" for name in JUDGED if name != "pack_size")},
        'pack_size', trim_scale(p.pack_size)::text,
        'picture', (SELECT f.sha256 FROM stored_files f WHERE f.id = p.image_file_id),
        {", ".join(f"'{name}', {_said_now(table)}" for table, (name, _) in SAID.items())}
    )
$$
"""
SAID_BEFORE = _said(
    DOCUMENTS,
    f"SELECT to_jsonb(t) FROM {DOCUMENTS} t WHERE t.product_id = p.id AND t.id <> ALL (came)"
    " UNION ALL SELECT g FROM jsonb_array_elements(gone) g WHERE g->>'product_id' = p.id::text",
)
ARE_MODERATED = f"""
CREATE FUNCTION product_documents_are_moderated() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
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
            product_content(p) || jsonb_build_object('documents', {SAID_BEFORE})
        FROM products p WHERE p.id = ANY (touched) AND p.status = 'published'
        ON CONFLICT (product_id) DO UPDATE SET shown = coalesce(r.let_through, excluded.shown);
    PERFORM moderate_products(touched);
    RETURN NULL;
END $$
"""
# Nothing that was judged until now had a document.
UNTIL_NOW = """
UPDATE product_reviews SET shown = shown || '{"documents": {}}', let_through = let_through || '{"documents": {}}',
    refused = refused || '{"documents": {}}'
"""


def upgrade() -> None:
    """Two tables, and what is judged knows them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _create_attachments()
    _create_documents()
    op.execute(CONTENT)
    op.execute("ALTER TABLE product_reviews NO FORCE ROW LEVEL SECURITY")
    op.execute(UNTIL_NOW)
    op.execute("ALTER TABLE product_reviews FORCE ROW LEVEL SECURITY")
    op.execute(ARE_MODERATED)
    op.execute(f"ALTER FUNCTION product_documents_are_moderated() OWNER TO {DOORS}")
    for event, rows in ROWS.items():
        op.execute(
            f"CREATE TRIGGER then_product_documents_are_moderated_on_{event.lower()} AFTER {event}"
            f" ON product_documents REFERENCING {rows}"
            " FOR EACH STATEMENT EXECUTE FUNCTION product_documents_are_moderated()"
        )


def _create_attachments() -> None:
    op.create_unique_constraint(
        op.f("uq_stored_files_id_owner_id_sha256"), "stored_files", ["id", "owner_id", "sha256"]
    )
    op.create_table(
        "attachments",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("attached_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_attachments_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["file_id", "organisation_id", "sha256"],
            ["stored_files.id", "stored_files.owner_id", "stored_files.sha256"],
            name=op.f("fk_attachments_file_id_organisation_id_sha256"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
        sa.UniqueConstraint("organisation_id", "sha256", name=op.f("uq_attachments_organisation_id_sha256")),
    )
    secure(
        "attachments",
        readers="organisation_id = {HERE}",
        writers="organisation_id = {HERE}",
        grants="SELECT, INSERT",
        platform_grants="SELECT, INSERT",
    )


def _create_documents() -> None:
    op.create_table(
        "product_documents",
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("certificate", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        *(
            sa.CheckConstraint(condition, name=op.f(f"ck_product_documents_{name}"))
            for name, condition in FORMS.items()
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "sha256"],
            ["attachments.organisation_id", "attachments.sha256"],
            name=op.f("fk_product_documents_organisation_id_sha256"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_product_documents_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_product_documents_product_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_documents")),
        sa.UniqueConstraint("product_id", "sha256", name=op.f("uq_product_documents_product_id_sha256")),
    )
    op.create_index("ix_product_documents_file", "product_documents", ["organisation_id", "sha256"])
    secure(
        "product_documents",
        readers=f"organisation_id = {{HERE}} OR ({PRODUCT}))",
        writers=f"organisation_id = {{HERE}} AND ({PRODUCT} AND p.organisation_id = {{HERE}}))",
        grants="SELECT, INSERT, UPDATE, DELETE",
        platform_grants="SELECT, INSERT, UPDATE, DELETE",
    )
