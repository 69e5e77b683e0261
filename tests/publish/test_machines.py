"""What search engines, feed readers and servers read."""

from __future__ import annotations

import json
import re
import shutil
import xml.etree.ElementTree as ET
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from html import escape
from pathlib import Path
from urllib.parse import quote

import pagefind_bin
import pytest
from trees import CONFIG, PIXEL, RESET_EN, article, knowledge_base, source

from kbuilder import markup, publish
from kbuilder.errors import ConfigError, KBError
from kbuilder.publish import compounds, machines, search

ATOM = "{http://www.w3.org/2005/Atom}"
GONE = json.dumps({"post": "larkspan:7#9", "state": "gone"})


def built(tmp_path: Path, tree: object = None) -> Path:
    return publish.publish(tree or knowledge_base(), tmp_path / "site").folder  # type: ignore[arg-type]


def told(html: str) -> dict[str, object]:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', html)
    assert found
    return json.loads(found[1])  # type: ignore[no-any-return]


def test_an_article_says_what_it_is_and_what_it_rests_on(tmp_path: Path) -> None:
    """As ``TechArticle``; as ``HowTo`` with its steps where it is instructions."""
    page = built(tmp_path) / "en/reset-router/index.html"
    data = told(page.read_text("utf-8"))
    assert data["@type"] == "TechArticle"
    assert data["headline"] == RESET_EN.title
    assert data["url"] == "https://help.larkspan.example/kb/en/reset-router/"
    assert data["isBasedOn"] == [source.url for source in RESET_EN.sources.values()]
    assert {each["name"] for each in data["author"]} == {"Wilma", "Fred K.", "Ron Maupin"}  # type: ignore[attr-defined]
    how_to = knowledge_base().with_(replace(RESET_EN, kind="how-to"))
    data = told((built(tmp_path / "b", how_to) / "en/reset-router/index.html").read_text("utf-8"))
    assert data["@type"] == "HowTo"
    steps = [each["text"] for each in data["step"]]  # type: ignore[attr-defined]
    assert steps[1] == "Wait until the light turns white; this takes about two minutes."
    assert len(steps) == 3


def test_a_link_to_an_article_shows_what_it_is_about(tmp_path: Path) -> None:
    """Where it is pasted: forums make a card of a title and a description, and take these words for them alone."""
    html = (built(tmp_path) / "en/reset-router/index.html").read_text("utf-8")
    assert '<meta property="og:title" content="How do I reset my Larkspan Hub?">' in html
    assert html.count('<meta name="description" property="og:description" content="') == 1


def test_what_people_wrote_ends_no_script(tmp_path: Path) -> None:
    """A title with a closing tag stays data."""
    tree = knowledge_base().with_(article("x", "</script><script>alert(1)</script>", "A.[^p1]"))
    html = (built(tmp_path, tree) / "en/x/index.html").read_text("utf-8")
    assert told(html)["headline"] == "</script><script>alert(1)</script>"
    assert "<script>alert" not in html


def test_the_text_stands_beside_the_page_as_markdown(tmp_path: Path) -> None:
    """With its sources as footnotes; the page and the list for language models name it."""
    folder = built(tmp_path)
    text = (folder / "en/reset-router/index.md").read_text("utf-8")
    assert text.startswith(
        "# How do I reset my Larkspan Hub?\n\nMy Hub 3 blinks red and I cannot log in any more.[^p1]"
    )
    assert "[^p3]: Ron Maupin, <https://networkengineering.stackexchange.com/a/34>, CC BY-SA 3.0" in text
    assert '<link rel="alternate" type="text/markdown" href="index.md">' in (
        folder / "en/reset-router/index.html"
    ).read_text("utf-8")
    assert "see [how to restart](../restart-router/index.md#restart)" in text
    assert "](../../media/reset.png)" in text
    listed = (folder / "llms.txt").read_text("utf-8")
    assert listed.startswith("# Larkspan Help\n")
    for path in re.findall(r"\(https://help\.larkspan\.example/kb/(.*?)\)", listed):
        assert (folder / path).is_file()
    assert listed.count("](https") == 6


