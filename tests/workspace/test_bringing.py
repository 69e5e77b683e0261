"""Articles that were written elsewhere: what is taken from a file, what is told, and what is never done twice."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from kbuilder.errors import ConfigError, KBError, SourceError
from kbuilder.records import Article
from kbuilder.workspace import bringing
from kbuilder.workspace.bringing import File
from kbuilder.workspace.workspace import Workspace

FULL = """---
title: "Reset the hub: how"
lang: de
kind: how-to
tags: [hub, reset]
product: Hub 2, Hub 3
author: Bo
draft: false
---

# Reset the hub: how

Hold the button.[^p1]
"""


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[Workspace]:
    made = Workspace.create(tmp_path / "kb", recipe="small")
    tree = made.parts.head()
    text = (tree.read("kbuilder.toml") or b"").decode().replace('languages = ["en"]', 'languages = ["en", "de"]')
    made.parts.repository.commit(tree, {"kbuilder.toml": text.encode()}, "Two", "ada", made.parts.clock())
    assert made.parts.config().languages == ("en", "de")
    yield made
    made.close()


def read(kb: Workspace, **files: str) -> tuple[Article, ...]:
    given = [File(name.replace("__", "."), text.encode()) for name, text in files.items()]
    return bringing.read(given, kb.parts.config(), "en").articles


def faults(kb: Workspace, **files: str) -> list[str]:
    with pytest.raises(ConfigError) as wrong:
        read(kb, **files)
    return str(wrong.value).splitlines()


def test_front_matter_is_carried_and_the_rest_told(kb: Workspace) -> None:
    """Title, language, kind, topics and products; what means nothing here is counted, and sources are not made up."""
    found = bringing.read([File("reset.md", FULL.encode())], kb.parts.config(), "en")
    (article,) = found.articles
    assert (article.title, article.language, article.kind) == ("Reset the hub: how", "de", "how-to")
    assert (article.tags, article.product, article.audience) == (("hub", "reset"), "Hub 2, Hub 3", "public")
    assert (article.body, dict(article.sources)) == ("Hold the button.", {})
    assert found.not_carried == {"author": 1, "draft": 1}


def test_a_file_without_front_matter_has_its_first_heading_as_title(kb: Workspace) -> None:
    """Further headings are the text's; line ends and marks at the beginning do not matter."""
    (article,) = read(kb, a__md="\ufeff# Wi-Fi #\r\n\r\nTurn it on.\r\n\r\n## Then\r\n\r\nWait.")
    assert (article.title, article.body, article.language) == ("Wi-Fi", "Turn it on.\n\n## Then\n\nWait.", "en")
    (other,) = read(kb, a__md="---\ntitle: Another\n---\n# Wi-Fi\n\nTurn it on.")
    assert (other.title, other.body) == ("Another", "# Wi-Fi\n\nTurn it on.")


def test_a_table_of_questions_and_answers(kb: Workspace) -> None:
    """A row an article, read as an import reads tables: any separator, German headers, HTML as Markdown."""
    table = "Frage;Antwort;Produkt;Schlagworte;Stand von\nWie geht es an?;<p>Mit <b>Strom</b>.</p>;Hub;an, aus;Bo\n"
    found = bringing.read([File("faq.csv", table.encode("cp1252"))], kb.parts.config(), "de")
    (article,) = found.articles
    assert (article.title, article.body) == ("Wie geht es an?", "Mit **Strom**.")
    assert (article.product, article.tags, article.language) == ("Hub", ("an", "aus"), "de")
    assert found.not_carried == {"Stand von": 1}


def test_all_faults_are_told_and_nothing_is_brought_in(kb: Workspace) -> None:
    """Of every file, each with its place."""
    told = faults(
        kb,
        good__md="# Fine\n\nYes.",
        a__md="No title.",
        b__md="# Only a title",
        c__md="---\ntitle: C\nlang: xx\naudience: nobody\nkind: poem\n---\n\nText.",
        d__md="---\ntitle: [\n---\n\nText.",
        e__csv="question,answer\nWhy?,\n",
        f__csv="question,answer\nWhy?,Because,too much\n",
    )
    assert told[0].startswith("a.md:1: expected a title")
    assert told[1].startswith("b.md:1: “Only a title” has no text")
    assert told[2] == "c.md:1: lang: found “xx”; expected one of: en, de"
    assert told[3] == "c.md:1: audience: found “nobody”; expected one of: public"
    assert told[4].startswith("c.md:1: kind: found “poem”; expected one of: question, how-to")
    assert told[5].startswith("d.md:")
    assert told[6] == "e.csv: “Why?” has no text, or more than 200000 characters"
    assert told[7].startswith("f.csv:2: 3 cells")
    assert len(told) == 8
    assert kb.articles() == []


def test_what_is_no_text_or_no_table_is_told(kb: Workspace) -> None:
    """By the name that it was given under."""
    with pytest.raises(ConfigError, match=r"a\.md:2: this is not UTF-8 text"):
        bringing.read([File("a.md", b"# A\n\xff")], kb.parts.config(), "en")
    with pytest.raises(SourceError, match=r"prices\.csv has no column of questions"):
        read(kb, prices__csv="price\n3\n")
    with pytest.raises(KBError, match="There is no article in these files"):
        bringing.read([], kb.parts.config(), "en")


def test_each_is_a_commit_and_awaits_publication(kb: Workspace) -> None:
    """By whoever brought it in, on no site before somebody publishes it."""
    done = bringing.bring(kb.parts, read(kb, a__md="# A thing\n\nYes.", b__md="# Another\n\nNo."), "Ada")
    assert [(each.slug, each.state, each.verified) for each in done.made] == [
        ("a-thing", "draft", ""),
        ("another", "draft", ""),
    ]
    log = subprocess.run(
        ["git", "-C", str(kb.root), "log", "-2", "--format=%an %s"], check=True, capture_output=True, text=True
    ).stdout
    assert log.splitlines() == ["Ada Write “Another”", "Ada Write “A thing”"]


def test_brought_in_again_it_is_left_out(kb: Workspace) -> None:
    """The same title in the same language is there already, in one go as well; in another language it is not."""
    twice = read(
        kb, a__md="# A thing\n\nYes.", b__md="# a  THING\n\nNo.", c__md="---\nlang: de\n---\n# A thing\n\nJa."
    )
    done = bringing.bring(kb.parts, twice, "Ada")
    assert ([each.language for each in done.made], done.known) == (["en", "de"], ("a THING",))
    assert bringing.bring(kb.parts, twice, "Ada").made == ()
    assert len(kb.articles()) == 2
