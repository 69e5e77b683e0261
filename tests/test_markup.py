import os
import random
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from kbuilder import importers, markup
from kbuilder.config import Source
from kbuilder.importers.report import Report
from kbuilder.markup import parser as parsing
from kbuilder.markup import rendering

DATA = os.environ.get("KBUILDER_EVAL_DATA", "")
EXAMPLE = Path(__file__).parents[1] / "pipelines" / "example"
PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "[x](javascript:alert(1))",
    "[x](  JaVaScRiPt:alert(1))",
    "[x](java&#115;cript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "![x](javascript:alert(1))",
    "<javascript:alert(1)>",
    '<a href="jav&#x09;ascript:alert(1)">x</a>',
    "<a href='vbscript:msgbox(1)' onclick=alert(1)>x</a>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<math href='javascript:alert(1)'>x</math>",
    "<form action=javascript:alert(1)><button>x</button></form>",
    "<style>@import 'javascript:alert(1)'</style>",
    "<p style='background:url(javascript:alert(1))'>x",
    "<details open ontoggle=alert(1)>x</details>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "`<script>`\n\n<scr<script>ipt>alert(1)</scr</script>ipt>",
    '```py" onmouseover="alert(1)\n<script>alert(1)</script>\n```',
    r"$\href{javascript:alert(1)}{x}$ $\text{<script>alert(1)</script>}$ $<img src=x onerror=alert(1)>$",
    '[^p1" onload="alert(1)]',
    '[x](https://a.example "\\" onmouseover=\\"alert(1)")',
    "<object data=javascript:alert(1)><embed src=javascript:alert(1)>",
    "<base href=javascript:alert(1)//><meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
)
BITS = st.sampled_from(
    [
        *(
            "# ",
            "- ",
            "1. ",
            "> ",
            "```\n",
            "    ",
            "\n",
            "\n\n",
            "\r\n",
            "\r",
            "\t",
            "$",
            "$$",
            "|",
            "--- | ---",
            "a | b",
        ),
        *(
            "[^p1]",
            "[a]: https://x.example\n",
            "![a](b)",
            "[a](b)",
            "`",
            "**",
            "_",
            "\\",
            "<b>",
            "<!--",
            "word",
            "*",
        ),
        *(
            "ß",
            "\u2028",
            "\x0c",
            "\xa0",
            "\0",
            "\ud800",
            "🙂",
            "---\n",
            "===\n",
            "+ ",
            "~~",
            "&amp;",
            "\\begin{align}x",
        ),
    ]
)
MARKDOWN = st.lists(st.one_of(BITS, st.text(max_size=5)), max_size=25).map("".join)


