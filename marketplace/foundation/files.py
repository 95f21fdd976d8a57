"""Where are the bytes, and are they still the same?

Content is stored once, under its SHA-256, in a folder or an object store (setting FILES_URL); a row says whose it is.
Reading checks the hash, so that a changed byte is noticed and never served.
"""

import hashlib
from datetime import datetime
from functools import lru_cache
from uuid import UUID

import obstore
from obstore.store import ObjectStore, from_url
from sqlalchemy import BigInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.foundation import clock
from marketplace.foundation.db import Base, fetch, save
from marketplace.foundation.errors import Gone
from marketplace.foundation.language import lazy_text as _l
from marketplace.foundation.settings import current_settings
from marketplace.foundation.tenancy import HERE, Kind, Tenancy


class DamagedFile(Gone):
    """The stored bytes are not, or no longer, those that were filed."""


class StoredFile(Base):
    """A file of up to three organisations; `is_public` opens it to every member (a product's picture)."""

    __tablename__ = "stored_files"
    __table_args__ = (UniqueConstraint("id", "owner_id", "sha256"),)
    tenancy = Tenancy(
        f"is_public OR {Kind.parties('owner_id', 'counterparty_id', 'mediator_id').readers}",
        f"owner_id = {HERE} OR counterparty_id = {HERE}",
    ).append_only()

    owner_id: Mapped[UUID] = mapped_column(index=True)
    counterparty_id: Mapped[UUID | None] = mapped_column(index=True)
    mediator_id: Mapped[UUID | None] = mapped_column(index=True)
    is_public: Mapped[bool] = mapped_column(default=False)
    name: Mapped[str]
    media_type: Mapped[str]
    sha256: Mapped[str] = mapped_column(index=True)
    size: Mapped[int] = mapped_column(BigInteger)
    person_id: Mapped[UUID | None]
    stored_at: Mapped[datetime] = mapped_column(default=clock.now)

    @property
    def content(self) -> bytes:
        """The bytes, as they were filed. Raises DamagedFile."""
        return read_content(self.sha256)


def store_file(
    content: bytes,
    *,
    name: str,
    media_type: str,
    owner_id: UUID,
    counterparty_id: UUID | None = None,
    mediator_id: UUID | None = None,
    person_id: UUID | None = None,
    is_public: bool = False,
) -> StoredFile:
    """File `content` under its hash. The same bytes filed twice are kept once and have two rows."""
    sha256 = hashlib.sha256(content).hexdigest()
    obstore.put(_store(), _path(sha256), content)
    return save(
        StoredFile(
            owner_id=owner_id,
            counterparty_id=counterparty_id,
            mediator_id=mediator_id,
            is_public=is_public,
            name=name,
            media_type=media_type,
            sha256=sha256,
            size=len(content),
            person_id=person_id,
        )
    )


def stored_file(file_id: UUID) -> StoredFile:
    """The file, where this actor may see it. Raises NotFound."""
    return fetch(StoredFile, file_id)


def read_content(sha256: str) -> bytes:
    """The bytes with that hash. Raises DamagedFile where they are missing or changed."""
    try:
        content = bytes(obstore.get(_store(), _path(sha256)).bytes())
    except FileNotFoundError:
        raise DamagedFile(_l("This file is missing from the store.")) from None
    if hashlib.sha256(content).hexdigest() != sha256:
        raise DamagedFile(_l("This file was changed after it was filed."))
    return content


def _store() -> ObjectStore:
    settings = current_settings()
    return _store_at(settings.files_url or f"file://{(settings.data_dir / 'files').resolve()}")


@lru_cache
def _store_at(url: str) -> ObjectStore:
    return from_url(url, mkdir=True) if url.startswith("file:") else from_url(url)


def _path(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"
