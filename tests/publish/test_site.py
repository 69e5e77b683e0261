"""The published site as a whole."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trees import ARTICLES, BATTERY_EN, CONFIG, RESET_EN, RESTART_EN, MemoryTree, article, knowledge_base, source

from kbuilder import publish
from kbuilder.errors import ConfigError, KBError
from kbuilder.publish.output import Folder
from kbuilder.publish.site import code_files
from kbuilder.records import Article
from kbuilder.store import articles as article_files

TESTS = Path(__file__).parent.parent
ROOT = TESTS.parent
WITHDRAWN = "".join(
    json.dumps({"post": post, "state": state}) + "\n"
    for post, state in (("larkspan:20#3", "changed"), ("larkspan:7#9", "gone"))
)


def files(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def built(tree: MemoryTree, out: Path, audience: str = "public") -> dict[str, bytes]:
    published = publish.publish(tree, out / "_build" / "site", audience)
    return files(published.folder)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    """The files of the golden knowledge base's site."""
    return built(knowledge_base(), tmp_path_factory.mktemp("site"))


def text(site: Mapping[str, bytes], path: str) -> str:
    return site[path].decode()


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[tuple[str, str, str]] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given_attributes = dict(attrs)
        self.ids += [given_attributes["id"] or ""] if "id" in given_attributes else []
        for name in ("href", "src", "action"):
            if given_attributes.get(name) is not None:
                self.links.append((tag, given_attributes.get("rel") or "", given_attributes[name] or ""))


def parsed(html: bytes) -> _Links:
    links = _Links()
    links.feed(html.decode())
    return links


# What is where


def test_a_question_that_the_title_asks_has_no_heading(tmp_path: Path) -> None:
    """It is quoted, and the answer is the first to have one; a problem keeps its own."""
    asked = article("asked", "How?", "## Question\n\nHow so?[^p1]\n\n## Answer\n\nSo.[^p1]")
    fixed = article("fixed", "Broken", "## Problem\n\nIt is.[^p1]\n\n## Solution\n\nMend it.[^p1]")
    site = built(knowledge_base().with_(asked, fixed), tmp_path)
    assert b">Question<" not in site["en/asked/index.html"]
    assert b"<blockquote>\n<p>How so?<sup" in site["en/asked/index.html"]
    assert b">Problem</h2>" in site["en/fixed/index.html"]


def test_every_link_leads_to_a_page_and_every_anchor_to_a_place(tmp_path: Path) -> None:
    """Relative, and so under any prefix and from a folder on disk."""
    site = built(knowledge_base().having({"withdrawn.jsonl": WITHDRAWN}), tmp_path)
    pages = {path: parsed(data) for path, data in site.items() if path.endswith(".html") and "404" not in path}
    checked = 0
    for path, page in pages.items():
        for _, rel, link in page.links:
            if urlsplit(link).scheme:
                continue
            assert not link.startswith("/"), (path, link)
            target = unquote(urlsplit(urljoin(f"http://x/{path}", link)).path).lstrip("/")
            target += "index.html" if target.endswith("/") or not target else ""
            if target.startswith("pagefind/"):
                continue
            assert target in site, (path, link, rel)
            anchor = urlsplit(link).fragment
            assert not anchor or anchor in pages[target].ids, (path, link)
            checked += 1
        assert len(page.ids) == len(set(page.ids)), path
    assert checked > 300


def test_nothing_is_asked_of_another_host_and_nothing_is_inline(site: Mapping[str, bytes]) -> None:
    """No picture, script or style from elsewhere; a strict policy needs no exception: what is inline is data."""
    for path in (path for path in site if path.endswith(".html")):
        html = text(site, path)
        assert " style=" not in html
        assert "<style" not in html
        assert " onclick" not in html
        scripts = html.split("<script")[1:]
        assert all("src=" in each or each.startswith(' type="application/ld+json">') for each in scripts), path
        for tag, rel, link in parsed(site[path]).links:
            if tag in ("img", "script", "form") or "stylesheet" in rel or "icon" in rel:
                assert not urlsplit(link).scheme, (path, link)


def test_an_article_shows_its_answer_and_names_everyone(site: Mapping[str, bytes]) -> None:
    """Authors with profiles, posts, forum, licences with their texts; without nofollow."""
    html = text(site, "en/reset-router/index.html")
    sources = html[html.index('class="sources"') :]
    assert "<h1>How do I reset my Larkspan Hub?</h1>" in html
    assert "Reviewed on February 1, 2026 by the Larkspan support team" in html
    assert (
        '<a class="author" href="https://networkengineering.stackexchange.com/users/8499/ron-maupin">Ron Maupin</a>'
        in sources
    )
    assert 'href="https://networkengineering.stackexchange.com/a/34"' in sources
    assert 'href="https://networkengineering.stackexchange.com/q/12"' in sources
    assert '<a href="https://creativecommons.org/licenses/by-sa/3.0/" rel="license">CC BY-SA 3.0</a>' in sources
    assert "Network Engineering Stack Exchange" in sources
    assert "nofollow" not in sources
    assert "Hub blinks red, what now?" in html
    assert '<a href="../restart-router/#restart">' in html