def round_trip(html: str) -> str:
    return markup.to_html(markup.from_html(html))


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>One</p>\n\n<p>Two\nlines</p>", "One\n\nTwo lines"),
        ("a<br>b", "a  \nb"),
        ("<h2>Head\nline</h2><p>x</p>", "## Head line\n\nx"),
        ("<b>bold</b> and <i>it</i>", "**bold** and *it*"),
        ("<b>Note:</b>then", "<strong>Note:</strong>then"),
        ("a<b> spaced </b>x", "a **spaced** x"),
        ("<b>a</b><b>b</b>", "<strong>a</strong><strong>b</strong>"),
        ("<b><strong>twice</strong></b>", "**twice**"),
        ("un<b>believ</b>able", "un**believ**able"),
        ("<s>old</s> <strike>older</strike> <del>oldest</del>", "~~old~~ ~~older~~ ~~oldest~~"),
        ("H<sub>2</sub>O x<sup>2</sup>", "H<sub>2</sub>O x<sup>2</sup>"),
        ("Press <kbd>Ctrl</kbd>+<kbd>*</kbd>", r"Press <kbd>Ctrl</kbd>+<kbd>\*</kbd>"),
        ('<a href="https://a.example/x_(y)" title="T">w</a>', '[w](https://a.example/x_(y) "T")'),
        ('<a href="https://a.example/x)">w</a>', "[w](https://a.example/x%29)"),
        ('<a href="https://a.example/">https://a.example/</a>', "<https://a.example/>"),
        ('<a href="javascript:alert(1)">w</a>', "w"),
        ('<a href=" java\nscript:alert(1)">w</a>', "w"),
        ('<a name="x">w</a>', "w"),
        ('<img src="https://a.example/i.png" alt="a [b]">', r"![a \[b\]](https://a.example/i.png)"),
        ('<img src="data:image/png;base64,x" alt="a">', "a"),
        ('<img class="emoji" src="https://a.example/s.png" alt=":smile:">', ":smile:"),
        (
            '<a href="https://a.example"><img src="//i.example/i.png" alt="a"></a>',
            "[![a](https://i.example/i.png)](https://a.example)",
        ),
        ("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "- a\n  - b\n- c"),
        ('<ol start="3"><li>a</li><li>b</li></ol>', "3. a\n4. b"),
        ('<ol start="²"><li>a</li></ol>', "1. a"),
        ("<ol><li><p>a</p><pre><code>x\n y</code></pre></li></ol>", "1. a\n\n   ```\n   x\n    y\n   ```"),
        ("<blockquote><p>a</p><p>b</p></blockquote><p>c</p>", "> a\n>\n> b\n\nc"),
        (
            '<pre class="lang-py prettyprint-override"><code>if a &lt; b:\n    *x*\n</code></pre>',
            "```py\nif a < b:\n    *x*\n```",
        ),
        ('<pre><code class="language-c++">x</code></pre>', "```c++\nx\n```"),
        ('<pre><code class="lang-auto">x</code></pre>', "```\nx\n```"),
        ("<pre><code>a\n```\nb</code></pre>", "````\na\n```\nb\n````"),
        ("<pre>a<br>b</pre>", "```\na\nb\n```"),
        ("<code>a`b</code>", "`` a`b ``"),
        ("<hr>", "---"),
        ("<dl><dt>t</dt><dd>d</dd></dl>", "**t**\n\nd"),
        ("<details><summary>more</summary><p>text</p></details>", "**more**\n\ntext"),
        (
            "<table><thead><tr><th>a</th><th>b|c</th></tr></thead><tbody><tr><td>1</td><td>2<br>3</td></tr></tbody></table>",
            "| a | b\\|c |\n| --- | --- |\n| 1 | 2 3 |",
        ),
        (
            "<table><tr><td>1</td></tr><tr><td>2</td><td>3</td></tr></table>",
            "|  |  |\n| --- | --- |\n| 1 |  |\n| 2 | 3 |",
        ),
        ("<p>a</p><script>alert(1)</script><style>p{}</style><p>b</p>", "a\n\nb"),
        ('<iframe src="https://v.example/1"></iframe>', "<https://v.example/1>"),
        (
            '<aside class="quote"><div class="title">kim:</div><blockquote>q</blockquote></aside><p>a</p>',
            "> q\n\na",
        ),
        ("&lt;div&gt; 1 &lt; 2 &amp;amp; R&amp;D", r"\<div> 1 < 2 \&amp; R&D"),
        ("2 * 3 * 4, snake_case, *not* _em_", r"2 * 3 * 4, snake_case, \*not\* \_em\_"),
        (
            "<p># no</p><p>- no</p><p>1. no</p><p>&gt; no</p><p>a<br>===</p>",
            "\\# no\n\n\\- no\n\n1\\. no\n\n\\> no\n\na  \n\\===",
        ),
        ("as said[^p7] by me", r"as said\[^p7] by me"),
        ("[x](javascript:alert(1)) [y]", r"[x\](javascript:alert(1)) [y]"),
        ('wow!<a href="https://a.example">w</a>', r"wow\![w](https://a.example)"),
        ("C:\\dir\\*.txt", r"C:\dir\\\*.txt"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_from_html(html: str, expected: str) -> None:
    """Each piece of forum HTML has one Markdown."""
    assert markup.from_html(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>State $a_1 * b_2 &lt; \\frac{1}{2}$ is</p>", r"State $a_1 * b_2 < \frac{1}{2}$ is"),
        (
            "<p>$$\\begin{pmatrix}1&amp;0\\\\\n0&amp;1\\end{pmatrix}$$</p>",
            r"$$\begin{pmatrix}1&0\\ 0&1\end{pmatrix}$$",
        ),
        ("<p>\\begin{align}a&amp;=b\\\\c&amp;=d\\end{align}</p>", r"$$\begin{align}a&=b\\c&=d\end{align}$$"),
        ("<p>for $n$ of $k$-local $|0\\rangle$s</p>", r"for $n$ of $k$-local $|0\rangle$s"),
        ("<table><tr><th>$|x|$</th></tr></table>", "| $\\|x\\|$ |\n| --- |"),
        ("<code>$x_1$</code> and $x_1$", "`$x_1$` and $x_1$"),
        ("is$^1$ P$\\neq$NP P$=$NP 10$^{-5}$ 1$\\mu$s", r"is$^1$ P$\neq$NP P$=$NP 10$^{-5}$ 1$\mu$s"),
        ("a $t $, $ n$-qubit $ \\Delta_1 $, $1 − p$", r"a $t $, $ n$-qubit $ \Delta_1 $, $1 − p$"),
        ("$$\\newcommand{\\ket}[1]{|#1\\rangle}\\ket{a_1}$$ or $\\ket b$", r"$${|a_1\rangle}$$ or ${|b\rangle}$"),
        ("<p>$P(0) = 1/16 $, $100$x, qu$d$its</p>", "$P(0) = 1/16 $, $100$x, qu$d$its"),
        ("$\\newcommand\\k[1]{\\vert#1}\\k{ab}\\k{\\x}$", r"${\vert ab}{\vert\x}$"),
        ("$\\def\\Q{\\mathbf Q}$So $\\Q\\Quad$", r"So ${\mathbf Q}\Quad$"),
        (
            "$\\newcommand{\\x}{\\x\\x}\\x$",
            "${{{{\\x\\x}{\\x\\x}}{{\\x\\x}{\\x\\x}}}{{{\\x\\x}{\\x\\x}}{{\\x\\x}{\\x\\x}}}}$",
        ),
    ],
)
def test_formulas_are_kept_verbatim(html: str, expected: str) -> None:
    """A formula is neither escaped nor read as emphasis."""
    assert markup.from_html(html) == expected


@pytest.mark.parametrize(
    "text",
    [
        "It was $5 and $6 a bottle",
        "from $5-$6",
        "$20, about 15$",
        "US$5 (AU$7)",
        "I paid $10 for one, and my friend paid 12$ for it",
        "the $HOME and the $PATH",
        "echo $PATH:$HOME",
        "It costs $ 5 or 6 $",
        "read $_POST and $_GET, ($a,$b) or ${HOME}:${PATH}",
        "a center of $10 Billion, roughly $118 million",
    ],
)
def test_money_is_no_formula(text: str) -> None:
    """Dollar signs around an amount or a name stay what they are, in Markdown and on the page."""
    assert markup.plain(markup.from_html(f"<p>{text}</p>")) == text
    assert markup.to_html(text) == f"<p>{text}</p>\n"


@pytest.mark.parametrize(
    ("tex", "part"),
    [
        (r"$\frac{1}{2}$", "<mfrac><mrow><mn>1</mn></mrow><mrow><mn>2</mn></mrow></mfrac>"),
        ("$x_i$", "<msub><mi>x</mi><mi>i</mi></msub>"),
        ("$5x$", "<mn>5</mn><mi>x</mi>"),
        (r"$$\sum x$$", '<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">'),
        ("see $$x$$ there", 'display="block"'),
        (r"$\frac{$", r'<code class="formula">\frac{</code>'),
        ("| $\\|x\\|$ |\n|---|", "<mi>x</mi>"),
        (r"$$\left( x$$", r'<code class="formula">\left( x</code>'),
        (r"$$ a = 1 \\ b = 2 $$", "<mn>1</mn></mtd></mtr><mtr><mtd"),
        (r"$$\begin{aligned} a &= 1 \\ b &= 2 \end{aligned}$$", "<mtr><mtd"),
    ],
)
def test_formulas_on_the_page(tex: str, part: str) -> None:
    """Formulas become MathML; what is not understood is shown as it was written."""
    assert part in markup.to_html(tex)


def test_to_html() -> None:
    """Markdown becomes HTML with references, code marked where it is coloured, tables, and lazy pictures."""
    body = "Wait.[^p1]\n\n```py\nif x: pass\n```\n\n| a |\n| -: |\n| 1 |\n\n![alt](i.png) ~~no~~ [w](/x)"
    assert markup.to_html(body) == (
        '<p>Wait.<sup class="ref" data-ref="p1"></sup></p>\n'
        '<pre class="highlight"><code class="language-py"><span class="k">if</span> '
        'x: <span class="k">pass</span>\n</code></pre>\n'
        '<table>\n<thead>\n<tr>\n<th style="text-align:right">a</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n'
        '<td style="text-align:right">1</td>\n</tr>\n</tbody>\n</table>\n'
        '<p><img alt="alt" src="i.png" loading="lazy"> <s>no</s> <a href="/x" rel="noopener nofollow">w</a></p>\n'
    )


def test_unknown_languages_are_shown_plain() -> None:
    """A code block in a language that nobody knows is escaped and keeps its name."""
    assert markup.to_html("```zork\n<b>\n```") == (
        '<pre class="highlight"><code class="language-zork">&lt;b&gt;\n</code></pre>\n'
    )


@pytest.mark.parametrize(
    ("tex", "said"),
    [
        (r"|\Psi_0\rangle", "|Ψ₀⟩"),
        (r"E=mc^2", "E = mc²"),
        (r"\frac{a+b}{2}", "(a+b)/2"),
        (r"\hat{U}^\dagger", "Û†"),
        (r"x_{ij}^{k+1}", "xᵢⱼᵏ⁺¹"),
        (r"A_Q", "A_Q"),
        (r"\sqrt{x+1}", "√(x+1)"),
        (r"\begin{pmatrix}1&0\\0&1\end{pmatrix}", "(1, 0; 0, 1)"),
        (r"\text{if $x>0$ or so}", "if x > 0 or so"),
        (r"\require{mhchem}\ce{H2SO4}", "H₂SO₄"),
        (r"\ce{^{40}Ca^+}", "⁴⁰Ca⁺"),
        (r"\frac{", r"\frac{"),
    ],
)
def test_formulas_of_a_title_as_text(tex: str, said: str) -> None:
    """As near as letters come, on one line; what is not understood stays as it was typed."""
    assert markup.title_text(f"What is ${tex}$, for $5?") == f"What is {said}, for $5?"


def test_formulas_within_the_words_of_one_may_have_braces() -> None:
    """On lines of its own, as forums write cases; and a command that only loads others' signs shows nothing."""
    html = markup.to_html(
        r"$$\begin{cases} 1, & \text{if $\operatorname{SHA3}(x) \equiv y \pmod{2^{20}}$;} \end{cases}$$"
    )
    assert "<mtext>if&nbsp;</mtext>" in html
    assert "$" not in html
    assert "\\" not in html
    assert markup.to_html(r"$\require{\mhchem}$[^p4]") == '<p><sup class="ref" data-ref="p4"></sup></p>\n'


def test_signs_stand_as_tex_sets_them() -> None:
    """A ket's bar sticks to what it names; parentheses grow around a matrix, and not beside a power."""
    assert '<mo stretchy="false" lspace="0" rspace="0">|</mo><mn>00</mn>' in markup.to_html(r"$a|00\rangle$")
    html = markup.to_html(r"$a^b \pmod d = \begin{pmatrix}1\end{pmatrix}$")
    assert '<mo stretchy="false">(</mo><mi>mod</mi>' in html
    assert '<mi>d</mi><mo stretchy="false">)</mo>' in html
    assert "<mo>(</mo><mtable>" in html
    assert "</mtable><mo>)</mo>" in html


def test_a_formula_that_is_never_closed_is_looked_at_once() -> None:
    """However many ways there were to read what may be words within it."""
    assert markup.title_text("$" + r"\text{a}" * 2_000) == "$" + r"\text{a}" * 2_000


def test_formulas_of_a_title_are_shown_and_nothing_else_is_markup() -> None:
    """Also where a formula holds what would be one."""
    told = markup.title_html(r"What is <b>$|\Psi_0\rangle$</b> in $\text{<img src=x onerror=a()>}$?")
    assert told.startswith("<span>What is &lt;b&gt;<math")
    assert "<msub><mi>Ψ</mi><mn>0</mn></msub>" in told.replace("&#x003A8;", "Ψ")
    assert "<img" not in told
    assert "$" not in told
    assert markup.title_html("From $5 to $6 & more") == "From $5 to $6 &amp; more"


@pytest.mark.parametrize("html", ['<sup class="ref" data-ref="p1">1</sup>', '<SUP CLASS=ref DATA-REF="p1"></SUP>'])
def test_references_cannot_be_forged(html: str) -> None:
    """Raw HTML never comes out as a reference."""
    assert "data-ref" not in markup.to_html(f"x {html}\n\n{html}")


def test_classes_are_ours_alone() -> None:
    """Raw HTML cannot dress up as a part of the page."""
    assert markup.to_html('<span class="site-button">x</span>') == "<p><span>x</span></p>\n"


def harmful(html: str) -> list[str]:
    """What must not be in a page: read by a parser, so that escaped text does not count."""
    from bs4 import BeautifulSoup

    found = []
    for tag in BeautifulSoup(html, "html.parser").find_all(True):
        if tag.name in ("script", "style", "iframe", "object", "embed", "form", "svg", "base", "meta", "link"):
            found.append(tag.name)
        for name, value in tag.attrs.items():
            address = re.sub(r"[\x00-\x20]", "", str(value)).lower()
            if name.startswith("on") or re.match(r"(javascript|vbscript|data):", address):
                found.append(f"{tag.name} {name}={value}")
    return found


@pytest.mark.parametrize("payload", PAYLOADS)
def test_known_attacks(payload: str) -> None:
    """No known attack gets through, written as Markdown or posted as HTML."""
    assert harmful(markup.to_html(payload)) == []
    assert harmful(round_trip(payload)) == []


def test_the_check_for_harm_finds_harm() -> None:
    """The oracle of the tests above is not blind."""
    raw = "<script>1</script><a href=' javascript:x' onclick=y>"
    assert harmful(raw) == ["script", "a href= javascript:x", "a onclick=y"]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(PAYLOADS), BITS, st.text(max_size=8)), max_size=8).map("".join))
