"""Does the whole marketplace start, stop, survive the death of its launcher, and refuse in one sentence?"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep
from uuid import uuid4

import psycopg
import pytest

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
LONGEST_START = 60.0
LONGEST_STOP = 45.0


def programs_of(folder: Path) -> set[int]:
    """The numbers of all processes that serve this DATA_DIR."""
    notes = [*folder.glob("log/*.pid"), *folder.glob("*/redis.pid"), *folder.glob("*/data/postmaster.pid")]
    return {int(note.read_text().split()[0]) for note in notes}


@pytest.fixture
def folder() -> Iterator[Path]:
    """A DATA_DIR that the account of root's database can pass."""
    made = Path(tempfile.mkdtemp(prefix="marketplace-up-"))
    made.chmod(0o711)
    yield made
    for number in programs_of(made):
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
    shutil.rmtree(made)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@dataclass
class Launcher:
    """A started `marketplace up`, and all that it says."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def said(self) -> str:
        return self.log.read_text()

    def end(self, number: int) -> str:
        """Everything that it said, after it was told to stop and has ended."""
        self.process.send_signal(number)
        return self.ended()

    def ended(self) -> str:
        """Everything that it said, once it has ended."""
        self.process.wait(LONGEST_STOP)
        return self.said

    def wait_until_ready(self) -> None:
        self.wait_until_said("The marketplace answers at")

    def wait_until_said(self, words: str) -> None:
        give_up_at = monotonic() + LONGEST_START
        while words not in self.said:
            if self.process.poll() is not None or monotonic() > give_up_at:
                pytest.fail(f"it does not start: {self.said}")
            sleep(0.05)


@contextmanager
def start(folder: Path, port: int, **settings: str) -> Iterator[Launcher]:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "DATA_DIR": str(folder),
        "PORT": str(port),
        "SANDBOX_PORT": str(free_port()),
        **settings,
    }
    log = folder / f"said-{port}-{uuid4().hex}"
    command = [sys.executable, "-m", "marketplace", "up"]
    with log.open("wb") as said:
        process = subprocess.Popen(
            command, env=environment, cwd=folder, stdout=said, stderr=subprocess.STDOUT
        )
    try:
        yield Launcher(process, log)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(LONGEST_STOP)


def answers(port: int) -> bool:
    connection = HTTPConnection(HOST, port, timeout=10)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    finally:
        connection.close()


def refused(folder: Path, port: int, **settings: str) -> str:
    """The sentence with which it refuses to start."""
    with start(folder, port, **settings) as launcher:
        said = launcher.ended()
    assert launcher.process.returncode == 1, said
    assert "Traceback" not in said
    sentences = [line for line in said.splitlines() if line.startswith("Error: ")]
    assert len(sentences) == 1, said
    return sentences[0]


def make_operator(folder: Path, password: str) -> subprocess.CompletedProcess[str]:
    """Runs `marketplace operator` beside the running marketplace."""
    words = (
        "--organisation",
        "La Place",
        "--name",
        "Mira",
        "--email",
        "mira@example.org",
        "--language",
        "en",
    )
    command = [sys.executable, "-m", "marketplace", "operator", *words, "--password", password]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "DATA_DIR": str(folder)}
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)


def test_start_again_after_a_kill_takes_over_and_after_a_stop_nothing_is_left(folder: Path) -> None:
    port = free_port()
    with start(folder, port, WORKERS="0") as launcher:
        launcher.wait_until_ready()
        assert answers(port)
        launcher.wait_until_said("Nobody can sign in yet: `marketplace operator`")
        assert make_operator(folder, "short").stderr.startswith("Error: At least ")
        assert make_operator(folder, "correct horse battery").returncode == 0
        number = launcher.process.pid
        assert f"already runs on DATA_DIR {folder} (process {number})" in refused(folder, free_port())
        launcher.end(signal.SIGKILL)
    left = programs_of(folder)
    assert len(left) == len({"postgres", "redis", "sandbox", "portal", "schedule"})
    with start(folder, port, WORKERS="1") as launcher:
        launcher.wait_until_ready()
        assert "Ended the portal that an earlier start left behind." in launcher.said
        assert answers(port)
        assert left & programs_of(folder) == set()
        second = make_operator(folder, "correct horse battery")
        assert second.stderr == "Error: There is an operator already; its administrator can invite others.\n"
        said = launcher.end(signal.SIGINT)
        assert f"The marketplace answers at http://{HOST}:{port}" in said
        assert said.endswith("Everything is stopped; the data is kept.\n")
        assert launcher.process.returncode == 0
    assert programs_of(folder) == set()


def test_start_on_a_port_in_use_refuses_before_anything_is_made(folder: Path) -> None:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        listener.listen()
        port = listener.getsockname()[1]
        assert f"Port {port} of {HOST} cannot be used" in refused(folder, port)
    assert not (folder / "postgres").exists()


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"DATABASE_URL": "mysql://shop"}, "DATABASE_URL is not the address of a PostgreSQL server"),
        ({"DATABASE_URL": f"postgresql://a:b@{HOST}:1/shop"}, "DATABASE_URL does not let us in"),
        ({"REDIS_URL": f"redis://{HOST}:1/0"}, "REDIS_URL does not let us in"),
        ({"DATA_DIR": "/dev/null/data"}, "DATA_DIR /dev/null/data cannot be written to"),
        ({"WORKERS": "many"}, "The setting WORKERS cannot be 'many'"),
    ],
)
def test_start_with_a_wrong_setting_refuses_in_one_sentence(
    folder: Path, settings: dict[str, str], sentence: str
) -> None:
    assert sentence in refused(folder, free_port(), **settings)
    assert not (folder / "postgres").exists()


def test_start_on_a_database_of_a_newer_version_refuses_and_changes_nothing(folder: Path) -> None:
    server, name = os.environ["TEST_SERVER_URL"], f"newer_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as administration:
        administration.execute(f'CREATE DATABASE "{name}"')
        with psycopg.connect(server, dbname=name) as database:
            database.execute("CREATE TABLE alembic_version AS SELECT 'of the future' AS version_num")
        sentence = refused(folder, free_port(), DATABASE_URL=server.replace("/postgres?", f"/{name}?"))
        assert "The database belongs to a newer version of the marketplace (of the future)" in sentence
        with psycopg.connect(server, dbname=name) as database:
            assert database.execute("SELECT * FROM alembic_version").fetchall() == [("of the future",)]
        administration.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
