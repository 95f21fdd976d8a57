"""Where do enough approved requisitions come from? The one that the domain made is copied, with all that it holds.

Set-based, past the triggers: number, approval and its hash, reserved stock and committed budget are each copy's own,
and the totals beside them are kept true.
"""

from typing import Any, LiteralString
from uuid import UUID

import psycopg

TWINS: LiteralString = """
CREATE TEMP TABLE twins ON COMMIT DROP AS
SELECT uuidv7() AS id, uuidv7() AS run_id, format('%%s-%%s-%%s', r.number, known.rows, n) AS number
FROM generate_series(1, %(count)s) n, requisitions r, (SELECT count(*) AS rows FROM requisitions) known
WHERE r.id = %(pattern)s
"""
COPY: LiteralString = """
INSERT INTO {table} SELECT (jsonb_populate_record(p, to_jsonb(p) || {changes})).* FROM {table} p, twins t WHERE {which}
"""
PARTS: dict[LiteralString, tuple[LiteralString, LiteralString]] = {
    "approval_runs": (
        "jsonb_build_object('id', t.run_id, 'document_id', t.id, 'document_number', t.number)",
        "p.document_id = %(pattern)s",
    ),
    "requisitions": (
        "jsonb_build_object('id', t.id, 'number', t.number, 'approval_run_id', t.run_id)",
        "p.id = %(pattern)s",
    ),
    "requisition_lines": (
        "jsonb_build_object('id', uuidv7(), 'requisition_id', t.id)",
        "p.requisition_id = %(pattern)s",
    ),
    "stock_reservations": (
        "jsonb_build_object('id', uuidv7(), 'holder_id', t.id)",
        "p.holder_id = %(pattern)s AND p.status = 'open'",
    ),
    "budget_commitments": (
        "jsonb_build_object('id', uuidv7(), 'document_id', t.id)",
        "p.document_id = %(pattern)s",
    ),
}
TRUE_AGAIN: tuple[LiteralString, ...] = (
    "UPDATE requisitions r SET content_hash = requisition_hash(r) FROM twins t WHERE r.id = t.id",
    """
    UPDATE approval_runs a SET document_hash = r.content_hash FROM twins t JOIN requisitions r ON r.id = t.id
    WHERE a.id = t.run_id
    """,
    """
    UPDATE stock_levels s SET reserved = s.reserved + r.quantity * %(count)s FROM stock_reservations r
    WHERE s.product_id = r.product_id AND r.holder_id = %(pattern)s AND r.status = 'open'
    """,
    """
    UPDATE budgets b SET committed = b.committed + c.committed * %(count)s FROM budget_commitments c
    WHERE b.id = c.budget_id AND c.document_id = %(pattern)s
    """,
)


def copies(url: str, pattern_id: UUID, count: int) -> list[UUID]:
    """The ids of so many more approved requisitions like that one, which itself stays unordered."""
    known: dict[str, Any] = {"pattern": pattern_id, "count": count}
    with psycopg.connect(url) as connection:
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute(TWINS, known)
        for table, (changes, which) in PARTS.items():
            connection.execute(COPY.format(table=table, changes=changes, which=which), known)
        for statement in TRUE_AGAIN:
            connection.execute(statement, known)
        return [row[0] for row in connection.execute("SELECT id FROM twins").fetchall()]
