"""What ``check`` finds: every fault, at once, with its place."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from trees import CONFIG, MemoryTree, article, knowledge_base, source

from kbuilder import publish
from kbuilder.config import read_config
from kbuilder.publish.faults import of_sources, of_text
from kbuilder.records import Article
from kbuilder.store import articles as article_files


def told(tree: MemoryTree) -> list[str]:
    return [f"{fault.place} {fault.message.format(**fault.values)}" for fault in publish.check(tree)]


def of(body: str = "Text.[^p2]", **fields: object) -> list[str]:
    """What is said of one article besides those of the knowledge base."""
    return told(knowledge_base().with_(article("bad", "Bad", body, **fields)))


def test_a_sound_knowledge_base_has_no_fault() -> None:
    """Not one, of nine articles."""
    assert told(knowledge_base()) == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("Text.[^p9]", "[^p9] has no entry in sources"),
        ("[x](missing.md)", "the link missing.md leads nowhere"),
        (
            "[x](../re/reset-router.md#nowhere)",
            "the link ../re/reset-router.md#nowhere names a heading that is not there",
        ),
        ("[x](#nowhere)", "the link #nowhere names a heading that is not there"),
        ("![](../../../media/reset.png)", "the picture ../../../media/reset.png has no description"),
        ("![](https://host.example/a.png)", "the picture https://host.example/a.png has no description"),
        ("![x](media/none.png)", "the picture media/none.png is not there"),
    ],
)
def test_text_that_names_what_is_not_there(body: str, message: str) -> None:
    """References, links, anchors, pictures; with the line in the file."""
    (line,) = of(body, sources={})
    place, _, said = line.partition(" ")
    assert said == message
    assert place.startswith("articles/en/ba/bad.md:")
    assert int(place.rpartition(":")[2]) > 8


@pytest.mark.parametrize(
    "body", ["[x](../re/reset-router.md#reset-it)", "[x](/en/reset-router/)", "[x](/media/reset.png)"]
)
def test_links_that_hold_are_no_fault(body: str) -> None:
    """Files, pages, headings, media."""
    assert of(body, sources={}) == []


def test_a_link_to_what_was_renamed_leads_there() -> None:
    """Its headings are those of the article as it is now."""
    moved = article("new-name", "Moved", "Text.\n\n## Here\n\nMore.", sources={}, redirects=("old-name",))
    linking = article("bad", "Bad", "[x](/en/old-name/#here) [y](../ol/old-name.md#nowhere)", sources={})
    (line,) = told(knowledge_base().with_(moved).with_(linking))
    assert line.endswith("the link ../ol/old-name.md#nowhere names a heading that is not there")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"licence": "all mine"}, "sources: p2: the licence “all mine” is not known"),
        ({"url": ""}, "sources: p2 has no url, which its licence asks for"),
        ({"author": "", "author_url": "https://x.example/u"}, "sources: p2 has no author, whom its licence asks for"),
        ({"author_url": "javascript:alert(1)"}, "sources: p2: author_url is no web address"),
    ],
)
def test_what_attribution_needs(fields: dict[str, str], message: str) -> None:
    """Licence, address, author."""
    (line,) = of(sources={"p2": replace(source("larkspan:5#2", "eve"), **fields)})  # type: ignore[arg-type]
    assert line.endswith(message)


def test_a_text_alone_is_told_what_check_tells() -> None:
    """The same faults, line by line of the text itself; other versions of the article do not count."""
    kept = article("bad", "Bad", "Kept.", sources={})
    body = "One.\n\n## Here\n\n[a](missing.md) [b](#nowhere) [c](#here) [d](/en/reset-router/)\n\n![](media/none.png)"
    body += "\n\n[e](late.md)\n\n![seen](media/none.png)"
    written, tree = replace(kept, body=body), knowledge_base()
    others = [kept, *article_files.read_all(tree)[0]]
    found = of_text(written, others, lambda path: tree.read(path) is not None)
    assert [(each.place, each.message.format(**each.values)) for each in found] == [
        ("5", "the link missing.md leads nowhere"),
        ("5", "the link #nowhere names a heading that is not there"),
        ("7", "the picture media/none.png has no description"),
        ("7", "the picture media/none.png is not there"),
        ("9", "the link late.md leads nowhere"),
        ("11", "the picture media/none.png is not there"),
    ]
    said = told(tree.with_(written))
    assert sorted(line.partition(" ")[2] for line in said) == sorted(
        each.message.format(**each.values) for each in found
    )


def test_sources_alone_are_told_what_check_tells() -> None:
    """Each fault once, with all sources that have it."""
    whole = source("larkspan:5#2", "eve")
    bare = replace(whole, url="")
    settings = read_config(knowledge_base())
    found = of_sources({"p1": bare, "p10": bare, "p2": bare, "p3": replace(whole, licence="all mine")}, settings)
    assert [each.message.format(**each.values) for each in found] == [
        "sources: p1, p2, p10 has no url, which its licence asks for",
        "sources: p3: the licence “all mine” is not known",
    ]
    assert of_sources({"p1": whole}, settings) == []


def test_an_audience_that_there_is_not() -> None:
    """Nobody would see it, and nobody would know."""
    (line,) = of("Text.", sources={}, audience="everybody")
    assert line.startswith("articles/en/ba/bad.md:")
    assert line.endswith("audience: found “everybody”; expected one of: partner, public")


def test_a_licence_missing_everywhere() -> None:
    """Neither the post nor its forum has one."""
    (line,) = of(sources={"p2": source("network:5#2", licence="")})
    assert line.endswith("sources: p2 has no licence")


def test_a_deleted_account_needs_no_name() -> None:
    """There is nobody to name."""
    assert of(sources={"p2": source("larkspan:5#2", "")}) == []


def test_a_source_that_is_cited_nowhere() -> None:
    """Its author would be named for nothing."""
    (line,) = of(sources={"p2": source("larkspan:5#2"), "p3": source("larkspan:5#3")})
    assert line.endswith("sources: p3 is cited nowhere")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"redirects": ("reset-router",)},
            "redirects: reset-router is the address of articles/en/re/reset-router.md",
        ),
        ({"redirects": ("reset-hub",)}, "redirects: reset-hub is the address of articles/en/ba/bad.md"),
        ({"redirects": ("../up",)}, "redirects: “../up” is no former name of an article"),
        ({"redirects": ("bad",)}, "redirects: bad is the address of articles/en/ba/bad.md"),
        ({"related": ("nobody",)}, "related: there is no article nobody"),
        ({"translations": {"de": "nobody"}}, "translations: there is no article nobody"),
        (
            {"translations": {"de": "id-en-reset-router"}},
            "translations: id-en-reset-router is not in the language de",
        ),
    ],
)
def test_front_matter_that_names_other_articles(fields: dict[str, object], message: str) -> None:
    """Old names that are taken, articles that are not there."""
    assert [line for line in of(**fields) if message in line]


def test_posts_that_are_gone_or_changed() -> None:
    """The article waits for its editor."""
    lines = "".join(
        json.dumps({"post": post, "state": state}) + "\n"
        for post, state in (("larkspan:7#9", "gone"), ("larkspan:20#3", "changed"))
    )
    found = told(knowledge_base().having({"withdrawn.jsonl": lines}))
    assert [line.partition(" ")[2] for line in found] == [
        "sources: p2: the post larkspan:20#3 has changed at its source",
        "sources: p2: the post larkspan:7#9 is gone at its source",
    ]


def test_all_faults_are_told_at_once() -> None:
    """Of broken front matter, figures, templates, withdrawn posts, address and articles, in one run."""
    tree = knowledge_base().with_(article("bad", "Bad", "[x](nowhere.md)", sources={}))
    found = told(
        tree.having(
            {
                "articles/en/xx/xx-broken.md": "---\nformat: 1\n---\n",
                "facts/problems.json": "{}",
                "site/templates/home.html": "{% if %}",
                "kbuilder.toml": CONFIG.replace("https://help.larkspan.example/kb", "help.larkspan"),
            }
        )
    )
    assert {line.split(":")[0].split(" ")[0] for line in found} == {
        "articles/en/ba/bad.md",
        "articles/en/xx/xx-broken.md",
        "facts/problems.json",
        "kbuilder.toml",
        "site/templates/home.html",
    }


def test_a_broken_configuration_does_not_hide_faults_of_articles() -> None:
    """Front matter is checked all the same; the configuration is told of elsewhere."""
    tree = knowledge_base().having({"kbuilder.toml": "nonsense = 1", "articles/en/xx/xx.md": "no"})
    assert [line.split(":")[0] for line in told(tree)] == ["articles/en/xx/xx.md"]


def test_the_order_is_that_of_places() -> None:
    """The same each time, line 9 before line 10."""
    bad: list[Article] = [article(f"bad-{n}", "B", "[x](nowhere.md)", sources={}) for n in (2, 1)]
    assert [line.split(":")[0] for line in told(knowledge_base().with_(*bad))] == [
        "articles/en/ba/bad-1.md",
        "articles/en/ba/bad-2.md",
    ]


def test_a_notice_that_no_reader_sees_is_told() -> None:
    """Its audience is not one of the configuration's; what else is wrong with the file is told too."""
    assert told(
        knowledge_base().having({"facts/notices.json": '{"notices": [{"title": "T", "audience": "x"}]}'})
    ) == ["facts/notices.json audience: found “x”; expected one of: partner, public"]
    assert told(knowledge_base().having({"facts/notices.json": "[]"})) == [
        "facts/notices.json facts/notices.json cannot be read."
    ]


def test_a_notice_in_a_language_that_nobody_reads_is_told() -> None:
    """Neither the configuration nor a published article has it."""
    written = json.dumps({"notices": [{"title": "T", "language": each} for each in ("", "de", "fr", "DE")]})
    tree = knowledge_base().having({"facts/notices.json": written})
    assert told(tree) == [
        "facts/notices.json language: found “DE”; expected one of: de, en",
        "facts/notices.json language: found “fr”; expected one of: de, en",
    ]
    assert [line for line in told(tree.with_(article("b", "B", "C.", "fr"))) if "“fr”" in line] == []
    assert "“fr”" in " ".join(told(tree.with_(article("b", "B", "C.", "fr", state="draft"))))
