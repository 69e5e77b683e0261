"""Pictures that people bring: whatever is in the file, only the picture comes out."""

from __future__ import annotations

import io
import re
import struct
import zlib
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from kbuilder.pictures import LONGEST_SIDE, MOST_BYTES, Unusable, cleaned

SCRIPT = b"<script>alert(1)</script>"
GPS = {0x0001: "N", 0x0002: (52.0, 31.0, 12.0), 0x0003: "E", 0x0004: (13.0, 24.0, 18.0)}


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 30), mode: str = "RGB", **how: Any) -> bytes:
    made = io.BytesIO()
    image = Image.new(mode, size, 0 if mode in ("P", "L") else (200, 30, 30))
    image.putpixel((0, 0), 1 if mode in ("P", "L") else (0, 0, 255))
    image.save(made, kind, **how)
    return made.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def test_where_it_was_taken_is_not_kept() -> None:
    """Of a JPEG with position, maker, comment and a preview nothing stays but the pixels, the right way up."""
    exif = Image.Exif()
    exif[0x010F] = "A maker"
    exif[0x0112] = 6  # to be turned
    exif.get_ifd(0x8825).update(GPS)
    data = picture("JPEG", exif=exif, comment=b"by Ada", icc_profile=b"a profile of hers")
    assert b"A maker" in data
    assert b"by Ada" in data
    found = cleaned(data)
    assert found.ending == ".jpg"
    assert opened(found.data).size == (30, 40)
    assert not dict(opened(found.data).getexif())
    for told in (b"A maker", b"by Ada", b"Exif", b"profile"):
        assert told not in found.data


@pytest.mark.parametrize(("kind", "ending"), [("PNG", ".png"), ("JPEG", ".jpg"), ("WEBP", ".jpg"), ("GIF", ".png")])
def test_what_hides_behind_or_within_it_goes(kind: str, ending: str) -> None:
    """A script behind the picture, which another program would read."""
    found = cleaned(picture(kind) + SCRIPT)
    assert found.ending == ending
    assert SCRIPT not in found.data
    assert opened(found.data).size == (40, 30)
    assert re.fullmatch(rf"media/([0-9a-f]{{2}})/\1[0-9a-f]{{18}}\{ending}", found.path)


def test_words_in_a_png_go() -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", "Ada")
    notes.add_text("Software", SCRIPT.decode())
    found = cleaned(picture(pnginfo=notes, dpi=(72, 72)))
    assert b"tEXt" not in found.data
    assert b"pHYs" not in found.data


def test_a_picture_stays_as_it_looks() -> None:
    """Transparency and colours of a PNG; the same picture has one name."""
    made = io.BytesIO()
    image = Image.new("RGBA", (8, 8), (10, 20, 30, 0))
    image.putpixel((3, 3), (250, 0, 0, 255))
    image.save(made, "PNG")
    found = cleaned(made.getvalue())
    assert opened(found.data).convert("RGBA").getpixel((3, 3)) == (250, 0, 0, 255)
    assert opened(found.data).convert("RGBA").getpixel((0, 0))[3] == 0  # type: ignore[index]
    assert cleaned(made.getvalue() + SCRIPT).path == found.path
    indexed = io.BytesIO()
    Image.new("P", (8, 8), 0).save(indexed, "GIF", transparency=0)
    assert opened(cleaned(indexed.getvalue()).data).convert("RGBA").getpixel((0, 0))[3] == 0  # type: ignore[index]


def test_a_large_one_is_made_smaller() -> None:
    noise = Image.effect_noise((3000, 900), 90).convert("RGB")
    made = io.BytesIO()
    noise.save(made, "PNG", compress_level=1)
    found = cleaned(made.getvalue())
    assert max(opened(found.data).size) == LONGEST_SIDE
    assert found.ending == ".webp"
    assert len(found.data) < len(made.getvalue()) / 2


def bomb() -> bytes:
    """A PNG of some bytes that says it has 100,000 by 100,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


def moving(kind: str) -> bytes:
    made = io.BytesIO()
    frames = [Image.new("RGB", (9, 9), (shade, 0, 0)) for shade in (0, 120, 240)]
    frames[0].save(made, kind, save_all=True, append_images=frames[1:])
    return made.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no picture that can be taken"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "no picture that can be taken"),
        (b"<?xml version='1.0'?><svg><script>alert(1)</script></svg>", "no picture that can be taken"),
        (b"<html>" + SCRIPT, "no picture that can be taken"),
        (b"%PDF-1.7 " + SCRIPT, "no picture that can be taken"),
        (b"GIF89a" + SCRIPT, "no picture that can be taken"),
        (picture()[:60], "no picture that can be taken"),
        (picture("JPEG", (200, 200))[:300], "no picture that can be taken"),
        (picture("TIFF"), "no picture that can be taken"),
        (picture("BMP"), "no picture that can be taken"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "no picture that can be taken"),
        (bomb(), "million pixels"),
        (bytes(MOST_BYTES + 1), "more than 10 MB"),
        (moving("GIF"), "moves"),
        (moving("WEBP"), "moves"),
        (moving("PNG"), "moves"),
    ],
    ids=range(16),
)
def test_what_is_no_picture_is_refused(data: bytes, said: str) -> None:
    """By its content, whatever it is called; one that was cut, that would fill memory, or that nobody can stop."""
    with pytest.raises(Unusable) as found:
        cleaned(data)
    assert said in str(found.value)
