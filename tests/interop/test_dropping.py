"""Does what a supplier drops in its folder come in as its last file did, or come back with a reason?"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from marketplace.foundation.settings import current_settings
from marketplace.identity.organisations.actions import register_organisation
from marketplace.interop.dropping import AT_REST, LARGEST, take_dropped
from marketplace.sellers.catalogue.actions import import_catalogue
from marketplace.sellers.catalogue.models import CatalogueImport, Product
from tests.cast import Cast
from tests.factories.catalogue import a_catalogue_file
from tests.factories.moderation import look_at

KNOWN = a_catalogue_file(("A-1", "Vis", "1,50"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of the settings, empty."""
    monkeypatch.setenv("DROP_FOLDER", str(tmp_path))
    current_settings.cache_clear()
    yield tmp_path
    monkeypatch.undo()
    current_settings.cache_clear()


@pytest.fixture
def known(market: Cast) -> Cast:
    """Bolt has brought in such a file once, and said how it writes numbers."""
    import_catalogue(
        KNOWN, file_name="first.csv", supplier_id=market.bolt.id, number_style="comma", cpv_code="44530000"
    )
    return market


def dropped(place: Path, content: bytes, *, seconds_ago: float = 2 * AT_REST.total_seconds()) -> Path:
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(content)
    moment = place.stat().st_mtime - seconds_ago
    os.utime(place, (moment, moment))
    return place


def names(place: Path) -> list[str]:
    return [file.name.partition("-")[2] for file in sorted(place.iterdir())] if place.exists() else []


def test_a_file_is_read_as_the_last_one_was_and_put_away(folder: Path, known: Cast) -> None:
    file = dropped(folder / str(known.bolt.id) / "new.csv", a_catalogue_file(("A-2", "Clou", "2,50")))
    assert take_dropped() == 1
    known.run_jobs()
    with known.bolt.reading("sales_desk") as work:
        assert set(work.scalars(select(Product.sku))) == {"A-1", "A-2"}
    assert (file.exists(), names(file.parent / "taken")) == (False, ["new.csv"])
    assert take_dropped() == 0


def test_what_is_dropped_waits_where_the_operator_looks_first(folder: Path, known: Cast) -> None:
    look_at(known, known.bolt)
    dropped(folder / str(known.bolt.id) / "new.csv", a_catalogue_file(("A-1", "Vis M8", "1,50")))
    assert take_dropped() == 1
    known.run_jobs()
    with known.bolt.reading("sales_desk") as work:
        assert work.scalars(select(Product.status)).all() == ["held"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (a_catalogue_file(("A-2", "2,50"), titles=("Référence", "Prix")), "Say how this file writes numbers"),
        (b"", "no file in its body"),
        (bytes(LARGEST + 1), "too large"),
        (b"PK\x03\x04", "cannot be read"),
    ],
)
def test_what_cannot_come_in_is_put_aside_with_its_reason(
    folder: Path, known: Cast, content: bytes, words: str
) -> None:
    file = dropped(folder / str(known.bolt.id) / "odd.csv", content)
    assert take_dropped() == 0
    refused, reason = sorted((file.parent / "refused").iterdir())
    assert refused.read_bytes() == content
    assert words in reason.read_text(encoding="utf-8")
    with known.bolt.reading("sales_desk") as work:
        assert work.scalars(select(CatalogueImport.file_name)).all() == ["first.csv"]


def test_what_is_unfinished_hidden_or_nobodys_stays_where_it_is(folder: Path, known: Cast) -> None:
    bolt = folder / str(known.bolt.id)
    stays = [
        dropped(bolt / "fresh.csv", KNOWN, seconds_ago=0),
        dropped(bolt / "half.csv.part", KNOWN),
        dropped(bolt / ".hidden.csv", KNOWN),
        dropped(folder / "Nobody" / "offers.csv", KNOWN),
        dropped(folder / known.bolt.name / "offers.csv", KNOWN),
        dropped(folder / str(known.acme.id) / "offers.csv", KNOWN),
    ]
    (bolt / "link.csv").symlink_to(stays[-1])
    assert take_dropped() == 0
    assert all(file.exists() for file in [*stays, bolt / "link.csv"])


def test_a_name_that_looks_like_another_ones_folder_takes_nothing(folder: Path, known: Cast) -> None:
    with known.platform():
        for party in (known.bolt, known.acme):
            register_organisation(name=str(party.id), is_supplier=True)
    not_a_supplier = dropped(folder / str(known.acme.id) / "offers.csv", KNOWN)
    dropped(folder / str(known.bolt.id) / "new.csv", KNOWN)
    assert take_dropped() == 1
    assert not_a_supplier.exists()


def test_what_cannot_be_read_at_all_holds_up_no_other(folder: Path, known: Cast) -> None:
    place = folder / str(known.bolt.id)
    stuck = dropped(place / "a.csv", b"")
    (place / "refused").write_text("a file where a folder should be")
    dropped(place / "b.csv", KNOWN)
    assert take_dropped() == 1
    assert stuck.exists()


def test_without_a_folder_nothing_is_looked_at(market: Cast) -> None:
    assert current_settings().drop_folder is None
    assert take_dropped() == 0
