"""How do offers come together under items?

As the platform, a few statements for up to a thousand products, one writer at a time. Which item the numbers of an
offer name follows from the numbers of all offers alone, so it does not matter in which order they come, or how often:

- offers with one GTIN are of one item, unless their makers or part numbers contradict each other;
- offers with one maker and part number are of one item, unless their GTINs contradict each other;
- where they do, nobody is joined by that number, and a person is asked.

An offer that not everybody may see contradicts nobody: what becomes of others says nothing about it. What a person has
decided comes first: an offer that was joined stays, and one that was parted takes the next best item of its own.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from marketplace.foundation import clock
from marketplace.foundation.db import among, session
from marketplace.sellers.catalogue.lifecycle import ProductState
from marketplace.sellers.catalogue.models import Product
from marketplace.sellers.items.keys import Keys, keys_of_offer, title_key
from marketplace.sellers.items.models import ItemOffer

# Where the offer goes that another one was parted from is known a round later.
ROUNDS = 5

LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('items', 0))")

WRITE = text("""
INSERT INTO item_offers (product_id, key, gtin, maker, part, is_public, title)
SELECT w.product_id, 'own ' || w.product_id, w.gtin, w.maker, w.part, w.is_public, w.title
FROM unnest(
    cast(:product_ids AS uuid[]), cast(:gtins AS text[]), cast(:makers AS text[]), cast(:parts AS text[]),
    cast(:publics AS boolean[]), cast(:titles AS bigint[])
) w (product_id, gtin, maker, part, is_public, title)
ON CONFLICT (product_id) DO UPDATE SET gtin = excluded.gtin, maker = excluded.maker, part = excluded.part,
    is_public = excluded.is_public, title = excluded.title, is_compared = false
""")
DROP = text("DELETE FROM item_offers WHERE product_id = ANY (:product_ids)")

# The item that the numbers of an offer name, wherever that may be another one now; returns the offers to place anew.
NAME = text("""
WITH touched AS MATERIALIZED (
    SELECT o.* FROM item_offers o WHERE o.product_id = ANY (:product_ids)
    UNION SELECT o.* FROM item_offers o WHERE o.gtin = ANY (:gtins)
    UNION SELECT o.* FROM item_offers o WHERE o.part = ANY (:parts)
    UNION SELECT o.* FROM item_offers o
        WHERE o.part IN (SELECT n.part FROM item_offers n WHERE n.gtin = ANY (:gtins))
), of_part AS MATERIALIZED (
    SELECT o.part, count(DISTINCT o.gtin) AS gtins, min(o.gtin) AS gtin
    FROM item_offers o WHERE o.is_public AND o.part IN (SELECT t.part FROM touched t) GROUP BY 1
), of_gtin AS MATERIALIZED (
    SELECT o.gtin, count(DISTINCT o.part) AS parts, min(o.part) AS part,
        count(DISTINCT o.maker) AS makers, min(o.maker) AS maker
    FROM item_offers o
    WHERE o.is_public AND o.gtin IN (SELECT t.gtin FROM touched t UNION SELECT p.gtin FROM of_part p) GROUP BY 1
), judged AS (
    SELECT t.product_id, t.gtin, t.maker, t.part, p.gtin AS gtin_of_part,
        coalesce(g.parts > 1 OR g.makers > 1 OR g.part <> t.part OR g.maker <> t.maker, false) AS is_gtin_contested,
        coalesce(p.gtins > 1 OR p.gtin <> t.gtin, false) AS is_part_contested,
        coalesce(n.parts > 1 OR n.makers > 1, false) AS is_other_contested
    FROM touched t
    LEFT JOIN of_gtin g ON g.gtin = t.gtin
    LEFT JOIN of_part p ON p.part = t.part
    LEFT JOIN of_gtin n ON n.gtin = p.gtin
), named AS (
    SELECT j.product_id, CASE
        WHEN j.gtin IS NOT NULL AND NOT j.is_gtin_contested THEN 'gtin ' || j.gtin
        WHEN j.gtin IS NULL AND j.gtin_of_part IS NOT NULL AND NOT j.is_part_contested AND NOT j.is_other_contested
            THEN 'gtin ' || j.gtin_of_part
        WHEN j.part IS NOT NULL AND NOT j.is_part_contested THEN 'part ' || j.part
        WHEN j.gtin IS NOT NULL AND j.part IS NOT NULL THEN 'both ' || j.gtin || ' ' || j.part
        WHEN j.part IS NOT NULL THEN 'bare ' || j.part
        WHEN j.gtin IS NOT NULL THEN 'gtin ' || j.gtin || ' ' || coalesce(j.maker, '')
        ELSE 'own ' || j.product_id
    END AS key
    FROM judged j
), renamed AS (
    UPDATE item_offers o SET key = n.key FROM named n WHERE n.product_id = o.product_id AND o.key <> n.key
    RETURNING o.product_id
)
SELECT product_id FROM renamed
UNION SELECT t.product_id FROM touched t WHERE t.item_id IS NULL
UNION SELECT o.product_id FROM item_partings x JOIN item_offers o ON o.product_id = x.product_id
    WHERE x.from_product_id = ANY (:told_ids) OR x.from_product_id IN (SELECT r.product_id FROM renamed r)