def test_what_people_wrote_is_no_markdown_of_ours(tmp_path: Path) -> None:
    """Titles and names stay words in what language models read; a title's brackets end no link."""
    title = "[x] How (do) I [link](https://evil.example) *this* in <b>?"
    tree = knowledge_base().with_(article("x", title, "A.[^p1]", sources={"p1": source("larkspan:1#1", "*ada* <i>")}))
    folder = built(tmp_path, tree)
    text = (folder / "en/x/index.md").read_text("utf-8")
    assert text.startswith("# [x] How (do) I [link\\](https://evil.example) \\*this\\* in \\<b>?\n")
    assert "[^p1]: \\*ada\\* \\<i>, <https" in text
    lines = [line for line in (folder / "llms.txt").read_text("utf-8").splitlines() if line.startswith("- ")]
    assert all(re.fullmatch(r"- \[[^\[\]]+\]\(https://help\.larkspan\.example/kb/[^()]+\)", line) for line in lines)
    (line,) = (line for line in lines if "/en/x/" in line)
    assert f">{escape(title)}</a></li>" in markup.to_html(line)


def test_characters_that_no_page_may_hold_are_left_out(tmp_path: Path) -> None:
    """Controls of old character sets, and those that are no characters."""
    tree = knowledge_base().with_(article("x", "A\x7f\x85\ufdd0B", "C\x9d.[^p1]"))
    folder = built(tmp_path, tree)
    assert publish.examine(tree, folder) == []
    assert "<title>AB · " in (folder / "en/x/index.html").read_text("utf-8")


def test_links_of_the_markdown_lead_where_those_of_the_page_do(tmp_path: Path) -> None:
    """However they are written; code is left alone, and of what these readers cannot follow the words are left."""
    body = """[a](../re/reset-router.md "T") [b][r] ![c](<media/a b%23.png>) [d](https://x.example/p_(q)) [e](#top)

`[a](../re/reset-router.md)` [f](../pa/secret-slug.md) [![g](media/none.png)](../pa/secret-slug.md) [h][s]

[r]: /en/reset-router/#reset-it
[s]: ../pa/secret-slug.md
"""
    secret = article("secret-slug", "Secret", "S.", sources={}, audience="partner")
    tree = knowledge_base().with_(article("links", "Links", body, sources={}), secret)
    text = (built(tmp_path, tree.having({"media/a b#.png": PIXEL})) / "en/links/index.md").read_text("utf-8")
    assert text.startswith(
        """# Links

[a](../reset-router/index.md "T") [b][r] ![c](../../media/a%20b%23.png) [d](https://x.example/p_(q)) [e](#top)

`[a](../re/reset-router.md)` f g [h][s]

[r]: ../reset-router/index.md#reset-it
[s]: <>
"""
    )


def test_files_of_any_name_are_found(tmp_path: Path) -> None:
    """A name is no part of an address before it is written as one: from the page, the list of files, the Markdown."""
    names = ["C# what?.pdf", "50% off.pdf", "a%20b.pdf", "ü&.pdf"]
    body = " ".join(f"[x](media/{quote(name)})" for name in names)
    tree = knowledge_base().with_(article("files", "Files", body, sources={}))
    root = built(tmp_path, tree.having({f"media/{name}": b"%PDF" for name in names}))
    assert publish.examine(tree, root) == []
    pages = [(root / path).read_text("utf-8") for path in ("en/files/index.html", "en/-/media/index.html")]
    for name in names:
        assert (root / "media" / name).read_bytes() == b"%PDF"
        assert all(f'media/{quote(name)}"' in html for html in pages)


def test_topics_have_feeds(tmp_path: Path) -> None:
    """Newest first, named by the topic, found by the topic's page."""
    folder = built(tmp_path)
    feed = ET.parse(folder / "en/-/topics/router/feed.xml").getroot()
    assert feed.findtext(f"{ATOM}title") == "router · Larkspan Help"
    assert [each.findtext(f"{ATOM}title") for each in feed.findall(f"{ATOM}entry")] == [
        "How do I restart the Hub without losing my settings?",
        "How do I reset my Larkspan Hub?",
    ]
    assert 'title="router" href="feed.xml"' in (folder / "en/-/topics/router/index.html").read_text("utf-8")


