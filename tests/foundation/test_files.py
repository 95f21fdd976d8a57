"""Are filed bytes the same as when they were filed, and seen only by those whose they are?"""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from marketplace.foundation.errors import NotFound
from marketplace.foundation.files import DamagedFile, StoredFile, read_content, store_file, stored_file
from marketplace.foundation.settings import current_settings
from tests.cast import Cast

CONTENT = b"%PDF-1.7 a contract"


def filed(market: Cast, content: bytes = CONTENT, **options: object) -> StoredFile:
    with market.acme.at_work("requester"):
        return store_file(
            content,
            name="contract.pdf",
            media_type="application/pdf",
            owner_id=market.acme.id,
            **options,  # type: ignore[arg-type]
        )


def place_of(file: StoredFile) -> Path:
    return current_settings().data_dir / "files" / file.sha256[:2] / file.sha256


def test_store_file_keeps_the_bytes_and_says_whose_they_are(market: Cast) -> None:
    file = filed(market, counterparty_id=market.bolt.id)
    for party in (market.acme, market.bolt):
        with party.reading("administrator"):
            assert stored_file(file.id).content == CONTENT
    with market.nosy.reading("administrator"), pytest.raises(NotFound):
        stored_file(file.id)


def test_a_public_file_is_seen_by_every_member_and_changed_by_none(market: Cast) -> None:
    file = filed(market, is_public=True)
    with market.nosy.reading("administrator"):
        assert stored_file(file.id).size == len(CONTENT)
    with pytest.raises(DBAPIError, match="permission denied"), market.acme.at_work("administrator") as work:
        work.execute(text("UPDATE stored_files SET name = 'x'"))


@pytest.mark.parametrize("position", [0, len(CONTENT) - 1])
def test_a_flipped_bit_is_noticed(market: Cast, position: int) -> None:
    file = filed(market)
    changed = bytearray(place_of(file).read_bytes())
    changed[position] ^= 1
    place_of(file).write_bytes(changed)
    with pytest.raises(DamagedFile, match="changed"):
        read_content(file.sha256)


def test_a_missing_file_is_noticed(market: Cast) -> None:
    file = filed(market)
    place_of(file).unlink()
    with pytest.raises(DamagedFile, match="missing"):
        read_content(file.sha256)


def test_the_same_bytes_filed_twice_are_kept_once_and_mend_what_was_damaged(market: Cast) -> None:
    first = filed(market)
    place_of(first).write_bytes(b"damaged")
    second = filed(market)
    assert (first.id != second.id, first.sha256) == (True, second.sha256)
    assert read_content(first.sha256) == CONTENT


def test_a_file_of_somebody_else_cannot_be_filed(market: Cast) -> None:
    with pytest.raises(DBAPIError, match="row-level security"), market.nosy.at_work("administrator"):
        store_file(CONTENT, name="x", media_type="text/plain", owner_id=market.acme.id)
