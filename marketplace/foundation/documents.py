"""How does a template become a PDF?

A job fills a template of `templates/documents/` in one language and has it printed. The printer is loaded by the first
document of a process: a web process never pays for it, and a worker loads it before it forks.
"""

from importlib import import_module
from typing import Any

from flask import current_app

from marketplace.foundation.language import speaking


def render_pdf(template: str, *, language: str, **context: Any) -> bytes:
    """The PDF/A-3 of `template` in `language`, tagged for screen readers."""
    with speaking(language):
        page = current_app.jinja_env.get_template(template).render(locale=language, **context)
    content: bytes = load_printer().print_page(page)
    return content


def load_printer() -> Any:
    """The module that prints, with its fonts; loading them takes about a second, once in a process."""
    printing = import_module("marketplace.foundation.printing")
    printing.look()
    return printing