def test_browsers_can_search_it(tmp_path: Path) -> None:
    """By OpenSearch, in the page's language."""
    folder = built(tmp_path)
    namespace = "{http://a9.com/-/spec/opensearch/1.1/}"
    described = ET.parse(folder / "de/opensearch.xml").getroot()
    url = described.find(f"{namespace}Url")
    assert url is not None
    assert url.attrib["template"] == "https://help.larkspan.example/kb/de/?q={searchTerms}"
    assert len(described.findtext(f"{namespace}ShortName") or "") <= 16


def test_a_word_s_place_in_the_index_is_a_small_file() -> None:
    """Browsers load one of each shard for a word: what Pagefind is told of their size, it heeds."""
    words = [f"{first}{second}{third}" for first in "bdgklm" for second in "aeiou" for third in "fnrst"]
    texts = (
        f"<!doctype html><html lang='en'><body>{' '.join(words[at % 7 :: 2])}</body></html>" for at in range(100)
    )
    made = dict(search.index(((f"en/{at}", text) for at, text in enumerate(texts)), whole=False))
    sizes = [len(data) for name, data in made.items() if name.endswith(".pf_index")]
    assert len(sizes) > 3
    assert max(sizes) < 8_000


def test_what_a_search_begins_with_is_one_file(tmp_path: Path) -> None:
    """All of it that the shards have, also after one of them was made anew; no word, no article and no program."""
    tree = knowledge_base()
    for again in (tree, tree.with_(article("one-more", "One more", "Text.[^p1]"))):
        index = publish.publish(again, tmp_path / "site").folder / "pagefind" / "en"
        heads = {path: b64decode(data) for path, data in json.loads((index / "heads.json").read_bytes()).items()}
        files = {file.relative_to(index).as_posix(): file.read_bytes() for file in index.glob("*/pagefind*")}
        assert heads == {path: data for path, data in files.items() if not path.endswith(".js")}
        assert len(heads) == 2


def test_an_indexer_that_ends_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not taken for an index of nothing."""
    monkeypatch.setattr(pagefind_bin, "get_executable", lambda: shutil.which("false"))
    with pytest.raises(KBError, match="search index"):
        list(search.index([("en/a", "<p>a</p>")], whole=False))


def test_servers_are_told_what_moved_and_what_is_gone(tmp_path: Path) -> None:
    """301, and 410 for what rested on what is gone or was retired, as nginx and as hosts of static files read it.

    nginx is told from the host's root, below which the site may lie; other hosts have the folder as their root.
    """
    folder = built(tmp_path, knowledge_base().having({"withdrawn.jsonl": GONE}))
    nginx = (folder / "nginx.conf").read_text("utf-8")
    assert "location = /kb/en/reset-hub/ { return 301 /kb/en/reset-router/; }" in nginx
    gone = "/kb/en/signal-strength/"
    assert f"location = {gone} {{ error_page 410 {gone}index.html; return 410; }}" in nginx
    redirects = (folder / "_redirects").read_text("utf-8").splitlines()
    assert redirects == [
        "/en/reset-hub/ /en/reset-router/ 301",
        "/en/signal-strength/ /en/signal-strength/index.html 410",
        "/en/archived/ /en/archived/index.html 410",
    ]


def test_a_retired_address_is_kept_for_those_who_had_it(tmp_path: Path) -> None:
    """Not for other audiences; one that another article has, or had before, is that one's."""
    partner = article("partner-past", "Past", "Wait.[^p2]\n", state="archived", audience="partner")
    merged = article("reset-hub", "Merged", "Wait.[^p2]\n", state="archived")
    folder = built(tmp_path, knowledge_base().with_(partner, merged))
    redirects = (folder / "_redirects").read_text("utf-8")
    assert "partner-past" not in redirects
    assert not (folder / "en/partner-past").exists()
    assert "/en/reset-hub/ /en/reset-router/ 301" in redirects
    assert "/en/reset-hub/index.html" not in redirects
    assert "out of date, or nobody needs it" in (folder / "en/archived/index.html").read_text("utf-8")


