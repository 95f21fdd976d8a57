"""Is a program known again after a crash, and does everything that it started end with it?"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from time import monotonic, sleep

import psutil
import pytest

from marketplace.foundation.processes import (
    LARGEST_LOG,
    FolderLock,
    Program,
    RunningProgram,
    end_leftover,
    is_held,
)

PARENT = "sleep 60 & echo $!; wait"
STUBBORN = "trap '' TERM; echo deaf; while true; do sleep 0.1; done"

LAUNCHER = """
import os, sys
from pathlib import Path
from marketplace.foundation.processes import Program, RunningProgram
RunningProgram(Program(name="thing", command=("sh", "-c", sys.argv[1]), log=Path(sys.argv[2], "thing.log")))
os._exit(0)
"""


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Stops what a test started."""
    with ExitStack() as stack:
        yield stack


def program(folder: Path, script: str, *, patience: float = 10.0) -> Program:
    return Program(name="thing", command=("sh", "-c", script), log=folder / "thing.log", patience=patience)


def running(wanted: Program, stack: ExitStack) -> RunningProgram:
    started = RunningProgram(wanted)
    stack.callback(started.stop)
    return started


def wait_for_line(log: Path) -> str:
    give_up_at = monotonic() + 10
    while not log.read_text().endswith("\n") and monotonic() < give_up_at:
        sleep(0.01)
    return log.read_text().split()[-1]


def is_dead(number: int) -> bool:
    """Gone, or dead and not buried: who buries an orphan is the machine's business."""
    return not psutil.pid_exists(number) or psutil.Process(number).status() == psutil.STATUS_ZOMBIE


def test_stop_ends_what_the_program_started_too(tmp_path: Path, stack: ExitStack) -> None:
    started = running(program(tmp_path, PARENT), stack)
    child = int(wait_for_line(tmp_path / "thing.log"))
    started.stop()
    assert is_dead(child)
    assert not started.program.pid_file.exists()


def test_stop_a_deaf_program_kills_it_in_bounded_time(tmp_path: Path, stack: ExitStack) -> None:
    started = running(program(tmp_path, STUBBORN, patience=0.3), stack)
    wait_for_line(tmp_path / "thing.log")
    began = monotonic()
    started.stop()
    assert started.exit_code == -signal.SIGKILL
    assert monotonic() - began < 5


def test_restart_after_a_kill_ends_the_orphans_first(tmp_path: Path, stack: ExitStack) -> None:
    started = running(program(tmp_path, PARENT), stack)
    orphan = int(wait_for_line(tmp_path / "thing.log"))
    started.process.kill()
    started.process.wait(10)
    assert not is_dead(orphan)
    started.restart()
    assert is_dead(orphan)
    assert started.exit_code is None


def test_end_leftover_that_runs_ends_it_and_says_so(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", LAUNCHER, PARENT, str(tmp_path)], check=True)
    child = int(wait_for_line(tmp_path / "thing.log"))
    wanted = program(tmp_path, PARENT)
    number = int(wanted.pid_file.read_text().split()[0])
    assert end_leftover(wanted)
    assert is_dead(number)
    assert is_dead(child)
    assert not end_leftover(wanted)


def test_end_leftover_whose_number_is_another_process_now_spares_it(tmp_path: Path) -> None:
    wanted = program(tmp_path, PARENT)
    wanted.pid_file.write_text(f"{os.getpid()} {psutil.Process().create_time() - 100}")
    assert not end_leftover(wanted)
    assert not wanted.pid_file.exists()


@pytest.mark.parametrize("note", ["", "not a number", "1"])
def test_end_leftover_with_an_unreadable_note_does_nothing(tmp_path: Path, note: str) -> None:
    wanted = program(tmp_path, PARENT)
    wanted.pid_file.write_text(note)
    assert not end_leftover(wanted)


def test_hear_last_words_are_the_error_since_the_start(tmp_path: Path, stack: ExitStack) -> None:
    (tmp_path / "thing.log").write_text("OldError: of another day\n")
    started = running(program(tmp_path, "echo begin; echo 'DiskError: full'; echo '(see elsewhere)'"), stack)
    started.process.wait(10)
    assert started.last_words == "DiskError: full"
    silent = running(program(tmp_path, "exit 0"), stack)
    silent.process.wait(10)
    assert silent.last_words == "it said nothing"


def test_start_with_a_long_log_sets_it_aside(tmp_path: Path, stack: ExitStack) -> None:
    (tmp_path / "thing.log").write_bytes(b"x" * (LARGEST_LOG + 1))
    running(program(tmp_path, "exit 0"), stack).process.wait(10)
    assert (tmp_path / "thing.old").stat().st_size == LARGEST_LOG + 1
    assert (tmp_path / "thing.log").stat().st_size == 0


def test_hold_a_folder_keeps_others_out_until_released(tmp_path: Path) -> None:
    assert not is_held(tmp_path)
    first, second = FolderLock(tmp_path), FolderLock(tmp_path)
    assert first.take()
    assert not second.take()
    assert second.holder() == str(os.getpid())
    assert is_held(tmp_path)
    first.release()
    assert second.take()
    second.release()
    assert not is_held(tmp_path)