def test_no_text_does_harm(text: str) -> None:
    """Whatever is written, the page holds no script, no event handler and no javascript link."""
    assert harmful(markup.to_html(text)) == []
    assert harmful(round_trip(text)) == []


@settings(max_examples=300, deadline=None)
@given(MARKDOWN)
@example("-\n  - a\n\n    b\n2. c")
@example("[a]: x\n\n- \n- - > q\n  ```\n  c")
@example("\ud800\r\r\n a\x0bb")
@example("$$\na\n$$ b\n\n$$\nc\n$$")
def test_blocks_cover_the_text(markdown: str) -> None:
    """Blocks stand in order, do not overlap, cover whatever is not blank, and their text is their source."""
    found = markup.blocks(markdown)
    position = 0
    for block in found:
        assert position <= block.start < block.end
        assert not markdown[position : block.start].strip(" \t\r\n")
        assert markdown[block.start : block.end].strip(" \t\r\n") == markdown[block.start : block.end]
        assert markdown[block.content : block.end] == block.text
        position = block.end
    assert not markdown[position:].strip(" \t\r\n")


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([*"ab *_`[]()<>&#\\!~-+.=|1:$^'\"", "\n"]), max_size=20).map("".join))
def test_words_survive(text: str) -> None:
    """A forum's text without markup has, as Markdown and back, the same words and signs."""
    from html import escape

    back = markup.plain(markup.from_html(f"<p>{escape(text)}</p>"))
    dollarless = [back.replace("$", "").split(), text.replace("$", "").split()]
    assert "".join(dollarless[0]) == "".join(dollarless[1])