def test_a_retired_article_is_gone_wherever_it_was(tmp_path: Path) -> None:
    """Also by the names that it had before, but for one that another article has had, and for what is no address."""
    names = ("older", "de/aelter", "reset-hub", "../x", "fr/vieux")
    renamed = replace(article("past", "Past", "Wait.[^p2]\n", state="archived"), redirects=names)
    folder = built(tmp_path, knowledge_base().with_(renamed))
    redirects = (folder / "_redirects").read_text("utf-8").splitlines()
    gone = [line.partition(" ")[0] for line in redirects if line.endswith(" 410")]
    assert gone == [f"/{path}/" for path in ("en/archived", "en/past", "en/older", "de/aelter")]
    assert 'lang="de"' in (folder / "de/aelter/index.html").read_text("utf-8")
    assert "/en/reset-hub/ /en/reset-router/ 301" in redirects


def test_a_large_site_has_several_sitemaps(tmp_path: Path, monkeypatch: object) -> None:
    """An index of them; an edit writes one of them again."""
    monkeypatch.setattr(machines, "ON_A_MAP", 2)  # type: ignore[attr-defined]
    folder = built(tmp_path)
    maps = sorted(file.name for file in folder.glob("sitemap-*.xml"))
    assert len(maps) >= 2
    index = (folder / "sitemap.xml").read_text("utf-8")
    assert [name for name in maps if f"/{name}</loc>" in index] == maps
    listed = "".join((folder / name).read_text("utf-8") for name in maps)
    assert listed.count("<loc>") == 2 + 6
    edited = knowledge_base().with_(replace(RESET_EN, updated="2026-05-01T00:00:00Z"))
    written = publish.publish(edited, tmp_path / "site").written
    assert len([path for path in written if path.startswith("sitemap-")]) == 1


def test_a_search_document_holds_what_is_asked_and_the_parts_of_compounds() -> None:
    """Phrasings, tags and product; in German the ends of compounds, which no reader sees."""
    one = article("a", "Routerneustart", "Text.", "de", tags=("wlan",), product="Hub 3", phrasings=("Lampe rot",))
    shown = search.document(one, '<p><a href="media/plan-b.pdf">Plan</a> <img src="media/x.png" alt="Schalter"></p>')
    assert ">Plan plan-b Schalter x</p>" in shown
    made = search.document(one, "<p>Bei <strong>Netzwerk</strong>störung.</p><h2 id='x'>Zwei</h2>")
    assert "Netzwerkstörung" in made
    assert "<h2>Zwei</h2>" in made
    assert "Lampe rot wlan Hub 3" in made
    assert re.search(r'data-pagefind-meta="words">[^<]*\bneustart\b[^<]*\bstörung\b', made)
    assert compounds.parts("Routerneustart", "en") == []


def test_readers_are_asked_only_where_somebody_listens(tmp_path: Path) -> None:
    """An endpoint for yes and no, an address for what is out of date, further links at the foot."""
    bare = (built(tmp_path) / "en/reset-router/index.html").read_text("utf-8")
    assert "Did this help?" not in bare
    assert "out of date" not in bare
    settings = """[site]
helped_url = "https://c.example/helped"
outdated = "help@c.example"
footer = [{title = "Imprint", url = "https://c.example/imprint"}]

[audience.public]"""
    tree = knowledge_base().having({"kbuilder.toml": CONFIG.replace("[audience.public]", settings)})
    html = (built(tmp_path / "b", tree) / "en/reset-router/index.html").read_text("utf-8")
    assert '<form method="post" action="https://c.example/helped">' in html
    assert 'name="article" value="id-en-reset-router"' in html
    assert 'href="mailto:help@c.example?subject=How%20do%20I%20reset%20my%20Larkspan%20Hub%3F"' in html
    assert '<a href="https://c.example/imprint">Imprint</a>' in html
    form = CONFIG.replace("[audience.public]", settings.replace("help@c.example", "https://c.example/flag?a=b#c"))
    page = built(tmp_path / "c", knowledge_base().having({"kbuilder.toml": form})) / "en/reset-router/index.html"
    assert 'href="https://c.example/flag?a=b&amp;article=id-en-reset-router#c"' in page.read_text("utf-8")
    mail = CONFIG.replace("[audience.public]", settings.replace("help@c.example", "mailto:help@c.example"))
    again = built(tmp_path / "d", knowledge_base().having({"kbuilder.toml": mail})) / "en/reset-router/index.html"
    assert again.read_text("utf-8") == html


