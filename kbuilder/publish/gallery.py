"""The page of files, films and pictures, each with the articles that show it or lead to it.

What is listed is what these readers' articles name: a file that none of them names is in no site.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import PurePosixPath
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from kbuilder.publish.cards import FILMS, Card, is_film
from kbuilder.publish.catalogue import Catalogue, parts
from kbuilder.publish.media import Media
from kbuilder.publish.views import Made, Medium, Meta, Page, Part, needs
from kbuilder.text import N_

ON_A_PAGE = 200
"""Enough for most to find theirs with the browser's own search; pictures are loaded as they come into sight."""
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg")


class _Named(NamedTuple):
    """A file or film, and where it is named."""

    kind: str
    title: str
    place: str
    """The file in the knowledge base, or the film's address."""
    content: str
    """The id of the file's content."""
    cards: list[Card]


def pages(language: str, catalogue: Catalogue, media: Media) -> Iterator[Page]:
    """Those of a language; none where no article in it names a file."""
    if language not in catalogue.chrome.media:
        return
    for place, part, shown in parts(f"{language}/-/media/", _named(language, catalogue, media), ON_A_PAGE):
        listed = [(each[:-1], [card.named for card in each.cards]) for each in shown]
        make = partial(_made, language, place, part, shown, catalogue, media)
        yield Page(place + "index.html", "media", "media.html", needs(page=part, list=listed), make)


def _named(language: str, catalogue: Catalogue, media: Media) -> list[_Named]:
    """By kind and title; a title is what is said of it first, else the name of the file."""
    titles: dict[str, str] = {}
    cards: dict[str, dict[str, Card]] = {}
    for card in catalogue.cards[language]:
        for written, words in card.media:
            place = media.path(written, card.file) or (written if is_film(written) else "")
            if place:
                titles[place] = titles.get(place) or words
                cards.setdefault(place, {})[card.id] = card
    found = [
        _Named(_kind(place), title or PurePosixPath(place).name, place, media.blobs.get(place, ""), list(by.values()))
        for (place, title), by in zip(titles.items(), cards.values(), strict=True)
    ]
    return sorted(found, key=lambda each: (each.kind, each.title.casefold(), each.place))


def _kind(place: str) -> str:
    ending = PurePosixPath(urlsplit(place).path).suffix.lower()
    if is_film(place) or ending in FILMS:
        return "film"
    return "picture" if ending in _PICTURES else "file"


def _made(language: str, place: str, part: Part, shown: Sequence[_Named], catalogue: Catalogue, media: Media) -> Made:
    title = catalogue.say(language)(N_("Files and pictures"))
    others = catalogue.chrome.media
    alternates = catalogue.everywhere(language, "-/media/", first=part.number == 1, among=others)
    meta = Meta("media", place + "index.html", language, title, alternates=alternates)
    return meta, {"list": {"media": tuple(_medium(each, catalogue, media) for each in shown), "part": part}}


def _medium(named: _Named, catalogue: Catalogue, media: Media) -> Medium:
    own = named.place in media.blobs
    width, height = media.size(named.place) if named.kind == "picture" else (0, 0)
    return Medium(
        kind=named.kind,
        title=named.title,
        path=quote(named.place) if own else named.place,
        host="" if own else (urlsplit(named.place).hostname or "").removeprefix("www."),
        ending=PurePosixPath(named.place).suffix[1:].upper() if own else "",
        bytes=media.weight(named.place) if own else 0,
        width=width,
        height=height,
        articles=catalogue.short(named.cards),
    )