def test_blocks() -> None:
    """Every kind of block is known, with its place, its text and its list."""
    markdown = (
        "# Title\n\nIntro\nline\n\n1. One\n\n   ```sh\n   ls\n   ```\n2. Two\n   - deep\n\n> quote\n\n"
        "| a |\n|---|\n| 1 |\n\n![i](j.png)[^p1]\n\n$$\nx\n$$\n\n---\n\n<div>h</div>\n\n[l]: https://x.example\n"
    )
    assert [(b.kind, b.text, b.ordered, b.depth) for b in markup.blocks(markdown)] == [
        ("heading", "Title", False, 0),
        ("paragraph", "Intro\nline", False, 0),
        ("item", "One", True, 1),
        ("code", "```sh\n   ls\n   ```", True, 1),
        ("item", "Two", True, 1),
        ("item", "deep", False, 2),
        ("quote", "> quote", False, 0),
        ("table", "| a |\n|---|\n| 1 |", False, 0),
        ("image", "![i](j.png)[^p1]", False, 0),
        ("formula", "$$\nx\n$$", False, 0),
        ("rule", "---", False, 0),
        ("html", "<div>h</div>", False, 0),
        ("definition", "[l]: https://x.example", False, 0),
    ]


def test_plain() -> None:
    """Only words are left: of links their text, of pictures their description, of formulas the source."""
    markdown = (
        "## Head *line*\n\nA [link](https://x.example) &amp; ![pic](i.png), `code`, $x_1$.[^p1]\nNext\n\n"
        "- item\n\n```py\nrun()\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n<div>raw <b>html</b></div>"
    )
    assert markup.plain(markdown) == ("Head line\nA link & pic, code, x_1. Next\nitem\nrun()\na\nb\n1\n2\nraw html")


