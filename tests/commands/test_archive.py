"""Does what was exported come back whole, and only where nothing is lost by it?"""

import os
import shutil
import stat
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from marketplace.foundation.embedded import start_postgres

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A place for two DATA_DIRs that the account of root's database can pass."""
    made = Path(tempfile.mkdtemp(prefix="marketplace-archive-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def filled() -> Iterator[str]:
    """The URL of a database with the cast in it, and a table of this test."""
    server, name = os.environ["TEST_SERVER_URL"], f"archived_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as administration:
        administration.execute(f'CREATE DATABASE "{name}" TEMPLATE marketplace_template')
        with psycopg.connect(server, dbname=name) as database:
            database.execute("CREATE TABLE things AS SELECT 'kept' AS thing")
            database.execute("GRANT SELECT ON things TO marketplace_tenant")
        yield server.replace("/postgres?", f"/{name}?")
        administration.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def marketplace(*words: str, data: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "DATA_DIR": str(data), **settings}
    command = [sys.executable, "-m", "marketplace", *words]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)


def asked(url: str) -> list[tuple[object, ...]]:
    rights = "has_table_privilege('marketplace_tenant', 'things', 'SELECT')"
    with psycopg.connect(url) as connection:
        return connection.execute(
            f"SELECT thing, {rights}, (SELECT count(*) FROM organisations) FROM things"
        ).fetchall()


def test_export_and_restore_elsewhere_brings_back_rows_rights_and_files(folder: Path, filled: str) -> None:
    here, there, archive = folder / "here", folder / "there", folder / "saved.tar"
    (here / "files" / "ab").mkdir(parents=True)
    (here / "files" / "ab" / "abcd").write_bytes(b"a contract")
    saved = marketplace("export", str(archive), data=here, DATABASE_URL=filled)
    assert saved.returncode == 0, saved.stderr
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    with tarfile.open(archive) as tar:
        assert "secret_key" not in tar.getnames()

    brought = marketplace("restore", str(archive), data=there)
    assert brought.returncode == 0, brought.stderr
    again = marketplace("restore", str(archive), data=there)
    assert again.returncode == 1
    assert again.stderr.startswith("Error: There is a database already")

    assert (there / "files" / "ab" / "abcd").read_bytes() == b"a contract"
    server = start_postgres(there / "postgres", database="marketplace")
    try:
        assert asked(server.url) == asked(filled)
        assert asked(server.url)[0][:2] == ("kept", True)
    finally:
        server.stop()


def test_export_where_no_database_is_says_how_to_make_one(folder: Path) -> None:
    result = marketplace("export", str(folder / "saved.tar"), data=folder / "empty")
    assert result.returncode == 1
    assert "There is no database in" in result.stderr
    assert not (folder / "saved.tar").exists()
