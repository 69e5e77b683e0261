"""One text out of two."""

from __future__ import annotations

import re

from kbuilder.markup import to_html
from kbuilder.records import Article, Citation
from kbuilder.review.uniting import Kept, chosen, phrasings, renamed, sections, united


def cited(post: str, start: int = 0) -> Citation:
    return Citation(post=post, start=start, end=start + 5, digest="d")


def side(title: str, body: str, **sources: Citation) -> Article:
    return Article(
        id=title, slug=title, title=title, language="en", body=body, created="", updated="", sources=sources
    )


ONE = side(
    "One",
    "## Problem\n\nIt is dark.[^p1]\n\n## Solution\n\n### With Hub 3\n\n1. Push.[^p2]\n2. Wait.[^p2]",
    p1=cited("s:1#1"),
    p2=cited("s:1#2"),
)
OTHER = side(
    "Other",
    "Hello.\n\n## Problem\n\nNo light.[^p1]\n\n## Solution\n\n### With Hub 2\n\nPull.[^p2] Push.[^p3]"
    "\n\n## See also\n\nX.",
    p1=cited("s:2#1"),
    p2=cited("s:2#2"),
    p3=cited("s:1#2"),
)


def kept(one: set[int], other: set[int]) -> Kept:
    return Kept("One", (frozenset(one), frozenset(other)), ())


def test_sections_are_the_text() -> None:
    """Nothing is lost between them, and each is named by the headings that it stands below."""
    found = sections(OTHER.body)
    assert [each.path for each in found] == [
        (),
        ("Problem",),
        ("Solution",),
        ("Solution", "With Hub 2"),
        ("See also",),
    ]
    assert "\n\n".join(each.text for each in found) == OTHER.body
    assert sections("") == []
    assert [each.path for each in sections("Only words.")] == [()]


def test_what_stays_as_it_is() -> None:
    """All of the one and nothing of the other is the one."""
    assert united(ONE, OTHER, kept({0, 2}, set())) == (ONE.body, ONE.sources)


def test_what_is_taken_stands_where_it_belongs() -> None:
    """Below the same heading, with keys of its own; a source that both have is one."""
    body, sources = united(ONE, OTHER, kept({0, 2}, {1, 3, 4}))
    assert body == (
        "## Problem\n\nIt is dark.[^p1]\n\nNo light.[^p3]"
        "\n\n## Solution\n\n### With Hub 3\n\n1. Push.[^p2]\n2. Wait.[^p2]"
        "\n\n### With Hub 2\n\nPull.[^p4] Push.[^p2]\n\n## See also\n\nX."
    )
    assert {key: each.post for key, each in sources.items()} == {
        "p1": "s:1#1",
        "p2": "s:1#2",
        "p3": "s:2#1",
        "p4": "s:2#2",
    }


def test_what_nobody_cites_any_more_goes() -> None:
    """Sources of what was left out are not kept."""
    body, sources = united(ONE, OTHER, kept({0}, set()))
    assert (body, [*sources]) == ("## Problem\n\nIt is dark.[^p1]", ["p1"])
    assert united(ONE, OTHER, kept(set(), {0})) == ("Hello.", {})


def test_a_heading_comes_with_what_stands_below_it() -> None:
    """And not without: nobody chooses a heading that has nothing of its own."""
    body, _ = united(ONE, OTHER, kept({0}, {3}))
    assert body == "## Problem\n\nIt is dark.[^p1]\n\n## Solution\n\n### With Hub 2\n\nPull.[^p4] Push.[^p2]"
    assert united(ONE, OTHER, kept({0, 1}, {2})) == united(ONE, OTHER, kept({0}, set()))


def test_what_is_taken_in_place_of_ones_own_stands_in_its_place() -> None:
    """A beginning at the beginning, a section where the one stood that is left out."""
    own = side("Own", "Mine.\n\n## Problem\n\nDark.\n\n## Problem\n\nDark.\n\n## Last\n\nBye.")
    assert united(own, OTHER, kept({1, 3}, {0}))[0] == "Hello.\n\n## Problem\n\nDark.\n\n## Last\n\nBye."
    assert united(own, OTHER, kept({0, 3}, {1}))[0] == "Mine.\n\n## Problem\n\nNo light.[^p1]\n\n## Last\n\nBye."
    assert united(ONE, OTHER, kept({0}, {0}))[0] == "Hello.\n\n## Problem\n\nIt is dark.[^p1]"


def joined(one: str, other: str, first: set[int], second: set[int]) -> str:
    return united(side("One", one), side("Two", other), kept(first, second))[0]


BOTH = "## Windows\n\nOn Windows.\n\n### Reset\n\nWin+R.\n\n## Mac\n\nOn a Mac.\n\n### Reset\n\nHold."


