"""What can the operator do about what is looked at before buyers see it?

As the platform, with the person's name. The database holds whatever was not let through (see migration 0171): here it
is said what was.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import func, null, select, text, update

from marketplace.events.sellers import ModerationChanged, ProductRefused, ProductsLetThrough
from marketplace.foundation import clock
from marketplace.foundation.constraints import explain
from marketplace.foundation.db import among, save, session
from marketplace.foundation.errors import Conflict
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.outbox import announce
from marketplace.foundation.tenancy import current_actor
from marketplace.identity.organisations.queries import organisation
from marketplace.sellers.catalogue.actions import announce_changes
from marketplace.sellers.catalogue.lifecycle import PRODUCT, ProductState
from marketplace.sellers.catalogue.models import Product, ProductReview
from marketplace.sellers.moderation.models import Moderation
from marketplace.sellers.moderation.queries import RULE, contents_of, fingerprint, products_for_update

explain("ck_product_reviews_refused_with_reason", _l("The supplier needs a reason."), field="reason")

# Whoever writes products meanwhile is waited for, so that nothing slips through while a rule begins.
NOBODY_WRITES = text(
    "LOCK TABLE products, product_attributes, product_facts, product_certificates, product_documents"
    " IN SHARE ROW EXCLUSIVE MODE"
)
# What buyers see when a rule begins to hold is let be.
LET_BE = text(f"""
INSERT INTO product_reviews AS r (id, product_id, organisation_id, reason, let_through)
SELECT uuidv7(), p.id, p.organisation_id, '', product_content(p)
FROM products p JOIN {RULE} ON rule.is_on
WHERE p.status = 'published' AND (
    p.number >= rule.from_number OR EXISTS (SELECT FROM product_reviews known WHERE known.product_id = p.id)
)
ON CONFLICT (product_id) DO UPDATE SET let_through = excluded.let_through
""")
# So many products are freed at a time.
BATCH = 1000
# So many article numbers are named in one piece of news.
NAMED = 5


class ChangedMeanwhile(Conflict):
    """The product is no longer what the person has looked at, or is not to be decided about any more."""


def let_through(*, seen: Mapping[UUID, str]) -> list[Product]:
    """Let buyers see products as they were seen: by id, the fingerprint of the content that was looked at.

    What was changed since, or does not wait any more, is left as it is; returns those that buyers see now.
    """
    rows = _as_seen(seen)
    contents = contents_of(rows)
    for row in rows.values():
        content = contents[row.id]
        _write(row, shown=content, let_through=content, refused=null(), reason="")
        PRODUCT.move(row, ProductState.PUBLISHED)
    session().flush()
    for supplier_id, some in _by_supplier(rows.values()).items():
        _tell(supplier_id, some)
    return list(rows.values())


def refuse(*, product_id: UUID, seen: str, reason: str) -> Product:
    """Let buyers not see a held product as it is; the supplier reads why. Raises ChangedMeanwhile."""
    row = _as_seen({product_id: seen}).get(product_id)
    if row is None:
        raise ChangedMeanwhile(_l("This was changed meanwhile; please look at it again."))
    _write(row, refused=contents_of([row.id])[row.id], reason=reason)
    news = ProductRefused(
        subject_id=row.id, organisation_id=row.organisation_id, sku=row.sku, name=row.name, reason=reason
    )
    PRODUCT.move(row, ProductState.REFUSED, news=news)
    session().flush()
    return row


def switch_moderation(*, supplier_id: UUID | None, is_on: bool | None) -> None:
    """Say whether what a supplier writes from now on is looked at first: what all write, where none is named.

    None for a supplier who shall be as all are. What buyers see stays. Where nobody looks any more, what is held is
    shown, and what was refused is withdrawn, for its supplier to publish. Raises NotFound.
    """
    supplier = None if supplier_id is None else organisation(supplier_id)
    session().execute(NOBODY_WRITES)
    _rewrite(supplier_id, is_on)
    session().execute(LET_BE)
    _release()
    announce(
        ModerationChanged(
            subject_id=supplier_id or current_actor().organisation,
            organisation_id=current_actor().organisation,
            supplier_id=supplier_id,
            supplier=supplier.name if supplier else "",
            is_on=is_on,
        )
    )


def _as_seen(seen: Mapping[UUID, str]) -> dict[UUID, Product]:
    """Those of the products that still are what the person has looked at, held until the transaction ends."""
    rows = products_for_update(seen)
    contents = contents_of(rows)
    return {row.id: row for row in rows.values() if fingerprint(contents[row.id]) == seen[row.id]}


def _write(row: Product, **decided: object) -> None:
    session().execute(
        update(ProductReview)
        .where(ProductReview.product_id == row.id)
        .values(held_at=None, decided_at=clock.now(), **decided)
    )


def _rewrite(supplier_id: UUID | None, is_on: bool | None) -> None:
    whose = Moderation.organisation_id.is_not_distinct_from(supplier_id)
    known = session().scalars(select(Moderation).where(whose)).one_or_none()
    if known is not None and known.is_on == is_on:
        return
    if known is not None:
        session().delete(known)
        session().flush()
    if is_on is not None:
        first = session().scalar(select(func.coalesce(func.max(Product.number), 0) + 1))
        save(Moderation(organisation_id=supplier_id, is_on=is_on, from_number=first))


def _release() -> None:
    """Nothing waits for somebody who does not look any more; so many at a time, for there may be a whole catalogue."""
    while _free(ProductState.REFUSED, ProductState.WITHDRAWN):
        pass
    while shown := _free(ProductState.HELD, ProductState.PUBLISHED):
        for supplier_id, some in _by_supplier(shown).items():
            _tell(supplier_id, some)


def _free(state: ProductState, target: ProductState) -> list[Product]:
    """Some of those in that state that nobody looks at any more, in the other state from now on; none at the end."""
    is_free = func.is_moderated(Product.organisation_id).is_(False)
    some = select(Product.id).where(Product.status == state, is_free).order_by(Product.id).limit(BATCH)
    freed = update(Product).where(Product.id.in_(some)).values(status=target).returning(Product)
    rows = list(session().scalars(freed, execution_options={"populate_existing": True}))
    theirs = among(ProductReview.product_id, [row.id for row in rows])
    session().execute(update(ProductReview).where(theirs).values(held_at=None))
    return rows


def _by_supplier(rows: Iterable[Product]) -> dict[UUID, list[Product]]:
    found: dict[UUID, list[Product]] = defaultdict(list)
    for row in rows:
        found[row.organisation_id].append(row)
    return found


def _tell(supplier_id: UUID, rows: list[Product]) -> None:
    """The supplier, and what is derived from products."""
    announce_changes([row.id for row in rows], supplier_id=supplier_id)
    skus = ", ".join(row.sku for row in rows[:NAMED]) + (" …" if len(rows) > NAMED else "")
    announce(
        ProductsLetThrough(subject_id=supplier_id, organisation_id=supplier_id, products=len(rows), skus=skus)
    )
