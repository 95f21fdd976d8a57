"""How does a version become the catalogue?

A thousand lines at a time, each batch in a transaction of its own together with what became of its lines, so a crash
repeats nothing and loses nothing. What somebody has changed since it was put in is left as it is, and said.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import text

from marketplace.events.sellers import CatalogueVersionPublished, ProductsChanged
from marketplace.foundation import clock
from marketplace.foundation.db import fetch, session
from marketplace.foundation.outbox import announce
from marketplace.foundation.tenancy import automatic
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.sellers.facts.actions import is_said, write_said
from marketplace.sellers.versions.differences import CONFLICTS, PRESENT, PRODUCT_OF_LINE
from marketplace.sellers.versions.facts import FACTS, WANTED, Facts
from marketplace.sellers.versions.lifecycle import VERSION, VersionState
from marketplace.sellers.versions.models import CatalogueVersion, Outcome
from marketplace.sellers.versions.queries import sizes_of

BATCH = 1000
NEXT = text(f"""
    SELECT l.id, p.id FROM version_lines l LEFT JOIN {PRODUCT_OF_LINE} ON true
    WHERE l.version_id = :version_id AND l.outcome IS NULL ORDER BY l.id LIMIT :size
""")
HOLD = text("SELECT FROM products WHERE id = ANY (:ids) ORDER BY id FOR UPDATE")
JUDGE = text(f"""
    WITH lines AS MATERIALIZED (
        SELECT l.id, l.changes, l.before, p.id AS product_id, {PRESENT} AS present
        FROM version_lines l LEFT JOIN {PRODUCT_OF_LINE} ON true WHERE l.id = ANY (:ids)
    ), compared AS MATERIALIZED (
        SELECT *, {CONFLICTS} AS conflicts FROM lines
    )
    UPDATE version_lines l SET product_id = coalesce(c.product_id, l.product_id), replaced = c.present,
        outcome = CASE WHEN cardinality(c.conflicts) > 0 THEN 'conflict'
            WHEN c.present @> l.changes THEN 'unchanged' ELSE 'applied' END
    FROM compared c WHERE c.id = l.id
""")
# From the few lines to their products, never the other way: the planner knows neither how many nor which they are.
APPLIED = """
    WITH l AS MATERIALIZED (SELECT * FROM version_lines WHERE id = ANY (:ids) AND outcome = 'applied')
"""


def _typed(name: str, kind: str) -> str:
    return f"(l.changes->>'{name}')::{kind}"


_COLUMNS = ", ".join(FACTS)
_VALUES = ", ".join(_typed(name, fact.kind) for name, fact in FACTS.items())
_NEWS = ", ".join(
    f"{name} = CASE WHEN l.changes ? '{name}' THEN {_typed(name, fact.kind)} ELSE p.{name} END"
    for name, fact in FACTS.items()
    if name != "price_currency"
)
CREATE = text(f"""
    {APPLIED} INSERT INTO products (id, organisation_id, sku, status, changed_at, division, {_COLUMNS})
    SELECT uuidv7(), l.organisation_id, l.sku, l.changes->>'status', :now, left(l.changes->>'cpv_code', 2), {_VALUES}
    FROM l WHERE l.product_id IS NULL
""")
JOIN = text(f"""
    {APPLIED} UPDATE version_lines SET product_id = p.id FROM l
    JOIN products p ON p.organisation_id = l.organisation_id AND p.sku = l.sku
    WHERE version_lines.id = l.id AND l.product_id IS NULL
""")
CHANGE = text(f"""
    {APPLIED} UPDATE products p SET {_NEWS}, changed_at = :now,
        division = left(coalesce(l.changes->>'cpv_code', p.cpv_code), 2),
        status = CASE WHEN l.changes->>'status' = 'published' OR {WANTED} = 'published'
            THEN coalesce(nullif(l.changes->>'status', 'draft'), p.status) ELSE p.status END
    FROM l WHERE p.id = l.product_id AND l.replaced <> '{{}}'
""")
FORGET_TIERS = text(f"""
    {APPLIED} DELETE FROM price_tiers t USING l WHERE t.product_id = l.product_id AND l.changes ? 'tiers'
""")
WRITE_TIERS = text(f"""
    {APPLIED} INSERT INTO price_tiers (id, product_id, organisation_id, from_quantity, price_amount, price_currency)
    SELECT uuidv7(), p.id, p.organisation_id, split_part(tier, '=', 1)::numeric, split_part(tier, '=', 2)::numeric,
        p.price_currency
    FROM l JOIN products p ON p.id = l.product_id
    CROSS JOIN LATERAL string_to_table(l.changes->>'tiers', ' ') tier
    WHERE l.changes ? 'tiers' AND tier <> ''
""")
WRITTEN = text(f"{APPLIED} SELECT product_id, changes FROM l")
OUTCOMES = text("SELECT outcome, count(*) FROM version_lines WHERE version_id = :version_id GROUP BY outcome")


def work_through(version_id: UUID, organisation_id: UUID, report: Callable[[int, int], None]) -> None:
    """Publish what is still to come of a version; `report` hears how many articles of how many are done.

    Opens units of work of its own, as the supplier. Raises what `report` raises; what is published by then stays.
    """
    supplier = automatic(organisation_id)
    with unit_of_work(supplier, read_only=True):
        total, done = sizes_of([version_id]).get(version_id, (0, 0))
    report(done, total)
    while done < total:
        with unit_of_work(supplier):
            done += _publish_some(version_id)
        report(done, total)
    with unit_of_work(supplier):
        _finish(version_id)


def _publish_some(version_id: UUID) -> int:
    """Publish the next lines; returns how many. The version is held meanwhile, so two workers take turns."""
    row = fetch(CatalogueVersion, version_id, lock=True)
    found = session().execute(NEXT, {"version_id": row.id, "size": BATCH}).all()
    session().execute(HOLD, {"ids": sorted(line[1] for line in found if line[1])})
    these: dict[str, Any] = {"ids": [line[0] for line in found]}
    session().execute(JUDGE, these)
    for statement in (CREATE, JOIN, CHANGE, FORGET_TIERS, WRITE_TIERS):
        session().execute(
            statement, {**these, "now": clock.now()} if statement in (CREATE, CHANGE) else these
        )
    written = {line.product_id: line.changes for line in session().execute(WRITTEN, these)}
    if written:
        _specify(row.organisation_id, written)
        announce(
            ProductsChanged(subject_id=row.id, organisation_id=row.organisation_id, product_ids=list(written))
        )
    return len(found)


def _specify(organisation_id: UUID, written: Mapping[UUID, Facts]) -> None:
    """Write what these products say, those together of which the version says the same kinds of things."""
    alike: dict[frozenset[str], dict[UUID, Facts]] = defaultdict(dict)
    for product_id, changes in written.items():
        alike[frozenset(filter(is_said, changes))][product_id] = changes
    for names, said in alike.items():
        write_said(organisation_id, said, names)


def _finish(version_id: UUID) -> None:
    row = fetch(CatalogueVersion, version_id, lock=True)
    if row.status != VersionState.PUBLISHING:
        return
    counts = {found.outcome: found[1] for found in session().execute(OUTCOMES, {"version_id": row.id})}
    news = CatalogueVersionPublished(
        subject_id=row.id,
        organisation_id=row.organisation_id,
        number=row.number,
        title=row.title,
        applied=counts.get(Outcome.APPLIED, 0),
        left_out=counts.get(Outcome.CONFLICT, 0),
    )
    row.published_at = clock.now()
    VERSION.move(row, VersionState.PUBLISHED, news=news)
