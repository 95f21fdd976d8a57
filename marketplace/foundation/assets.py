"""Which browser files do we ship, and from which package?

`npm ci` fetches the packages that `package-lock.json` pins; `python -m marketplace.foundation.assets` copies what the
pages use into `static/vendor/`. Nothing is fetched by a page at run time from anywhere but our own server.
"""

import re
import shutil
import sys
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from flask import Flask
from markupsafe import Markup

from marketplace.foundation.places import PACKAGE, STATIC

PACKAGES = PACKAGE.parent / "node_modules"
VENDOR = STATIC / "vendor"


class Asset(NamedTuple):
    """One file of a package, and the name under which `static/vendor/` has it."""

    package: str
    source: str
    target: str


INTER = "@fontsource-variable/inter"
PRINTED_INTER = "@fontsource/inter"
PRINTED_WEIGHTS = (400, 500, 600, 700)
"""A browser takes any weight from one file; to cut a weight out of it costs the printer half of each document."""
ASSETS = (
    Asset("@tabler/core", "dist/css/tabler.min.css", "tabler.min.css"),
    Asset("htmx.org", "dist/htmx.min.js", "htmx.min.js"),
    Asset(INTER, "files/inter-latin-wght-normal.woff2", "fonts/inter-latin.woff2"),
    Asset(INTER, "files/inter-latin-ext-wght-normal.woff2", "fonts/inter-latin-ext.woff2"),
    *(
        Asset(
            PRINTED_INTER,
            f"files/inter-{letters}-{weight}-normal.woff2",
            f"fonts/inter-{letters}-{weight}.woff2",
        )
        for letters in ("latin", "latin-ext")
        for weight in PRINTED_WEIGHTS
    ),
    Asset(INTER, "LICENSE", "fonts/LICENSE"),
    Asset("@tabler/icons", "LICENSE", "icons/LICENSE"),
)

ICON_PACKAGE = "@tabler/icons"
ICONS_BY_SUBJECT = {
    "places": ("home", "inbox", "search", "settings", "adjustments", "help-circle", "history"),
    "parties": (
        "building",
        "building-store",
        "building-warehouse",
        "user",
        "user-circle",
        "users",
        "map-pin",
    ),
    "goods": (
        "category",
        "tag",
        "barcode",
        "box",
        "package",
        "packages",
        "versions",
        "truck",
        "truck-delivery",
        "truck-return",
        "shopping-cart",
    ),
    "papers": (
        "file-text",
        "file-invoice",
        "clipboard-list",
        "checklist",
        "contract",
        "signature",
        "receipt",
    ),
    "properties": (
        "certificate",
        "bomb",
        "flame",
        "circle-dashed",
        "cylinder",
        "droplets",
        "skull",
        "exclamation-mark",
        "lungs",
        "fish",
    ),
    "money": ("cash", "coin", "credit-card", "wallet"),
    "quarrels": (
        "scale",
        "gavel",
        "arrows-exchange",
        "message-circle",
        "messages",
        "mail",
        "send",
        "paperclip",
    ),
    "figures": ("chart-bar", "chart-line", "report-analytics", "rosette", "star"),
    "time": (
        "calendar",
        "calendar-repeat",
        "clock",
        "bell",
        "refresh",
        "player-pause",
        "player-play",
        "player-skip-forward",
    ),
    "verdicts": ("check", "x", "circle-check", "circle-x", "alert-circle", "alert-triangle", "info-circle"),
    "deeds": (
        "plus",
        "minus",
        "pencil",
        "trash",
        "copy",
        "eye",
        "filter",
        "link",
        "external-link",
        "printer",
    ),
    "files": ("download", "upload", "file-download", "file-upload", "photo", "photo-up"),
    "access": ("login", "logout", "key", "lock", "lock-open", "shield-check"),
    "directions": ("arrow-left", "arrow-right", "chevron-left", "chevron-right", "chevron-down", "selector"),
    "display": ("menu-2", "dots", "sun", "moon", "sun-moon"),
}
ICONS = frozenset(name for names in ICONS_BY_SUBJECT.values() for name in names)

DRAWING = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
CANVAS = re.compile(r'\s*<path stroke="none" d="M0 0h24v24H0z" fill="none" />')


class AssetsMissing(Exception):
    """A browser file cannot be copied because its package is not installed."""


class UnknownIcon(LookupError):
    """A page asks for an icon that is not in the table."""


def all_assets() -> tuple[Asset, ...]:
    """Every file that we ship, icons included."""
    icons = (Asset(ICON_PACKAGE, f"icons/outline/{name}.svg", f"icons/{name}.svg") for name in sorted(ICONS))
    return (*ASSETS, *icons)


def copy_assets(packages: Path = PACKAGES, vendor: Path = VENDOR) -> int:
    """Bring `vendor` up to date from the installed `packages`; returns how many files were copied.

    A file that is already there with the same content is left alone. Raises AssetsMissing without a package.
    """
    return sum(
        _copy(packages / asset.package / asset.source, vendor / asset.target) for asset in all_assets()
    )


def _copy(source: Path, target: Path) -> bool:
    if not source.is_file():
        raise AssetsMissing(f"{source} is missing: run `npm ci` first, in the folder of package.json.")
    if target.is_file() and target.read_bytes() == source.read_bytes():
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    return True


@lru_cache
def icon(name: str) -> Markup:
    """The drawing of that name, to stand beside a word: hidden from screen readers, in the colour of the text.

    Raises UnknownIcon for one that is not in ICONS_BY_SUBJECT. Where the browser files are not installed the drawing
    is empty, so that a page still says everything in words.
    """
    if name not in ICONS:
        raise UnknownIcon(
            f"“{name}” is not in ICONS_BY_SUBJECT of marketplace/foundation/assets.py: add it there."
        )
    return Markup(  # noqa: S704 - the drawings come from the pinned package, never from a person
        '<svg class="icon" width="20" height="20" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
        ' stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">'
        f"{_drawing(VENDOR / 'icons' / f'{name}.svg')}</svg>"
    )


def _drawing(path: Path) -> str:
    if not path.is_file():
        return ""
    found = DRAWING.search(path.read_text(encoding="utf-8"))
    return " ".join(CANVAS.sub("", found.group(1)).split()) if found else ""


def install(app: Flask) -> None:
    """Let the templates of `app` show icons."""
    app.jinja_env.globals["icon"] = icon


def main() -> int:
    """Copy, and say in one sentence what was done; the exit code of the command."""
    try:
        copied = copy_assets()
    except AssetsMissing as missing:
        print(missing, file=sys.stderr)
        return 1
    print(f"static/vendor: {len(all_assets())} browser files, {copied} of them new.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
