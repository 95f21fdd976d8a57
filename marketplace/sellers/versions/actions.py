"""What can be done with a version of a catalogue?"""

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert

from marketplace.events.sellers import CatalogueVersionChecked
from marketplace.foundation import clock
from marketplace.foundation.db import among, fetch, new_id, save, session
from marketplace.foundation.errors import Conflict, Invalid
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.money import Money
from marketplace.foundation.numbering import next_number
from marketplace.foundation.presentation import write_date
from marketplace.foundation.tasks import start_task
from marketplace.foundation.tenancy import current_actor
from marketplace.sellers.catalogue.actions import checked, checked_tiers, own_product
from marketplace.sellers.catalogue.importing import STORED, TOGETHER
from marketplace.sellers.catalogue.lifecycle import ProductState
from marketplace.sellers.documents.actions import hand_in
from marketplace.sellers.facts.actions import is_said
from marketplace.sellers.facts.documents import documents_in
from marketplace.sellers.facts.kinds import CERTIFICATES, DOCUMENTS, certificates_in
from marketplace.sellers.specifications.actions import written_for
from marketplace.sellers.versions.differences import JUDGED, RULES, limits
from marketplace.sellers.versions.facts import STATUS, TIERS, Facts, facts_of, written_tiers
from marketplace.sellers.versions.lifecycle import VERSION, VersionState
from marketplace.sellers.versions.models import CataloguePolicy, CatalogueVersion, VersionLine
from marketplace.sellers.versions.queries import articles, lines, open_drafts, policy, sizes_of, tally

PUBLISH = "catalogue version"
UNSAID = facts_of({name: kept.default for name, kept in STORED.items() if name != "sku"})
"""What a new product is made of where nothing is said."""
# What was changed since is what the person has seen now, so the line says again what it shall become.
SEEN = text(
    f"{JUDGED} UPDATE version_lines l SET before = j.present, product_id = j.product_id FROM judged j"
    " WHERE j.id = l.id AND j.is_conflict AND (:everything OR l.id = ANY (:ids))"
)
LEFT = text(
    f"{JUDGED} DELETE FROM version_lines l USING judged j"
    " WHERE j.id = l.id AND j.is_conflict AND (:everything OR l.id = ANY (:ids))"
)
# What a published version replaced, as the changes of another one. Nothing that was once published becomes a draft
# again or is taken out of the books: it is withdrawn.
BACK = text("""
    INSERT INTO version_lines (id, version_id, organisation_id, sku, product_id, changes, before, put_at)
    SELECT uuidv7(), :version_id, l.organisation_id, p.sku, l.product_id,
        CASE WHEN l.replaced->>'status' IS DISTINCT FROM 'published' AND l.changes->>'status' = 'published'
            THEN was || '{"status": "withdrawn"}' ELSE was END,
        l.changes, :now
    FROM version_lines l JOIN products p ON p.id = l.product_id
    CROSS JOIN LATERAL (
        SELECT coalesce(jsonb_object_agg(c.key, l.replaced->c.key), '{}') AS was
        FROM jsonb_object_keys(l.changes) c (key)
        WHERE l.replaced ? c.key OR starts_with(c.key, 'attribute_') AND l.replaced <> '{}'
    ) r
    WHERE l.version_id = :undoes_id AND l.outcome = 'applied'
        AND (l.replaced <> '{}' OR l.changes->>'status' = 'published')
""")


class NothingInIt(Invalid):
    """The version, or what was to be put into it, changes nothing."""


class StillToDecide(Conflict):
    """Some lines of the version must be decided about first."""


def newest_draft() -> CatalogueVersion:
    """The version that was begun last and can be written into; where there is none, a new one."""
    drafts = open_drafts()
    return drafts[0] if drafts else _opened(str(_l("Changes of %(day)s", day=write_date(clock.today()))))


def open_version(*, title: str) -> CatalogueVersion:
    """Begin a version; buyers see nothing of it until it is published. Raises IntegrityError (title)."""
    return _opened(title)


