"""Short replies out of articles: never the second step without the first."""

from __future__ import annotations

from pathlib import Path

import pytest
from trees import article

from kbuilder.publish.addresses import Addresses
from kbuilder.records import Suggestion
from kbuilder.store import articles as article_files
from kbuilder.workspace import reading
from kbuilder.workspace.reading import Reply
from kbuilder.workspace.workspace import Workspace

NOW = "2026-03-30T12:00:00Z"
HOME = "https://help.example"
BODY = """\
## With Pace

The bond is broken.[^p2] This sorts it out:[^p2]

1. Choose **Forget**.[^p2]
2. Restart the Pace.[^p2] Its button is on the side.[^p2]
3. Pair it again.[^p2]

Always pair in the app.[^p2]

## With Pace 2

Hold its button.[^p2]

## By hand

Run this:[^p2]

```
pair --again
```

Then it is paired.[^p2]
"""
STEPS = "1. Choose Forget. 2. Restart the Pace. Its button is on the side. 3. Pair it again."
BEGINS = "The bond is broken. This sorts it out:"


def reply(root: Path, best: str, longest: int = 500) -> Reply | str:
    """What is made of the article for a suggestion with a best sentence."""
    kb = Workspace.create(root / "kb", recipe="small", clock=lambda: NOW)
    one = article("pair", "Pair it", BODY)
    kb.parts.repository.commit(
        kb.parts.head(), {article_files.path(one): article_files.write(one)}, "One", "ada", NOW
    )
    page = kb.parts.site / "public" / Addresses.article(one) / "index.html"
    page.parent.mkdir(parents=True)
    page.touch()
    found = Suggestion(
        target=one.id,
        title=one.title,
        url="",
        sentence=best,
        probability=0.9,
        language="en",
        reviewed=True,
        updated=NOW,
    )
    return reading.reply(kb.parts, [found], "public", "en", HOME, longest)


@pytest.mark.parametrize("best", ["Restart the Pace.", "Its button is on the side. …", "Always pair in the app."])
def test_a_procedure_is_whole(tmp_path: Path, best: str) -> None:
    """Whichever of its sentences matched; what holds for another device does not follow."""
    found = reply(tmp_path, best)
    assert isinstance(found, Reply)
    assert found.text == f"{BEGINS} {STEPS} Always pair in the app.\n{found.url}"


def test_it_is_cut_at_its_end_alone(tmp_path: Path) -> None:
    """Never longer than was asked, and it says that it is cut."""
    found = reply(tmp_path, "Pair it again.", 110)
    assert isinstance(found, Reply)
    assert len(found.text) <= 110
    assert found.text == f"{BEGINS} 1. Choose Forget. 2. Restart the Pace. …\n{found.url}"
    assert [each.text for each in found.sentences] == [
        "The bond is broken.",
        "This sorts it out:",
        "Choose Forget.",
        "Restart the Pace.",
    ]


@pytest.mark.parametrize("best", ["Run this:", "Then it is paired."])
def test_what_no_line_can_show_is_left_to_the_page(tmp_path: Path, best: str) -> None:
    """Code is not left out in the middle."""
    found = reply(tmp_path, best)
    assert isinstance(found, Reply)
    assert found.text == f"Run this: …\n{found.url}"