def test_what_scripts_say_is_written_once_a_language(tmp_path: Path) -> None:
    """In its words, with where to ask; pages do not repeat it."""
    folder = built(tmp_path)
    script = (folder / "de/site.js").read_text("utf-8")
    assert '  copied: "Kopiert",' in script
    assert '  address: "https://community.larkspan.example/new?title={query}",' in script
    pages = [file.read_text("utf-8") for file in folder.rglob("*.html")]
    assert not [page for page in pages if re.search("Kopiert|Copied|cannot be loaded", page)]


def test_a_list_names_its_own_feed_alone(tmp_path: Path) -> None:
    """Those of the whole site are named by its own pages."""
    folder = built(tmp_path)
    feeds = {
        path: re.findall(r'atom\+xml" title="[^"]*" href="([^"]*)"', (folder / path).read_text("utf-8"))
        for path in ("en/-/topics/router/index.html", "en/index.html")
    }
    assert list(feeds.values()) == [["feed.xml"], ["./feed.xml", "./notices.xml"]]


def test_products_stand_as_people_count(tmp_path: Path) -> None:
    """The second before the tenth, on the home page and in the list of all."""
    many = [article(f"a{n}", f"T {n}", "T.[^p1]", product=f"Box {n}", tags=(f"v{n}",)) for n in (10, 2, 1)]
    folder = built(tmp_path, knowledge_base().with_(*many))
    for path in ("en/index.html", "en/-/topics/index.html"):
        html = (folder / path).read_text("utf-8")
        assert re.findall(r"<span>Box (\d+)</span>", html) == ["1", "2", "10"]
        assert re.findall(r">v(\d+) <small>", html) == ["1", "2", "10"]


def test_long_lists_are_spread_over_pages(tmp_path: Path) -> None:
    """Each links the one before and the one after; nothing is left out."""
    many = [article(f"a{n:03}", f"Title {n:03}", "T.[^p1]", tags=("many",), product="P") for n in range(120)]
    folder = built(tmp_path, knowledge_base().with_(*many))
    pages = [folder / f"en/-/topics/many/{part}index.html" for part in ("", "2/", "3/")]
    texts = [page.read_text("utf-8") for page in pages]
    assert sum(text.count('href="../../../a') + text.count('href="../../../../a') for text in texts) == 120
    assert 'rel="next" href="2/"' in texts[0]
    assert 'rel="prev" href="../"' in texts[1]
    assert 'rel="next" href="../3/"' in texts[1]
    assert 'rel="next"' not in texts[2]
    assert "Page 3 of 3" in texts[2]
    assert (folder / "en/-/answers/3/index.html").is_file()


def test_many_contributors_are_spread_over_pages(tmp_path: Path) -> None:
    """Most articles first, from page to page; the first stays where it was, and only its own has translations."""
    busy = {f"p{n}": source(f"larkspan:{n}#1", f"member{n:03}") for n in range(1, 206)}
    many = [
        article(f"a{n}", f"Title {n}", "".join(f"T.[^p{p}] " for p in range(1, 206, n)), sources=busy) for n in (1, 2)
    ]
    folder = built(tmp_path, knowledge_base().with_(*many))
    texts = [(folder / f"en/-/contributors/{part}index.html").read_text("utf-8") for part in ("", "2/", "3/")]
    names = re.findall(r">(member\d+)<", "".join(texts))
    assert names == [f"member{n:03}" for n in (*range(1, 206, 2), *range(2, 206, 2))]
    assert [text.count('class="author"') for text in texts[:2]] == [100, 100]
    assert 'rel="next" href="2/"' in texts[0]
    assert 'rel="prev" href="../"' in texts[1]
    assert 'rel="next" href="../3/"' in texts[1]
    assert 'rel="next"' not in texts[2]
    german = '<link rel="alternate" hreflang="de" href="https://help.larkspan.example/kb/de/-/contributors/">'
    assert [german in text for text in texts] == [True, False, False]


