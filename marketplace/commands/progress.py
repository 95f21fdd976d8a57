"""How does the operator see that something is going on?"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import click


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
