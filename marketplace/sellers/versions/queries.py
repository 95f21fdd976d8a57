"""What can be asked about versions of a catalogue?"""

from collections.abc import Collection
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple
from uuid import UUID

from flask import has_request_context, request
from sqlalchemy import Select, func, select, text

from marketplace.foundation import clock
from marketplace.foundation.db import fetch, session
from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.paging import SIZE, Page
from marketplace.foundation.tasks import Task
from marketplace.foundation.tenancy import current_actor
from marketplace.sellers.attributes.queries import all_attributes
from marketplace.sellers.attributes.values import PREFIX
from marketplace.sellers.versions.differences import JUDGED, USUAL_PRICE_LIMIT, VIEWS, Difference, limits
from marketplace.sellers.versions.facts import OF_PRODUCT, Facts
from marketplace.sellers.versions.lifecycle import VersionState
from marketplace.sellers.versions.models import CataloguePolicy, CatalogueVersion, VersionLine

FIELDS = ", ".join(name for name in Difference._fields if name != "attributes")
TALLY = text(
    f"{JUDGED} SELECT {', '.join(f'count(*) FILTER (WHERE {view}) AS {name}' for name, view in VIEWS.items())}"
    " FROM judged"
)
KNOWN = text(
    f"SELECT p.sku, p.id, {OF_PRODUCT} AS facts FROM products p"
    " WHERE p.organisation_id = :organisation_id AND p.sku = ANY (:skus)"
)
PUBLISHED_AMISS = text("""
    SELECT v.number FROM catalogue_versions v
    WHERE v.status = 'published' AND EXISTS (
        SELECT FROM version_lines l WHERE l.version_id = v.id AND l.outcome IS NULL
    ) OR v.status NOT IN ('publishing', 'published') AND EXISTS (
        SELECT FROM version_lines l WHERE l.version_id = v.id AND l.outcome IS NOT NULL
    ) OR v.status = 'scheduled' AND v.publish_on < :today
""")


class Article(NamedTuple):
    """A product of one's own, as a version writes it."""

    id: UUID
    facts: Facts


def version(version_id: UUID) -> CatalogueVersion:
    """That version of the actor's organisation. Raises NotFound."""
    return fetch(CatalogueVersion, version_id)


def versions() -> Select[CatalogueVersion]:
    """The versions of the actor's organisation, to be paged."""
    return select(CatalogueVersion).where(CatalogueVersion.organisation_id == current_actor().organisation)


def open_drafts() -> list[CatalogueVersion]:
    """The versions that changes can be put into, the newest first."""
    drafts = versions().where(CatalogueVersion.status == VersionState.DRAFT)
    return list(session().scalars(drafts.order_by(CatalogueVersion.id.desc()).limit(SIZE)))


def sizes_of(version_ids: Collection[UUID]) -> dict[UUID, tuple[int, int]]:
    """How many lines each version has, and how many of them were looked at as it was published; in one statement."""
    lines = select(VersionLine.version_id, func.count(), func.count(VersionLine.outcome))
    counted = lines.where(VersionLine.version_id.in_(version_ids)).group_by(VersionLine.version_id)
    return {row[0]: (row[1], row[2]) for row in session().execute(counted)}


def line(version_id: UUID, sku: str) -> VersionLine | None:
    """What that version makes of an article; None where it says nothing of it."""
    wanted = select(VersionLine).where(VersionLine.version_id == version_id, VersionLine.sku == sku)
    return session().scalars(wanted).first()


def lines(version_id: UUID, skus: Collection[str]) -> dict[str, VersionLine]:
    """What that version makes of these articles, by their numbers."""
    wanted = select(VersionLine).where(VersionLine.version_id == version_id, VersionLine.sku.in_(skus))
    return {row.sku: row for row in session().scalars(wanted)}


def articles(skus: Collection[str]) -> dict[str, Article]:
    """The actor's own products of these numbers as they stand now, in one statement."""
    parameters = {"organisation_id": current_actor().organisation, "skus": list(skus)}
    return {row.sku: Article(row.id, row.facts) for row in session().execute(KNOWN, parameters)}


def policy() -> CataloguePolicy:
    """What the actor's organisation wants looked at; the usual, not remembered, where it has said nothing."""
    here = current_actor().organisation
    said = select(CataloguePolicy).where(CataloguePolicy.organisation_id == here)
    usual = CataloguePolicy(organisation_id=here, price_limit=USUAL_PRICE_LIMIT, needs_second_person=False)
    return session().scalars(said).first() or usual


def tally(version_id: UUID, price_limit: Decimal) -> dict[str, int]:
    """How many lines each view of VIEWS shows, in one statement."""
    parameters = limits(current_actor().organisation, version_id, price_limit)
    return dict(session().execute(TALLY, parameters).mappings().one())


def differences(version_id: UUID, price_limit: Decimal, view: str = "all") -> Page[Difference]:
    """One page of the lines of a view, the largest changes of price first, from the request's `after` on.

    Raises Invalid where that is no such place.
    """
    parameters: dict[str, Any] = {
        **limits(current_actor().organisation, version_id, price_limit),
        "size": SIZE + 1,
    }
    condition, place = VIEWS.get(view, VIEWS["all"]), _place()
    if place is not None:
        condition += " AND (rank, id) > (:rank, :last)"
        parameters |= {"rank": place[0], "last": place[1]}
    statement = text(f"{JUDGED} SELECT {FIELDS} FROM judged WHERE {condition} ORDER BY rank, id LIMIT :size")
    attributes = {f"{PREFIX}{row.code}": row for row in all_attributes()}
    rows = [Difference._make((*row, attributes)) for row in session().execute(statement, parameters)]
    shown = rows[:SIZE]
    return Page(shown, after=f"{shown[-1].rank}_{shown[-1].id}" if len(rows) > SIZE else None)


def task_of(row: CatalogueVersion) -> Task | None:
    """How far a worker has come with publishing it; None before."""
    return session().get(Task, row.task_id) if row.task_id else None


def version_findings() -> list[str]:
    """Versions that were published in part, too early or not on their day, as the platform; for its own check."""
    return list(session().scalars(PUBLISHED_AMISS, {"today": clock.today()}))


def _place() -> tuple[Decimal, UUID] | None:
    """Where the page begins: "-12.5_<id>"."""
    after = request.args.get("after") if has_request_context() else None
    if not after:
        return None
    rank, _, row_id = after.partition("_")
    try:
        place = Decimal(rank), UUID(row_id)
    except (InvalidOperation, ValueError):
        raise Invalid(_l("This page does not exist; start again from the first one.")) from None
    if not place[0].is_finite():
        raise Invalid(_l("This page does not exist; start again from the first one."))
    return place
