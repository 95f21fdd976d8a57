"""What can a person decide about items?

As the platform, with the person's name. What was decided stays, whatever numbers the offers get afterwards.
"""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, text, update

from marketplace.events.sellers import ItemsJoined, ItemsKeptApart, OfferParted
from marketplace.foundation import clock
from marketplace.foundation.db import fetch, session
from marketplace.foundation.errors import Conflict, NotFound
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.outbox import announce
from marketplace.foundation.tenancy import current_actor
from marketplace.sellers.catalogue.queries import products
from marketplace.sellers.items.linking import LOCK, UNASK, place_offers
from marketplace.sellers.items.models import Item, ItemOffer, ItemParting, ItemSuggestion

# An item is decided about as one; with more pairs of offers than this its numbers must be wrong.
MOST_PAIRS = 10_000

PIN = text("""
INSERT INTO items (id, key, joined_to_id, found_at)
SELECT uuidv7(), 'own ' || p.id, :item_id, :now FROM unnest(cast(:product_ids AS uuid[])) p (id)
ON CONFLICT (key) DO UPDATE SET joined_to_id = excluded.joined_to_id WHERE items.id <> excluded.joined_to_id
""")
PART = text("""
INSERT INTO item_partings (id, product_id, from_product_id, person_id, parted_at)
SELECT uuidv7(), p.id, f.id, :person_id, :now
FROM unnest(cast(:product_ids AS uuid[])) p (id) CROSS JOIN unnest(cast(:from_ids AS uuid[])) f (id)
ON CONFLICT (product_id, from_product_id) DO NOTHING
""")
# Items that were joined to this one by their numbers, of which no offer is left here.
LET_GO = text("""
UPDATE items i SET joined_to_id = NULL WHERE i.joined_to_id = :item_id AND i.key = :key
    AND NOT EXISTS (SELECT FROM item_offers o WHERE o.key = i.key AND o.item_id = :item_id)
""")
ANSWERED = text("""
DELETE FROM item_suggestions s USING item_offers a, item_offers b
WHERE s.is_same IS NULL AND a.product_id = s.product_id AND b.product_id = s.other_product_id
    AND a.item_id = :item_id AND b.item_id = :item_id
""")


class TooManyOffers(Conflict):
    """So many offers stand under the two items that their numbers must be wrong."""


class NothingToPart(Conflict):
    """The offers do not stand together, or do already, so there is nothing to decide."""


def join_items(*, suggestion_id: UUID, reason: str = "") -> ItemSuggestion:
    """Let the two be one thing, with all offers of both; they stay together. Raises NotFound, TooManyOffers."""
    row, first, second = _asked(suggestion_id)
    if first.id != second.id:
        _join(first, second)
    _decide(row, reason, is_same=True)
    session().execute(ANSWERED, {"item_id": first.id})
    announce(ItemsJoined(**_told(row, reason)))
    return row


def keep_apart(*, suggestion_id: UUID, reason: str) -> ItemSuggestion:
    """Let the two never be one thing, nor be asked about again. Raises NotFound, NothingToPart, TooManyOffers."""
    row, first, second = _asked(suggestion_id)
    if first.id == second.id:
        raise NothingToPart(_l("They stand under one item by now; take the offer out of it there."))
    stay, go = offers_under(first.id), offers_under(second.id)
    _check_many(stay, go)
    _part(go, stay)
    _decide(row, reason, is_same=False)
    announce(ItemsKeptApart(**_told(row, reason)))
    return row


