"""What would a version change, and what should a person look at first?

One question of the database, whatever the size: each line beside the product as it stands now (or, once published, as
it stood then), what kind of change that is, by how much its price moves, and which rules of RULES it runs into.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from flask_babel import LazyString

from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.lifecycle import Tone
from marketplace.sellers.attributes.models import Attribute
from marketplace.sellers.attributes.values import shown
from marketplace.sellers.catalogue.models import GTIN_CHECK
from marketplace.sellers.versions.facts import LABELS, OF_PRODUCT, in_words

USUAL_PRICE_LIMIT = Decimal(20)
"""Per cent, where the supplier has said nothing."""


class Rule(NamedTuple):
    """Something to look at in a line: in which words, whether the version waits for it, and where it is so, in SQL."""

    label: LazyString
    is_blocking: bool
    condition: str


IS_SOLD = "future->>'status' = 'published'"
OF_GTIN = "(future->>'gtin')"
RULES = {
    "conflict": Rule(_l("Changed since it was put into this version"), True, "is_conflict"),
    "wrong_gtin": Rule(
        _l("The check digit of the GTIN does not fit"),
        True,
        f"NOT ({GTIN_CHECK.replace('gtin', OF_GTIN)})",
    ),
    "repeated_gtin": Rule(
        _l("Another of our products has the same GTIN"),
        False,
        f"{IS_SOLD} AND (same_gtin > 1 OR (future->>'gtin') IN (SELECT gtin FROM others))",
    ),
    "price_moved": Rule(_l("The price moves by more than the limit"), False, "abs(percent) > :price_limit"),
    "no_picture": Rule(_l("No picture"), False, f"{IS_SOLD} AND image_file_id IS NULL"),
    "wide_category": Rule(
        _l("Only a division as category"), False, f"{IS_SOLD} AND future->>'cpv_code' LIKE '%000000'"
    ),
    "no_number": Rule(
        _l("Neither GTIN nor maker’s part number"),
        False,
        f"{IS_SOLD} AND future->>'gtin' IS NULL AND future->>'maker_part_number' IS NULL",
    ),
}
KINDS: dict[str, tuple[LazyString, Tone]] = {
    "added": (_l("New"), Tone.GOOD),
    "changed": (_l("Changed"), Tone.INFO),
    "withdrawn": (_l("Withdrawn"), Tone.WARNING),
    "unchanged": (_l("Nothing to change"), Tone.NEUTRAL),
}
# Which lines a view shows, in SQL.
VIEWS = {
    "all": "true",
    **{kind: f"kind = '{kind}'" for kind in KINDS},
    "price": "percent <> 0",
    "findings": "cardinality(findings) > 0",
    **{name: f"'{name}' = ANY (findings)" for name in RULES},
    "left_out": "outcome = 'conflict'",
}

# The product that a line is about: the one it was put in for, else whichever bears its article number.
PRODUCT_OF_LINE = """LATERAL (
    SELECT * FROM products WHERE id = l.product_id
    UNION ALL SELECT * FROM products
    WHERE l.product_id IS NULL AND organisation_id = l.organisation_id AND sku = l.sku LIMIT 1
) p"""
PRESENT = f"CASE WHEN p.id IS NULL THEN '{{}}'::jsonb ELSE {OF_PRODUCT} END"
# A fact that is neither what the person saw nor what they want has been changed by somebody else.
CONFLICTS = """ARRAY(
    SELECT c.key FROM jsonb_each(changes) c
    WHERE present->c.key IS DISTINCT FROM c.value AND present->c.key IS DISTINCT FROM before->c.key
    ORDER BY c.key
)"""
_FINDINGS = ", ".join(f"CASE WHEN {rule.condition} THEN '{name}' END" for name, rule in RULES.items())
JUDGED = f"""
WITH lines AS MATERIALIZED (
    SELECT l.id, l.version_id, l.sku, l.changes, l.before, l.outcome, p.id AS product_id, p.image_file_id,
        coalesce(l.replaced, {PRESENT}) AS present
    FROM version_lines l LEFT JOIN {PRODUCT_OF_LINE} ON true WHERE l.version_id = :version_id
), compared AS MATERIALIZED (
    SELECT *, present || changes AS future, {CONFLICTS} AS conflicts FROM lines
), measured AS MATERIALIZED (
    SELECT *, cardinality(conflicts) > 0 AS is_conflict,
        CASE WHEN present @> changes THEN 'unchanged'
            WHEN present = '{{}}' OR future->>'status' = 'published' AND present->>'status' <> 'published' THEN 'added'
            WHEN future->>'status' <> 'published' AND present->>'status' = 'published' THEN 'withdrawn'
            ELSE 'changed' END AS kind,
        CASE WHEN changes ? 'price_amount' THEN
            round(((changes->>'price_amount')::numeric / (present->>'price_amount')::numeric - 1) * 100, 1)
            END AS percent,
        CASE WHEN {IS_SOLD.replace("future", "(present || changes)")} AND changes->>'gtin' IS NOT NULL THEN
            count(*) OVER (PARTITION BY future->>'gtin') END AS same_gtin
    FROM compared
), others AS MATERIALIZED (
    SELECT DISTINCT o.gtin FROM products o
    WHERE o.organisation_id = :organisation_id AND o.status NOT IN ('draft', 'withdrawn') AND o.gtin IS NOT NULL
        AND o.id NOT IN (SELECT m.product_id FROM measured m WHERE m.product_id IS NOT NULL)
), judged AS MATERIALIZED (
    SELECT *, -coalesce(abs(percent), 0) AS rank,
        CASE WHEN outcome IS NULL THEN array_remove(ARRAY[{_FINDINGS}]::text[], NULL) ELSE '{{}}' END AS findings
    FROM measured
)
"""


class FactChange(NamedTuple):
    """One fact of a line, in words: what stands there, what shall, and what stood there `before`, as it was put in.

    `is_conflict`: somebody has changed it since.
    """

    label: str
    old: str
    new: str
    before: str
    is_conflict: bool


class Difference(NamedTuple):
    """A line of a version beside its product: `present` facts, what `changes`, in per cent of the price, and RULES hit.

    `rank` is its place where the largest changes of price come first; `attributes` are all there are, by their names
    among the facts.
    """

    id: UUID
    sku: str
    product_id: UUID | None
    present: dict[str, str | None]
    changes: dict[str, str | None]
    before: dict[str, str | None]
    conflicts: list[str]
    outcome: str | None
    kind: str
    percent: Decimal | None
    findings: list[str]
    rank: Decimal
    attributes: Mapping[str, Attribute]

    @property
    def name(self) -> str:
        """What the product is called, or will be."""
        return self.present.get("name") or self.changes.get("name") or self.sku

    @property
    def facts(self) -> list[FactChange]:
        """What changes, fact by fact, in the order of LABELS; of a new product what buyers need to know."""
        labels = {**LABELS, **{name: row.label for name, row in self.attributes.items()}}
        return [
            FactChange(
                str(label),
                self._in_words(name, self.present.get(name)),
                self._in_words(name, self.changes[name]),
                self._in_words(name, self.before.get(name)),
                name in self.conflicts,
            )
            for name, label in labels.items()
            if name in self.changes and (not self.is_same(name) or name in self.conflicts)
        ]

    def _in_words(self, name: str, value: str | None) -> str:
        if value and name in self.attributes:
            return shown(self.attributes[name], value)
        return in_words(name, value)

    def is_same(self, name: str) -> bool:
        """Whether that fact stands there already, or is left empty in a new product."""
        return (self.present.get(name) or "") == (self.changes[name] or "")


def limits(organisation_id: UUID, version_id: UUID, price_limit: Decimal) -> Mapping[str, Any]:
    """The parameters of JUDGED."""
    return {"organisation_id": organisation_id, "version_id": version_id, "price_limit": price_limit}
