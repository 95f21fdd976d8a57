"""Can it start here? Each question is asked before anything is touched, and a no is one sentence."""

import os
import secrets
import shutil
import socket
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from marketplace.foundation.cluster import POSTGRES_MAJOR
from marketplace.foundation.processes import CannotStart, FolderLock

ROOM_TO_BEGIN = 500_000_000
"""Bytes: what a new database, its log and a day's files take."""
ROOM_TO_GO_ON = 50_000_000
"""Bytes: below this PostgreSQL would soon stop in the middle of something."""
PATIENCE = 5
"""Seconds that a server on another machine may take to answer."""


def prepared_folder(folder: Path) -> Path:
    """DATA_DIR as an absolute path, made when there is none. CannotStart when it cannot be written to."""
    folder = folder.expanduser().absolute()
    try:
        # The account that PostgreSQL runs under when we are root must pass through, and see nothing.
        folder.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
        probe = folder / f".write-{os.getpid()}"
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as error:
        raise CannotStart(f"DATA_DIR {folder} cannot be written to: {error.strerror}.") from error
    return folder


def require_room(folder: Path) -> None:
    """Raises CannotStart when the disk of DATA_DIR is nearly full."""
    needed = ROOM_TO_GO_ON if (folder / "postgres").exists() else ROOM_TO_BEGIN
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise CannotStart(
            f"The disk of DATA_DIR {folder} is full: {free // 10**6} MB are free, {needed // 10**6} MB are "
            "needed; nothing was changed."
        )


def locked_folder(folder: Path) -> FolderLock:
    """DATA_DIR for this process alone, as long as it lives."""
    lock = FolderLock(folder)
    if lock.take():
        return lock
    holder = lock.holder()
    lock.release()
    raise CannotStart(
        f"The marketplace already runs on DATA_DIR {folder} (process {holder}): stop it first, or give this "
        "one another DATA_DIR and PORT."
    )


def secret_key(folder: Path) -> str:
    """The key of this installation, made once, readable by its owner only."""
    path = folder / "secret_key"
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text().strip()


def require_free_port(host: str, port: int) -> None:
    """Raises CannotStart when another program listens there."""
    problem = _port_problem(host, port)
    if problem:
        raise CannotStart(
            f"Port {port} of {host} cannot be used ({problem}): choose another, for example PORT={port + 1}."
        )


def free_port(host: str, preferred: int) -> int:
    """`preferred` where it is free, else one that the system picks."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, 0 if _port_problem(host, preferred) else preferred))
        return int(probe.getsockname()[1])


def require_postgres(url: str) -> None:
    """Raises CannotStart when DATABASE_URL is wrong, unreachable, refuses us or is too old."""
    if urlsplit(url).scheme.partition("+")[0] not in ("postgresql", "postgres"):
        raise CannotStart(
            "DATABASE_URL is not the address of a PostgreSQL server: it looks like "
            "postgresql://user:password@host:5432/name."
        )
    try:
        with psycopg.connect(plain_url(url), connect_timeout=PATIENCE) as connection:
            version = connection.info.server_version // 10_000
    except psycopg.Error as error:
        raise CannotStart(
            f"The PostgreSQL server of DATABASE_URL does not let us in: {_reason(error)}"
        ) from error
    if version < int(POSTGRES_MAJOR):
        raise CannotStart(
            f"The server of DATABASE_URL is PostgreSQL {version}; {POSTGRES_MAJOR} or newer is needed."
        )


def require_redis(url: str) -> None:
    """Raises CannotStart when REDIS_URL is wrong, unreachable or refuses us."""
    once = Retry(NoBackoff(), 0)
    try:
        with redis.Redis.from_url(url, socket_timeout=PATIENCE, retry=once) as client:
            client.ping()
    except ValueError as error:
        raise CannotStart(
            "REDIS_URL is not the address of a Redis server: it looks like redis://host:6379/0."
        ) from error
    except redis.RedisError as error:
        raise CannotStart(f"The Redis server of REDIS_URL does not let us in: {_reason(error)}") from error


def plain_url(url: str) -> str:
    """`url` as PostgreSQL's own library reads it, without the name of a driver."""
    scheme, _, rest = url.partition("://")
    return f"{scheme.partition('+')[0]}://{rest}"


def _port_problem(host: str, port: int) -> str:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.strerror or str(error)
    return ""


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())
