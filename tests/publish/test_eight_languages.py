"""The published site speaks eight languages."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po
from trees import CONFIG, article, knowledge_base

from kbuilder import publish, texts

ROOT = Path(__file__).parents[2]
OTHERS = [language for language in texts.PUBLISHED if language not in texts.SHIPPED]


def messages() -> set[str]:
    """Every text of the site."""
    found = {
        str(each[1])
        for file in sorted((ROOT / "site/templates").iterdir())
        if file.is_file()
        for each in extract_from_file("jinja2", str(file))
    }
    for name in ("articles", "body", "figures", "machines", "pages"):
        file = ROOT / f"kbuilder/publish/{name}.py"
        found |= {str(each[1]) for each in extract_from_file("python", str(file), keywords={"N_": None})}
    return found


def catalogue(language: str) -> dict[str, str]:
    data = (ROOT / f"site/locale/{language}.po").read_bytes()
    return {str(each.id): str(each.string) for each in read_po(io.BytesIO(data)) if each.id}


def fields(message: str) -> list[str]:
    return sorted(re.findall(r"\{(\w+)\}", message))


@pytest.mark.parametrize("language", OTHERS)
def test_each_language_has_every_text_and_no_other(language: str) -> None:
    """With the same fields, sorted by message."""
    assert len(messages()) > 80
    found = catalogue(language)
    assert found.keys() == messages()
    assert [each for each, said in found.items() if fields(each) != fields(said)] == []
    assert list(found) == sorted(found)


@pytest.mark.parametrize("language", OTHERS)
def test_no_english_is_left_on_a_page(tmp_path: Path, language: str) -> None:
    """Of an article, of lists, of the page for what is missing."""
    config = CONFIG.replace('["en", "de"]', f'["{language}"]')
    one = article("x", "X", "## A\n\nB.[^p1]\n", language, tags=("t",), product="P", phrasings=("Q",))
    tree = knowledge_base().having(dict.fromkeys(knowledge_base().list("articles")))
    folder = publish.publish(tree.having({"kbuilder.toml": config}).with_(one), tmp_path / "site").folder
    same = {each for each, said in catalogue(language).items() if each == said}
    pages = [file.read_text("utf-8") for file in folder.rglob("*.html")]
    assert len(pages) > 8
    for english in messages() - same:
        if len(english) > 8 and "{" not in english:
            assert not [page for page in pages if f">{english}<" in page], english


def test_the_switch_stays_on_the_article_and_says_where_it_cannot(tmp_path: Path) -> None:
    """A translation is offered as such, and to search engines; else the start is, marked."""
    config = CONFIG.replace('["en", "de"]', '["en", "de", "fr"]')
    folder = publish.publish(knowledge_base().having({"kbuilder.toml": config}), tmp_path / "site").folder
    html = (folder / "en/reset-router/index.html").read_text("utf-8")
    assert '<a href="../../de/router-zuruecksetzen/" lang="de" hreflang="de">Deutsch</a>' in html
    assert '<a href="../../fr/" lang="fr" hreflang="fr" class="fallback"' in html
    assert 'rel="alternate" hreflang="de"' in html
    assert 'rel="alternate" hreflang="fr"' not in html
