"""What can be said of products besides their offers?"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import lru_cache
from uuid import UUID

from sqlalchemy import TextClause, text

from marketplace.foundation.db import session
from marketplace.sellers.attributes.actions import write_values
from marketplace.sellers.attributes.values import PREFIX
from marketplace.sellers.facts.documents import Document, documents_in
from marketplace.sellers.facts.kinds import CERTIFICATES, DOCUMENTS, FACTS, IN_A_ROW, certificates_in

Said = Mapping[str, str | None]
SENT = ", ".join(f"cast(:{name} AS {fact.kind}[])" for name, fact in IN_A_ROW.items())
ROWS = f"unnest(cast(:product_ids AS uuid[]), {SENT}) row (product_id, {', '.join(IN_A_ROW)})"
BEARING = """
unnest(cast(:product_ids AS uuid[]), cast(:names AS text[]), cast(:days AS date[])) row (product_id, name, expires_on)
"""
BEAR = text(f"""
    INSERT INTO product_certificates (id, product_id, organisation_id, name, expires_on)
    SELECT uuidv7(), row.product_id, :organisation_id, row.name, row.expires_on FROM {BEARING}
    ON CONFLICT (product_id, name) DO UPDATE SET expires_on = excluded.expires_on
    WHERE product_certificates.expires_on IS DISTINCT FROM excluded.expires_on RETURNING product_id
""")
LOSE = text(f"""
    DELETE FROM product_certificates c WHERE c.product_id = ANY (cast(:all_ids AS uuid[]))
        AND NOT EXISTS (SELECT FROM {BEARING} WHERE row.product_id = c.product_id AND row.name = c.name)
    RETURNING c.product_id
""")
ENCLOSED = ("sha256", "kind", "language", "title", "certificate")
ENCLOSING = (
    f"unnest(cast(:product_ids AS uuid[]), {', '.join(f'cast(:{name} AS text[])' for name in ENCLOSED)})"
    f" row (product_id, {', '.join(ENCLOSED)})"
)
ENCLOSE = text(f"""
    INSERT INTO product_documents (id, product_id, organisation_id, {", ".join(ENCLOSED)})
    SELECT uuidv7(), row.product_id, :organisation_id, {", ".join(f"row.{name}" for name in ENCLOSED)} FROM {ENCLOSING}
    ON CONFLICT (product_id, sha256) DO UPDATE SET kind = excluded.kind, language = excluded.language,
        title = excluded.title, certificate = excluded.certificate
    WHERE (product_documents.kind, product_documents.language, product_documents.title, product_documents.certificate)
        IS DISTINCT FROM (excluded.kind, excluded.language, excluded.title, excluded.certificate)
    RETURNING product_id
""")
REMOVE = text(f"""
    DELETE FROM product_documents d WHERE d.product_id = ANY (cast(:all_ids AS uuid[]))
        AND NOT EXISTS (SELECT FROM {ENCLOSING} WHERE row.product_id = d.product_id AND row.sha256 = d.sha256)
    RETURNING d.product_id
""")


def is_said(name: str) -> bool:
    """Whether that is the name of a fact or of an attribute, rather than of a part of the offer."""
    return name in FACTS or name.startswith(PREFIX)


def write_said(organisation_id: UUID, said: Mapping[UUID, Said], names: Collection[str]) -> set[UUID]:
    """Write what that organisation's products say, by the names of facts and attributes, None for nothing.

    `names` are those that are written over; the others stay. Returns the products that are no longer as they were.
    """
    codes = {name: name.removeprefix(PREFIX) for name in sorted(names) if name.startswith(PREFIX)}
    by_code = {row: {code: values.get(name) for name, code in codes.items()} for row, values in said.items()}
    changed = write_facts(organisation_id, said, [name for name in FACTS if name in names])
    return changed | write_values(organisation_id, by_code, list(codes.values()))


def write_facts(organisation_id: UUID, said: Mapping[UUID, Said], names: Sequence[str]) -> set[UUID]:
    """Write these facts of that organisation's products, each as kinds.FACTS has it, None where nothing is said.

    `names` are those that are written over; the others stay. Returns the products that are no longer as they were.
    Five statements whatever the number of products, and none for what is not among the names.
    """
    in_a_row = tuple(name for name in IN_A_ROW if name in names)
    changed = _write_rows(organisation_id, said, in_a_row) if said and in_a_row else set()
    for name, write in ((CERTIFICATES, _write_certificates), (DOCUMENTS, _write_documents)):
        changed |= write(organisation_id, said) if said and name in names else set()
    return changed


def _write_rows(organisation_id: UUID, said: Mapping[UUID, Said], names: tuple[str, ...]) -> set[UUID]:
    columns = {
        name: [facts.get(name) if name in names else None for facts in said.values()] for name in IN_A_ROW
    }
    arguments = {"organisation_id": organisation_id, "product_ids": list(said), **columns}
    return set(session().scalars(_upsert(names), arguments))


@lru_cache
def _upsert(names: tuple[str, ...]) -> TextClause:
    """A row only where something is said, or was."""
    news = ", ".join(f"{name} = excluded.{name}" for name in names)
    before, now = (
        ", ".join(f"{source}.{name}" for name in names) for source in ("product_facts", "excluded")
    )
    return text(
        f"INSERT INTO product_facts (id, product_id, organisation_id, {', '.join(IN_A_ROW)})"
        f" SELECT uuidv7(), row.product_id, :organisation_id, {', '.join(f'row.{name}' for name in IN_A_ROW)}"
        f" FROM {ROWS} WHERE num_nonnulls({', '.join(f'row.{name}' for name in names)}) > 0"
        " OR EXISTS (SELECT FROM product_facts f WHERE f.product_id = row.product_id)"
        f" ON CONFLICT (product_id) DO UPDATE SET {news}"
        f" WHERE ({before}) IS DISTINCT FROM ({now}) RETURNING product_id"
    )


def _write_certificates(organisation_id: UUID, said: Mapping[UUID, Said]) -> set[UUID]:
    born: list[tuple[UUID, str, date | None]] = [
        (product_id, *one)
        for product_id, facts in said.items()
        for one in certificates_in(facts.get(CERTIFICATES))
    ]
    arguments = {
        "product_ids": [product_id for product_id, _, _ in born],
        "names": [name for _, name, _ in born],
        "days": [day for _, _, day in born],
    }
    lost = session().scalars(LOSE, {**arguments, "all_ids": list(said)}).all()
    return {*lost, *session().scalars(BEAR, {**arguments, "organisation_id": organisation_id})}


def _write_documents(organisation_id: UUID, said: Mapping[UUID, Said]) -> set[UUID]:
    enclosed: list[tuple[UUID, Document]] = [
        (product_id, one) for product_id, facts in said.items() for one in documents_in(facts.get(DOCUMENTS))
    ]
    arguments: dict[str, object] = {
        "product_ids": [product_id for product_id, _ in enclosed],
        **{name: [getattr(one, name) for _, one in enclosed] for name in ENCLOSED},
    }
    removed = session().scalars(REMOVE, {**arguments, "all_ids": list(said)}).all()
    return {*removed, *session().scalars(ENCLOSE, {**arguments, "organisation_id": organisation_id})}
