"""Where do the files lie that we ship beside the code?

In a checkout they stand beside the package; in a wheel they stand inside it.
"""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


def _place(name: str) -> Path:
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name


TEMPLATES = _place("templates")
STATIC = _place("static")
MIGRATIONS = _place("migrations")