def test_what_all_sources_share_is_said_once(tmp_path: Path) -> None:
    """Forum and licence; where one source has another, each tells its own."""
    body = "One.[^p1] Two.[^p2]"
    other = {"p1": source("larkspan:1#1"), "p2": source("larkspan:1#2", licence="CC BY 4.0")}
    tree = knowledge_base().with_(article("alike", "A", body), article("apart", "B", body, sources=other))
    site = built(tree, tmp_path)
    pages = (text(site, f"en/{name}/index.html") for name in ("alike", "apart"))
    alike, apart = (page.partition('class="sources"')[2] for page in pages)
    forum = '<a href="https://community.larkspan.example">Larkspan Community</a>'
    licence = 'rel="license">CC BY'
    assert [alike.count(each) for each in ('class="author"', forum, licence)] == [2, 1, 1]
    assert alike.index(licence) < alike.index("<ol>")
    assert [apart.count(each) for each in ('class="author"', forum, licence)] == [2, 2, 2]


def test_dates_are_those_of_the_zone_and_language(site: Mapping[str, bytes]) -> None:
    """23:30 UTC is the next day in Berlin."""
    assert "21. Februar 2026" in text(site, "de/armband-synchronisiert-nicht/index.html")
    assert "July 2, 2016" in text(site, "en/reset-router/index.html")


def test_an_article_not_validated_says_so(site: Mapping[str, bytes]) -> None:
    """Its readers are warned; those of others are not."""
    assert "waiting to be reviewed again" in text(site, "en/restart-router/index.html")
    assert "waiting to be reviewed again" not in text(site, "en/reset-router/index.html")


def test_drafts_and_archived_articles_are_not_published(site: Mapping[str, bytes]) -> None:
    """No byte of them, not in the index either."""
    for path, data in site.items():
        assert b"DRAFTCANARY" not in data, path
        assert b"ARCHIVECANARY" not in data, path


def test_languages_switch_to_the_translation_or_to_the_home_page(site: Mapping[str, bytes]) -> None:
    """A tree for each language; the first is where the root leads."""
    assert 'href="../../de/router-zuruecksetzen/" lang="de"' in text(site, "en/reset-router/index.html")
    assert 'href="../../de/" lang="de"' in text(site, "en/restart-router/index.html")
    assert 'content="0; url=en/index.html"' in text(site, "index.html")
    assert "Am häufigsten gefragt" in text(site, "de/index.html")
    assert '<html lang="de">' in text(site, "de/index.html")


def test_an_article_of_a_language_not_configured_has_its_tree_too(tmp_path: Path) -> None:
    """Nothing that was decided is lost from view."""
    site = built(knowledge_base().with_(article("redemarrer", "Redémarrer", "Débranchez.[^p2]", "fr")), tmp_path)
    assert "Redémarrer" in text(site, "fr/redemarrer/index.html")
    assert "2026" in text(site, "fr/redemarrer/index.html")
    assert 'lang="fr"' in text(site, "en/index.html")


def test_wanted_problems_are_linked_where_an_article_answers_them(site: Mapping[str, bytes]) -> None:
    """What nobody has reviewed is not shown, not even the words in which it was asked."""
    html = text(site, "en/index.html")
    wanted = html[html.index('class="wanted"') : html.index('id="newest"')]
    assert '<a href="reset-router/">How do I reset my Larkspan Hub?</a>' in wanted
    assert "14 people asked" in wanted
    assert "guest network disappears" not in html


def test_a_renamed_article_is_found_under_its_old_name(site: Mapping[str, bytes]) -> None:
    """By a page that leads on, and by a line for servers."""
    assert "url=../reset-router/index.html" in text(site, "en/reset-hub/index.html")
    assert "/en/reset-hub/ /en/reset-router/ 301\n" in text(site, "_redirects")
    assert "reset-hub" not in text(site, "sitemap.xml")


def test_an_old_name_in_a_language_that_is_gone_leads_on_in_the_new_one(tmp_path: Path) -> None:
    """As where answers in French were merged into others, and none is left."""
    tree = knowledge_base().with_(replace(RESTART_EN, redirects=("fr/redemarrer",)))
    site = built(tree, tmp_path)
    assert "../../en/site.js" in text(site, "fr/redemarrer/index.html")
    assert publish.examine(tree, tmp_path / "_build/site/public") == []


def test_an_old_name_does_not_take_the_place_of_an_article(tmp_path: Path) -> None:
    """The article that is there now is shown."""
    site = built(knowledge_base().with_(article("reset-hub", "Another one", "Text.[^p2]")), tmp_path)
    assert "<h1>Another one</h1>" in text(site, "en/reset-hub/index.html")


def test_feeds_and_sitemap_are_well_formed_and_dated_by_front_matter(site: Mapping[str, bytes]) -> None:
    """Absolute addresses, one entry an article."""
    atom = "{http://www.w3.org/2005/Atom}"
    feed = ET.fromstring(site["en/feed.xml"])
    entries = feed.findall(f"{atom}entry")
    assert len(entries) == 4
    assert entries[0].findtext(f"{atom}updated") == "2026-03-15T22:45:00Z"
    assert feed.findtext(f"{atom}updated") == "2026-03-15T22:45:00Z"
    addresses = [each.text for each in ET.fromstring(site["sitemap.xml"]).iter() if each.tag.endswith("loc")]
    assert "https://help.larkspan.example/kb/en/reset-router/" in addresses
    assert len(addresses) == 2 + 6
    assert "Sitemap: https://help.larkspan.example/kb/sitemap.xml" in text(site, "robots.txt")