def test_figures_are_pictures_with_a_table_beside_them(tmp_path: Path) -> None:
    """The same numbers in both; a month or two are told in words alone."""
    months = [{"month": f"2026-0{month}", "solved": solved} for month, solved in ((1, 10), (2, 40), (3, 20))]
    solved = {"format": 1, "months": months}
    tree = knowledge_base().having({"facts/solved.json": json.dumps(solved)})
    html = (built(tmp_path, tree) / "en/-/status/index.html").read_text("utf-8")
    assert '<rect width="1000" height="20"/></svg> <span>14</span>' in html
    assert '<rect width="71" height="20"/></svg> <span>1</span>' in html
    assert '<th scope="row">February 2026</th><td class="right">40</td>' in html
    assert 'height="220"' in html
    assert 'height="55"' in html
    assert "January 2026: <strong>4</strong>" in html


def test_a_notice_stands_on_the_home_page_of_its_readers(tmp_path: Path) -> None:
    """Its text is made safe; that of another audience is nowhere."""
    notices = [
        {
            "title": "Line down",
            "text": "We **work** on it. <script>x</script>",
            "language": "en",
            "since": "2026-02-01T08:00:00Z",
        },
        {"title": "PARTNERNOTICE", "text": "x", "audience": "partner"},
    ]
    folder = built(tmp_path, knowledge_base().having({"facts/notices.json": json.dumps({"notices": notices})}))
    html = (folder / "en/index.html").read_text("utf-8")
    assert "<strong>Line down</strong>" in html
    assert "We <strong>work</strong> on it." in html
    assert "<script>x" not in html
    assert "Line down" not in (folder / "de/index.html").read_text("utf-8")
    assert not [file for file in folder.rglob("*") if file.is_file() and b"PARTNERNOTICE" in file.read_bytes()]


def test_notices_have_a_feed(tmp_path: Path) -> None:
    """Newest first, of the reader's language and audience; there is one while there is nothing to tell."""
    notices = [
        {"title": "Old", "text": "Some are *offline*.", "since": "2026-01-01T00:00:00Z"},
        {"title": "Störung", "since": "2026-02-01T00:00:00Z", "language": "de"},
        {"title": "Secret", "since": "2026-02-01T00:00:00Z", "audience": "partner"},
        {"title": "New", "since": "2026-03-01T00:00:00Z"},
    ]
    tree = knowledge_base().having({"facts/notices.json": json.dumps({"notices": notices})})
    folder = publish.publish(tree, tmp_path / "site").folder
    feed = (folder / "en/notices.xml").read_text("utf-8")
    assert re.findall("<title>(.*?)</title>", feed)[1:] == ["New", "Old"]
    assert "<summary>Some are offline.</summary>" in feed
    assert "Störung" in (folder / "de/notices.xml").read_text("utf-8")
    assert "<entry>" not in (built(tmp_path / "none") / "en/notices.xml").read_text("utf-8")


@pytest.mark.parametrize("wrong", [{"text": "No title"}, {"title": "T", "since": "yesterday"}])
def test_a_notice_that_cannot_be_shown_is_an_error(tmp_path: Path, wrong: dict[str, str]) -> None:
    """It says which one."""
    tree = knowledge_base().having({"facts/notices.json": json.dumps({"notices": [{"title": "T"}, wrong]})})
    with pytest.raises(ConfigError, match="notice 2 needs"):
        publish.publish(tree, tmp_path / "site")


VOCABULARY = json.loads((Path(__file__).parent.parent / "data" / "schema-org.json").read_text("utf-8"))
"""Of schema.org 30.0, what our pages use: kinds of things with those they are kinds of; properties with the kinds
that have them (``of``) and what they hold (``is``). From its published vocabulary, CC BY-SA 3.0; whoever uses a
further property adds its line from there."""


