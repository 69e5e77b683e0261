"""An article's text on its page."""

from __future__ import annotations

import re

import pytest

from kbuilder import markup
from kbuilder.publish.body import Body, Frame, media_path, page_body
from kbuilder.publish.tabs import balanced

SIZES = {"media/a.png": (40, 30), "media/wide.png": (1600, 900)}


def _page(markdown: str, **numbers: int) -> Body:
    frame = Frame(
        link=lambda address: None if address == "nowhere" else address,
        picture=lambda address: (f"../{address}", *SIZES[address]) if address in SIZES else None,
        numbers=numbers,
        say=lambda text: text,
        changed=frozenset({9}),
    )
    return page_body(markup.to_html(markdown), frame)


def test_references_become_numbered_links_to_the_sources() -> None:
    """Only the first of each number has an id to come back to."""
    html = _page("A.[^p1] B.[^p2] C.[^p1]", p1=1, p2=2).html
    assert html.count('href="#s1"') == 2
    assert html.count('id="r1"') == 1
    assert 'href="#s2"' in html


def test_a_reference_without_a_source_shows_nothing() -> None:
    """Rather than a number that leads nowhere."""
    assert "<sup" not in _page("A.[^p7]").html


def test_headings_stand_below_the_title_in_order_and_have_anchors() -> None:
    """No level is left out, no anchor stands twice."""
    body = _page("# One\n\n#### Two\n\n## One")
    assert body.anchors == ["one", "two", "one-2"]
    assert '<h2 id="one">' in body.html
    assert '<h3 id="two">' in body.html
    assert '<h2 id="one-2">' in body.html


def test_headings_do_not_take_the_names_of_our_own_anchors() -> None:
    """A heading “Sources” and the list of sources are two places."""
    taken = ("Sources", "S1", "Contents", "Related", "End")
    anchors = [f"section-{name.lower().replace(' ', '-')}" for name in taken]
    assert _page("\n\n".join(f"## {name}" for name in taken)).anchors == anchors


def test_own_pictures_are_shown_and_those_of_other_hosts_are_links() -> None:
    """Nobody else is told who reads; the page knows how much room a picture takes."""
    body = _page("![mine](media/a.png) ![theirs](https://host.example/b.png)")
    assert '<img src="../media/a.png" alt="mine" width="40" height="30" loading="lazy" decoding="async">' in body.html
    assert 'href="https://host.example/b.png"' in body.html
    assert "(host.example)" in body.html
    assert body.html.count("<img") == 1


def test_a_picture_wider_than_the_text_leads_to_itself() -> None:
    """So that what is small in it can be read; not where it leads elsewhere, nor where nobody could say where to."""
    assert _page("![wide](media/wide.png)").html.startswith(
        '<p><a href="../media/wide.png"><img src="../media/wide.png"'
    )
    assert "<a " not in _page("![small](media/a.png)").html
    assert "<a " not in _page("![](media/wide.png)").html
    assert _page("[![wide](media/wide.png)](https://host.example/page)").html.count("<a ") == 1


def test_a_picture_that_nobody_described_is_called_one() -> None:
    """What a forum's editor asks for in its place is no description."""
    for alt in ("", "enter image description here"):
        html = _page(f"![{alt}](https://host.example/b.png)").html
        assert ">Picture <span>(host.example)</span></a>" in html


def test_a_linked_picture_of_another_host_is_one_link() -> None:
    """Links do not stand in links."""
    html = _page("[![theirs](https://host.example/b.png)](https://host.example/page)").html
    assert html.count("<a ") == 1


def test_a_link_that_leads_nowhere_is_its_words() -> None:
    """Readers see no dead link."""
    assert _page("[words](nowhere)").html == "<p>words</p>\n"


def test_table_cells_are_aligned_by_class() -> None:
    """A style attribute would not pass a strict policy."""
    html = _page("| a |\n|--:|\n| 1 |").html
    assert "style=" not in html
    assert '<td class="right">' in html
    assert '<th scope="col" class="right">' in html


def test_sentences_of_changed_sources_are_marked() -> None:
    """The mark goes around the whole sentence, formatting and all."""
    html = _page("⸤Some **bold** words.[^p1]⸥", p1=9).html
    assert html.startswith('<p><mark class="changed">Some <strong>bold</strong> words.')
    assert "⸤" not in html


