"""Is this a picture that can be kept as evidence?

What is kept is drawn anew from the pixels: no place, no device, no owner travels with it, and nothing but a picture.
"""

from io import BytesIO

from PIL import Image, ImageOps

from marketplace.foundation.errors import Invalid
from marketplace.foundation.language import lazy_text as _l

LARGEST_FILE = 12 * 1024 * 1024
LARGEST_SIDE = 1800
MOST_PIXELS = 60_000_000
FORMATS = ("JPEG", "PNG", "WEBP")
MEDIA_TYPE = "image/jpeg"


class NoPicture(Invalid):
    """The file is no picture, or one that is too large."""


def cleaned(content: bytes) -> bytes:
    """The picture upright, at most 1,800 pixels wide or high, as JPEG without any further data. Raises NoPicture."""
    if len(content) > LARGEST_FILE:
        raise NoPicture(_l("A picture may have 12 MB at most."), field="photos")
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as picture:
            return _drawn_anew(picture)
    except NoPicture:
        raise
    except Exception:  # whatever goes wrong in a decoder, it is the picture's fault
        raise NoPicture(
            _l("This is no picture that can be read (JPEG, PNG or WebP)."), field="photos"
        ) from None


def _drawn_anew(picture: Image.Image) -> bytes:
    if picture.width * picture.height > MOST_PIXELS:
        raise NoPicture(_l("This picture has too many pixels."), field="photos")
    upright = ImageOps.exif_transpose(picture).convert("RGB")
    upright.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
    drawn = BytesIO()
    upright.save(drawn, "JPEG", quality=82, optimize=True)
    return drawn.getvalue()
