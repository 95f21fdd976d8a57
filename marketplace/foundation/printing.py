"""How does a finished page become the bytes of a PDF?

WeasyPrint may read our own files (fonts, the print style) and nothing else, so no tenant's text can make the worker
fetch anything. It is heavy: only a process that prints loads this module.
"""

from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from PIL import ImageFile
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from marketplace.foundation.places import STATIC

# WeasyPrint tells Pillow to accept pictures that are cut off; what people upload is to be whole.
ImageFile.LOAD_TRUNCATED_IMAGES = False


class OwnFiles(URLFetcher):  # type: ignore[misc]
    """Lets a document read files below `static/` and nothing else."""

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """The file at `url`. Raises ValueError for any other address."""
        parts = urlsplit(url)
        path = Path(unquote(parts.path)).resolve()
        if parts.scheme != "file" or not path.is_relative_to(STATIC.resolve()):
            raise ValueError(f"a document may not fetch {url}")
        return super().fetch(url, headers)


def print_page(page: str) -> bytes:
    """The PDF/A-3 of an HTML page, tagged for screen readers."""
    style, fonts = look()
    html = HTML(string=page, base_url=f"{STATIC.resolve().as_uri()}/", url_fetcher=_own_files())
    pdf: bytes = html.write_pdf(stylesheets=[style], font_config=fonts, pdf_variant="pdf/a-3a", pdf_tags=True)
    return pdf


@lru_cache
def look() -> tuple[CSS, FontConfiguration]:
    """The print style and its fonts: to unpack them takes as long as a page, so a process does it once."""
    fonts = FontConfiguration()
    style = CSS(filename=str(STATIC / "print.css"), font_config=fonts, url_fetcher=_own_files())
    return style, fonts


def _own_files() -> OwnFiles:
    return OwnFiles(allowed_protocols=["file"])
