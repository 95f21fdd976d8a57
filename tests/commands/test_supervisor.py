"""Is a program that ends started again, later each time?"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from time import monotonic, sleep

import pytest

from marketplace.commands.supervisor import CALM, LONGEST_PAUSE, Supervisor
from marketplace.foundation.processes import Program, RunningProgram

FAILING = ("sh", "-c", "echo nothing to do here >&2; exit 3")
LASTING = ("sleep", "60")


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Stops what a test started."""
    with ExitStack() as stack:
        yield stack


def launched(command: tuple[str, ...], folder: Path, stack: ExitStack) -> RunningProgram:
    running = RunningProgram(Program(name="portal", command=command, log=folder / "portal.log"))
    stack.callback(running.stop)
    return running


def wait_for_end(running: RunningProgram) -> None:
    give_up_at = monotonic() + 10
    while running.exit_code is None and monotonic() < give_up_at:
        sleep(0.01)
    assert running.exit_code is not None


def test_glance_at_ended_program_says_why_and_starts_it_after_the_pause(
    tmp_path: Path, stack: ExitStack
) -> None:
    said: list[str] = []
    supervisor, running = Supervisor(said.append), launched(FAILING, tmp_path, stack)
    supervisor.look_after(running)
    wait_for_end(running)
    first, now = running.process.pid, monotonic()
    supervisor.glance(now)
    assert "portal ended with code 3 (nothing to do here); it starts again in 1 s" in said[0]
    supervisor.glance(now + 0.9)
    assert running.process.pid == first
    supervisor.glance(now + 1)
    assert running.process.pid != first
    assert said[1] == "portal runs again."


def test_glance_at_program_that_keeps_ending_waits_longer_up_to_a_limit(
    tmp_path: Path, stack: ExitStack
) -> None:
    said: list[str] = []
    supervisor, running = Supervisor(said.append), launched(FAILING, tmp_path, stack)
    supervisor.look_after(running)
    now = monotonic()
    for _ in range(8):
        wait_for_end(running)
        supervisor.glance(now)
        now += LONGEST_PAUSE
        supervisor.glance(now)
    pauses = [line.split("again in ")[1].split(" s")[0] for line in said if "again in" in line]
    assert pauses == ["1", "2", "4", "8", "16", "32", "60", "60"]


def test_glance_at_program_that_ran_long_trusts_it_again(tmp_path: Path, stack: ExitStack) -> None:
    said: list[str] = []
    supervisor, running = Supervisor(said.append), launched(LASTING, tmp_path, stack)
    supervisor.look_after(running)
    now = monotonic()
    for moment in (now, now + CALM + 1):
        running.process.kill()
        wait_for_end(running)
        supervisor.glance(moment)
        supervisor.glance(moment + 2)
        supervisor.glance(moment + CALM + 3)
    assert [line for line in said if "again in 1 s" in line] == [said[0], said[2]]
    assert "ended with code -9" in said[0]


def test_glance_at_running_program_leaves_it_alone(tmp_path: Path, stack: ExitStack) -> None:
    said: list[str] = []
    supervisor, running = Supervisor(said.append), launched(LASTING, tmp_path, stack)
    supervisor.look_after(running)
    supervisor.glance(monotonic())
    assert (said, running.exit_code) == ([], None)