def test_what_is_kept_without_what_it_stands_below_has_its_heading() -> None:
    """It would seem to belong to the heading before."""
    assert joined(BOTH, "", {0, 3}, set()) == "## Windows\n\nOn Windows.\n\n## Mac\n\n### Reset\n\nHold."
    assert joined("## Linux\n\nOn it.", BOTH, {0}, {3}) == "## Linux\n\nOn it.\n\n## Mac\n\n### Reset\n\nHold."


def test_what_stands_below_two_headings_goes_below_both() -> None:
    """And not below whatever comes last under the first of them."""
    body = joined("## A\n\n### B\n\nb\n\n### D\n\nd", "## A\n\n### B\n\n#### C\n\nc", {1, 2}, {2})
    assert body == "## A\n\n### B\n\nb\n\n#### C\n\nc\n\n### D\n\nd"


def test_two_ways_do_not_become_one() -> None:
    """Steps of the other begin anew below its title; words need nothing between them."""
    body = joined("## Solution\n\n1. Unplug.\n2. Plug.", "## Solution\n\n1. Open.\n2. Close.", {0}, {0})
    assert body == "## Solution\n\n1. Unplug.\n2. Plug.\n\n### Two\n\n1. Open.\n2. Close."
    assert to_html(body).count("<ol>") == 2
    assert joined("## Do\n\n1. A.", "## Do\n\nOr B.", {0}, {0}) == "## Do\n\n1. A.\n\nOr B."
    assert joined("1. A.", "1. B.", {0}, {0}) == "1. A.\n\n## Two\n\n1. B."
    odd = united(side("One", "1. A."), side("Use *x*", "1. B."), kept({0}, {0}))[0]
    assert "<h2>Use *x*</h2>" in to_html(odd)


def test_no_heading_skips_a_level() -> None:
    """What is taken without the heading between closes up, as does what skipped one before; the rest stays."""
    assert joined("## A\n\na\n\n#### B\n\nb", "", {0, 1}, set()) == "## A\n\na\n\n### B\n\nb"
    deep = "### Deep\n\nd\n\n##### Deeper\n\ne\n\n### Next\n\nn"
    assert joined("a", deep, {0}, {0, 1, 2}) == "a\n\n## Deep\n\nd\n\n### Deeper\n\ne\n\n## Next\n\nn"
    code = "## A\n\n```\n#### no heading\n```\n\nUnder\n-----\n\n#### B ####\n\nb"
    assert joined(code, "", {0, 1, 2}, set()) == code.replace("#### B", "### B")


def test_code_stays_code() -> None:
    """An indent at a section's beginning, also behind a list, and a fence that nobody closed."""
    code = "    a = 1\n    b = 2"
    assert joined("## S\n\nx", f"## S\n\n{code}", {0}, {0}) == f"## S\n\nx\n\n{code}"
    assert joined("## S\n\n1. x", f"## S\n\n{code}", {0}, {0}) == f"## S\n\n1. x\n\n### Two\n\n{code}"
    assert [each.text for each in sections(code)] == [code]
    assert joined("Do:\n\n```\nls", "Then.", {0}, {0}) == "Do:\n\n```\nls\n```\n\nThen."
    assert "<p>Then.</p>" in to_html(joined("Do: <!-- ", "Then.", {0}, {0}))
    assert "<p>Then.</p>" in to_html(joined("<!-- \n\nNo", "Then.", {0}, {0}))


def test_links_lead_where_they_led() -> None:
    """Both sides may call two pages by one label, and say where it leads in a section that is not kept."""
    one, other = "See [doc][1].\n\n[1]: https://one.example", "See [man][1] or [1].\n\n[1]: https://two.example"
    html = to_html(joined(one, other, {0}, {0}))
    assert [found[1] for found in re.finditer('href="(.*?)"', html)] == [
        "https://one.example",
        "https://two.example",
        "https://two.example",
    ]
    apart = "See [doc][1].\n\n## More\n\nWords.\n\n[1]: https://one.example"
    assert 'href="https://one.example"' in to_html(joined(apart, "", {0}, set()))
    assert "one.example" not in joined(apart, "Only this.", set(), {0})


def test_keys_are_renamed_at_once() -> None:
    """One key may get the name that another has had."""
    assert renamed("A.[^p1] B.[^p2]", {"p1": "p2", "p2": "p1"}) == "A.[^p2] B.[^p1]"


def test_each_wording_once() -> None:
    """However it is capitalised; the title is none."""
    options = phrasings(side("Reset it", ""), side("reset IT", ""))
    assert options == ("Reset it",)
    assert chosen(("A", "B", "C"), ["B", "A", "X"], "a") == ("B",)
