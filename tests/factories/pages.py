"""Which forms does a page have, and what would a browser send?"""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

BOXES = ("checkbox", "radio")


@dataclass
class PageForm:
    """A form of a page: where it goes, and its fields as (name, value, type), as they come."""

    action: str
    method: str
    fields: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """The names of its fields, each once."""
        return list(dict.fromkeys(name for name, _, _ in self.fields if name != "csrf_token"))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self.is_inside = False
        self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given: dict[str, Any] = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.is_inside = True
            self.forms.append(PageForm(given.get("action", ""), given.get("method", "get").lower()))
        elif self.is_inside:
            self._take(tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.is_inside = False

    def _take(self, tag: str, given: dict[str, str]) -> None:
        fields, name, kind = self.forms[-1].fields, given.get("name", ""), given.get("type", tag)
        if tag == "select":
            self.select = name
        elif tag == "option":
            if "selected" in given or self.select not in self.forms[-1].names:
                fields.append((self.select, given.get("value", ""), "select"))
        elif tag in ("input", "button", "textarea") and name:
            fields.append((name, given.get("value") or ("on" if kind in BOXES else ""), kind))


def forms_of(html: str) -> list[PageForm]:
    """All forms of a page; of a choice, what is selected or stands first."""
    reader = _Reader()
    reader.feed(html)
    return reader.forms
