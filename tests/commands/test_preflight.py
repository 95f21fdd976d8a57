"""Is each thing that can be wrong at the start said in one clear sentence, with nothing touched?"""

import os
import shutil
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from marketplace.commands import preflight
from marketplace.commands.preflight import (
    free_port,
    locked_folder,
    plain_url,
    prepared_folder,
    require_free_port,
    require_postgres,
    require_redis,
    require_room,
    secret_key,
)
from marketplace.foundation.processes import CannotStart

HOST = "127.0.0.1"


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port on which somebody listens."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_prepare_folder_under_a_file_says_that_it_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CannotStart, match=r"DATA_DIR .*/file/data cannot be written to: Not a directory\."):
        prepared_folder(tmp_path / "file" / "data")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_prepare_folder_without_permission_says_that_it_cannot_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(CannotStart, match="cannot be written to: Permission denied"):
        prepared_folder(tmp_path / "data")


@pytest.mark.parametrize(("limit", "is_new"), [("ROOM_TO_BEGIN", True), ("ROOM_TO_GO_ON", False)])
def test_require_room_on_full_disk_says_how_much_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, is_new: bool
) -> None:
    if not is_new:
        (tmp_path / "postgres").mkdir()
    require_room(tmp_path)
    monkeypatch.setattr(preflight, limit, shutil.disk_usage(tmp_path).free + 10**12)
    with pytest.raises(CannotStart, match=r"is full: \d+ MB are free, \d+ MB are needed; nothing"):
        require_room(tmp_path)


def test_prepare_folder_makes_one_that_others_cannot_read(tmp_path: Path) -> None:
    folder = prepared_folder(tmp_path / "new" / "data")
    assert folder.is_absolute()
    assert stat.S_IMODE(folder.stat().st_mode) & 0o066 == 0
    assert list(folder.iterdir()) == []


def test_lock_folder_twice_names_the_process_that_holds_it(tmp_path: Path) -> None:
    lock = locked_folder(tmp_path)
    with pytest.raises(CannotStart, match=rf"already runs on DATA_DIR .* \(process {os.getpid()}\)"):
        locked_folder(tmp_path)
    lock.release()
    locked_folder(tmp_path).release()


def test_make_secret_key_twice_gives_the_same_one_that_only_its_owner_reads(tmp_path: Path) -> None:
    key = secret_key(tmp_path)
    assert secret_key(tmp_path) == key
    assert len(key) >= 48
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_require_free_port_when_taken_says_how_to_choose_another(taken_port: int) -> None:
    with pytest.raises(
        CannotStart, match=rf"Port {taken_port} of {HOST} cannot be used .*PORT={taken_port + 1}"
    ):
        require_free_port(HOST, taken_port)


def test_find_free_port_when_the_preferred_is_taken_takes_another(taken_port: int) -> None:
    other = free_port(HOST, taken_port)
    assert other != taken_port
    assert free_port(HOST, other) == other


@pytest.mark.parametrize("url", ["mysql://somewhere/shop", "localhost:5432", "postgresql"])
def test_require_postgres_with_a_wrong_address_shows_a_right_one(url: str) -> None:
    with pytest.raises(CannotStart, match="it looks like postgresql://user:password@host:5432/name"):
        require_postgres(url)


def test_require_postgres_where_nobody_listens_says_so_without_the_password() -> None:
    port = free_port(HOST, 1)
    with pytest.raises(CannotStart, match=r"DATABASE_URL does not let us in: .*refused") as refused:
        require_postgres(f"postgresql://anna:hunter2@{HOST}:{port}/shop")
    assert "hunter2" not in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("url", ["http://somewhere", "localhost", "redis://host:port/0"])
def test_require_redis_with_a_wrong_address_shows_a_right_one(url: str) -> None:
    with pytest.raises(CannotStart, match="it looks like redis://host:6379/0"):
        require_redis(url)


def test_require_redis_where_nobody_listens_says_so() -> None:
    port = free_port(HOST, 1)
    with pytest.raises(CannotStart, match=r"REDIS_URL does not let us in: .*refused"):
        require_redis(f"redis://{HOST}:{port}/0")


def test_write_url_plainly_drops_the_driver_alone() -> None:
    assert plain_url("postgresql+psycopg://a:b@h/n") == "postgresql://a:b@h/n"
    assert plain_url("postgresql://a:b@h/n") == "postgresql://a:b@h/n"
