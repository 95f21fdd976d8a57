"""Is this a picture, and how is it kept?

Whatever arrives is decoded and drawn anew, so that nothing but pixels is kept: no place where it was taken, no script,
no second file hidden behind it. SVG is a program, not a picture, and is refused.
"""

import io
import warnings

from PIL import Image, ImageOps

from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MEDIA_TYPE = "image/webp"
LARGEST_FILE = 12 * 1024**2
MOST_PIXELS = 40_000_000
EDGE = 800


class NoPicture(Invalid):
    """The file is no picture that we can show."""


def redrawn(content: bytes) -> bytes:
    """The picture as WebP, upright, no edge longer than 800 pixels, on white. Raises NoPicture."""
    if len(content) > LARGEST_FILE:
        raise NoPicture(_l("A picture may have at most 12 MB."), field="picture")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _drawn(content)
    except NoPicture:
        raise
    except Exception:  # whatever goes wrong in a decoder, it is the picture's fault
        raise NoPicture(
            _l("This is not a picture that we can show. Please use JPEG, PNG or WebP."), field="picture"
        ) from None


def _drawn(content: bytes) -> bytes:
    with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise NoPicture(_l("This picture has too many pixels."), field="picture")
        picture.draft("RGB", (2 * EDGE, 2 * EDGE))
        upright = ImageOps.exif_transpose(picture).convert("RGBA")
    upright.thumbnail((EDGE, EDGE))
    ground = Image.new("RGB", upright.size, "white")
    ground.paste(upright, mask=upright)
    kept = io.BytesIO()
    ground.save(kept, "WEBP", quality=82)
    return kept.getvalue()