def test_without_an_address_there_are_no_feeds_and_no_sitemap(tmp_path: Path) -> None:
    """And no link to them."""
    tree = knowledge_base().having({"kbuilder.toml": CONFIG.replace("https://help.larkspan.example/kb", "")})
    site = built(tree, tmp_path)
    assert not [path for path in site if path.endswith((".xml", "llms.txt"))]
    assert "feed.xml" not in text(site, "en/index.html")
    assert "canonical" not in text(site, "en/reset-router/index.html")


def test_an_empty_knowledge_base_is_a_site_too(tmp_path: Path) -> None:
    """It says that there are no answers yet, and has no search."""
    site = built(MemoryTree({"kbuilder.toml": CONFIG.encode()}), tmp_path)
    assert "There are no answers here yet." in text(site, "en/index.html")
    assert not [path for path in site if path.startswith("pagefind/")]
    assert "search.js" not in text(site, "en/index.html")


# What is gone, and who may see what


def test_what_is_gone_is_on_no_page_feed_or_index(tmp_path: Path) -> None:
    """An article without an answer is 410; its words are in no byte, its searchable text either."""
    tree = knowledge_base().with_(
        article(
            "half",
            "Half of it",
            "GONECANARY went away.[^p1] This stays.[^p2]",
            sources={"p1": source("larkspan:7#9", "GONEAUTHOR"), "p2": source("larkspan:8#2")},
            phrasings=("GONEPHRASE",),
        )
    )
    site = built(tree.having({"withdrawn.jsonl": WITHDRAWN}), tmp_path)
    for path, data in site.items():
        for word in (b"GONECANARY", b"GONEAUTHOR", b"GONEPHRASE", b"milliwatt"):
            assert word not in data, path
            assert word not in _unpacked(path, data), path
    assert "This stays." in text(site, "en/half/index.html")
    assert "no longer there" in text(site, "en/half/index.html")
    assert "This answer was withdrawn" in text(site, "en/signal-strength/index.html")
    assert "/en/signal-strength/ /en/signal-strength/index.html 410\n" in text(site, "_redirects")
    assert "signal-strength" not in text(site, "en/-/topics/index.html") + text(site, "sitemap.xml")


def _unpacked(path: str, data: bytes) -> bytes:
    import gzip

    return gzip.decompress(data) if path.startswith("pagefind/") and data[:2] == b"\x1f\x8b" else b""


def test_what_has_changed_is_marked(tmp_path: Path) -> None:
    """A notice above, the sentences, and the source."""
    site = built(knowledge_base().having({"withdrawn.jsonl": WITHDRAWN}), tmp_path)
    html = text(site, "de/armband-synchronisiert-nicht/index.html")
    assert "Eine Quelle wurde seit der Prüfung dieser Antwort geändert." in html
    assert html.count('<mark class="changed">') == 2
    assert "seither geändert" in html


def test_no_byte_of_another_audience_is_in_the_public_site(tmp_path: Path) -> None:
    """Title, text, tag, product, phrasing, author, picture, old name, figures: all bear the canary."""
    public = built(knowledge_base(), tmp_path)
    for path, data in public.items():
        for canary in (b"PARTNERCANARY", b"partnercanary", b"partner-secret"):
            assert canary not in path.encode()
            assert canary not in data, path
            assert canary not in _unpacked(path, data), path
    partner = built(knowledge_base(), tmp_path, "partner")
    assert "PARTNERCANARY body for dealers." in text(partner, "en/partner-secret/index.html")
    assert "media/PARTNERCANARY.png" in partner
    assert "Disallow: /" in text(partner, "robots.txt")


def test_an_audience_that_is_not_defined_is_an_error(tmp_path: Path) -> None:
    """It names those that are."""
    with pytest.raises(ConfigError, match="partner, public"):
        publish.publish(knowledge_base(), tmp_path / "site", "everyone")


def test_an_article_that_cannot_be_read_stops_the_publish(tmp_path: Path) -> None:
    """A page that vanished without a word would be worse; the site that was there stays."""
    before = built(knowledge_base(), tmp_path)
    broken = knowledge_base().having({"articles/en/br/broken.md": "no front matter"})
    with pytest.raises(ConfigError, match=r"articles/en/br/broken\.md:1"):
        publish.publish(broken, tmp_path / "_build" / "site")
    assert files(tmp_path / "_build" / "site" / "public") == before


def test_what_is_odd_is_shown_as_it_is(tmp_path: Path) -> None:
    """A language from the right says so; a tag without letters has a page, one without a sign is none."""
    tree = knowledge_base().with_(
        article("rtl", "كيف أعيد الضبط؟", "اضغط.[^p1]", "ar", tags=("", " ", "#", "شبكة")),
        article("emoji", "🔥 Why? 👩‍👩‍👧", "So 🙂.[^p1]", tags=("🎉",)),
    )
    site = built(tree, tmp_path)
    assert '<html lang="ar" dir="rtl">' in text(site, "ar/rtl/index.html")
    assert '<html lang="en">' in text(site, "en/emoji/index.html")
    assert len([path for path in site if path.startswith("ar/-/topics/") and path.endswith("feed.xml")]) == 2
    assert publish.examine(tree, tmp_path / "_build/site/public") == []


