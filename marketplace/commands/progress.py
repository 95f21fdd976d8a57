"""How does the operator see that something is going on?"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

BETWEEN = 1.0
"""Seconds between two figures on a screen."""


@contextmanager
def step(label: str) -> Iterator[None]:
    """Shows `label` at once, and how long it took when it is done."""
    click.echo(f"{label} … ", nl=False)
    started_at = time.monotonic()
    try:
        yield
    except BaseException:
        click.echo()
        raise
    click.echo(f"{time.monotonic() - started_at:.1f} s")


class Progress:
    """Shows how far a long thing is: called with what is being done, how much of it, and of how much.

    On a screen the line is rewritten about once a second; in a log there is one line for each thing.
    """

    def __init__(self) -> None:
        self._label = ""
        self._started_at = self._shown_at = 0.0
        self._is_screen = sys.stdout.isatty()

    def __call__(self, label: str, done: int, total: int) -> None:
        """`total` 0 means that nobody knows how much there is."""
        now = time.monotonic()
        if label != self._label:
            self.finish()
            self._label, self._started_at, self._shown_at = label, now, 0.0
        if self._is_screen and now - self._shown_at >= BETWEEN:
            self._shown_at = now
            click.echo(f"\r{label} … {done:,}{f' of {total:,}' if total else ''}  ", nl=False)

    def finish(self) -> None:
        """Ends the present line with the time that it took."""
        if self._label:
            start = "\r" if self._is_screen else ""
            click.echo(
                f"{start}{self._label} … {time.monotonic() - self._started_at:.1f} s{' ' * 20}".rstrip()
            )
        self._label = ""