""")

# The items that an offer may stand under, the best first.
CANDIDATES = "ARRAY[o.key, 'part ' || o.part, 'gtin ' || o.gtin, 'own ' || o.product_id]"
FOUND = text(f"""
INSERT INTO items (id, key, found_at)
SELECT uuidv7(), k.key, :now FROM (
    SELECT o.key FROM item_offers o WHERE o.product_id = ANY (:product_ids)
    UNION
    SELECT unnest({CANDIDATES}) FROM item_offers o
    WHERE o.product_id IN (SELECT x.product_id FROM item_partings x WHERE x.product_id = ANY (:product_ids))
) k WHERE k.key IS NOT NULL ON CONFLICT (key) DO NOTHING
""")


def _pinned(offer: str) -> str:
    """Whether a person has joined this very offer to others, or others to it."""
    return f"""EXISTS (SELECT FROM items w WHERE w.key = 'own ' || {offer}.product_id AND (
        w.joined_to_id IS NOT NULL OR EXISTS (SELECT FROM items j WHERE j.joined_to_id = w.id)
    ))"""


PLACE = text(f"""
WITH placed AS MATERIALIZED (
    SELECT o.product_id, (
        SELECT coalesce(i.joined_to_id, i.id)
        FROM unnest({CANDIDATES}) WITH ORDINALITY c (key, turn) JOIN items i ON i.key = c.key
        WHERE NOT EXISTS (
            SELECT FROM item_partings x JOIN item_offers f ON f.product_id = x.from_product_id
            WHERE x.product_id = o.product_id AND coalesce(i.joined_to_id, i.id) IN (f.item_id, (
                SELECT coalesce(n.joined_to_id, n.id) FROM items n WHERE n.key = f.key AND NOT {_pinned("f")}
            ))
        )
        ORDER BY c.key = 'own ' || o.product_id AND {_pinned("o")} DESC, c.turn LIMIT 1
    ) AS item_id
    FROM item_offers o WHERE o.product_id = ANY (:product_ids)
)
UPDATE item_offers o SET item_id = p.item_id, is_compared = false FROM placed p
WHERE p.product_id = o.product_id AND o.item_id IS DISTINCT FROM p.item_id
RETURNING o.product_id
""")
PARTED = text("SELECT DISTINCT product_id FROM item_partings WHERE product_id = ANY (:product_ids)")

# What was asked of offers that are no longer what they were is asked anew, if at all.
UNASK = text("""
DELETE FROM item_suggestions WHERE is_same IS NULL
    AND (product_id = ANY (:product_ids) OR other_product_id = ANY (:product_ids))
""")
NOT_PARTED = """NOT EXISTS (
    SELECT FROM item_partings x JOIN item_offers a ON a.product_id = x.product_id
    JOIN item_offers b ON b.product_id = x.from_product_id
    WHERE (a.item_id, b.item_id) IN ((p.item_id, p.first_id), (p.first_id, p.item_id))
)"""
ASK = text(f"""
WITH met AS (
    SELECT 'gtin' AS basis, o.gtin AS number, o.item_id,
        (array_agg(o.product_id ORDER BY o.product_id))[1] AS product_id
    FROM item_offers o WHERE o.is_public AND o.gtin = ANY (:gtins) GROUP BY 1, 2, 3
    UNION ALL
    SELECT 'part', o.part, o.item_id, (array_agg(o.product_id ORDER BY o.product_id))[1]
    FROM item_offers o WHERE o.is_public AND o.part = ANY (:parts) GROUP BY 1, 2, 3
), paired AS (
    SELECT m.*, first_value(m.item_id) OVER w AS first_id, first_value(m.product_id) OVER w AS first_product_id
    FROM met m WINDOW w AS (PARTITION BY m.basis, m.number ORDER BY m.item_id)
)
INSERT INTO item_suggestions
    (id, item_id, other_item_id, product_id, other_product_id, basis, likeness, reason, found_at)
