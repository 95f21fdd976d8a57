"""What does one order write? The same rows of the same tables as the portal writes, by SQL alone.

As the owner, whom row-level security does not bind. The tables' guards (triggers, foreign keys) hold, and the triggers
write their part; on a connection without guards the statements in WRITTEN_BY_TRIGGERS do.
"""

from contextlib import nullcontext
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from marketplace.foundation import clock
from marketplace.foundation.db import new_id

LOCK: LiteralString = "SELECT status FROM requisitions WHERE id = %(requisition)s FOR UPDATE"
ORDER: LiteralString = """
WITH counted AS (
    INSERT INTO number_series AS n (id, organisation_id, series, last)
    SELECT uuidv7(), organisation_id, %(series)s, 1 FROM requisitions WHERE id = %(requisition)s
    ON CONFLICT (organisation_id, series) DO UPDATE SET last = n.last + 1 RETURNING last
)
INSERT INTO purchase_orders (id, buyer_id, seller_id, number, requisition_id, cost_centre_id, ship_to, requested_on,
    status, version, total_amount, total_currency, approved_total_amount, approved_total_currency, placed_by, placed_at)
SELECT %(order)s, r.organisation_id,
    (SELECT l.seller_id FROM requisition_lines l WHERE l.requisition_id = r.id LIMIT 1),
    %(series)s || '-' || lpad(counted.last::text, 5, '0'), r.id, r.cost_centre_id,
    concat_ws(', ', s.name, s.street, s.postal_code || ' ' || s.city, s.country), r.needed_on,
    'placed', 1, r.total_amount, r.total_currency, r.total_amount, r.total_currency, %(person)s, %(now)s
FROM requisitions r JOIN sites s ON s.id = r.site_id CROSS JOIN counted WHERE r.id = %(requisition)s
"""
LINES: LiteralString = """
INSERT INTO purchase_order_lines (id, order_id, buyer_id, seller_id, position, requisition_line_id, product_id, sku,
    name, unit_code, quantity, unit_price_amount, unit_price_currency, line_total_amount, line_total_currency,
    agreement_line_id, shipped, accepted, damaged, missing, over, replaced)
SELECT uuidv7(), %(order)s, organisation_id, seller_id, row_number() OVER (ORDER BY position), id, product_id, sku,
    name, unit_code, quantity, unit_price_amount, unit_price_currency, line_total_amount, line_total_currency,
    agreement_line_id, 0, 0, 0, 0, 0, 0
FROM requisition_lines WHERE requisition_id = %(requisition)s
"""
VERSION: LiteralString = """
INSERT INTO order_versions (id, order_id, buyer_id, seller_id, version, kind, author_id, author_name, reason, snapshot,
    sha256, made_at)
SELECT uuidv7(), o.id, o.buyer_id, o.seller_id, 1, 'placed', o.buyer_id, o.placed_by, '', t.terms,
    encode(sha256(convert_to(t.terms::text, 'UTF8')), 'hex'), o.placed_at
FROM purchase_orders o CROSS JOIN LATERAL (
    SELECT jsonb_build_object('number', o.number, 'version', 1, 'ship_to', o.ship_to, 'requested_on', o.requested_on,
        'currency', o.total_currency, 'total', trim_scale(o.total_amount)::text, 'lines', jsonb_agg(jsonb_build_object(
            'order_line_id', l.id, 'position', l.position, 'product_id', l.product_id, 'sku', l.sku, 'name', l.name,
            'unit_code', l.unit_code, 'quantity', trim_scale(l.quantity)::text,
            'unit_price', trim_scale(l.unit_price_amount)::text, 'line_total', trim_scale(l.line_total_amount)::text,
            'promised_on', NULL) ORDER BY l.position)) AS terms
    FROM purchase_order_lines l WHERE l.order_id = o.id
) t WHERE o.id = %(order)s
"""
CALL_OFFS: LiteralString = """
INSERT INTO call_offs (id, agreement_id, agreement_line_id, buyer_id, seller_id, order_id, quantity, amount,
    called_off_on)
SELECT uuidv7(), a.agreement_id, a.id, l.buyer_id, l.seller_id, l.order_id, l.quantity, l.line_total_amount, %(today)s
FROM purchase_order_lines l JOIN agreement_lines a ON a.id = l.agreement_line_id WHERE l.order_id = %(order)s
"""
RESERVATIONS: LiteralString = """
UPDATE stock_reservations SET holder_id = %(order)s, expires_at = NULL
WHERE holder_id = %(requisition)s AND status = 'open'
"""
BUDGET: LiteralString = """
INSERT INTO budget_entries (id, organisation_id, budget_id, document_id, kind, committed, spent, currency, entered_at,
    entered_by)
SELECT uuidv7(), c.organisation_id, c.budget_id, e.document_id, e.kind, e.factor * c.committed, 0, c.currency, %(now)s,
    %(person)s
FROM budget_commitments c CROSS JOIN (
    VALUES (%(requisition)s::uuid, 'handed_over', -1), (%(order)s::uuid, 'taken_over', 1)
) e (document_id, kind, factor)
WHERE c.document_id = %(requisition)s
"""
REQUISITION: LiteralString = "UPDATE requisitions SET status = 'ordered' WHERE id = %(requisition)s"
NEWS: LiteralString = """
INSERT INTO news (id, name, subject, subject_id, payload, owner_id, counterparty_id, organisation_id, person_id,
    person_name, reason, happened_at)
SELECT uuidv7(), n.name, n.subject, n.subject_id, n.payload, o.buyer_id, n.counterparty_id, o.buyer_id, r.requester_id,
    o.placed_by, '', o.placed_at
FROM purchase_orders o JOIN requisitions r ON r.id = o.requisition_id
JOIN order_versions v ON v.order_id = o.id CROSS JOIN LATERAL (
    VALUES ('OrderPlaced', 'order', o.id, v.snapshot, o.seller_id), ('RequisitionOrdered', 'requisition', r.id,
        jsonb_build_object('number', r.number, 'order_numbers', jsonb_build_array(o.number)), NULL)
) n (name, subject, subject_id, payload, counterparty_id)
WHERE o.id = %(order)s
"""
PLACE = (LOCK, ORDER, LINES, VERSION, CALL_OFFS, RESERVATIONS, BUDGET, REQUISITION, NEWS)

