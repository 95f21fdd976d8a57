"""Is only what is a picture kept, and only its pixels?"""

import io
import struct
import zlib

import pytest
from PIL import Image

from marketplace.sellers.catalogue.pictures import EDGE, LARGEST_FILE, NoPicture, redrawn
from tests.factories.catalogue import a_picture


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_redrawn_picture_is_webp(kind: str) -> None:
    with Image.open(io.BytesIO(redrawn(a_picture(kind=kind)))) as kept:
        assert (kept.format, kept.size) == ("WEBP", (40, 30))


def test_redrawn_large_picture_is_bounded() -> None:
    with Image.open(io.BytesIO(redrawn(a_picture(3000, 1500)))) as kept:
        assert kept.size == (EDGE, EDGE // 2)


def test_redrawn_picture_says_nothing_but_its_pixels() -> None:
    drawn = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    Image.new("RGB", (9, 9)).save(drawn, "JPEG", exif=exif)
    assert b"taken at home" not in redrawn(drawn.getvalue() + b"<script>alert(1)</script>")


def an_odd_orientation() -> bytes:
    """A JPEG to be turned whose notes say that its width is a fraction."""
    drawn = io.BytesIO()
    turned = struct.pack("<HHII", 0x0112, 3, 1, 6)
    width = struct.pack("<HHII", 0x0100, 5, 1, 38)
    notes = struct.pack("<H", 2) + turned + width + struct.pack("<III", 0, 1, 3)
    Image.new("RGB", (9, 9)).save(drawn, "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0" + notes)
    return drawn.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def a_bomb() -> bytes:
    """A PNG of a few bytes that claims to be 50,000 pixels wide and high."""
    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(99)))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"%PDF-1.7",
        a_picture()[:60],
        a_bomb(),
        an_odd_orientation(),
        bytes(LARGEST_FILE + 1),
    ],
    ids=["empty", "text", "svg", "pdf", "cut off", "bomb", "odd notes", "too large"],
)
def test_redrawn_of_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(NoPicture):
        redrawn(content)
