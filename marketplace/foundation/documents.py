"""How does a page become a PDF?

WeasyPrint renders a template of `templates/documents/`; it may read our own files (fonts, the print style) and nothing
else, so no tenant's text can make the worker fetch anything.
"""

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import current_app
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from marketplace.foundation.language import speaking
from marketplace.foundation.places import STATIC


class OwnFiles(URLFetcher):  # type: ignore[misc]
    """Lets a document read files below `static/` and nothing else."""

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """The file at `url`. Raises ValueError for any other address."""
        parts = urlsplit(url)
        path = Path(unquote(parts.path)).resolve()
        if parts.scheme != "file" or not path.is_relative_to(STATIC.resolve()):
            raise ValueError(f"a document may not fetch {url}")
        return super().fetch(url, headers)


def render_pdf(template: str, *, language: str, **context: Any) -> bytes:
    """The PDF/A-3 of `template` in `language`, tagged for screen readers."""
    with speaking(language):
        page = current_app.jinja_env.get_template(template).render(locale=language, **context)
    fonts = FontConfiguration()
    html = HTML(
        string=page,
        base_url=f"{STATIC.resolve().as_uri()}/",
        url_fetcher=OwnFiles(allowed_protocols=["file"]),
    )
    style = CSS(
        filename=str(STATIC / "print.css"),
        font_config=fonts,
        url_fetcher=OwnFiles(allowed_protocols=["file"]),
    )
    pdf: bytes = html.write_pdf(stylesheets=[style], font_config=fonts, pdf_variant="pdf/a-3a", pdf_tags=True)
    return pdf
