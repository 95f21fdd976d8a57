"""With which browser are the journeys made?"""

from collections.abc import Iterator
from shutil import which

import pytest
from playwright.sync_api import Browser, sync_playwright

from marketplace.commands.libraries import BROWSERS, NEEDS

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The machine's own Chromium; where there is none, what needs it is skipped and the summary says why."""
    path = next(filter(None, map(which, BROWSERS)), None)
    if path is None:
        pytest.skip(NEEDS["chromium"].sentence)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield running
        running.close()