# Hostile text

XSS = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"


def test_nothing_that_people_wrote_becomes_markup(tmp_path: Path) -> None:
    """Titles, tags, products, phrasings, authors, addresses, licences, figures, the body."""
    hostile = article(
        "hostile",
        f"Title {XSS}",
        f"Body {XSS}.[^p1] [x](javascript:alert(1)) <iframe src=//evil.example></iframe>\n\n## {XSS}\n",
        tags=(f"tag {XSS}", "a/../../b", "\u202etag"),
        product=f"product {XSS}",
        phrasings=(f"phrase {XSS}",),
        sources={
            "p1": source(
                "larkspan:1#2",
                f"author {XSS}",
                author_url="javascript:alert(1)",
                url=f"https://x.example/{XSS}",
                licence=f"licence {XSS}",
            )
        },
    )
    problems = json.dumps({"problems": [{"title": f"p {XSS}", "language": "en", "askers": 3}]})
    config = CONFIG.replace('"Larkspan Help"', "'''Help " + XSS + "'''")
    tree = knowledge_base().with_(hostile).having({"facts/problems.json": problems, "kbuilder.toml": config})
    site = built(tree, tmp_path)
    for path in (path for path in site if path.endswith((".html", ".xml"))):
        html = text(site, path)
        assert "<script>alert" not in html, path
        assert "<img src=x" not in html, path
        assert 'href="javascript:' not in html, path
        assert "<iframe" not in html, path
        if path.endswith(".xml"):
            ET.fromstring(html)
    assert "&lt;script&gt;" in text(site, "en/hostile/index.html")


# The same bytes

