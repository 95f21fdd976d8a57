"""How is everything saved, and brought back?

An archive is a tar file with the database (as PostgreSQL dumps it), the files, and nothing else: the key in
DATA_DIR/secret_key is not in it, and a restored marketplace makes itself a new one.
"""

import os
import shutil
import subprocess
import tarfile
import tempfile
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit, urlunsplit

import click
import psycopg

from marketplace.commands.filling import database_exists, made_aside, migrate_or_refuse, require_database
from marketplace.commands.preflight import plain_url
from marketplace.commands.progress import step
from marketplace.commands.surroundings import Surroundings, surroundings
from marketplace.foundation.db import owner_engine
from marketplace.foundation.embedded import postgres_binary
from marketplace.foundation.migrating import make_roles
from marketplace.foundation.processes import CannotStart
from marketplace.foundation.settings import current_settings

DUMP = "database.dump"
FILES = "files"


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def export(file: Path) -> None:
    """Save the database and the files in FILE, a tar archive, while the marketplace runs."""
    unfinished = file.with_name(f"{file.name}.unfinished")
    with surroundings() as here, tempfile.TemporaryDirectory(dir=here.folder) as folder:
        require_database(here)
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600)
        dump = Path(folder) / DUMP
        with step("Saving the database"):
            run_tool("pg_dump", "--format=custom", f"--file={dump}")
        with step("Saving the files"), tarfile.open(unfinished, "w") as archive:
            archive.add(dump, DUMP)
            # After the database: what it speaks of is there by then, and content never changes.
            if _files(here).is_dir():
                archive.add(_files(here), FILES)
    unfinished.replace(file)
    click.echo(f"Everything is in {file}.")
    if current_settings().files_url:
        click.echo("FILES_URL is a store of its own: its files are not in the archive, copy them yourself.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def restore(file: Path) -> None:
    """Bring back from FILE what `export` saved, where there is no database yet."""
    with surroundings() as here, tempfile.TemporaryDirectory(dir=here.folder) as folder:
        database, dump = _empty_database(here), Path(folder) / DUMP
        with step("Bringing back the files"), tarfile.open(file) as archive:
            for member in archive:
                _unpack(archive, member, {DUMP: dump, FILES: _files(here)})
        with step("Bringing back the database"), database:
            with owner_engine().begin() as connection:
                make_roles(connection)
            run_tool("pg_restore", "--exit-on-error", "--single-transaction", str(dump))
            migrate_or_refuse()
    click.echo(f"Everything from {file} is back.")


def run_tool(name: str, *arguments: str) -> None:
    """Runs one of PostgreSQL's programs on the database of the settings. CannotStart with its last words."""
    parts = urlsplit(plain_url(current_settings().database_url))
    # The password goes by the environment: everybody can read the arguments of a running program.
    url = urlunsplit(parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", "@")))
    environment = {**os.environ, **({"PGPASSWORD": unquote(parts.password)} if parts.password else {})}
    command = [str(postgres_binary(name)), f"--dbname={url}", *arguments]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if result.returncode != 0:
        raise CannotStart(f"{name} failed: {' '.join(result.stderr.split())}")


def _empty_database(here: Surroundings) -> AbstractContextManager[None]:
    """A new embedded database, or the operator's empty one. CannotStart when something is in it."""
    if database_exists() if here.is_embedded else _has_tables():
        raise CannotStart("There is a database already: restore where there is none. Nothing was changed.")
    return made_aside() if here.is_embedded else nullcontext()


def _has_tables() -> bool:
    with psycopg.connect(plain_url(current_settings().database_url)) as connection:
        found = connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public' LIMIT 1")
        return found.fetchone() is not None


def _files(here: Surroundings) -> Path:
    return here.folder / FILES


def _unpack(archive: tarfile.TarFile, member: tarfile.TarInfo, places: dict[str, Path]) -> None:
    """Writes one file of the archive to its place; what an archive of ours would not contain is passed over."""
    first, *rest = PurePosixPath(member.name).parts
    content = archive.extractfile(member) if member.isfile() else None
    if content is None or first not in places or ".." in rest:
        return
    target = places[first].joinpath(*rest)
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        shutil.copyfileobj(content, file)
