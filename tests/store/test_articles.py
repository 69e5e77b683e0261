"""Article files."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbuilder.errors import ConfigError
from kbuilder.records import Article, Citation
from kbuilder.store import articles

WHEN = "2026-11-23T20:15:00Z"
TEXT = st.text(max_size=40)
WORD = st.text(min_size=1, max_size=12)
TIMES = st.sampled_from(["", WHEN, "2025-01-01T00:00:00Z"])
SLUGS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
TEXTS = st.lists(TEXT, max_size=3).map(tuple)
CITATIONS = st.builds(
    Citation,
    post=WORD,
    start=st.integers(0, 9999),
    end=st.integers(0, 9999),
    digest=WORD,
    author=TEXT,
    url=TEXT,
    licence=TEXT,
    date=TIMES,
)
BODIES = st.one_of(
    TEXT, st.lists(st.sampled_from(["---", "---\n", "\r\n", "  ", "a: b", "\n", "[^p1]"])).map("".join)
)
ARTICLES = st.builds(
    Article,
    id=WORD,
    slug=SLUGS,
    title=WORD,
    language=st.sampled_from(["de", "en", "no", "pt-br"]),
    body=BODIES,
    created=st.just(WHEN),
    updated=st.just(WHEN),
    sources=st.dictionaries(st.from_regex(r"p[1-9][0-9]?", fullmatch=True), CITATIONS, max_size=3),
    audience=st.sampled_from(["public", "partner"]),
    state=st.sampled_from(["draft", "not-validated", "validated", "archived"]),
    kind=st.sampled_from(["question", "how-to"]),
    verified=TIMES,
    valid_until=TIMES,
    tags=TEXTS,
    product=TEXT,
    phrasings=TEXTS,
    translations=st.dictionaries(st.sampled_from(["de", "en"]), WORD, max_size=2),
    lineage=TEXT,
)


def article(**fields: object) -> Article:
    given_fields = {
        "id": "abc",
        "slug": "reset-it",
        "title": "Reset it",
        "language": "en",
        "body": "Hold the button.[^p1]",
        "created": WHEN,
        "updated": WHEN,
        "sources": {"p1": Citation(post="forum:1#2", start=0, end=16, digest="d")},
    }
    return Article(**{**given_fields, **fields})  # type: ignore[arg-type]


def faults(*lines: str) -> list[str]:
    _, found = articles.examine("\n".join(lines).encode(), "articles/en/re/reset-it.md")
    return [f"{fault.place.rpartition(':')[2]}: {fault.message.format(**fault.values)}" for fault in found]


HEAD = ("---", "id: abc", "title: Reset it", "lang: en", f"created: {WHEN}", f"updated: {WHEN}")


class TestRoundTrip:
    @given(ARTICLES)
    def test_any_article(self, given_article: Article) -> None:
        """What is written is read back as the same article, body edges normalised, whatever its texts hold."""
        data = articles.write(given_article)
        assert articles.parse(data, articles.path(given_article)) == articles.normal(given_article)

    @given(ARTICLES)
    def test_writing_is_a_fixed_point(self, given_article: Article) -> None:
        """An article that was read is written as the same bytes, so an unchanged article is no change in git."""
        data = articles.write(given_article)
        assert articles.write(articles.parse(data, articles.path(given_article))) == data

    @pytest.mark.parametrize(
        "title",
        ["Reset: how?", 'Say "hi" # now', "'tis", "- list", "no", "1.0", "2026-11-23", "{a}", "@x", "🔧 ä"],
    )
    def test_titles_that_yaml_could_misread(self, title: str) -> None:
        """Colons, quotes, dates, numbers and signs in a title stay what they are."""
        data = articles.write(article(title=title))
        assert articles.parse(data, "articles/en/re/reset-it.md").title == title

    def test_line_ends_and_edges(self) -> None:
        """Line ends become LF, blank edges go; nothing inside the body is touched, not even a line of ---."""
        read = articles.normal(article(body="\r\n \n  code\r\n---\r\nx  \r\ny \n\n"))
        assert read.body == "  code\n---\nx  \ny"
        crlf = articles.write(read).replace(b"\n", b"\r\n")
        assert articles.parse(crlf, articles.path(read)) == read


class TestForm:
    def test_golden(self) -> None:
        """Keys stand in their order, empty ones are left out, times are quoted, a citation is one long line."""
        whole = article(
            title="Größe: wie?",
            tags=("wlan",),
            phrasings=("two\nlines",),
            sources={
                "p10": Citation(post="forum:1#2", start=0, end=3, digest="d"),
                "p2": Citation(post="forum:1#3", start=0, end=3, digest="e", author="Ada, L.", date=WHEN),
            },
        )
        assert articles.write(whole).decode().splitlines() == [
            "---",
            "format: 1",
            "id: abc",
            "title: 'Größe: wie?'",
            "lang: en",
            "audience: public",
            "state: validated",
            "kind: question",
            "created: '2026-11-23T20:15:00Z'",
            "updated: '2026-11-23T20:15:00Z'",
            "tags:",
            "- wlan",
            "phrasings:",
            '- "two\\nlines"',
            "sources:",
            "  p2: {post: 'forum:1#3', start: 0, end: 3, digest: e, author: 'Ada, L.', date: '2026-11-23T20:15:00Z'}",
            "  p10: {post: 'forum:1#2', start: 0, end: 3, digest: d}",
            "---",
            "",
            "Hold the button.[^p1]",
        ]

    def test_long_lines_stay_whole(self) -> None:
        """A long phrasing is one line, so that a diff shows what changed."""
        assert ("word " * 100 + "end").encode() in articles.write(article(phrasings=("word " * 100 + "end",)))

    def test_source_order_is_no_content(self) -> None:
        """The order in which sources were collected changes no byte."""
        forth = {f"p{n}": Citation(post="f:1#1", start=n, end=n, digest="d") for n in (1, 2, 10)}
        back = dict(reversed(forth.items()))
        assert articles.write(article(sources=forth)) == articles.write(article(sources=back))


class TestHands:
    def test_unquoted_values_are_text(self) -> None:
        """What a person writes without quotes is text: a date, a number, "no"; a bare date becomes a time."""
        text = "\n".join([*HEAD, "product: 1.10", "tags: [no, 2026-01-01]", "verified: 2026-11-23", "---", "x"])
        read = articles.parse(text.encode(), "articles/en/re/reset-it.md")
        assert (read.product, read.tags, read.verified) == ("1.10", ("no", "2026-01-01"), "2026-11-23T00:00:00Z")

    def test_a_source_s_date_is_utc_without_a_zone(self) -> None:
        """As all times are: else a page would show the day of whichever machine makes it."""
        cited = "sources: {p1: {post: 'f:1#2', start: 0, end: 1, digest: d, date: 2024-03-05}}"
        text = "\n".join([*HEAD, cited, "---", "", "x[^p1]", ""])
        [read] = articles.parse(text.encode(), "articles/en/re/reset-it.md").sources.values()
        assert read.date == "2024-03-05T00:00:00Z"

    def test_byte_order_mark_and_empty_values(self) -> None:
        """A byte-order mark and keys without a value are no fault."""
        text = "\ufeff" + "\n".join([*HEAD, "product:", "---", "", "x", ""])
        assert articles.parse(text.encode(), "articles/en/re/reset-it.md").body == "x"

    def test_all_faults_at_once_with_lines(self) -> None:
        """Unknown keys (with a guess), missing ones, wrong times and values are all told, each with its line."""
        head = ("---", "id: abc", "titel: Reset it", "lang: en", "created: soon", f"updated: {WHEN}")
        found = faults(*head, "state: good", "---")
        assert [line.partition("; expected one")[0] for line in found] == [
            "3: titel: unknown key",
            "2: title: missing",
            "5: created: found “soon”; expected a time such as 2026-11-23T20:15:00Z",
            "7: state: found “good”",
        ]
        assert "did you mean “title”?" in found[0]

    @pytest.mark.parametrize(
        ("line", "told"),
        [
            ("state: valid", "7: state: found “valid”; expected one of: draft"),
            ("sources: {p1: {post: a, start: x, end: 1, digest: d}}", "7: sources.p1.start: found “x”; expected"),
            ("sources: {p1: {post: a}}", "7: sources.p1.start: missing"),
            ("sources: {p1: {pots: a}}", "7: sources.p1.pots: unknown key; expected one of: post"),
            ("sources: {p1: {post: a, date: 2024}}", "7: sources.p1.date: found “2024”; expected a time such as"),
            ("verified: 9999-12-31T23:59:59Z", "7: verified: found “9999-12-31T23:59:59Z”; expected a time such as"),
            ("tags: wlan", "7: tags: found “wlan”; expected"),
            ("id: abd", "7: id: stands here twice"),
            ("format: 2", "7: format: found 2; this kbuilder reads up to 1"),
            ("tags: [a", "8: this is not YAML"),
        ],
    )
    def test_faults(self, line: str, told: str) -> None:
        """A fault says line, key, what was found and what was expected."""
        found = faults(*HEAD, line, "---", "x")
        assert found
        assert found[0].startswith(told)

    def test_language_agrees_with_the_folder(self) -> None:
        """An article in articles/en says so itself."""
        text = [line.replace("lang: en", "lang: de") for line in HEAD]
        assert faults(*text, "---", "x") == ["4: lang: found “de”; expected “en” as in the file's path"]

    def test_aliases_are_refused(self) -> None:
        """Aliases, by which a small file could fill the memory, are a fault and are not expanded."""
        bomb = [
            "a: &a [x, x]",
            *(f"b{n}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]" for n in range(20)),
        ]
        assert any("aliases" in told for told in faults(*HEAD, *bomb, "---", "x"))

    def test_no_front_matter(self) -> None:
        """A file without front matter, or with bytes that are no text, is told as such."""
        assert faults("Hello") == ["1: expected front matter between two lines “---”"]
        _, found = articles.examine(b"---\nid: \xff\n---\n", "articles/en/re/reset-it.md")
        assert [fault.place for fault in found] == ["articles/en/re/reset-it.md:2"]

    def test_parse_raises_them_all(self) -> None:
        """parse() raises one error that holds every fault with file and line."""
        with pytest.raises(ConfigError) as caught:
            articles.parse(b"---\nid: a\n---\n", "articles/en/re/reset-it.md")
        assert str(caught.value).count("articles/en/re/reset-it.md:") == 4

    @pytest.mark.parametrize("path", ["articles/en/xx/reset-it.md", "articles/en/Re/Reset.md", "articles/reset.md"])
    def test_misplaced_files(self, path: str) -> None:
        """A file that does not stand where its slug says is a fault."""
        data = articles.write(article())
        _, found = articles.examine(data, path)
        assert [fault.place for fault in found] == [path]


class Files(dict[str, bytes]):
    """A tree in memory."""

    def read(self, path: str) -> bytes | None:
        return self.get(path)

    def list(self, prefix: str) -> list[str]:
        return sorted(path for path in self if path.startswith(prefix.rstrip("/") + "/"))


class TestReadAll:
    def test_good_ones_and_faults(self) -> None:
        """Good articles are read whatever is wrong with others; a second article with an id is a fault."""
        one, two = article(), dataclasses.replace(article(), slug="another")
        tree = Files({articles.path(each): articles.write(each) for each in (one, two)})
        tree["articles/en/ba/bad.md"] = b"?"
        tree["articles/README.txt"] = b"not an article"
        read, found = articles.read_all(tree)
        assert read == [two, one]
        assert [fault.place for fault in found] == ["articles/en/ba/bad.md:1", "articles/en/re/reset-it.md:1"]