_ELSEWHERE = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
import trees
from kbuilder import publish
tree = trees.knowledge_base()
shuffled = trees.MemoryTree(dict(reversed(tree.files.items())))
publish.publish(shuffled, Path({out!r}))
"""


def _elsewhere(out: Path, cwd: Path, **environment: str) -> None:
    code = _ELSEWHERE.format(tests=str(TESTS), out=str(out))
    given_environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(TESTS.parent), **environment}
    subprocess.run([sys.executable, "-c", code], check=True, cwd=cwd, env=given_environment)


def test_the_same_bytes_under_another_hash_seed_locale_time_zone_and_folder(
    site: Mapping[str, bytes], tmp_path: Path
) -> None:
    """Search index included."""
    elsewhere = tmp_path / "a longer place" / "deep" / "site"
    _elsewhere(elsewhere, Path("/"), PYTHONHASHSEED="99", TZ="Asia/Tokyo", LC_ALL="C", LANG="tr_TR.UTF-8")
    assert files(elsewhere / "public") == site


POOL = (*ARTICLES, article("reset-hub", "Takes an old name", "Text.[^p2]"), article("tags", "Tags", "T.[^p1]"))
THEME = {"site/templates/contributors.html": "{% extends 'base.html' %}{% block main %}<h1>X</h1>{% endblock %}"}
ACTS: dict[str, Callable[[MemoryTree, Article, int], MemoryTree]] = {
    "add": lambda tree, one, _: tree.with_(one),
    "remove": lambda tree, one, _: tree.having({article_files.path(one): None}),
    "edit": lambda tree, one, n: tree.with_(replace(one, title=f"Edited {n}", updated="2026-06-01T00:00:00Z")),
    "tag": lambda tree, one, _: tree.with_(replace(one, tags=("new tag", "C"))),
    "link": lambda tree, one, n: tree.with_(
        replace(one, related=(POOL[n - 1].id,), body=f"{one.body}\n![x](media/n.png)")
    ),
    "rename": lambda tree, one, n: tree.having({article_files.path(one): None}).with_(
        replace(one, slug=f"renamed-{n}", redirects=(*one.redirects, one.slug))
    ),
    "merge": lambda tree, one, n: tree.having({article_files.path(one): None}).with_(
        replace(POOL[n - 1], redirects=(f"{one.language}/{one.slug}",))
    ),
    "withdraw": lambda tree, one, _: tree.having(
        {"withdrawn.jsonl": json.dumps({"post": next(iter(one.sources.values())).post, "state": "gone"})}
    ),
    "change": lambda tree, one, _: tree.having(
        {"withdrawn.jsonl": json.dumps({"post": next(iter(one.sources.values())).post, "state": "changed"})}
    ),
    "theme": lambda tree, _, n: tree.having(THEME if n % 2 else dict.fromkeys(THEME)),
    "style": lambda tree, _, n: tree.having({"site/static/style.css": f"body{{width:{n}px}}"}),
    "picture": lambda tree, _, n: tree.having({"media/n.png": f"picture {n}", "media/reset.png": f"other {n}"}),
    "title": lambda tree, _, n: tree.having({"kbuilder.toml": CONFIG.replace("Larkspan Help", f"Help {n}")}),
    "audience": lambda tree, one, n: tree.with_(replace(one, audience="partner")).having(
        {"kbuilder.toml": CONFIG.replace('sees = ["public"]', 'sees = ["public", "partner"]') if n % 2 else CONFIG}
    ),
    "notice": lambda tree, one, n: tree.having(
        {"facts/notices.json": json.dumps({"notices": [{"title": f"N {n}", "text": "T", "products": [one.product]}]})}
    ),
    "id": lambda tree, one, n: tree.with_(replace(one, id=f"other-{n}")),
    "figures": lambda tree, one, n: tree.having(
        {
            "facts/problems.json": json.dumps({"problems": [{"lineage": one.lineage, "askers": n}]}),
            "facts/helped.json": json.dumps({"articles": [{"id": one.id, "yes": n, "told": n + 5}]}),
        }
    ),
}
"""What happens to a knowledge base between two publishes."""
STEPS = st.lists(
    st.tuples(st.sampled_from(range(len(POOL))), st.sampled_from(sorted(ACTS))),
    min_size=2,
    max_size=5,
)


@given(STEPS)
@settings(max_examples=6, deadline=None)
def test_a_publish_over_another_equals_one_from_nothing(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, str]]
) -> None:
    """Whatever was edited, renamed, merged, tagged, withdrawn or dressed anew; and plan knew which files change."""
    root = tmp_path_factory.mktemp("history")
    tree, out = knowledge_base(), root / "_build" / "site"
    before = built(tree, root)
    for index, step in steps:
        tree = ACTS[step](tree, POOL[index], index)
        try:
            planned = {path for path, _ in publish.plan(tree, out)}
            after = built(tree, root)
        except ConfigError:  # two of them came to one address: the last good site stays
            assert files(out / "public") == before
            return
        changed = {path for path in {*before, *after} if before.get(path) != after.get(path)}
        assert {path for path in changed if not path.startswith("pagefind/")} <= planned
        before = after
    assert before == built(tree, root / "fresh")


# What is stale, and what is remembered


def test_nothing_changed_means_nothing_is_done(tmp_path: Path) -> None:
    """Not even the folder is switched."""
    built(knowledge_base(), tmp_path)
    served = tmp_path / "_build" / "site" / "public"
    inode = served.stat().st_ino
    again = publish.publish(knowledge_base(), tmp_path / "_build" / "site")
    assert (again.articles, again.written, again.removed) == (6, (), ())
    assert again.pages > 20
    assert served.stat().st_ino == inode
    assert publish.plan(knowledge_base(), tmp_path / "_build" / "site") == []


def test_plan_says_what_is_stale_and_why(tmp_path: Path) -> None:
    """New, changed, removed; lists, figures, configuration, templates."""
    out = tmp_path / "_build" / "site"
    tree = knowledge_base()
    everything = dict(publish.plan(tree, out))
    assert everything["en/index.html"] == "new"
    built(tree, tmp_path)

    edited = tree.with_(replace(BATTERY_EN, body=BATTERY_EN.body + "\nMore of it."))
    assert dict(publish.plan(edited, out))["en/battery-drains-fast/index.html"] == "the article changed"
    assert "en/reset-router/index.html" not in dict(publish.plan(edited, out))

    removed = tree.having({article_files.path(RESET_EN): None, "facts/problems.json": None})
    reasons = dict(publish.plan(removed, out))
    assert reasons["en/reset-router/index.html"] == "removed"
    assert reasons["en/reset-hub/index.html"] == "removed"
    assert reasons["en/index.html"] == "the figures changed"
    assert reasons["pagefind/en/0/"] == "articles changed"

    retitled = tree.having({"kbuilder.toml": CONFIG.replace("Larkspan Help", "Other")})
    assert dict(publish.plan(retitled, out))["en/reset-router/index.html"] == "the configuration changed"
    themed = tree.having({"site/static/style.css": "body{}"})
    assert publish.plan(themed, out) == [("static/style.css", "the file changed")]


def test_one_edit_rewrites_what_shows_it_and_nothing_else(tmp_path: Path) -> None:
    """Its page, the lists and feed that name it, and the search index."""
    built(knowledge_base(), tmp_path)
    edited = knowledge_base().with_(replace(BATTERY_EN, body=BATTERY_EN.body + "\nMore of it.[^p2]"))
    done = publish.publish(edited, tmp_path / "_build" / "site")
    written = [path for path in done.written if not path.startswith("pagefind/")]
    assert written[0] == "en/-/products/pulse/index.html"
    assert "en/battery-drains-fast/index.html" in written
    assert not [path for path in written if path.startswith("de/")]
    assert "en/reset-router/index.html" not in written


def test_an_edit_reaches_pages_that_lead_to_it_and_no_others(tmp_path: Path) -> None:
    """Another title is on the page of a related answer; a tag that takes an address, on pages that led there."""
    built(knowledge_base(), tmp_path)
    edited = knowledge_base().with_(replace(RESTART_EN, title="Start it again"))
    pages = {path for path in publish.publish(edited, tmp_path / "_build" / "site").written if path.endswith(".md")}
    assert pages == {"en/restart-router/index.md"}
    page = (tmp_path / "_build/site/public/en/reset-router/index.html").read_text("utf-8")
    assert "Start it again" in page
    tagged = edited.with_(replace(BATTERY_EN, tags=("c",)))
    assert "en/signal-strength/index.html" in publish.publish(tagged, tmp_path / "_build" / "site").written


def test_a_feed_names_an_article_by_the_id_that_it_has_now(tmp_path: Path) -> None:
    built(knowledge_base(), tmp_path)
    edited = knowledge_base().with_(replace(BATTERY_EN, id="another"))
    assert built(edited, tmp_path)["en/feed.xml"] == built(edited, tmp_path / "fresh")["en/feed.xml"]


def test_an_article_about_two_products_is_on_both_pages(tmp_path: Path) -> None:
    """And leads to both; there is no page for the two together."""
    tree = knowledge_base().with_(replace(BATTERY_EN, product="Pulse, Pulse 2"))
    site = built(tree, tmp_path)
    assert {path for path in site if path.startswith("en/-/products/pulse")} == {
        f"en/-/products/{name}/index.html" for name in ("pulse", "pulse-2")
    }
    assert BATTERY_EN.title in text(site, "en/-/products/pulse-2/index.html")
    page = text(site, "en/battery-drains-fast/index.html")
    assert 'href="../-/products/pulse/">Pulse</a> <a href="../-/products/pulse-2/">Pulse 2</a>' in page


class Remembering:
    """A cache as the store's is, that counts."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], bytes] = {}
        self.stored = 0

    def get(self, space: str, keys: Sequence[str]) -> Mapping[str, bytes]:
        return {key: self.items[space, key] for key in keys if (space, key) in self.items}

    def put(self, space: str, items: Mapping[str, bytes]) -> None:
        self.stored += len(items)
        self.items.update({(space, key): data for key, data in items.items()})


