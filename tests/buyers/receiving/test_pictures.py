"""Is only a picture kept, and nothing that it was carrying?"""

from io import BytesIO

import pytest
from PIL import Image

from marketplace.buyers.receiving import pictures
from marketplace.buyers.receiving.pictures import NoPicture, cleaned
from tests.factories.receipts import a_picture


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
def test_cleaned_draws_a_picture_anew_as_jpeg(format: str) -> None:
    with Image.open(BytesIO(cleaned(a_picture(format=format)))) as kept:
        assert (kept.format, kept.size) == ("JPEG", (40, 30))


def test_cleaned_of_a_large_picture_makes_it_smaller() -> None:
    with Image.open(BytesIO(cleaned(a_picture(3600, 1200)))) as kept:
        assert kept.size == (1800, 600)


def test_cleaned_leaves_place_and_device_behind() -> None:
    exif = Image.Exif()
    exif[0x0110] = "A phone"
    exif[0x0112] = 6
    kept_bytes = cleaned(a_picture(format="JPEG", exif=exif))
    with Image.open(BytesIO(kept_bytes)) as kept:
        assert kept.size == (30, 40)
        assert not kept.getexif()
    assert b"A phone" not in kept_bytes


@pytest.mark.parametrize("content", [b"", b"<svg onload=alert(1)>", b"GIF89a", b"%PDF-1.7", a_picture()[:40]])
def test_cleaned_of_something_else_is_refused(content: bytes) -> None:
    with pytest.raises(NoPicture):
        cleaned(content)


def test_cleaned_of_too_large_a_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "LARGEST_FILE", 10)
    with pytest.raises(NoPicture, match="12 MB"):
        cleaned(a_picture())


def test_cleaned_of_too_many_pixels_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MOST_PIXELS", 100)
    with pytest.raises(NoPicture, match="pixels"):
        cleaned(a_picture())
