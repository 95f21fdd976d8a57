"""Which of the machine's libraries are missing, and who installs them?

Runs before anything else, so it needs nothing but Python. As root on Debian it installs what is missing;
elsewhere one sentence says what to install.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from ctypes import CDLL
from ctypes.util import find_library
from dataclasses import dataclass

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WEASYPRINT = ("gobject-2.0", "pango-1.0", "pangoft2-1.0", "harfbuzz-subset")


@dataclass(frozen=True)
class Need:
    """Something of the machine that we use, what for, and how each system calls it."""

    purpose: str
    is_present: Callable[[], bool]
    debian: str
    fedora: str
    macos: str

    @property
    def sentence(self) -> str:
        """What the person at the machine should do."""
        return (
            f"Missing: {self.purpose}. Install it with `apt install {self.debian}` (Debian, Ubuntu), "
            f"`dnf install {self.fedora}` (Fedora) or `brew install {self.macos}` (macOS)."
        )


NEEDS = {
    "weasyprint": Need(
        purpose="the libraries with which WeasyPrint prints PDFs",
        is_present=lambda: all(_is_loadable(name) for name in WEASYPRINT),
        debian="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0",
        fedora="pango",
        macos="pango",
    ),
    "chromium": Need(
        purpose="a Chromium browser for the browser journeys",
        is_present=lambda: any(shutil.which(name) for name in BROWSERS),
        debian="chromium",
        fedora="chromium",
        macos="--cask chromium",
    ),
}


def provide(need: Need) -> bool:
    """Whether `need` is there, perhaps because it has just been installed."""
    if need.is_present():
        return True
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Installing {need.purpose} ({need.debian}) …", flush=True)
        _install(need.debian.split())
    return need.is_present()


def _is_loadable(name: str) -> bool:
    """Asks the loader itself on Linux, where `find_library` needs tools that a slim machine lacks."""
    try:
        CDLL(f"lib{name}.so.0")
    except OSError:
        return find_library(name) is not None
    return True


def _install(packages: list[str]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        command = ["apt-get", "-qq", *words]
        subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)  # noqa: S603 - from NEEDS


def main(names: list[str]) -> int:
    """The exit code: 0 when all that was asked for is there."""
    missing = [NEEDS[name] for name in names if not provide(NEEDS[name])]
    for need in missing:
        print(need.sentence, file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