def put_product(
    *, version_id: UUID, sku: str, price: Money, known_as: str | None = None, **values: Any
) -> VersionLine:
    """Put what a product shall become into a version: a new one is published with it.

    Where it is `known_as` a number already, it keeps that. Raises NotFound, Invalid, NothingInIt, StillToDecide.
    """
    row, known = draft_for_update(version_id), articles([sku]).get(sku)
    if known_as is not None and sku != known_as:
        raise Invalid(
            _l("In a version an article keeps its number; the catalogue can change it."), field="sku"
        )
    if known and known.facts["price_currency"] != price.currency:
        raise Invalid(
            _l("The currency of a product stays; a new product may have another one."), field="price"
        )
    wanted = facts_of(checked({**values, "price": price}))
    if known is None:
        wanted = {**UNSAID, **wanted, STATUS: ProductState.PUBLISHED}
    put(row, {sku: wanted})
    return _said(row, sku)


def put_tiers(*, version_id: UUID, product_id: UUID, tiers: Mapping[Decimal, Decimal]) -> VersionLine:
    """Put what larger quantities of a product shall cost into a version: amount per unit, by quantity.

    Raises NotFound, Invalid, NothingInIt.
    """
    row, known = draft_for_update(version_id), own_product(product_id)
    checked_tiers(tiers)
    put(row, {known.sku: {TIERS: written_tiers(tiers)}})
    return _said(row, known.sku)


def put_said(*, version_id: UUID, product_id: UUID, said: Mapping[str, Any]) -> VersionLine:
    """Put what a product shall say into a version, by the names of facts and attributes.

    Raises NotFound, Invalid, NothingInIt.
    """
    row, known = draft_for_update(version_id), own_product(product_id)
    put(row, {known.sku: written_for(known.cpv_code, said)})
    return _said(row, known.sku)


def put_document(*, version_id: UUID, product_id: UUID, content: bytes, **described: Any) -> VersionLine:
    """Put a document that a product shall have into a version, besides those that it has by then.

    `described` as in attach_document. Raises NotFound, NoDocument, TooManyDocuments, Invalid, NothingInIt.
    """
    row, known = draft_for_update(version_id), own_product(product_id)
    said = lines(row.id, [known.sku]).get(known.sku)
    changes: Facts = said.changes if said else {}
    facts = {**articles([known.sku])[known.sku].facts, **changes}
    documents, certificates = documents_in(facts[DOCUMENTS]), certificates_in(facts[CERTIFICATES])
    born = [one.name for one in certificates]
    fact = hand_in(content, known=documents, certificates=born, **described)
    return put_said(version_id=row.id, product_id=known.id, said={DOCUMENTS: fact})


def put_state(*, version_id: UUID, skus: Collection[str], state: ProductState) -> int:
    """Put it into a version that these articles are published, or withdrawn; returns of how many that says anything.

    Raises NotFound, and Invalid for articles that are not known, or that were never published.
    """
    row, known = draft_for_update(version_id), articles(skus)
    unknown = [sku for sku in skus if sku not in known]
    if unknown:
        raise Invalid(_l("These articles are not known: %(skus)s", skus=", ".join(unknown[:5])), field="skus")
    drafts = [sku for sku, article in known.items() if article.facts[STATUS] == ProductState.DRAFT]
    if drafts and state == ProductState.WITHDRAWN:
        raise Invalid(_l("These were never published: %(skus)s", skus=", ".join(drafts[:5])), field="skus")
    return sum(put(row, {sku: {STATUS: state} for sku in known}))


def put(
    row: CatalogueVersion, wanted: Mapping[str, Facts], *, person_id: UUID | None = None
) -> tuple[int, int]:
    """Put facts into a draft, by article number; what the version says of other facts of theirs stays.

    `person_id` is for whom, where nobody in person acts. Returns how many articles would be new, and how many changed.
    """
    known, said = articles(wanted), lines(row.id, wanted)
    written, silent, new = [], [], 0
    for sku, facts in wanted.items():
        article, line = known.get(sku), said.get(sku)
        present: Facts = article.facts if article else {}
        changes = _changes(present, line, facts)
        if not changes:
            silent.append(sku)
            continue
        before = _before(present, line, facts, changes)
        product_id = article.id if article else None
        keys = {"id": new_id(), "version_id": row.id, "organisation_id": row.organisation_id, "sku": sku}
        said_now = {"product_id": product_id, "changes": changes, "before": before, "put_by_id": person_id}
        written.append({**keys, **said_now, "put_at": clock.now()})
        new += article is None
    _write(row, written, silent)
    return new, len(written) - new