def test_references() -> None:
    """References are found where they stand, but not in code, in formulas or behind a backslash."""
    body = "One.[^p1][^p12]\n\n- `[^p2]` \\[^p3] two.[^p1]\n\n```\n[^p4]\n```\n\n$x[^p5]$ three.[^p6] [^q1]"
    found = markup.references(body)
    assert [key for key, _ in found] == ["p1", "p12", "p1", "p6"]
    assert all(body.startswith(f"[^{key}]", position) for key, position in found)


def test_deep_nesting_keeps_the_words() -> None:
    """HTML nested thousands of levels deep is read, not a crash."""
    assert "words" in markup.from_html("<div>" * 240 + "words" + "</div>" * 240)
    assert markup.from_html("<blockquote>" * 5000 + "words") != ""
    assert len(markup.blocks("> " * 5000 + "words")) == 1
    assert harmful(markup.to_html("> " * 5000 + "<script>")) == []


# One text, two readers: pages are rendered by Python-Markdown, and places are found by markdown-it


def commonmark(markdown: str) -> str:
    """A text as the reader of CommonMark renders it, with the same HTML for code, formulas and references."""

    def rule(_: object, tokens: Any, index: int, *__: object) -> str:
        return rendering._AS_HTML[tokens[index].type](tokens[index])

    parser = parsing.parser.__wrapped__()
    for kind in rendering._AS_HTML:
        parser.add_render_rule(kind, rule)
    return parser.render(markdown)


