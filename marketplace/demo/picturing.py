"""How do the demo's goods look? A drawing for each, which comes in by an archive; one of them nobody sells."""

import io
import zipfile
from datetime import datetime, timedelta
from math import cos, pi, sin
from zlib import crc32

from PIL import Image, ImageDraw

from marketplace.demo.world import SellingFirm, World, at_work
from marketplace.sellers.pictures.actions import start_pictures

EDGE, PICTURED = 320, 12
CORNERS = (4, 6, 8, 48)
TONES = ("#5b6b8c", "#2f6f73", "#8c5b6b", "#6b7a3f", "#7a5f9a", "#9a6a3f")
GROUND, HOLE = "#f3f5f8", 0.42
UNKNOWN = "ANCIEN-001"


def plan_pictures(world: World, end: datetime, shown: list[SellingFirm]) -> None:
    """Plan that the suppliers whom a visitor looks at bring in the pictures of their first goods."""
    world.plan(end - timedelta(days=8), _bring_in, shown)


def _bring_in(shown: list[SellingFirm]) -> None:
    for firm in shown:
        names = [ware.sku for ware in firm.goods[:PICTURED]] + [UNKNOWN]
        with at_work(firm.actors["sales_desk"]):
            start_pictures(file_name="photos.zip", content=_archive(names))


def _archive(names: list[str]) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        for name in names:
            archive.writestr(f"{name}.png", drawing_of(name))
    return kept.getvalue()


def drawing_of(name: str) -> bytes:
    """A part with a hole, seen from above: its shape and colour are those of its name (PNG)."""
    number = crc32(name.encode())
    corners, tone = CORNERS[number % len(CORNERS)], TONES[number // 7 % len(TONES)]
    drawn = Image.new("RGB", (EDGE, EDGE), GROUND)
    pen = ImageDraw.Draw(drawn)
    pen.polygon(_around(corners, EDGE * 0.36), fill=tone)
    pen.polygon(_around(48, EDGE * 0.36 * HOLE), fill=GROUND)
    kept = io.BytesIO()
    drawn.save(kept, "PNG")
    return kept.getvalue()


def _around(corners: int, radius: float) -> list[tuple[float, float]]:
    turns = (2 * pi * (corner + 0.5) / corners for corner in range(corners))
    return [(EDGE / 2 + radius * cos(turn), EDGE / 2 + radius * sin(turn)) for turn in turns]
