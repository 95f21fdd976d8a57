"""What can be asked about the documents of products?"""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from marketplace.foundation.db import session
from marketplace.foundation.errors import NotFound
from marketplace.foundation.files import StoredFile
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.tenancy import platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.sellers.catalogue.queries import product
from marketplace.sellers.facts.documents import Document, documents_in
from marketplace.sellers.facts.kinds import CERTIFICATES, DOCUMENTS, certificates_in
from marketplace.sellers.facts.models import Attachment
from marketplace.sellers.facts.queries import facts_of


class Handed(NamedTuple):
    """A document to be taken along: its file, and what that is called."""

    file: StoredFile
    name: str


def documents_of(product_id: UUID) -> list[Document]:
    """The documents of a product that the actor may see; in one statement."""
    return documents_in(facts_of([product_id]).get(product_id, {}).get(DOCUMENTS))


def certificates_of(product_id: UUID) -> list[str]:
    """The names of the certificates that it bears; in one statement."""
    written = facts_of([product_id]).get(product_id, {}).get(CERTIFICATES)
    return [one.name for one in certificates_in(written)]


def handed_out(product_id: UUID, sha256: str) -> Handed:
    """A document of a product: who may see the one may have the other. Raises NotFound."""
    row = product(product_id)
    title = next((one.title for one in documents_of(row.id) if one.sha256 == sha256), None)
    if title is None:
        raise NotFound(_l("There is nothing here that you may see."))
    with unit_of_work(platform("hand out a document of a product"), read_only=True):
        return Handed(attached(row.organisation_id, sha256), f"{row.sku} {title}.pdf")


def attached(supplier_id: UUID, sha256: str) -> StoredFile:
    """The file that a supplier has handed in with these bytes, as the supplier or the platform. Raises NotFound."""
    wanted = select(StoredFile).join(Attachment, Attachment.file_id == StoredFile.id)
    named = Attachment.organisation_id == supplier_id, Attachment.sha256 == sha256
    found = session().scalars(wanted.where(*named)).first()
    if found is None:
        raise NotFound(_l("There is nothing here that you may see."))
    return found