def remove_lines(*, version_id: UUID, line_ids: Collection[UUID]) -> None:
    """Take lines out of a draft. Raises NotFound, IntegrityError where it is none."""
    row = draft_for_update(version_id)
    gone = delete(VersionLine).where(VersionLine.version_id == row.id, among(VersionLine.id, line_ids))
    session().execute(gone)


def insist(*, version_id: UUID, line_ids: Collection[UUID] = ()) -> None:
    """Where something was changed since, write over it all the same: these lines, or all of them. Raises NotFound."""
    _decide(SEEN, version_id, line_ids)


def give_way(*, version_id: UUID, line_ids: Collection[UUID] = ()) -> None:
    """Where something was changed since, leave it so: these lines go, or all of them. Raises NotFound."""
    _decide(LEFT, version_id, line_ids)


def check_version(*, version_id: UUID) -> CatalogueVersion:
    """Say that one has looked through it: nothing more can be put into it.

    Raises NotFound, NothingInIt, StillToDecide, WrongState, NotYourMove, and IntegrityError where a second person is
    needed.
    """
    row = _for_update(version_id)
    counts = tally(row.id, policy().price_limit)
    if not counts["all"]:
        raise NothingInIt(_l("There is nothing in this version yet."))
    if any(counts[name] for name, rule in RULES.items() if rule.is_blocking):
        raise StillToDecide(_l("Some articles of this version must be decided about first."))
    news = CatalogueVersionChecked(
        subject_id=row.id,
        organisation_id=row.organisation_id,
        number=row.number,
        title=row.title,
        lines=counts["all"],
    )
    VERSION.move(row, VersionState.CHECKED, news=news)
    return _written(row)


def reopen_version(*, version_id: UUID) -> CatalogueVersion:
    """Make it a draft again. Raises NotFound, WrongState, NotYourMove."""
    return _moved(version_id, VersionState.DRAFT)


def drop_version(*, version_id: UUID) -> CatalogueVersion:
    """Publish nothing of it. Raises NotFound, WrongState, NotYourMove."""
    return _moved(version_id, VersionState.DROPPED)


def publish_version(*, version_id: UUID, publish_on: date | None = None) -> CatalogueVersion:
    """Publish it as that day begins where the installation lives, or now. Raises NotFound, Invalid, WrongState."""
    row = _for_update(version_id)
    if publish_on is not None and publish_on < clock.today():
        raise Invalid(_l("This day is over."), field="publish_on")
    if publish_on is None or publish_on == clock.today():
        return begin_publishing(row)
    row.publish_on = publish_on
    VERSION.move(row, VersionState.SCHEDULED)
    return _written(row)


def call_off(*, version_id: UUID) -> CatalogueVersion:
    """Do not publish it on its day. Raises NotFound, WrongState, NotYourMove."""
    return _moved(version_id, VersionState.CHECKED)


def begin_publishing(row: CatalogueVersion) -> CatalogueVersion:
    """Let a worker publish a version that is held. Raises WrongState, NotYourMove."""
    VERSION.move(row, VersionState.PUBLISHING)
    row.task_id = start_task(PUBLISH, version_id=row.id).id
    return _written(row)


def go_on(*, version_id: UUID) -> CatalogueVersion:
    """Publish the rest of a version whose worker has given up. Raises NotFound, StillToDecide."""
    row = _for_update(version_id)
    if row.status != VersionState.PUBLISHING:
        raise StillToDecide(_l("Nothing of this version waits to be published."))
    row.task_id = start_task(PUBLISH, version_id=row.id).id
    return _written(row)