def _kinds(name: str) -> set[str]:
    """A kind of thing with all that it is a kind of."""
    return {name}.union(*map(_kinds, VOCABULARY["types"][name]))


def _literals(value: str) -> set[str]:
    """What schema.org takes a text for."""
    try:
        return {"Text", "DateTime" if datetime.fromisoformat(value).tzinfo else "Date"}
    except ValueError:
        return {"Text", "URL"} if re.fullmatch(r"https?://\S+", value) else {"Text"}


def _strangers(thing: dict[str, object]) -> Iterator[str]:
    """Properties of a thing, and of those within it, that schema.org does not know so, each with its value."""
    own = _kinds(str(thing["@type"]))
    for name, value in thing.items():
        if name.startswith("@"):
            continue
        known = VOCABULARY["properties"].get(name, {"of": [], "is": []})
        for each in value if isinstance(value, list) else [value]:
            kinds = _kinds(each["@type"]) if isinstance(each, dict) else _literals(str(each))
            if not own.intersection(known["of"]) or not kinds.intersection(known["is"]):
                yield f"{thing['@type']}.{name} = {each}"
            if isinstance(each, dict):
                yield from _strangers(each)


def test_structured_data_has_the_words_of_schema_org(tmp_path: Path) -> None:
    """Each property belongs to its kind of thing and holds what it may, of articles and of instructions in steps."""
    steps = article("steps", "Do it", "1. One.[^p1]\n2. Two & <b>three</b>.[^p2]", kind="how-to", tags=("t",))
    folder = publish.publish(knowledge_base().with_(steps), tmp_path / "site").folder
    shown, pages = set(), [path for path in folder.glob("*/*/index.html") if path.parent.name != "-"]
    for page in pages:
        html = page.read_text("utf-8")
        if "ld+json" in html:
            data = told(html)
            assert data["@context"] == "https://schema.org"
            assert list(_strangers(data)) == [], page
            assert str(data["datePublished"]) <= str(data["dateModified"])
            shown |= {str(data["@type"]), *data}
    assert shown >= {"TechArticle", "HowTo", "@type", "step", "author", "publisher", "isBasedOn", "license", "url"}


@pytest.mark.parametrize(
    "wrong", [{"headline": {"@type": "Person"}}, {"step": "One"}, {"dateModified": "lately"}, {"colour": "red"}]
)
def test_what_schema_org_does_not_know_is_found(wrong: dict[str, object]) -> None:
    """A value of another kind, a property of another thing, and one that there is not."""
    assert len(list(_strangers({"@type": "TechArticle", "headline": "One", **wrong}))) == 1


FILMS = "[Watch it](https://www.youtube.com/watch?v=a) or [here](https://films.example/how-to.webm), [not](https://y.example)."


def test_files_films_and_pictures_have_a_page_of_their_own(tmp_path: Path) -> None:
    """With what is said of them and the articles that name them; no film is loaded, none for others is named."""
    body = f"Read [the manual](../../../media/doc/manual.pdf).[^p1]\n\n{FILMS}\n\n[None](media/none.pdf) ![]({{}})"
    tree = knowledge_base().having({"media/doc/manual.pdf": b"%PDF" * 400_000, "media/plug.svg": "<svg/>"})
    manual = article("manual", "Where is $x_1$?", body.format("/media/plug.svg"))
    folder = built(tmp_path, tree.with_(manual))
    page = (folder / "en/-/media/index.html").read_text("utf-8")
    assert re.findall(r"<h2 id=.*?>(.*?)</h2>", page) == ["Files", "Videos", "Pictures"]
    assert '<a href="../../../media/doc/manual.pdf">the manual</a> <small>PDF, 1.6 MB</small>' in page
    assert re.search(r'v=a" rel="noopener nofollow">Watch it</a> <small>youtube\.com</small>', page)
    assert page.count('<a href="../../manual/">') == 4
    assert 'alt="The reset button beside the power socket" width="1" height="1" loading="lazy"' in page
    assert 'alt="plug.svg"' in page
    assert not re.search(r"none.pdf|y\.example|PARTNER|<(video|iframe)", page)
    assert (folder / "media/doc/manual.pdf").is_file()
    assert {fault.place for fault in publish.examine(tree.with_(manual), folder)} == {"en/manual/index.html"}


