"""A knowledge base in memory, as a commit holds it: six articles for all, and some that few or none may read."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass

from kbuilder.records import Article, Citation, digest
from kbuilder.store import articles as article_files

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
CONFIG = """\
format = 1
title = "Larkspan Help"
url = "https://help.larkspan.example/kb"
languages = ["en", "de"]
timezone = "Europe/Berlin"
team = "the Larkspan support team"
ask_url = "https://community.larkspan.example/new"

[audience.public]
sees = ["public"]

[audience.partner]
sees = ["public", "partner"]

[[source]]
name = "larkspan"
format = "jsonl"
title = "Larkspan Community"
url = "https://community.larkspan.example"
licence = "CC BY-SA 4.0"

[[source]]
name = "network"
format = "stackexchange"
title = "Network Engineering Stack Exchange"
url = "https://networkengineering.stackexchange.com"
"""


@dataclass(frozen=True)
class MemoryTree:
    """Files of one commit."""

    files: Mapping[str, bytes]

    @property
    def id(self) -> str:
        return digest(repr(sorted(self.files.items())))

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)

    def blob(self, path: str) -> str | None:
        data = self.files.get(path)
        return None if data is None else digest(data)

    def blobs(self, folder: str) -> dict[str, str]:
        return {path: digest(self.files[path]) for path in self.list(folder)}

    def list(self, prefix: str) -> list[str]:
        return sorted(path for path in self.files if path.startswith(prefix.rstrip("/") + "/"))

    def with_(self, *articles: Article, **files: str | bytes | None) -> MemoryTree:
        """The tree with articles and files besides; ``None`` takes one away (``__`` stands for a slash)."""
        changed = {article_files.path(each): article_files.write(each) for each in articles}
        return self.having({**changed, **{path.replace("__", "/"): data for path, data in files.items()}})

    def having(self, files: Mapping[str, str | bytes | None]) -> MemoryTree:
        """The tree with these files; ``None`` takes one away."""
        merged = {**self.files, **{path: d.encode() if isinstance(d, str) else d for path, d in files.items()}}
        return MemoryTree({path: data for path, data in merged.items() if data is not None})


def source(post: str, author: str = "ada", **fields: object) -> Citation:
    """A citation; ``fields`` are those of :class:`Citation`."""
    given: dict[str, object] = {
        "start": 0,
        "end": 20,
        "digest": digest(post),
        "author": author,
        "author_url": f"https://community.larkspan.example/u/{author}" if author else "",
        "url": f"https://community.larkspan.example/t/{post.partition(':')[2].replace('#', '/')}",
        "licence": "CC BY-SA 4.0",
        "date": "2024-03-05T09:30:00Z",
    }
    return Citation(post=post, **{**given, **fields})  # type: ignore[arg-type]


def lineage_of(article: str) -> str:
    """What the article with an id was made from."""
    return digest(article)[:12]


def article(slug: str, title: str, body: str, language: str = "en", **fields: object) -> Article:
    """An article; its sources are made up for the references of its body where none are given."""
    given: dict[str, object] = {
        "id": f"id-{language}-{slug}"[:40],
        "created": "2026-01-10T08:00:00Z",
        "updated": "2026-02-01T10:00:00Z",
        "verified": "2026-02-01T10:00:00Z",
        "sources": {
            key: each
            for key, each in (("p1", source("larkspan:1#1", "ada")), ("p2", source("larkspan:1#2", "grace")))
            if f"[^{key}]" in body
        },
    }
    told = {**given, **fields}
    lineage = lineage_of(str(told["id"]))
    return Article(slug=slug, title=title, language=language, body=body, **{"lineage": lineage, **told})  # type: ignore[arg-type]


RESET_EN = article(
    "reset-router",
    "How do I reset my Larkspan Hub?",
    """My Hub 3 blinks red and I cannot log in any more.[^p1]

## Reset it

Keep these three steps in order:

1. Press the reset button on the back for ten seconds with a paper clip.[^p2]
2. Wait until the light turns white; this takes about two minutes.[^p2]
3. Open `http://192.168.1.1` and choose a new password.[^p3]

![The reset button beside the power socket](../../../media/reset.png)

If you have a console cable, this does the same:[^p3]

```bash
ssh admin@192.168.1.1 "factory-reset --yes"  # all settings are lost
```

## Alternatives