def take_back(*, version_id: UUID) -> CatalogueVersion:
    """Open a version that brings back what a published one replaced. Raises NotFound, StillToDecide, NothingInIt."""
    undone = _for_update(version_id)
    if undone.status != VersionState.PUBLISHED:
        raise StillToDecide(_l("Only what is published can be taken back."))
    row = _opened(str(_l("Before %(number)s", number=undone.number)), undoes_id=undone.id)
    parameters = {"version_id": row.id, "undoes_id": undone.id, "now": clock.now()}
    session().execute(BACK, parameters)
    if not sizes_of([row.id]):
        raise NothingInIt(_l("This version has changed nothing that could be brought back."))
    return row


def set_policy(*, price_limit: Decimal, needs_second_person: bool) -> CataloguePolicy:
    """Say what is looked at before a version is published. Raises IntegrityError (limit out of range)."""
    row = policy()
    row.price_limit, row.needs_second_person = price_limit, needs_second_person
    return save(row)


def draft_for_update(version_id: UUID) -> CatalogueVersion:
    """That version, held, where it can still be written into. Raises NotFound, StillToDecide."""
    row = _for_update(version_id)
    if row.status != VersionState.DRAFT:
        raise StillToDecide(_l("This version is no longer a draft, so nothing can be put into it."))
    return row


def _said(row: CatalogueVersion, sku: str) -> VersionLine:
    line = lines(row.id, [sku]).get(sku)
    if line is None:
        raise NothingInIt(_l("Nothing of this differs from what is there now."))
    return line


def _opened(title: str, undoes_id: UUID | None = None) -> CatalogueVersion:
    here = current_actor().organisation
    number = next_number(here, "CV")
    person_id = current_actor().person_id
    return save(
        CatalogueVersion(
            organisation_id=here, number=number, title=title, opened_by_id=person_id, undoes_id=undoes_id
        )
    )


def _changes(present: Facts, line: VersionLine | None, facts: Facts) -> Facts:
    """All that shall differ; a minimum and its step go together, so that they fit whatever else is written.

    Nothing that nothing is said of, as an attribute of another category, stays nothing.
    """
    wanted: Facts = {**(line.changes if line else {}), **facts}
    changes = {
        name: value
        for name, value in wanted.items()
        if (present[name] != value if name in present else value is not None or not is_said(name))
    }
    for group in TOGETHER:
        if group & changes.keys():
            changes |= {name: wanted.get(name, present.get(name)) for name in group}
    return changes


def _before(present: Facts, line: VersionLine | None, facts: Facts, changes: Facts) -> Facts:
    """What the person saw: now, or for what they have not written anew, when they put it in."""
    earlier: Facts = line.before if line else {}
    return {
        name: present[name] if name in facts else earlier.get(name, present[name])
        for name in changes
        if name in present
    }


def _write(row: CatalogueVersion, written: list[dict[str, Any]], silent: Collection[str]) -> None:
    of_version = VersionLine.version_id == row.id
    if silent:
        session().execute(delete(VersionLine).where(of_version, among(VersionLine.sku, silent)))
    if written:
        new = insert(VersionLine)
        again = {
            name: new.excluded[name] for name in ("product_id", "changes", "before", "put_by_id", "put_at")
        }
        session().execute(
            new.on_conflict_do_update(index_elements=["version_id", "sku"], set_=again), written
        )
    session().expire_all()


def _decide(statement: Any, version_id: UUID, line_ids: Collection[UUID]) -> None:
    row = draft_for_update(version_id)
    parameters = {
        **limits(row.organisation_id, row.id, policy().price_limit),
        "everything": not line_ids,
        "ids": list(line_ids),
    }
    session().execute(statement, parameters)


def _moved(version_id: UUID, target: VersionState) -> CatalogueVersion:
    row = _for_update(version_id)
    VERSION.move(row, target)
    return _written(row)


def _written(row: CatalogueVersion) -> CatalogueVersion:
    session().flush()
    session().refresh(row)
    return row


def _for_update(version_id: UUID) -> CatalogueVersion:
    return fetch(CatalogueVersion, version_id, lock=True)