def part_offer(*, product_id: UUID, reason: str) -> ItemOffer:
    """Take one offer out of its item; it stays out. Raises NotFound, NothingToPart, TooManyOffers."""
    session().execute(LOCK)
    row = _offer(product_id)
    item = fetch(Item, row.item_id)
    others = [other for other in offers_under(item.id) if other != product_id]
    if not others:
        raise NothingToPart(_l("No other offer stands under this item."))
    _check_many(others, [product_id])
    own = session().scalars(select(Item).where(Item.key == f"own {product_id}")).one_or_none()
    if own is not None and own.id == item.id:
        _hand_over(own)
    elif own is not None:
        own.joined_to_id = None
        session().flush()
    _part([product_id], others)
    session().execute(LET_GO, {"item_id": _offer(others[0]).item_id, "key": row.key})
    session().execute(UNASK, {"product_ids": [product_id]})
    announce(
        OfferParted(
            subject_id=product_id,
            organisation_id=current_actor().organisation,
            product_id=product_id,
            name=products([product_id])[product_id].name,
            reason=reason,
        )
    )
    return _offer(product_id)


def offers_under(item_id: UUID) -> list[UUID]:
    """The products that stand under an item, whoever may see them."""
    statement = select(ItemOffer.product_id).where(ItemOffer.item_id == item_id)
    return list(session().scalars(statement.order_by(ItemOffer.product_id)))


def _asked(suggestion_id: UUID) -> tuple[ItemSuggestion, Item, Item]:
    """The question, and the items under which its offers stand now: first the one that the other yields to."""
    session().execute(LOCK)
    row = fetch(ItemSuggestion, suggestion_id, lock=True)
    found = [fetch(Item, _offer(one).item_id, lock=True) for one in (row.product_id, row.other_product_id)]
    first, second = sorted(found, key=lambda item: item.key)
    return row, first, second


def _offer(product_id: UUID) -> ItemOffer:
    row = session().get(ItemOffer, product_id, populate_existing=True)
    if row is None:
        raise NotFound(_l("This offer is no longer published."))
    return row


def _join(first: Item, second: Item) -> None:
    """Everything of the second under the first; each offer is remembered for itself, whatever its numbers become."""
    one, other = offers_under(first.id), offers_under(second.id)
    _check_many(one, other)
    session().execute(
        update(Item)
        .where((Item.id == second.id) | (Item.joined_to_id == second.id))
        .values(joined_to_id=first.id)
    )
    everything = [*one, *other]
    session().execute(PIN, {"item_id": first.id, "product_ids": everything, "now": clock.now()})
    parting = ItemParting
    session().execute(
        delete(parting).where(parting.product_id.in_(everything), parting.from_product_id.in_(everything))
    )
    place_offers(everything)


def _part(go: Sequence[UUID], stay: Sequence[UUID]) -> None:
    session().execute(
        PART,
        {
            "product_ids": go,
            "from_ids": stay,
            "person_id": current_actor().person,
            "now": clock.now(),
        },
    )
    place_offers(go)


def _hand_over(own: Item) -> None:
    """The item of one offer, to which others were joined, lets one of them be the item in its stead."""
    joined = list(session().scalars(select(Item).where(Item.joined_to_id == own.id).order_by(Item.key)))
    heir = joined[0]
    for item in joined:
        item.joined_to_id = None if item is heir else heir.id
    session().flush()
    place_offers(offers_under(own.id))


def _check_many(some: Collection[UUID], others: Collection[UUID]) -> None:
    if len(some) * len(others) > MOST_PAIRS:
        raise TooManyOffers(
            _l("Too many offers stand under these items to be of one thing; their numbers must be wrong.")
        )


def _decide(row: ItemSuggestion, reason: str, *, is_same: bool) -> None:
    row.is_same, row.reason = is_same, reason
    row.person_id, row.decided_at = current_actor().person, clock.now()
    session().flush()


def _told(row: ItemSuggestion, reason: str) -> dict[str, Any]:
    named = products([row.product_id, row.other_product_id])
    return {
        "subject_id": row.id,
        "organisation_id": current_actor().organisation,
        "product_id": row.product_id,
        "other_product_id": row.other_product_id,
        "name": named[row.product_id].name,
        "other_name": named[row.other_product_id].name,
        "reason": reason,
    }
