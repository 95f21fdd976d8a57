"""Is everything true that must always be true?

Each invariant is a question to the live database whose healthy answer is no row at all; a row names what is wrong.
Rooms that keep something summed, chained or filed have their line here.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, text

from marketplace.buyers.receiving.queries import count_findings
from marketplace.foundation import clock
from marketplace.foundation.db import Base, runtime_engine, session
from marketplace.foundation.errors import Refusal
from marketplace.foundation.files import StoredFile, read_content
from marketplace.foundation.tenancy import DOORS_ROLE, PLATFORM_ROLE, RUNTIME_ROLE, TENANT_ROLE, platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.identity.audit.queries import broken_chains
from marketplace.sellers.catalogue.queries import shelf_findings
from marketplace.sellers.fulfilment.queries import fulfilment_findings
from marketplace.sellers.items.queries import item_findings
from marketplace.sellers.moderation.queries import moderation_findings
from marketplace.sellers.price_lists.queries import price_findings
from marketplace.sellers.replenishment.queries import arrival_findings
from marketplace.sellers.search.queries import index_findings
from marketplace.sellers.stock.findings import place_findings, stock_findings
from marketplace.sellers.stocktaking.queries import count_sheet_findings
from marketplace.sellers.versions.queries import version_findings

SHOWN = 3


@dataclass(frozen=True)
class Finding:
    """What was found of one invariant; `detail` names the first offenders."""

    name: str
    is_healthy: bool
    detail: str


UNPROTECTED = """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND c.relname <> 'alembic_version'
      AND NOT (c.relrowsecurity AND c.relforcerowsecurity
               AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'readers'))
"""
POWERFUL_ROLES = f"""
    SELECT rolname FROM pg_roles WHERE rolname IN ('{RUNTIME_ROLE}', '{TENANT_ROLE}', '{PLATFORM_ROLE}', '{DOORS_ROLE}')
      AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb)
"""
OWNED_BY_RUNTIME = f"""
    SELECT c.relname FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
    WHERE r.rolname IN ('{RUNTIME_ROLE}', '{TENANT_ROLE}', '{PLATFORM_ROLE}')
    UNION ALL
    SELECT p.proname FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner
    WHERE r.rolname IN ('{RUNTIME_ROLE}', '{TENANT_ROLE}', '{PLATFORM_ROLE}')
"""
WITHOUT_PATH = """
    SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname IN ('doors', 'public')
      AND NOT coalesce(p.proconfig @> ARRAY['search_path=public, pg_temp'], false)
"""
LOST_NEWS = (
    "SELECT news_id::text || ' ' || coalesce(last_error, '') FROM pending_news WHERE next_try_at < :long_ago"
)
OVERSPENT = """
    SELECT order_number FROM payments WHERE paid > 0 AND released + refunded > paid
"""
PAYMENT_PARTS = """
    SELECT p.order_number FROM payments p
    CROSS JOIN LATERAL (SELECT coalesce(sum(amount), 0) AS total FROM payment_acceptances
        WHERE payment_id = p.id) accepted
    CROSS JOIN LATERAL (SELECT coalesce(sum(amount), 0) AS total FROM payment_contests
        WHERE payment_id = p.id AND lifted_at IS NULL) contested
    CROSS JOIN LATERAL (SELECT coalesce(sum(amount - reclaimed), 0) AS total FROM payment_releases
        WHERE payment_id = p.id) released
    CROSS JOIN LATERAL (SELECT coalesce(sum(amount) FILTER (WHERE status = 'credited'), 0) AS credited,
        coalesce(sum(amount) FILTER (WHERE status <> 'credited'), 0) AS total FROM payment_refunds
        WHERE payment_id = p.id) refunded
    CROSS JOIN LATERAL (SELECT coalesce(sum(amount), 0) AS total FROM payment_attempts
        WHERE payment_id = p.id AND status = 'succeeded') paid
    WHERE (p.accepted, p.contested, p.released, p.refunded, p.credited, p.paid)
       <> (accepted.total, contested.total, released.total, refunded.total, refunded.credited, paid.total)
"""
RECLAIM_PARTS = """
    SELECT r.id::text FROM payment_releases r LEFT JOIN payment_reclaims c ON c.release_id = r.id GROUP BY r.id
    HAVING (r.reclaimed, r.reclaimed_commission) <> (coalesce(sum(c.amount), 0), coalesce(sum(c.commission), 0))
"""
HELD_IN_BOOKS = """
    SELECT p.order_number FROM payments p
    LEFT JOIN (ledger_transactions t JOIN ledger_entries e ON e.transaction_id = t.id
               JOIN ledger_accounts a ON a.id = e.account_id AND a.purpose = 'held') ON t.order_id = p.order_id
    GROUP BY p.id
    HAVING coalesce(sum(e.amount), 0) <> CASE WHEN p.paid > 0 THEN p.paid - p.released - p.refunded ELSE 0 END
