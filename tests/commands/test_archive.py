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


def marketplace(*words: str, data: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "DATA_DIR": str(data)}
    command = [sys.executable, "-m", "marketplace", *words]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)


def in_database(data: Path, *statements: str) -> list[tuple[object, ...]]:
    server = start_postgres(data / "postgres", database="marketplace")
    try:
        with psycopg.connect(server.url) as connection:
            results = [connection.execute(statement) for statement in statements]
            return results[-1].fetchall() if results[-1].description else []
    finally:
        server.stop()


def test_export_and_restore_elsewhere_brings_back_rows_rights_and_files(folder: Path) -> None:
    here, there, archive = folder / "here", folder / "there", folder / "saved.tar"
    assert marketplace("migrate", data=here).returncode == 0
    in_database(
        here, "CREATE TABLE things AS SELECT 'kept' AS thing", "GRANT SELECT ON things TO marketplace_tenant"
    )
    (here / "files" / "ab").mkdir(parents=True)
    (here / "files" / "ab" / "abcd").write_bytes(b"a contract")

    saved = marketplace("export", str(archive), data=here)
    assert saved.returncode == 0, saved.stderr
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    with tarfile.open(archive) as tar:
        assert "secret_key" not in tar.getnames()
    brought = marketplace("restore", str(archive), data=there)
    assert brought.returncode == 0, brought.stderr

    rights = "SELECT thing, has_table_privilege('marketplace_tenant', 'things', 'SELECT') FROM things"
    assert in_database(there, rights) == [("kept", True)]
    assert (there / "files" / "ab" / "abcd").read_bytes() == b"a contract"

    again = marketplace("restore", str(archive), data=there)
    assert again.returncode == 1
    assert again.stderr.startswith("Error: There is a database already")
    assert in_database(there, "SELECT thing FROM things") == [("kept",)]


def test_export_where_no_database_is_says_how_to_make_one(folder: Path) -> None:
    result = marketplace("export", str(folder / "saved.tar"), data=folder / "empty")
    assert result.returncode == 1
    assert "There is no database in" in result.stderr
    assert not (folder / "saved.tar").exists()
