"""How is another program started, recognised after a crash, and ended?

On disk a program is known by its process number *and* the instant it started, so that a number which the
system gave to somebody else meanwhile is never taken for ours.
"""

import fcntl
import os
import re
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import DEVNULL, STDOUT
from typing import IO, NamedTuple

import psutil

ERROR = re.compile(r"^\S*Error\b|\berror:|FATAL:")
"""How Python, Redis and PostgreSQL begin the line that says why they end."""
LARGEST_LOG = 5_000_000
"""Bytes: a longer log is set aside as `.old` when its program starts again."""


class CannotStart(Exception):
    """Something that must run cannot; the message is one sentence for the operator that says what to do."""


class Account(NamedTuple):
    """The system account that a program runs under."""

    uid: int
    gid: int


@dataclass(frozen=True, kw_only=True)
class Program:
    """What to run, as whom, and how it likes to be stopped."""

    name: str
    command: tuple[str, ...]
    log: Path
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    account: Account | None = None
    folder: Path | None = None
    stop_signals: tuple[int, ...] = (signal.SIGTERM,)
    patience: float = 10.0
    """Seconds that each stop signal may take before the next, harder one."""

    @property
    def pid_file(self) -> Path:
        """Where the running program is noted, for a launcher that comes after a crash of this one."""
        return self.log.with_suffix(".pid")


class RunningProgram:
    """A started program: is it alive, what did it say, and please stop."""

    process: psutil.Process

    def __init__(self, program: Program) -> None:
        self.program = program
        self._silence = 0
        self.start()

    def start(self) -> None:
        """Starts the program, detached from the terminal: Ctrl-C is to reach the launcher alone, which then
        stops everything in order.
        """
        account = self.program.account
        with _opened_log(self.program.log) as log:
            self._silence = log.tell()
            self.process = psutil.Popen(
                self.program.command,
                stdin=DEVNULL,
                stdout=log,
                stderr=STDOUT,
                env=dict(self.program.environment),
                cwd=self.program.folder,
                start_new_session=True,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=() if account else None,
            )
        self.program.pid_file.write_text(f"{self.process.pid} {self.process.create_time()}")

    def restart(self) -> None:
        """Starts the program again after it ended, when what it had started has ended too."""
        _end_orphans(self.process.pid)
        self.start()

    @property
    def exit_code(self) -> int | None:
        """None while it runs, else its exit code (negative: the signal that ended it)."""
        return _exit_code(self.process)

    @property
    def last_words(self) -> str:
        """What it said last since it was started: an error where there is one."""
        with self.program.log.open("rb") as log:
            log.seek(self._silence)
            lines = [line.strip() for line in log.read().decode(errors="replace").splitlines()]
        errors = [line for line in lines if ERROR.search(line)]
        return (errors or [line for line in lines if line] or ["it said nothing"])[-1]

    def stop(self) -> None:
        """Ends the program and everything it started, gently first; returns when they are gone."""
        end(self.process, signals=self.program.stop_signals, patience=self.program.patience)
        self.program.pid_file.unlink(missing_ok=True)


def end_leftover(program: Program) -> bool:
    """Ends the copy of `program` that a killed launcher left behind; True when there was one."""
    try:
        number, started = program.pid_file.read_text().split()
    except (OSError, ValueError):
        return False
    process = _process_of(int(number), float(started))
    if process is not None:
        end(process, signals=program.stop_signals, patience=program.patience)
    _end_orphans(int(number))
    program.pid_file.unlink()
    return process is not None


def end(process: psutil.Process, *, signals: tuple[int, ...], patience: float) -> None:
    """Sends each of `signals` in turn, `patience` seconds apart, then kills what is left of the family."""
    family = _family(process)
    for number in signals:
        if _is_gone(process, number, patience):
            break
    for member in family:
        _is_gone(member, signal.SIGKILL, patience)


class FolderLock:
    """Holds a folder for one process; the system lets go when the process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        self._file: IO[str] = (folder / "lock").open("a+")

    def take(self) -> bool:
        """True when the folder is now ours, False when another process holds it."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()
        return True

    def holder(self) -> str:
        """The process number that the holder wrote down."""
        self._file.seek(0)
        return self._file.read().strip() or "unknown"

    def release(self) -> None:
        """Lets the next one in."""
        self._file.close()


def is_held(folder: Path) -> bool:
    """Whether a living process holds the lock of `folder`."""
    if not (folder / "lock").exists():
        return False
    lock = FolderLock(folder)
    try:
        return not lock.take()
    finally:
        lock.release()


def _opened_log(log: Path) -> IO[bytes]:
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_suffix(".old"))
    return log.open("ab")


def _process_of(number: int, started: float) -> psutil.Process | None:
    try:
        process = psutil.Process(number)
        return process if abs(process.create_time() - started) < 1 else None
    except psutil.NoSuchProcess:
        return None


def _family(process: psutil.Process) -> list[psutil.Process]:
    """The process and all that it started, whether they are its children still or only of its session."""
    with suppress(psutil.NoSuchProcess):
        return [process, *process.children(recursive=True), *_session(process.pid)]
    return [process]


def _session(number: int) -> list[psutil.Process]:
    members = []
    for process in psutil.process_iter():
        with suppress(ProcessLookupError, PermissionError):
            if os.getsid(process.pid) == number:
                members.append(process)
    return members


def _end_orphans(number: int) -> None:
    """Ends what is left of a session whose leader died. While it lasts the system gives its number to nobody."""
    if not psutil.pid_exists(number):
        for orphan in _session(number):
            _is_gone(orphan, signal.SIGKILL, patience=5)


def _is_gone(process: psutil.Process, number: int, patience: float) -> bool:
    """Sends a signal and waits. A dead process that its parent has not buried counts as gone: in a container
    nobody may ever do it.
    """
    give_up_at = time.monotonic() + patience
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)
        while process.status() != psutil.STATUS_ZOMBIE:
            if time.monotonic() > give_up_at:
                return False
            time.sleep(0.02)
    # One of our own is buried here, however long its last threads take to end.
    with suppress(psutil.TimeoutExpired):
        process.wait(patience if isinstance(process, psutil.Popen) else 0)
    return True


def _exit_code(process: psutil.Process) -> int | None:
    try:
        code = process.wait(0)
    except psutil.TimeoutExpired:
        return None
    return 0 if code is None else int(code)
