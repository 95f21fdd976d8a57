"""Do the embedded servers start, keep their data, survive crashes and refuse in one sentence?"""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
import redis

from marketplace.foundation.embedded import start_postgres, start_redis
from marketplace.foundation.processes import CannotStart, FolderLock
from marketplace.foundation.servers import EmbeddedServer, running_url

Start = Callable[..., EmbeddedServer]


LAUNCHER = """
import sys, time
from pathlib import Path
from marketplace.foundation import embedded
server = getattr(embedded, sys.argv[1])(Path(sys.argv[2]))
print(server.running.process.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose parents every account may pass, as root's database needs; pytest's own are private."""
    made = Path(tempfile.mkdtemp(prefix="marketplace-test-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


def kept(url: str, statement: str) -> Any:
    with psycopg.connect(url) as connection:
        cursor = connection.execute(statement)
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def left_by_killed_launcher(start: str, folder: Path) -> psutil.Process:
    """The server that a launcher started, which then was killed: it runs, and nobody holds its folder."""
    command = [sys.executable, "-c", LAUNCHER, start, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as launcher:
        assert launcher.stdout
        left = psutil.Process(int(launcher.stdout.readline()))
        launcher.kill()
    return left


def is_dead(process: psutil.Process) -> bool:
    """Gone, or dead and not buried: who buries an orphan is the machine's business."""
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_start_postgres_twice_in_turn_keeps_the_data(folder: Path) -> None:
    first = start_postgres(folder, fsync=False)
    kept(first.url, "CREATE TABLE things AS SELECT 'kept' AS thing")
    first.stop()
    second = start_postgres(folder, fsync=False)
    try:
        assert kept(second.url, "SELECT thing FROM things") == "kept"
        assert kept(second.url, "SHOW server_version").startswith("18.")
        assert kept(second.url, "SHOW listen_addresses") == ""
        assert kept(second.url, "SHOW timezone") == "UTC"
    finally:
        second.stop()


def test_start_postgres_by_default_is_durable(folder: Path) -> None:
    server = start_postgres(folder)
    try:
        assert [kept(server.url, f"SHOW {name}") for name in ("fsync", "full_page_writes")] == ["on", "on"]
    finally:
        server.stop()


def test_start_postgres_on_a_running_one_is_refused_and_its_url_found(folder: Path) -> None:
    server = start_postgres(folder, fsync=False)
    try:
        with pytest.raises(CannotStart, match=rf"PostgreSQL already runs on .* \(process {os.getpid()}\)"):
            start_postgres(folder, fsync=False)
        assert running_url(folder) == server.url
    finally:
        server.stop()
    assert running_url(folder) is None


def test_start_postgres_after_its_launcher_was_killed_takes_over(folder: Path) -> None:
    left = left_by_killed_launcher("start_postgres", folder)
    kept((folder / "url").read_text(), "CREATE TABLE things AS SELECT 'kept' AS thing")
    server = start_postgres(folder, fsync=False)
    try:
        assert is_dead(left)
        assert kept(server.url, "SELECT thing FROM things") == "kept"
    finally:
        server.stop()


def test_start_postgres_over_a_stale_note_of_another_process_starts(folder: Path) -> None:
    """In a container the dead server's number is soon somebody else's; here it is this test's."""
    left = left_by_killed_launcher("start_postgres", folder)
    note = folder / "data" / "postmaster.pid"
    lines = note.read_text().splitlines()
    left.kill()
    psutil.wait_procs([left], timeout=10)
    note.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    start_postgres(folder, fsync=False).stop()


def test_start_postgres_of_another_major_version_is_refused_and_nothing_changes(folder: Path) -> None:
    start_postgres(folder, fsync=False).stop()
    (folder / "data" / "PG_VERSION").write_text("16\n")
    with pytest.raises(CannotStart, match="was made by PostgreSQL 16"):
        start_postgres(folder, fsync=False)
    assert (folder / "data" / "global").is_dir()


def test_start_postgres_in_a_deep_folder_uses_a_short_socket(folder: Path) -> None:
    server = start_postgres(folder / "deep" / ("er" * 50), fsync=False)
    try:
        assert kept(server.url, "SELECT 1") == 1
        sockets = Path(server.url.split("host=")[1])
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    finally:
        server.stop()
    assert not sockets.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's database has an account of its own")
def test_start_postgres_under_a_private_home_leaves_the_home_private(folder: Path) -> None:
    home = folder / "home"
    home.mkdir(mode=0o700)
    server = start_postgres(home / "postgres", fsync=False)
    place = (home / "postgres").resolve()
    try:
        assert (home / "postgres").is_symlink()
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        assert server.running.process.uids().real != 0
    finally:
        server.stop()
        shutil.rmtree(place)


@pytest.mark.parametrize("start", [start_postgres, start_redis])
def test_start_makes_a_folder_that_only_its_owner_enters(folder: Path, start: Start) -> None:
    server = start(folder)
    server.stop()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_start_redis_twice_in_turn_keeps_the_queue(folder: Path) -> None:
    first = start_redis(folder)
    with redis.Redis.from_url(first.url) as client:
        client.set("thing", "kept")
    first.stop()
    second = start_redis(folder)
    try:
        with redis.Redis.from_url(second.url) as client:
            assert client.get("thing") == b"kept"
    finally:
        second.stop()


def test_start_redis_after_its_launcher_was_killed_takes_over(folder: Path) -> None:
    left = left_by_killed_launcher("start_redis", folder)
    server = start_redis(folder)
    try:
        assert is_dead(left)
        assert server.running.process.pid != left.pid
    finally:
        server.stop()


def test_start_redis_with_an_unreadable_file_says_why(folder: Path) -> None:
    (folder / "appendonly.aof").write_text("this is no log of Redis")
    (folder / "appendonlydir").write_text("nor is this a folder of Redis")
    with pytest.raises(CannotStart, match=r"^redis did not start: .+ \(log: .+\)"):
        start_redis(folder)


def test_running_url_while_the_folder_is_held_but_unwritten_is_none(folder: Path) -> None:
    lock = FolderLock(folder)
    assert lock.take()
    try:
        assert running_url(folder) is None
    finally:
        lock.release()