def test_how_many_an_article_helped_stands_on_its_page(tmp_path: Path) -> None:
    """In the page's language, as committed; another figure rewrites that page alone. Nonsense is not shown."""
    told = {"articles": [{"id": RESET_EN.id, "yes": 7, "told": 9}, {"id": BATTERY_EN.id, "yes": 3, "told": 1}]}
    tree = knowledge_base().having({"facts/helped.json": json.dumps(told)})
    site = built(tree, tmp_path)
    assert "Helped 7 of 9 who told us" in text(site, "en/reset-router/index.html")
    assert "who told us" not in text(site, "en/battery-drains-fast/index.html")
    told["articles"][0]["yes"] = 8
    done = publish.publish(tree.having({"facts/helped.json": json.dumps(told)}), tmp_path / "_build" / "site")
    assert {path for path in done.written if path.endswith(".html")} == {"en/reset-router/index.html"}


def test_texts_are_made_once(tmp_path: Path) -> None:
    """With a cache, an edit renders one text again; the bytes are those made without."""
    cache = Remembering()
    publish.publish(knowledge_base(), tmp_path / "a" / "site", cache=cache)
    assert cache.stored == 9
    edited = knowledge_base().with_(replace(BATTERY_EN, body=BATTERY_EN.body + "\nMore of it."))
    publish.publish(edited, tmp_path / "a" / "site", cache=cache)
    assert cache.stored == 10
    assert files(tmp_path / "a" / "site" / "public") == built(edited, tmp_path)


def test_a_file_that_someone_changed_is_made_again(tmp_path: Path) -> None:
    """What is served is believed only if its digest agrees."""
    built(knowledge_base(), tmp_path)
    page = tmp_path / "_build" / "site" / "public" / "en" / "reset-router" / "index.html"
    page.write_text("tampered")
    tree = knowledge_base().with_(article("new", "New", "N.[^p2]"))
    assert built(tree, tmp_path)["en/reset-router/index.html"] != b"tampered"


@pytest.mark.parametrize("edits", [0, 1])
@pytest.mark.parametrize("deleted", ["site/public/en/reset-router/index.html", "publish/public.twin"])
def test_what_someone_deleted_is_made_again(tmp_path: Path, deleted: str, edits: int) -> None:
    """Whether the folder had a twin then, or was made from nothing."""
    tree = knowledge_base()
    for number in range(edits + 1):
        tree = tree.with_(article(f"new-{number}", "New", "N.[^p2]"))
        built(tree, tmp_path)
    gone = tmp_path / "_build" / deleted
    if gone.is_dir():
        shutil.rmtree(gone)
    else:
        gone.unlink(missing_ok=True)
    edited = tree.with_(article("last", "Last", "L.[^p2]"))
    assert built(edited, tmp_path) == built(edited, tmp_path / "fresh")


@pytest.mark.parametrize("edits", [0, 1])
@pytest.mark.parametrize("place", ["en/reset-router", "en/reset-router/index.html"])
def test_what_someone_put_in_place_of_others_goes(tmp_path: Path, place: str, edits: int) -> None:
    """A file for a folder, a folder for a file."""
    tree, served = knowledge_base(), tmp_path / "_build/site/public"
    for number in range(edits + 1):
        tree = tree.with_(article(f"new-{number}", "New", "N.[^p2]"))
        built(tree, tmp_path)
    if (served / place).is_dir():
        shutil.rmtree(served / place)
        (served / place).write_text("mine")
    else:
        (served / place).unlink()
        (served / place).mkdir()
    for number in range(2):
        tree = tree.with_(article(f"last-{number}", "Last", "L.[^p2]"))
        made = built(tree, tmp_path)
    assert made == built(tree, tmp_path / "fresh")


