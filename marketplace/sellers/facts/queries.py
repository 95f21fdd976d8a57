"""What can be asked about the facts of products?"""

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select, text

from marketplace.foundation.db import among, session
from marketplace.sellers.attributes.queries import ATTRIBUTES_OF, attributes_of, said_by, values_of
from marketplace.sellers.attributes.values import PREFIX
from marketplace.sellers.facts.documents import BETWEEN, Document, documents_in
from marketplace.sellers.facts.kinds import (
    CERTIFICATES,
    DOCUMENTS,
    FACTS,
    IN_A_ROW,
    Certificate,
    certificates_in,
)
from marketplace.sellers.facts.models import Attachment
from marketplace.sellers.facts.wording import Hazards, general, hazards, in_words

NOTHING = ", ".join(f"'{name}', NULL" for name in IN_A_ROW)
SAID = ", ".join(f"'{name}', f.{name}::text" for name in IN_A_ROW)
CERTIFICATES_OF = f"""(
    SELECT string_agg(c.name || coalesce(' (' || c.expires_on || ')', ''), '{BETWEEN}' ORDER BY c.name COLLATE "C")
    FROM product_certificates c WHERE c.product_id = p.id
)"""
DOCUMENTS_OF = f"""(
    SELECT string_agg(
        d.title || ' (' || concat_ws(', ', d.kind, d.language, d.sha256, d.certificate) || ')',
        '{BETWEEN}' ORDER BY d.title COLLATE "C", d.kind COLLATE "C", d.language COLLATE "C", d.sha256 COLLATE "C"
    ) FROM product_documents d WHERE d.product_id = p.id
)"""
# All facts of the row `p` of products by name, as one jsonb; null where nothing is said.
FACTS_OF = (
    f"coalesce((SELECT jsonb_build_object({SAID}) FROM product_facts f WHERE f.product_id = p.id),"
    f" jsonb_build_object({NOTHING})) || jsonb_build_object('{CERTIFICATES}', {CERTIFICATES_OF},"
    f" '{DOCUMENTS}', {DOCUMENTS_OF})"
)
ASKED = text(f"SELECT p.id, jsonb_strip_nulls({FACTS_OF}) AS facts FROM products p WHERE p.id = ANY (:ids)")
ALL_ASKED = text(
    f"SELECT p.id, jsonb_strip_nulls({FACTS_OF} || {ATTRIBUTES_OF}) AS said FROM products p WHERE p.id = ANY (:ids)"
)
Facts = dict[str, str]


class Specification(NamedTuple):
    """What a product is, in words: its attributes and facts, each with what it is called, hazards, certificates.

    `documents` come with it.
    """

    properties: list[tuple[str, str]]
    hazards: Hazards | None
    certificates: list[Certificate]
    documents: list[Document]

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is said, but in documents."""
        return not (self.properties or self.hazards or self.certificates)

    @property
    def proofs(self) -> dict[str, Document]:
        """The document that proves a certificate, by the name of that."""
        return {one.certificate: one for one in self.documents if one.certificate}


class Row(NamedTuple):
    """One property of several products: what it is called, and what each says, by its id; or its documents."""

    label: str
    values: dict[UUID, str] | dict[UUID, list[Document]]
    is_of_documents: bool = False


def facts_of(product_ids: Collection[UUID]) -> dict[UUID, Facts]:
    """The facts of these products, as kinds.FACTS has them, as far as the actor may see them; in one statement."""
    return {row.id: row.facts for row in session().execute(ASKED, {"ids": list(product_ids)}) if row.facts}


def properties_of(product_ids: Collection[UUID]) -> dict[UUID, Facts]:
    """Their facts and attributes by name, as a file has them; in one statement."""
    return {row.id: row.said for row in session().execute(ALL_ASKED, {"ids": list(product_ids)}) if row.said}


def specification(product_id: UUID) -> Specification:
    """What that product says, as far as the actor may see it; two statements."""
    facts = facts_of([product_id]).get(product_id, {})
    attributes = said_by([product_id]).get(product_id, {})
    properties = [*((row.label, value) for row, value in attributes.items()), *general(facts)]
    certificates, documents = certificates_in(facts.get(CERTIFICATES)), documents_in(facts.get(DOCUMENTS))
    return Specification(properties, hazards(facts), certificates, documents)


def side_by_side(product_ids: Collection[UUID]) -> list[Row]:
    """What these products say, a row where at least one of them says something; two statements."""
    facts, attributes = facts_of(product_ids), said_by(product_ids)
    asked = {row.id: row for said in attributes.values() for row in said}
    of_attributes = [
        Row(row.label, {one: said[row] for one, said in attributes.items() if row in said})
        for row in asked.values()
    ]
    of_facts = [
        Row(str(fact.label), {one: in_words(name, said[name]) for one, said in facts.items() if name in said})
        for name, fact in FACTS.items()
        if name != DOCUMENTS
    ]
    papers = {one: documents_in(said[DOCUMENTS]) for one, said in facts.items() if DOCUMENTS in said}
    documents = Row(str(FACTS[DOCUMENTS].label), papers, is_of_documents=True)
    return [row for row in (*of_attributes, *of_facts, documents) if row.values]


def unknown_files(organisation_id: UUID, written: Collection[str]) -> set[str]:
    """The SHA-256 of the documents among these facts that the organisation has never handed in; in one statement."""
    named = {one.sha256 for fact in written for one in documents_in(fact)}
    if not named:
        return set()
    known = select(Attachment.sha256).where(
        Attachment.organisation_id == organisation_id, among(Attachment.sha256, named)
    )
    return named.difference(session().scalars(known))


def said_so_far(product_id: UUID, cpv_code: str) -> dict[str, str]:
    """What a product of that category says, by the names of facts and attributes; three statements."""
    values = values_of(product_id)
    attributes = {
        f"{PREFIX}{row.code}": values[row.id] for row in attributes_of(cpv_code) if row.id in values
    }
    return {**attributes, **facts_of([product_id]).get(product_id, {})}
