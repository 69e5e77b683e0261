"""What search engines are told of an article, in schema.org's words."""

from __future__ import annotations

import json
from collections.abc import Sequence

from kbuilder.markup import title_text
from kbuilder.publish.body import Body
from kbuilder.publish.cards import Card
from kbuilder.publish.views import Chrome, Source

_SAFE = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def article(card: Card, body: Body, sources: Sequence[Source], chrome: Chrome, path: str) -> str:
    """A curated article: ``HowTo`` where it is instructions in steps, else ``TechArticle``; never ``QAPage``."""
    steps = body.steps if card.kind == "how-to" else []
    address = f"{chrome.url}/{path.removesuffix('index.html')}" if chrome.url else ""
    told: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "HowTo" if steps else "TechArticle",
        "name" if steps else "headline": title_text(card.title),
        "inLanguage": card.language,
        "datePublished": card.created,
        "dateModified": card.updated,
        "url": address,
        "publisher": {"@type": "Organization", "name": chrome.title},
        "author": _authors(sources),
        "license": sorted({each.licence_url for each in sources if each.licence_url}),
        "isBasedOn": [each.url for each in sources if each.url],
        "step": [{"@type": "HowToStep", "text": step} for step in steps],
    }
    return _written({name: value for name, value in told.items() if value})


def _authors(sources: Sequence[Source]) -> list[dict[str, str]]:
    people = dict.fromkeys((each.author, each.author_url) for each in sources if each.author)
    return [{"@type": "Person", "name": name, **({"url": url} if url else {})} for name, url in people]


def _written(value: object) -> str:
    """JSON that ends no ``<script>``."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_SAFE)
