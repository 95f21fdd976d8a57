"""Does everything that we started still run?

A program that ends is started again, after a pause that doubles each time it ends again soon.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from marketplace.foundation.processes import RunningProgram

LONGEST_PAUSE = 60.0
CALM = 60.0
"""Seconds: a program that ran this long is trusted again."""
GLANCE = 0.25
"""Seconds between two looks."""


@dataclass
class Ward:
    """One program that is looked after."""

    running: RunningProgram
    started_at: float
    failures: int = 0
    restart_at: float | None = None


class Supervisor:
    """Looks after programs until it is interrupted."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._wards: list[Ward] = []

    def look_after(self, running: RunningProgram) -> None:
        """Takes charge of a program that has been started."""
        self._wards.append(Ward(running, time.monotonic()))

    def watch(self) -> None:
        """Looks at every program again and again; ends only by an exception, such as KeyboardInterrupt."""
        while True:
            self.glance(time.monotonic())
            time.sleep(GLANCE)

    def glance(self, now: float) -> None:
        """One look at every program; `now` is in seconds of the monotonic clock."""
        for ward in self._wards:
            if ward.restart_at is not None:
                self._restart_when_due(ward, now)
            elif ward.running.exit_code is not None:
                self._plan_restart(ward, now)
            elif now - ward.started_at > CALM:
                ward.failures = 0

    def _plan_restart(self, ward: Ward, now: float) -> None:
        pause = min(2.0**ward.failures, LONGEST_PAUSE)
        ward.failures += 1
        ward.restart_at = now + pause
        program = ward.running.program
        self._say(
            f"{program.name} ended with code {ward.running.exit_code} ({ward.running.last_words}); "
            f"it starts again in {pause:.0f} s. Its log is {program.log}"
        )

    def _restart_when_due(self, ward: Ward, now: float) -> None:
        if ward.restart_at is not None and now >= ward.restart_at:
            ward.running.restart()
            ward.started_at, ward.restart_at = now, None
            self._say(f"{ward.running.program.name} runs again.")