WRITTEN_BY_TRIGGERS: tuple[LiteralString, ...] = (
    """
    UPDATE agreement_lines a SET called_off_quantity = a.called_off_quantity + c.quantity
    FROM call_offs c WHERE c.agreement_line_id = a.id AND c.order_id = %(order)s
    """,
    """
    UPDATE agreements a SET called_off_amount = a.called_off_amount + c.amount FROM (
        SELECT agreement_id, sum(amount) AS amount FROM call_offs WHERE order_id = %(order)s GROUP BY 1
    ) c WHERE a.id = c.agreement_id
    """,
    """
    INSERT INTO budget_commitments (id, organisation_id, budget_id, document_id, committed, spent, currency)
    SELECT e.id, e.organisation_id, e.budget_id, e.document_id, e.committed, 0, e.currency
    FROM budget_entries e WHERE e.document_id = %(order)s
    """,
    "UPDATE budget_commitments SET committed = 0 WHERE document_id = %(requisition)s",
    """
    INSERT INTO pending_news (id, news_id, subject_id, position, next_try_at)
    SELECT uuidv7(), id, subject_id, position, happened_at + interval '10 seconds'
    FROM news WHERE subject_id IN (%(order)s, %(requisition)s) AND name IN ('OrderPlaced', 'RequisitionOrdered')
    """,
)


def connect(url: str, *, is_guarded: bool = True) -> psycopg.Connection[Any]:
    """An owner's connection; without guards no trigger fires and no foreign key is checked."""
    connection = psycopg.connect(url, autocommit=True)
    if not is_guarded:
        connection.execute("SET session_replication_role = replica")
    return connection


def place(
    connection: psycopg.Connection[Any],
    requisition_id: UUID,
    *,
    is_guarded: bool = True,
    is_one_trip: bool = False,
) -> None:
    """Turn an approved requisition into its order: statement by statement, or all of them in one round trip."""
    known = {
        "requisition": requisition_id,
        "order": new_id(),
        "series": f"PO-{clock.today().year}",
        "person": "requester",
        "now": clock.now(),
        "today": clock.today(),
    }
    with connection.pipeline() if is_one_trip else nullcontext(), connection.transaction():
        for statement in PLACE if is_guarded else (*PLACE, *WRITTEN_BY_TRIGGERS):
            connection.execute(statement, known)