def test_what_is_removed_while_kbuilder_goes_on_never_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither with another version, which believes nothing of the folder, nor where what was known of it is lost."""
    out = tmp_path / "_build" / "site"
    added = knowledge_base().with_(article("secret", "Secret", "S.[^p2]"))
    edited = knowledge_base().with_(article("new", "New", "N.[^p2]"))
    alike = built(edited, tmp_path / "fresh")
    for forget in (
        lambda: monkeypatch.setattr("kbuilder.publish.site._engine", lambda: "another"),
        Folder(out, "public").state.unlink,
    ):
        assert "en/secret/index.html" in built(added, tmp_path)
        forget()
        assert "en/secret/index.html" not in built(knowledge_base(), tmp_path)
        assert built(edited, tmp_path) == alike


def test_templates_and_styles_of_the_knowledge_base_go_over_ours(tmp_path: Path) -> None:
    """File by file; a broken one is an error that names it."""
    tree = knowledge_base().having(
        {"site/templates/404.html": "{{ page.title }} & {{ site.title }}", "site/static/style.css": "body{}"}
    )
    site = built(tree, tmp_path)
    assert text(site, "404.html") == "Page not found & Larkspan Help"
    assert site["static/style.css"] == b"body{}"
    with pytest.raises(ConfigError, match=r"site/templates/404\.html"):
        built(knowledge_base().having({"site/templates/404.html": "{{ nothing.here }}"}), tmp_path)


@pytest.mark.parametrize("wrong", ["{{ 1 / 0 }}", "{{ link(5) }}", "{{ page.title + 5 }}", "{{ page.title|date }}"])
def test_whatever_a_template_does_wrong_is_told_with_its_line(tmp_path: Path, wrong: str) -> None:
    """No fault of kbuilder's: the template in which it stands is named, not the page that uses it."""
    shipped = (ROOT / "site/templates/base.html").read_text("utf-8")
    with pytest.raises(ConfigError, match=r"site/templates/base\.html:2: "):
        built(knowledge_base().having({"site/templates/base.html": shipped.replace("\n", f"\n{wrong}", 1)}), tmp_path)


@pytest.mark.parametrize(
    "wrong",
    [
        b"\xff",
        'msgid "Sources',
        'msgid "Source {n}"\nmsgstr "Quelle {x}"\n',
        'msgid "Source {n}"\nmsgstr "Quelle {"\n',
    ],
)
def test_texts_that_are_no_catalogue_are_told(tmp_path: Path, wrong: str | bytes) -> None:
    """What cannot be read, or names what there is no value for: neither half of them, nor a crash."""
    tree = knowledge_base().having({"site/locale/de.po": wrong})
    with pytest.raises(ConfigError, match=r"site/locale/de\.po"):
        built(tree, tmp_path)
    assert [fault.place for fault in publish.check(tree)] == ["site/locale/de.po"]


@pytest.mark.parametrize("month", ["garbage", "2026-13", "0000-01", None])
def test_figures_of_no_month_are_told(tmp_path: Path, month: str | None) -> None:
    """By a publish, and before it by ``check``."""
    told = json.dumps({"months": [{"month": month, "solved": 3}]})
    tree = knowledge_base().having({"facts/solved.json": told})
    with pytest.raises(ConfigError, match=r"facts/solved\.json"):
        built(tree, tmp_path)
    assert [fault.place for fault in publish.check(tree)] == ["facts/solved.json"]


def test_a_problem_of_no_lineage_is_not_shown(tmp_path: Path) -> None:
    """Whatever stands in its place."""
    odd, none = (json.dumps({"problems": each}) for each in ([{"lineage": {"a": 1}, "askers": 3}], []))
    one, other = (
        built(knowledge_base().having({"facts/problems.json": each}), tmp_path / str(number))
        for number, each in enumerate((odd, none))
    )
    assert one == other


def test_a_knowledge_base_translates_its_team(tmp_path: Path) -> None:
    """By a catalogue of its own, over ours message by message."""
    catalogue = 'msgid "the Larkspan support team"\nmsgstr "das Larkspan-Team"\n'
    site = built(knowledge_base().having({"site/locale/de.po": catalogue}), tmp_path)
    assert "Geprüft am 1. Februar 2026 durch das Larkspan-Team" in text(site, "de/router-zuruecksetzen/index.html")


def test_all_code_that_makes_a_site_counts() -> None:
    """An update of any of it makes every page anew: what publishing imports is in the digest of what makes sites."""
    told = "import sys, kbuilder.publish; print(*(m.__file__ for n, m in sys.modules.items() if n[:8] == 'kbuilder'))"
    loaded = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout.split()
    assert len(loaded) > 30
    assert {Path(file) for file in loaded if Path(file).name != "__init__.py"} <= {*code_files()}


# Killed

_KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
import trees
from kbuilder import publish
def progress(stage, done, total):
    if done == {at}:
        os.kill(os.getpid(), signal.SIGKILL)