def test_without_files_there_is_no_page_of_them(tmp_path: Path) -> None:
    """And nothing leads there, from a language that has none neither."""
    few = article("few", "Few", "One.[^p1] [Elsewhere](https://y.example/media/a.pdf)")
    tree = knowledge_base().having(dict.fromkeys(knowledge_base().list("articles"))).with_(few)
    folder = built(tmp_path, tree)
    assert not (folder / "en/-/media").exists()
    assert "/-/media/" not in (folder / "en/few/index.html").read_text("utf-8")
    viele = article("viele", "Viele", "Eins.[^p1] ![Taste](/media/reset.png)", "de")
    folder = built(tmp_path, tree.with_(viele))
    assert [(folder / language / "-/media").exists() for language in ("de", "en")] == [True, False]
    assert "-/media/" in (folder / "de/viele/index.html").read_text("utf-8")
    assert "-/media/" not in (folder / "en/few/index.html").read_text("utf-8")
    there = (folder / "de/-/media/index.html").read_text("utf-8")
    assert '<a href="../../../en/" lang="en" hreflang="en" class="fallback"' in there


def test_where_contributors_wrote_is_said_once_if_it_is_one_place(tmp_path: Path) -> None:
    """Else beside each."""
    one, two = (
        (built(tmp_path, knowledge_base()) / language / "-/contributors/index.html").read_text("utf-8")
        for language in ("de", "en")
    )
    assert one.count("Larkspan Community") == 1
    assert one.count('class="author"') > 1
    assert two.count("· Larkspan Community") == two.count('class="author"') - two.count("· Network Engineering") > 1


def test_forums_are_told_which_article_answers_a_thread(tmp_path: Path) -> None:
    """The thread's address, whatever its platform puts behind it, to the article that takes most from it."""
    first = source("larkspan:1#1", url="https://community.larkspan.example/t/1")
    few = article("few", "Few", "One.[^p1]", sources={"p1": first})
    cited = {
        "p1": first,
        "p2": source("larkspan:1#2", url="https://community.larkspan.example/t/1#reply-2"),
        "p3": source("network:77#78", url="https://networkengineering.stackexchange.com/a/78"),
        "p4": source("larkspan:9#1", url="javascript:alert(1)"),
    }
    most = article("most", "Most", "One.[^p1] Two.[^p2] Three.[^p3] Four.[^p4]", sources=cited)
    told = json.loads((built(tmp_path, knowledge_base().with_(few, most)) / "sources.json").read_text("utf-8"))
    threads = told["threads"]
    here = "https://help.larkspan.example/kb/en/most/"
    assert threads["https://community.larkspan.example/t/1"] == here
    assert threads["https://networkengineering.stackexchange.com/questions/77"] == here
    assert list(threads) == sorted(threads)
    assert "javascript" not in str(threads)
    partner = publish.publish(knowledge_base(), tmp_path / "p", "partner").folder / "sources.json"
    assert len(json.loads(partner.read_text("utf-8"))["threads"]) > len(
        json.loads((built(tmp_path / "q") / "sources.json").read_text("utf-8"))["threads"]
    )


def test_who_agreed_is_named_though_no_licence_asks(tmp_path: Path) -> None:
    """Nobody else is, and the page is made again where kbuilder.toml names somebody more."""
    free = {key: source(f"larkspan:3#{key}", name, licence="CC0 1.0") for key, name in (("p1", "mo"), ("p2", "lu"))}
    tree = knowledge_base().with_(article("free", "Free", "One.[^p1] Two.[^p2]", sources=free))
    agreed = tree.having({"kbuilder.toml": CONFIG + '\n[site]\ncontributors = ["mo"]\n'})
    before, after = (
        (built(tmp_path, each) / "en/-/contributors/index.html").read_text("utf-8") for each in (tree, agreed)
    )
    assert ">ada<" in before
    assert [name in before for name in (">mo<", ">lu<")] == [False, False]
    assert [name in after for name in (">mo<", ">lu<")] == [True, False]