"""
NOT_HELD_UP = """
    SELECT d.number FROM disputes d JOIN payments p ON p.order_id = d.order_id
    LEFT JOIN payment_contests c ON c.dispute_id = d.id AND c.lifted_at IS NULL
    WHERE d.outcome IS NULL AND d.status <> 'settled' AND d.opened_at < :long_ago
      AND c.amount IS DISTINCT FROM d.contested_amount
"""
TOTALS = """
    SELECT o.number FROM purchase_orders o JOIN purchase_order_lines l ON l.order_id = o.id GROUP BY o.id
    HAVING o.total_amount <> sum(l.line_total_amount)
    UNION
    SELECT r.number FROM requisitions r JOIN requisition_lines l ON l.requisition_id = r.id
    WHERE r.status <> 'draft' GROUP BY r.id HAVING r.total_amount <> sum(l.line_total_amount)
"""
COMMITMENTS = """
    SELECT c.document_id::text FROM budget_commitments c LEFT JOIN LATERAL (
        SELECT coalesce(sum(e.committed), 0) AS committed, coalesce(sum(e.spent), 0) AS spent
        FROM budget_entries e WHERE e.document_id = c.document_id AND e.budget_id = c.budget_id) s ON true
    WHERE (c.committed, c.spent) <> (s.committed, s.spent)
"""
SCORED_LINES = """
    SELECT s.period || ' ' || s.id FROM scorecards s LEFT JOIN scorecard_lines l ON l.scorecard_id = s.id
        AND EXISTS (SELECT FROM jsonb_each(l.shares) share WHERE share.value <> 'null')
    GROUP BY s.id HAVING s.lines <> count(l.id)
"""
IMPORTED_ROWS = """
    SELECT i.file_name FROM catalogue_imports i LEFT JOIN import_rejections r ON r.import_id = i.id
    GROUP BY i.id HAVING i.rejected <> count(DISTINCT r.line)
      OR i.rows_read <> i.created + i.changed + i.unchanged + i.rejected
"""
NOT_AS_APPROVED = """
    SELECT r.number FROM requisitions r
    LEFT JOIN approval_runs a ON a.id = r.approval_run_id AND a.document_id = r.id AND a.status = 'granted'
        AND a.document_hash = r.content_hash
    WHERE r.status IN ('approved', 'ordered') AND (a.id IS NULL OR r.content_hash <> requisition_hash(r))
"""
NOT_AS_RULED = """
    SELECT r.number FROM requisitions r LEFT JOIN policy_evaluations e ON e.document_id = r.id
    WHERE r.status <> 'draft' AND e.id IS NULL AND r.submitted_at >= (
        SELECT min(p.written_at) FROM policy_rules p WHERE p.organisation_id = r.organisation_id
    )
    UNION
    SELECT h.number FROM policy_hits h LEFT JOIN policy_evaluations e
        ON e.document_id = h.document_id AND h.rule_version_id = ANY (e.version_ids)
    LEFT JOIN requisition_lines l ON l.id = h.line_id AND l.requisition_id = h.document_id
    WHERE e.id IS NULL OR l.id IS NULL
"""
STILL_HELD = """
    SELECT r.number FROM requisitions r JOIN budget_commitments c ON c.document_id = r.id
    WHERE r.status IN ('ordered', 'rejected', 'withdrawn') AND c.committed <> 0
"""
CEILINGS = """
    SELECT a.number FROM agreements a JOIN agreement_lines l ON l.agreement_id = a.id
    LEFT JOIN LATERAL (SELECT coalesce(sum(c.quantity), 0) AS taken FROM call_offs c
        WHERE c.agreement_line_id = l.id AND c.released_at IS NULL) q ON true
    WHERE l.called_off_quantity <> q.taken OR l.called_off_quantity > l.ceiling_quantity
    UNION
    SELECT a.number FROM agreements a
    LEFT JOIN LATERAL (SELECT coalesce(sum(c.amount), 0) AS taken FROM call_offs c
        WHERE c.agreement_id = a.id AND c.released_at IS NULL) q ON true
    WHERE a.called_off_amount <> q.taken OR a.called_off_amount > a.ceiling_amount
"""
BUDGETS = """
    SELECT b.id::text FROM budgets b LEFT JOIN LATERAL (
        SELECT coalesce(sum(e.committed), 0) AS committed, coalesce(sum(e.spent), 0) AS spent
        FROM budget_entries e WHERE e.budget_id = b.id) s ON true
    WHERE (b.committed, b.spent) <> (s.committed, s.spent) OR b.committed + b.spent > b.amount
"""
UNSIGNED = """
    SELECT a.number FROM agreements a WHERE a.status = 'concluded' AND 2 <> (
        SELECT count(DISTINCT s.organisation_id) FROM agreement_signatures s
        WHERE s.agreement_id = a.id AND s.sha256 = a.contract_sha256)
"""
UNBALANCED = """
    SELECT transaction_id::text FROM ledger_entries GROUP BY transaction_id, currency HAVING sum(amount) <> 0
"""
UNAPPROVED = """
    SELECT o.number FROM purchase_orders o JOIN requisitions r ON r.id = o.requisition_id
    WHERE r.status NOT IN ('approved', 'ordered')
