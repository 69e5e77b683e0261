"""Pictures that people bring: told by their content, and made anew from their pixels, so that nothing else stays.

What hides in a file beside the picture – where it was taken, by whom, a script, a second file – is not carried. SVG
is not taken: it can hold scripts, and no cleaning of it is sure.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kbuilder.errors import KBError
from kbuilder.records import digest
from kbuilder.text import N_

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 2000
"""Pixels; what is larger is made smaller."""
LARGE = 1024 * 1024
"""Bytes from which on a picture without losses is kept with small ones."""
ENDINGS = (".png", ".jpg", ".webp")
"""Of the names that pictures are given here."""
_TAKEN = ("PNG", "JPEG", "WEBP", "GIF")


class Unusable(KBError):
    """A picture that is not taken."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture without anything else."""

    data: bytes
    ending: str

    @property
    def path(self) -> str:
        """Where it stands in a knowledge base: the same picture always at the same place."""
        name = digest(self.data)[:20]
        return f"media/{name[:2]}/{name}{self.ending}"


def cleaned(data: bytes) -> Picture:
    """A file's picture, upright, no larger than a page needs, without metadata.

    Raises:
        Unusable: it is no picture of a kind that is taken, too large, or it moves.
    """
    if len(data) > MOST_BYTES:
        raise Unusable(
            N_("The picture has more than {most} MB."), N_("Make it smaller, then add it."), most=MOST_BYTES >> 20
        )
    from PIL.Image import DecompressionBombError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its size is looked at here
            return _made(data)
    except Unusable:
        raise
    except DecompressionBombError:
        raise _too_many_pixels() from None
    except Exception:  # a decoder may fail in many ways at what somebody made to break it
        raise Unusable(
            N_("This file is no picture that can be taken."),
            N_("Take a PNG, JPEG, WebP or GIF. An SVG can hold scripts: save it as a PNG."),
        ) from None


def _made(data: bytes) -> Picture:
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(data), formats=_TAKEN) as found:
        if found.width * found.height > MOST_PIXELS:
            raise _too_many_pixels()
        kind = found.format
        if kind in ("GIF", "WEBP", "PNG") and getattr(found, "is_animated", False):
            raise Unusable(
                N_("The picture moves, and readers could not stop it."), N_("Add one picture of it for each step.")
            )
        image = ImageOps.exif_transpose(found)
        image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        lossless = kind in ("PNG", "GIF")
        plain = _plain(image)
    return _written(plain, lossless=lossless)


def _too_many_pixels() -> Unusable:
    return Unusable(
        N_("The picture has more than {most} million pixels."),
        N_("Make it smaller, then add it."),
        most=MOST_PIXELS // 1_000_000,
    )


def _plain(image: Image) -> Image:
    """The pixels alone."""
    clear = "A" in image.getbands() or "transparency" in image.info
    plain = image.convert("RGBA" if clear else "RGB")
    plain.info.clear()
    return plain


def _written(image: Image, *, lossless: bool) -> Picture:
    if lossless:
        data = _saved(image, "PNG", optimize=True)
        if len(data) <= LARGE:
            return Picture(data, ".png")
    if image.mode == "RGB" and not lossless:
        return Picture(_saved(image, "JPEG", quality=88, optimize=True), ".jpg")
    return Picture(_saved(image, "WEBP", quality=88), ".webp")


def _saved(image: Image, kind: str, **how: int) -> bytes:
    made = io.BytesIO()
    image.save(made, kind, **how)
    return made.getvalue()
