"""Figures of the community as pictures with a table beside them. (Made of ``facts/*.json``.)"""

from __future__ import annotations

from collections.abc import Iterator

from kbuilder.publish.catalogue import Catalogue
from kbuilder.publish.views import Page


def pages(language: str, catalogue: Catalogue) -> Iterator[Page]:
    """The status page of a language, where there are figures."""
    del language, catalogue
    return iter(())