tree = trees.knowledge_base().having({{"kbuilder.toml": trees.CONFIG.replace("Larkspan Help", "Second")}})
publish.publish(tree, Path({out!r}), "public", None, progress)
"""


def beside(build: Path) -> list[str]:
    """What a publish keeps for itself, none of it where the site is served from."""
    assert sorted(path.name for path in build.iterdir()) == ["publish", "site"]
    assert sorted(path.name for path in (build / "site").iterdir()) == ["public"]
    return sorted(path.name for path in (build / "publish").iterdir())


@pytest.mark.parametrize("at", [1, 20, 36])
def test_a_killed_publish_leaves_the_last_good_site(tmp_path: Path, at: int) -> None:
    """The next one cleans up and goes on."""
    before = built(knowledge_base(), tmp_path)
    out = tmp_path / "_build" / "site"
    code = _KILLED.format(tests=str(TESTS), at=at, out=str(out))
    killed = subprocess.run([sys.executable, "-c", code], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert files(out / "public") == before
    second = knowledge_base().having({"kbuilder.toml": CONFIG.replace("Larkspan Help", "Second")})
    after = built(second, tmp_path)
    assert b"Second" in after["en/index.html"]
    assert beside(out.parent) == ["public.sqlite", "public.twin"]


@pytest.mark.parametrize("state", ["before the manifest", "between two renames"])
def test_a_switch_cut_in_two_is_mended(tmp_path: Path, state: str) -> None:
    """As a kill leaves it: without a manifest, or where folders cannot change places at once, without a site."""
    before = built(knowledge_base(), tmp_path)
    build = tmp_path / "_build"
    (build / "publish" / "public.sqlite").unlink()
    if state == "between two renames":
        (build / "site" / "public").rename(build / "publish" / "public.old")
    assert built(knowledge_base(), tmp_path) == before
    assert beside(build) == ["public.sqlite"]


def test_a_damaged_file_of_what_was_published_is_told(tmp_path: Path) -> None:
    """Where it is only noticed on the way; without the file, all is made anew."""
    built(knowledge_base(), tmp_path)
    out = tmp_path / "_build" / "site"
    state = tmp_path / "_build" / "publish" / "public.sqlite"
    with closing(sqlite3.connect(state)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'texts'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with state.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    edited = knowledge_base().with_(article("new", "New", "New.[^p1]"))
    with pytest.raises(KBError, match=r"public\.sqlite is damaged: database disk image is malformed"):
        publish.publish(edited, out)
    state.unlink()
    assert built(edited, tmp_path) == built(edited, tmp_path / "b")


def test_folders_that_cannot_change_places_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the one served is a mount of its own; it stays as it is."""
    before = built(knowledge_base(), tmp_path)

    def refused(one: Path, other: Path) -> None:
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), str(one), None, str(other))

    second = knowledge_base().having({"kbuilder.toml": CONFIG.replace("Larkspan Help", "Second")})
    with monkeypatch.context() as patched:
        patched.setattr("kbuilder.publish.output._exchange", lambda *_: False)
        patched.setattr(Path, "rename", refused)
        with pytest.raises(KBError, match=r"public cannot be exchanged for .*twin: Invalid cross-device link"):
            built(second, tmp_path)
    assert files(tmp_path / "_build" / "site" / "public") == before
    assert b"Second" in built(second, tmp_path)["en/index.html"]


def test_a_reader_always_finds_a_page(tmp_path: Path) -> None:
    """While the site is published over and over, its home page is there at every look."""
    import threading
    import time

    built(knowledge_base(), tmp_path)
    page = tmp_path / "_build" / "site" / "public" / "en" / "index.html"
    missed, looks, done = 0, 0, threading.Event()

    def look() -> None:
        nonlocal missed, looks
        while not done.is_set():
            looks += 1
            missed += not page.exists()
            time.sleep(0.0005)

    reader = threading.Thread(target=look)
    reader.start()
    for number in range(4):
        title = {"kbuilder.toml": CONFIG.replace("Larkspan Help", f"Title {number}")}
        built(knowledge_base().having(title), tmp_path)
    done.set()
    reader.join()
    assert looks > 100
    assert missed == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a full disk to write to is Linux's")
def test_a_full_disk_is_told_and_leaves_a_whole_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the file that has no room; with room, the same command makes the same bytes as one from nothing."""
    before = built(knowledge_base(), tmp_path)
    many = knowledge_base().with_(*(article(f"a-{number}", f"A {number}", "Word. " * 200) for number in range(40)))
    after = built(many, tmp_path / "b")
    out, connect = tmp_path / "_build" / "site", sqlite3.connect

    def full(path: Path) -> sqlite3.Connection:
        connection = connect(path)
        connection.execute("PRAGMA max_page_count = 1")
        return connection

    with monkeypatch.context() as patched:
        patched.setattr("kbuilder.publish.output.fresh", lambda _: open("/dev/full", "wb"))  # noqa: PTH123, SIM115
        with pytest.raises(OSError, match=r"No space left on device: '.*public\.twin/.*'"):
            publish.publish(many, out)
    assert files(out / "public") == before
    with monkeypatch.context() as patched:
        patched.setattr("sqlite3.connect", full)
        with pytest.raises(KBError, match=r"public\.sqlite cannot be used: database or disk is full"):
            publish.publish(many, out)
    assert files(out / "public") == after
    assert built(many, tmp_path) == after


def test_progress_is_told(tmp_path: Path) -> None:
    """Of every file, to the last."""
    seen: list[tuple[str, int, int]] = []
    told: Callable[[str, int, int], None] = lambda stage, done, total: seen.append((stage, done, total))  # noqa: E731
    publish.publish(knowledge_base(), tmp_path / "site", progress=told)
    assert seen[-1][1] == seen[-1][2] > 20