def test_a_mark_that_would_break_the_page_is_left_out() -> None:
    """The number is still marked."""
    html = _page("**Some ⸤bold** words.[^p1]⸥", p1=9).html
    assert "<mark" not in html
    assert "⸤" not in html
    assert 'class="ref changed"' in html


def test_media_paths_stay_below_media() -> None:
    """No path leads out of it, and no other host's is taken for ours."""
    file = "articles/en/ab/abc.md"
    assert media_path("/media/x%20y.png", file) == "media/x y.png"
    assert media_path("media/../kbuilder.toml", file) == ""
    assert media_path("../../../media/../articles/secret.md", file) == ""
    assert media_path("https://host.example/media/x.png", file) == ""
    assert media_path("//host.example/media/x.png", file) == ""


VARIANTS = """Lead.[^p1]

## With Hub 2

Two.[^p1]

### Then

More.

## With Hub 3

Three.

## And then

End."""


def test_answers_for_different_products_are_tabs_without_a_script() -> None:
    """One is open; each keeps what stands below it; what follows under another heading is no part of them."""
    html = _page(VARIANTS, p1=1).html
    assert html.count('<details name="variants-1"') == 2
    assert html.count(" open>") == 1
    one, two, rest = re.split(r"</details>", html)
    assert '<summary><h2 id="with-hub-2">With Hub 2</h2></summary>' in one
    assert one.startswith("<p>Lead.")
    assert '<h3 id="then">Then</h3>' in one
    assert "Three." in two
    assert '<h2 id="and-then">' in rest
    assert balanced(html)


def test_of_years_the_latest_is_open() -> None:
    """Wherever it stands: what came to an article later stands below what held before."""
    html = _page("## As of 2021\n\nA.\n\n## As of 2026\n\nB.\n\n## As of 2023\n\nC.").html
    assert re.findall(r'<details name="variants-1"( open)?><summary><h2 id="([\w-]+)">', html) == [
        ("", "as-of-2021"),
        (" open", "as-of-2026"),
        ("", "as-of-2023"),
    ]
    assert " open" in _page(f"## As of {'9' * 5000}\n\nA.\n\n## As of 2026\n\nB.").html


def test_two_answers_for_one_product_share_a_tab() -> None:
    """Each under its heading; two that are alone need none."""
    html = _page("## With Hub 3\n\nA.\n\n## With Hub 2\n\nB.\n\n## With Hub 3\n\nC.").html
    assert re.findall(r'<summary><h2 id="([\w-]+)">', html) == ["with-hub-3", "with-hub-2"]
    first = html.partition("</details>")[0]
    assert first.index("A.") < first.index('<h2 id="with-hub-3-2">') < first.index("C.")
    assert balanced(html)
    assert "<details" not in _page("## With Hub 3\n\nA.\n\n## With Hub 3\n\nC.").html


@pytest.mark.parametrize(
    "markdown",
    [
        "## With Hub 2\n\nA.\n\n## More\n\nB.\n\n## With Hub 3\n\nC.",
        "> ## With Hub 2\n\n> ## With Hub 3",
        "## With\n\n## With",
    ],
)
def test_other_headings_are_no_tabs(markdown: str) -> None:
    """Neither one alone, nor those in a quotation, nor what only begins alike."""
    assert "<details" not in _page(markdown).html


def test_quotations_say_their_language() -> None:
    """Where it is another than the article's."""
    frame = Frame(lambda _: None, lambda _: None, {}, str, spoken=lambda words: "de" if "Knopf" in words else "")
    html = page_body(markup.to_html("> Den Knopf drücken.\n\n> Press it.\n\n> > Nested"), frame).html
    assert html.count('<blockquote lang="de">') == 1
    assert html.count("<blockquote>") == 3


def test_several_texts_on_a_page_share_no_name() -> None:
    """Anchors, what leads to them and groups of tabs; headings stand below the page's own."""
    text = "# One\n\nA.[^p1]\n\n## With Hub 2\n\nX.\n\n## With Hub 3\n\nY."
    frame = Frame(lambda _: None, lambda _: None, {"p1": 1}, str, below=3, names="found-2-")
    html = page_body(markup.to_html(text), frame).html
    assert '<h4 id="found-2-one">One</h4>' in html
    assert 'href="#found-2-s1" id="found-2-r1"' in html
    assert html.count('<details name="found-2-variants-1"') == 2
    assert not re.search(r'(?:id|name)="(?!found-2-)', html)
