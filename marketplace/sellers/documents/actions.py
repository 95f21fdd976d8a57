"""What can a supplier do with the documents of its products?"""

import hashlib
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.foundation.constraints import explain
from marketplace.foundation.db import save, session
from marketplace.foundation.errors import Conflict, Invalid, NotFound
from marketplace.foundation.files import store_file
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.tenancy import current_actor
from marketplace.sellers.catalogue.actions import own_product
from marketplace.sellers.catalogue.models import Product
from marketplace.sellers.documents.pdf import MEDIA_TYPE, check_pdf
from marketplace.sellers.documents.queries import certificates_of, documents_of
from marketplace.sellers.facts.documents import MOST_DOCUMENTS, Document, written
from marketplace.sellers.facts.kinds import DOCUMENTS
from marketplace.sellers.facts.models import Attachment
from marketplace.sellers.specifications.actions import specify_product

explain(
    "uq_attachments_organisation_id_sha256",
    _l("Somebody is just handing in the same document; please try again."),
    field="file",
)


class TooManyDocuments(Conflict):
    """A product has no more than so many documents."""


def attach_document(*, product_id: UUID, content: bytes, **described: Any) -> Product:
    """Hand this PDF out with a product of one's own; one that it has already is described anew.

    `described`: title, kind (a key of documents.KINDS), language, and the name of a certificate of the product that it
    proves, or None. Raises NotFound, NoDocument, TooManyDocuments, Invalid.
    """
    row = own_product(product_id)
    said = hand_in(content, known=documents_of(row.id), certificates=certificates_of(row.id), **described)
    return specify_product(product_id=row.id, said={DOCUMENTS: said})


def remove_document(*, product_id: UUID, sha256: str) -> Product:
    """Hand it out no longer; its bytes stay, for a version may bring it back. Raises NotFound."""
    row = own_product(product_id)
    return specify_product(product_id=row.id, said={DOCUMENTS: without(documents_of(row.id), sha256)})


def hand_in(
    content: bytes, *, known: Collection[Document], certificates: Collection[str], **described: Any
) -> str:
    """Keep a PDF of the actor's organisation, once by its bytes; the fact of the `known` documents and of this one.

    `certificates` are those that it may prove. Raises NoDocument, TooManyDocuments, Invalid.
    """
    check_pdf(content)
    document = _described(content, certificates, described)
    others = [one for one in known if one.sha256 != document.sha256]
    if len(others) >= MOST_DOCUMENTS:
        raise TooManyDocuments(
            _l("A product has at most %(most)s documents.", most=MOST_DOCUMENTS), field="file"
        )
    _keep(content, document.sha256)
    return written([*others, document])


def keep_file(content: bytes) -> str:
    """Keep a PDF of the actor's organisation for the products that will name it; its SHA-256. Raises NoDocument."""
    check_pdf(content)
    sha256 = hashlib.sha256(content).hexdigest()
    _keep(content, sha256)
    return sha256


def without(known: Collection[Document], sha256: str) -> str:
    """The fact of these documents but that one. Raises NotFound where it is none of them."""
    kept = [one for one in known if one.sha256 != sha256]
    if len(kept) == len(known):
        raise NotFound(_l("There is nothing here that you may see."))
    return written(kept)


def _described(content: bytes, certificates: Collection[str], described: Mapping[str, Any]) -> Document:
    document = Document(sha256=hashlib.sha256(content).hexdigest(), **described)
    if ";" in document.title:
        raise Invalid(_l("A title has no semicolon, and at most 120 characters."), field="title")
    if document.certificate is not None and document.certificate not in certificates:
        raise Invalid(_l("The product does not bear this certificate."), field="certificate")
    return document


def _keep(content: bytes, sha256: str) -> None:
    owner_id = current_actor().organisation
    known = select(Attachment.id).where(Attachment.organisation_id == owner_id, Attachment.sha256 == sha256)
    if session().scalar(known) is None:
        file = store_file(content, name=f"{sha256}.pdf", media_type=MEDIA_TYPE, owner_id=owner_id)
        save(Attachment(organisation_id=owner_id, file_id=file.id, sha256=sha256))