def converted(markdown: str) -> str:
    """A text as Python-Markdown renders it, safe to show."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rendering, "_is_alike", lambda _: False)
        return markup.to_html(markdown)


def lines(html: str) -> list[str]:
    """Those that are not blank, but for code."""
    return re.sub(r"\n{2,}(?=<)", "\n", html).rstrip().split("\n")


STRUCTURE = re.compile("h[1-6r]|[uo]l|li|p|pre|table|t[hd]|blockquote|img|a|math|code|em|strong|s|sup|br")


def shape(html: str) -> tuple[str, list[tuple[object, ...]]]:
    """What a reader sees of a page: its words, and its elements, each with how deep it stands and what it names."""
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(html, "html.parser")
    names = ("href", "src", "alt", "title", "start", "style", "class", "data-ref")
    elements = [
        (
            tag.name,
            len(tag.find_parents(["ul", "ol", "blockquote"])),
            *(str(tag.get(name)).replace("text-align: ", "text-align:").rstrip(";") for name in names),
        )
        for tag in soup.find_all(lambda tag: bool(STRUCTURE.fullmatch(tag.name)))
    ]
    return "".join(soup.get_text().split()), elements


FORMS = (
    "- a\n  - b\n    - c\n- d",
    "text\n- a\n- b",
    "text\n```\ncode\n```\ntext",
    "- a\nlazy\n\n  second\n- b",
    "1) a\n2) b\n\n3. c",
    "7. a\n\n   ```py\n   x = 1\n\n     y\n   ```\n8. b",
    "- a\n\n      code\n- ```\n  - no\n  ```",
    "- a\n\n* b\n\n> c\n\n> d",
    "- # head\n-\n- > quote\n  > - deep\n\n  end",
    "one\\\ntwo  \nthree",
    "<https://a.example/b_c_d> <kim@a.example> [r][x] [x]\n\n[x]: https://x.example 'T \"&\"'",
    "One\ntwo\n===\n\nThree\n---",
    r"\*no\* \_no\_ \# \[no](x) \`no\` 1\. \<b> \&amp;",
    "&copy; &amp;copy; &lt;b&gt; &#42;a&#42; AT&T a&b;",
    "<div>\n*no*\n</div>\n\n<b>*yes*</b> <!-- gone -->",
    "**b *c* d** _e __f__ g_ in**ter**nal snake_case_name 2*3*4 ***all***",
    "` a ` `` ` `` `<b>&amp;` `\\`",
    '[a *b* `c` ![d](e)](f?g=1&copy=2 "h")![i_j_](k(l))',
    "a | b\n- no\n+ no\n= no",
    "| a | b |\n|:-:|--:|\n| `x\\|y` | \\| |\n\n| only |\n|---|",
    "\\- a\n\\> b\n\n1986\\. c\n\n\\+ d\n\\===\n\\# e",
    "# A # b #\n\n#\n\n## *c* \\#",
    "    code\n\n\ttab",
    "- - - a\n    - b\n\n***\n1. - c",
    "~~a ~ b~~ ~c~ $x~y$ $$\na\n$$\n\n- $$b$$\n  $$\n  c\n  $$",
)


@pytest.mark.parametrize("markdown", FORMS)
def test_every_form_means_what_commonmark_says(markdown: str) -> None:
    """Where Python-Markdown has habits of its own, the page still shows what CommonMark means."""
    assert shape(markup.to_html(markdown)) == shape(commonmark(markdown))


WORDS = st.sampled_from(
    [
        *(
            "words",
            "a *b* **c** `d`",
            "x\ny",
            "x  \ny",
            "[a](b)",
            "$x_1$.[^p1]",
            "**b _i_** ~~s~~",
            "a | b",
            "__init__",
        ),
        *("2020\\. x", "a\\\nb", "![p](q)", "* \\*", "<https://a.example>", "a &lt; b", "+", "1.", "<b>x</b>", "#"),
    ]
)
LEAVES = WORDS | st.sampled_from(
    [
        *(
            "```py\nx = 1\n\n  y\n```",
            "~~~\n- a\n~~~",
            "# Head",
            "Title\n=====",
            "---",
            "<div>raw</div>",
            "$$\nx\n$$",
        ),
        *("| a | b |\n|:-:|---|\n| `x|y` | $z$ |\n| [l](m) |", "    code\n\n    more"),
    ]
)


def _joined(blocks: list[str], gaps: list[str]) -> str:
    return "".join(part for pair in zip(blocks, gaps, strict=False) for part in pair).strip("\n")


def _texts(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Lists, tight or loose, and quotes of what is given, one below the other."""
    marks = st.sampled_from(["- ", "* ", "+ ", "1. ", "7) ", "10. ", "-   "])
    lists = st.builds(
        lambda mark, items, gap: gap.join(mark + item.replace("\n", "\n" + " " * len(mark)) for item in items),
        marks,
        st.lists(inner, min_size=1, max_size=3),
        st.sampled_from(["\n", "\n\n"]),
    )
    quotes = inner.map(lambda text: "\n".join(f"> {line}" for line in text.split("\n")))
    gaps = st.lists(st.sampled_from(["\n\n", "\n\n", "\n"]), min_size=3, max_size=3)
    return st.builds(_joined, st.lists(inner | lists | quotes, min_size=1, max_size=3), gaps)