SELECT uuidv7(), p.first_id, p.item_id, p.first_product_id, p.product_id, p.basis, 0, '', :now
FROM paired p WHERE p.first_id <> p.item_id AND {NOT_PARTED}
ON CONFLICT (item_id, other_item_id) DO NOTHING
""")


def link_offers(product_ids: Collection[UUID]) -> None:
    """Let these products stand under the items that their numbers name now, or under none where they are not published.

    As the platform. Nothing is written where no number, title or circle has changed, so that a new price costs nothing.
    """
    session().execute(LOCK)
    before = _known(product_ids)
    now = dict(_offers(product_ids))
    gone = before.keys() - now.keys()
    changed = {product_id: offer for product_id, offer in now.items() if before.get(product_id) != offer}
    if not changed and not gone:
        return
    session().execute(DROP, {"product_ids": list(gone)})
    if changed:
        session().execute(WRITE, _columns(changed))
    told = [*changed.values(), *(before[one] for one in before if one in gone or one in changed)]
    numbers = {
        "gtins": sorted({offer[0].gtin for offer in told if offer[0].gtin}),
        "parts": sorted({offer[0].part for offer in told if offer[0].part}),
    }
    told_ids = [*gone, *changed]
    moved = list(session().scalars(NAME, {"product_ids": list(changed), "told_ids": told_ids, **numbers}))
    place_offers(moved)
    session().execute(UNASK, {"product_ids": [*told_ids, *moved]})
    session().execute(ASK, {**numbers, "now": clock.now()})


def place_offers(product_ids: Sequence[UUID]) -> None:
    """Let these offers stand under the best item that no person has parted them from; the caller holds the lock."""
    session().execute(FOUND, {"product_ids": product_ids, "now": clock.now()})
    session().execute(PLACE, {"product_ids": product_ids})
    parted = list(session().scalars(PARTED, {"product_ids": product_ids}))
    for _ in range(ROUNDS if parted else 0):
        if not session().scalars(PLACE, {"product_ids": parted}).all():
            break


Known = tuple[Keys, bool, int]


def _known(product_ids: Collection[UUID]) -> dict[UUID, Known]:
    """What was known of them: numbers, whether everybody sees them, and the title."""
    known = (ItemOffer.gtin, ItemOffer.maker, ItemOffer.part, ItemOffer.is_public, ItemOffer.title)
    statement = select(ItemOffer.product_id, *known).where(among(ItemOffer.product_id, product_ids))
    return {
        row.product_id: (Keys(row.gtin, row.maker, row.part), row.is_public, row.title)
        for row in session().execute(statement)
    }


def _offers(product_ids: Collection[UUID]) -> Iterable[tuple[UUID, Known]]:
    """The same of what they are now, for those that are published."""
    said = (
        Product.id,
        Product.name,
        Product.gtin,
        Product.maker,
        Product.maker_part_number,
        Product.circle_id,
    )
    wanted = among(Product.id, product_ids)
    published = select(*said).where(wanted, Product.status == ProductState.PUBLISHED)
    for row in session().execute(published):
        keys = keys_of_offer(row.gtin, row.maker, row.maker_part_number)
        yield row.id, (keys, row.circle_id is None, title_key(row.name, row.maker))


def _columns(offers: Mapping[UUID, Known]) -> dict[str, list[Any]]:
    return {
        "product_ids": list(offers),
        "gtins": [keys.gtin for keys, _, _ in offers.values()],
        "makers": [keys.maker for keys, _, _ in offers.values()],
        "parts": [keys.part for keys, _, _ in offers.values()],
        "publics": [is_public for _, is_public, _ in offers.values()],
        "titles": [title for _, _, title in offers.values()],
    }
