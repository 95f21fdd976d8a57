"""Do the templates keep the law? All compile, none carries a script or a style of its own."""

import re
from pathlib import Path

import pytest
from flask import Flask

from marketplace.foundation.places import TEMPLATES

NAMES = sorted(
    str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.*") if path.suffix in (".html", ".txt")
)
INLINE = re.compile(
    r"<style\b|\sstyle=|<\w[^>{]*\son[a-z]+=|<script(?![^>]*\bsrc=)|javascript:", re.IGNORECASE
)
PRINTED = ("documents/", "layouts/document.html")


@pytest.mark.parametrize("name", NAMES)
def test_a_template_compiles(portal: Flask, name: str) -> None:
    assert portal.jinja_env.get_template(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_template_has_no_inline_script_or_style(name: str) -> None:
    if name.startswith(PRINTED):
        return
    assert INLINE.findall(Path(TEMPLATES / name).read_text()) == []
