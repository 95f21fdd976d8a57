"""Can a marketplace of one's own be begun, once?"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

ROOT = Path(__file__).resolve().parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]
WORDS = ("--organisation", "La Place", "--name", "Mira", "--email", "Mira@example.org", "--language", "en")


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Runs the command line on an empty database of its own."""
    server, name = os.environ["TEST_SERVER_URL"], f"operator_{uuid4().hex}"
    environment = {
        **os.environ,
        "DATABASE_URL": server.replace("/postgres?", f"/{name}?"),
        "DATA_DIR": str(tmp_path),
    }

    def run_words(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "marketplace", *words]
        return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)

    with psycopg.connect(server, autocommit=True) as administration:
        administration.execute(f'CREATE DATABASE "{name}"')
        yield run_words
        administration.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_make_operator_twice_makes_one_and_says_so(run: Run) -> None:
    assert run("migrate").returncode == 0
    short = run("operator", *WORDS, "--password", "short")
    assert (short.returncode, short.stderr.startswith("Error: At least ")) == (1, True)
    first = run("operator", *WORDS, "--password", "correct horse battery")
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.startswith("Mira@example.org can sign in at http://")
    second = run("operator", *WORDS, "--password", "correct horse battery")
    assert second.returncode == 1
    assert second.stderr == "Error: There is an operator already; its administrator can invite others.\n"