@settings(max_examples=200, deadline=None)
@given(st.recursive(LEAVES, _texts, max_leaves=12))
def test_pages_show_what_commonmark_means(markdown: str) -> None:
    """However lists, quotes and blocks stand within each other, words and structure are CommonMark's."""
    assert shape(converted(markdown)) == shape(commonmark(markdown))
    assert shape(markup.to_html(markdown)) == shape(commonmark(markdown))


@settings(max_examples=150, deadline=None)
@given(st.recursive(LEAVES, _texts, max_leaves=8))
@example("words\n\nwords\nTitle\n=====")
def test_what_both_write_alike_is_the_same_html(markdown: str) -> None:
    """A page does not tell which of the two wrote it, blank lines aside."""
    tokens = parsing.parser().parse(markdown)
    assume(all(map(rendering._is_alike, tokens)))
    assert lines(converted(markdown)) == lines(markup.to_html(markdown))


def forums() -> Iterator[tuple[Path, Source]]:
    for folder in ("beer-2020-06", "bicycles.meta-2023", "quantumcomputing-2018-09"):
        yield Path(DATA, "stackexchange", folder), Source(name="forum", format="stackexchange")


@pytest.mark.skipif(not DATA, reason="KBUILDER_EVAL_DATA does not name the folder of judged data")
def test_real_posts_show_what_commonmark_means() -> None:
    """Of 200 posts of each real forum, at most one looks other than CommonMark says."""
    for path, source in forums():
        threads = islice(importers.read(path, source, Report()), 200)
        bodies = [post.body for thread in threads for post in thread.posts]
        sample = random.Random(1).sample(bodies, 200)
        other = [body for body in sample if shape(converted(body)) != shape(commonmark(body))]
        assert len(other) <= 1, other
        alike = [body for body in sample if all(map(rendering._is_alike, parsing.parser().parse(body)))]
        assert len(alike) > 150
        assert [body for body in alike if lines(converted(body)) != lines(markup.to_html(body))] == []


def test_the_example_shows_what_commonmark_means() -> None:
    """Every post of the example looks as CommonMark says."""
    source = Source(name="larkspan", format="jsonl")
    threads = [thread for file in EXAMPLE.glob("*.jsonl") for thread in importers.read(file, source, Report())]
    bodies = [post.body for thread in threads for post in thread.posts]
    assert len(bodies) > 200
    assert [body for body in bodies if shape(markup.to_html(body)) != shape(commonmark(body))] == []


def test_threads_render_apart() -> None:
    """Texts that are rendered at the same time do not mix."""
    bodies = [f"- {number}\n\n  ```\n  {number}\n  ```\n- $x_{number}$" for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        assert [*pool.map(markup.to_html, bodies)] == [markup.to_html(body) for body in bodies]