"""
MISPRICED = """
    SELECT r.number FROM requisitions r JOIN requisition_lines l ON l.requisition_id = r.id
    WHERE r.status <> 'draft' AND l.price_steps -> 0 -> 'rule' IS NOT NULL
      AND l.unit_price_amount <> price_per_unit((l.price_steps -> 0 ->> 'result')::numeric, l.quantity)
"""
TOO_MUCH_RECEIVED = """
    SELECT o.number FROM purchase_order_lines l JOIN purchase_orders o ON o.id = l.order_id
    WHERE l.accepted + l.damaged > l.shipped + l.quantity OR l.accepted > l.quantity OR l.shipped < 0
"""

INVARIANTS: dict[str, str] = {
    "every table forces row-level security": UNPROTECTED,
    "no role of ours is powerful": POWERFUL_ROLES,
    "the runtime owns nothing": OWNED_BY_RUNTIME,
    "every function has a fixed search path": WITHOUT_PATH,
    "the outbox is drained": LOST_NEWS,
    "budgets equal their entries and are kept": BUDGETS,
    "ceilings equal their call-offs and are kept": CEILINGS,
    "concluded agreements bear both signatures": UNSIGNED,
    "every ledger transaction sums to nothing": UNBALANCED,
    "no payment gives out more than was paid": OVERSPENT,
    "a payment's figures are the sums of its parts": PAYMENT_PARTS,
    "what is claimed back of a release is the sum of its claims": RECLAIM_PARTS,
    "the books hold what the payments hold": HELD_IN_BOOKS,
    "what a dispute contests is held up": NOT_HELD_UP,
    "orders and requisitions cost what their lines cost": TOTALS,
    "what a document holds of a budget is the sum of its entries": COMMITMENTS,
    "every order stems from an approved requisition": UNAPPROVED,
    "a submitted line costs what its reason says": MISPRICED,
    "nothing was accepted beyond what was ordered": TOO_MUCH_RECEIVED,
    "what is approved was approved exactly so": NOT_AS_APPROVED,
    "what is handed in was judged by the buying rules": NOT_AS_RULED,
    "a requisition that has ended holds no budget": STILL_HELD,
    "a scorecard counts the lines that it shows": SCORED_LINES,
    "an import accounts for every row of its file": IMPORTED_ROWS,
}


def examine() -> Iterator[Finding]:
    """One finding for each invariant, in order; a question that cannot be asked counts as failed."""
    with unit_of_work(platform("doctor"), read_only=True):
        for name, question in INVARIANTS.items():
            yield _finding(name, lambda question=question: _rows(question))  # type: ignore[misc]
        for name, examination in EXAMINATIONS.items():
            yield _finding(name, examination)


def _finding(name: str, offenders: Callable[[], Iterable[str]]) -> Finding:
    try:
        with session().begin_nested():
            found = list(offenders())
    except Exception as error:  # an invariant that cannot be examined is not known to hold
        return Finding(name, False, f"could not be examined: {error}")
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return Finding(name, not found, ", ".join(found[:SHOWN]) + more)


def _rows(question: str) -> list[str]:
    parameters = {"long_ago": clock.now() - timedelta(minutes=15), "now": clock.now()}
    wanted = {name: value for name, value in parameters.items() if f":{name}" in question}
    return [str(row[0]) for row in session().execute(text(question), wanted)]


def _shape_of_tables() -> Iterator[str]:
    with runtime_engine().connect() as connection:
        known = set(
            connection.execute(
                text("select tablename::text from pg_tables where schemaname = 'public'")
            ).scalars()
        )
    yield from sorted(set(Base.metadata.tables) - known)


def _changed_files() -> Iterator[str]:
    for row in session().execute(select(StoredFile.sha256, StoredFile.name).distinct()).yield_per(500):
        try:
            read_content(row.sha256)
        except Refusal as refusal:
            yield f"{row.name}: {refusal}"


def _named(findings: Callable[[], Iterable[object]]) -> Callable[[], Iterable[str]]:
    return lambda: (str(finding) for finding in findings())


EXAMINATIONS: dict[str, Callable[[], Iterable[str]]] = {
    "every table of this version exists": _shape_of_tables,
    "stock levels equal their movements and reservations": _named(stock_findings),
    "bins and batches hold what their movements say": _named(place_findings),
    "what has arrived equals its movements": _named(arrival_findings),
    "counts are booked as they were counted": _named(count_sheet_findings),
    "the counts of the shelves are right": _named(shelf_findings),
    "the search index knows every product": _named(index_findings),
    "every offer stands under the right item": _named(item_findings),
    "versions of catalogues are published whole, on their day": _named(version_findings),
    "no product is shown that the operator has not let through, where it is looked at first": _named(
        moderation_findings
    ),
    "no price list contradicts itself": _named(price_findings),
    "shipped quantities equal their shipments": _named(fulfilment_findings),
    "received quantities equal their receipts": _named(count_findings),
    "every audit chain is unbroken": broken_chains,
    "every file still has its hash": _changed_files,
}