You can also restart it first, see [how to restart](../re/restart-router.md#restart).[^p2]
""",
    tags=("reset", "router", "wifi"),
    product="Hub 3",
    phrasings=("Hub blinks red, what now?", "Factory settings Larkspan Hub 3", "cant log in to my router"),
    related=("id-en-restart-router",),
    translations={"de": "id-de-router-zuruecksetzen"},
    redirects=("reset-hub",),
    sources={
        "p1": source("larkspan:1#1", "Wilma"),
        "p2": source("larkspan:1#2", "Fred K."),
        "p3": source(
            "network:12#34",
            "Ron Maupin",
            author_url="https://networkengineering.stackexchange.com/users/8499/ron-maupin",
            url="https://networkengineering.stackexchange.com/a/34",
            licence="CC BY-SA 3.0",
            date="2016-07-01T23:30:00Z",
        ),
    },
)
RESTART_EN = article(
    "restart-router",
    "How do I restart the Hub without losing my settings?",
    """## Restart

Pull the plug, count to thirty, and plug it in again.[^p2] Your settings stay.

| Light | Meaning |
|:------|--------:|
| white | ready |
| amber | starting |

A picture from another place: ![lights of the Hub](https://images.example/lights.png)
""",
    tags=("router",),
    product="Hub 3",
    state="not-validated",
    updated="2026-03-15T22:45:00Z",
    verified="2026-01-20T10:00:00Z",
)
FORMULA_EN = article(
    "signal-strength",
    "What does -67 dBm mean?",
    """It is the received power relative to one milliwatt.[^p2] The formula:[^p2]

$$P_{dBm} = 10 \\log_{10}\\frac{P}{1\\,mW}$$

> Better than -67 dBm is good enough for video calls.[^p2]
""",
    tags=("wifi", "C#"),
    sources={"p2": source("larkspan:7#9", "")},
)
RESET_DE = article(
    "router-zuruecksetzen",
    "Wie setze ich meinen Larkspan Hub zurück?",
    """Mein Hub 3 blinkt rot und ich komme nicht mehr rein.[^p1]

1. Die Reset-Taste auf der Rückseite zehn Sekunden lang drücken.[^p2]
2. Warten, bis die Lampe weiß leuchtet.[^p2]

Danach lautet das Passwort wieder wie auf dem Aufkleber.
""",
    "de",
    tags=("reset", "router"),
    product="Hub 3",
    phrasings=("Hub blinkt rot", "Werkseinstellungen Hub 3"),
    translations={"en": "id-en-reset-router"},
)
SYNC_DE = article(
    "armband-synchronisiert-nicht",
    "Mein Fitnessarmband synchronisiert nicht mehr",
    "Bluetooth am Telefon aus- und wieder einschalten.[^p2] Danach die App neu starten.[^p2]\n",
    "de",
    tags=("bluetooth", "app"),
    product="Pulse",
    updated="2026-02-20T23:30:00Z",
    sources={"p2": source("larkspan:20#3", "jürgen_ä")},
)
BATTERY_EN = article(
    "battery-drains-fast",
    "Why does the battery of my Pulse last one day only?",
    "Turn off the always-on display.[^p2]\n\n- It costs forty percent.[^p2]\n- Update 2.4 helps too.[^p1]\n",
    tags=("battery", "app"),
    product="Pulse",
)
PARTNER = article(
    "partner-secret",
    "PARTNERCANARY price list",
    "PARTNERCANARY body for dealers.[^p2]\n\n![PARTNERCANARY picture](media/PARTNERCANARY.png)\n",
    audience="partner",
    tags=("PARTNERCANARY-tag", "router"),
    product="PARTNERCANARY product",
    phrasings=("PARTNERCANARY phrasing",),
    redirects=("partnercanary-old",),
    sources={"p2": source("larkspan:99#2", "PARTNERCANARY author")},
)
DRAFT = article("draft", "DRAFTCANARY", "DRAFTCANARY body.[^p2]\n", state="draft")
ARCHIVED = article("archived", "ARCHIVECANARY", "ARCHIVECANARY body.[^p2]\n", state="archived")

ARTICLES = (RESET_EN, RESTART_EN, FORMULA_EN, RESET_DE, SYNC_DE, BATTERY_EN, PARTNER, DRAFT, ARCHIVED)


def _problem(title: str, language: str, askers: int, article: str = "") -> dict[str, object]:
    return {
        "lineage": lineage_of(article) if article else digest(title)[:12],
        "title": title,
        "language": language,
        "threads": askers,
        "askers": askers,
        "views": askers * 100,
    }


PROBLEMS = [
    _problem(RESET_EN.title, "en", 14, RESET_EN.id),
    _problem("PARTNERCANARY price list", "en", 9, PARTNER.id),
    _problem("The guest network disappears after an update", "en", 6),
    _problem(BATTERY_EN.title, "en", 1, BATTERY_EN.id),
    _problem(RESET_DE.title, "de", 8, RESET_DE.id),
]


def knowledge_base() -> MemoryTree:
    """The tree of the golden site."""
    return MemoryTree({}).having(
        {
            "kbuilder.toml": CONFIG,
            "facts/problems.json": json.dumps({"format": 1, "problems": PROBLEMS}),
            "media/reset.png": PIXEL,
            "media/PARTNERCANARY.png": PIXEL + b"PARTNERCANARY",
            **{article_files.path(each): article_files.write(each) for each in ARTICLES},
        }
    )
