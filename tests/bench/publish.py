"""Publishing beside named peers: ``make bench ONLY=publish``. CPU seconds and peak memory, all in one run.

Articles are made up: 450 words that are spread as words are, a list, a piece of code, three of 400 tags, sources.
"""

from __future__ import annotations

import compileall
import gzip
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import accumulate
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import kbuilder
from kbuilder.records import Article, Citation, digest
from kbuilder.store import articles as article_files

TAGS = 400
VOCABULARY = 12_000
WORDS = 450
PRODUCTS = 12
THROTTLED = 4
TRIES = 5
LONG_TASKS = """new Promise((done) => {
  const found = [];
  const seen = new PerformanceObserver((list) => {
    for (const { blockingDuration = 1, duration } of list.getEntries()) if (blockingDuration) found.push(duration);
  });
  // Not all that takes long is told as a task: a page's first frame is told as a frame alone.
  for (const type of ["longtask", "long-animation-frame"]) seen.observe({ type, buffered: true });
  setTimeout(() => done(found.map(Math.round)), 500);
})"""
FIRST_RESULT = """new Promise((done) => {
  const input = document.querySelector("#q");
  let began;
  input.addEventListener("input", () => { began = performance.now(); }, { capture: true, once: true });
  new MutationObserver(() => {
    if (document.querySelector(".results li a")) requestAnimationFrame(() => done(performance.now() - began));
  }).observe(document.body, { childList: true, subtree: true });
  input.focus();
  document.execCommand("insertText", false, WORD);
})"""
"""From the key to the frame with a result, as the page itself has it: to be told of each file takes longer."""
PACKED = (".pf_meta", ".pf_index", ".pf_fragment")
"""Endings of files that are compressed as they lie there."""
CONFIG = """\
format = 1
title = "Bench Help"
url = "https://help.bench.example"
languages = ["en"]
team = "the support team"
ask_url = "https://community.bench.example/new"

[[source]]
name = "forum"
format = "jsonl"
title = "Bench Community"
url = "https://community.bench.example"
licence = "CC BY-SA 4.0"
"""
_SYLLABLES = [first + second for first in "bcdfghklmnprstvw" for second in "aeio"]


class Words:
    """Made-up words, some often and most seldom, as in any language."""

    def __init__(self, seed: int = 7) -> None:
        self.random = random.Random(seed)
        words = dict.fromkeys(
            "".join(self.random.choices(_SYLLABLES, k=self.random.choice((1, 2, 2, 3, 3, 4))))
            for _ in range(VOCABULARY * 3)
        )
        self.known = list(words)[:VOCABULARY]
        self.weights = list(accumulate(1 / (rank + 2.7) for rank in range(len(self.known))))

    def some(self, count: int) -> list[str]:
        """That many words."""
        return self.random.choices(self.known, cum_weights=self.weights, k=count)

    def sentence(self, count: int) -> str:
        """One sentence of that many words."""
        return " ".join(self.some(count)).capitalize() + "."


def articles(count: int) -> Iterator[Article]:
    """Made-up articles, the same ones each time; a smaller number is the beginning of a larger one."""
    words = Words()
    for number in range(count):
        yield _article(number, count, words)


def _article(number: int, count: int, words: Words) -> Article:
    chance = words.random
    title = " ".join(words.some(6)).capitalize()
    when = f"20{18 + number % 8}-{number % 12 + 1:02}-{number % 28 + 1:02}T{number % 24:02}:{number % 60:02}:00Z"
    sources = {f"p{key}": _source(number, key, when) for key in (1, 2)}
    return Article(
        id=digest(f"article {number}")[:12],
        slug=f"{chance.choice(words.known)}-{number:05}",
        title=title,
        language="en",
        body=_body(words),
        created=when,
        updated=when,
        verified=when,
        tags=tuple(f"topic {tag:03}" for tag in sorted(chance.sample(range(TAGS), 3))),
        product=f"Product {number % PRODUCTS + 1}",
        phrasings=tuple(" ".join(words.some(5)) for _ in range(2)),
        related=tuple(digest(f"article {chance.randrange(count)}")[:12] for _ in range(2)),
        lineage=digest(f"lineage {number}")[:12],
        sources=sources,
    )


def _source(number: int, key: int, when: str) -> Citation:
    author = f"member{number * 7 % 997}"
    return Citation(
        post=f"forum:{number}#{key}",
        start=0,
        end=40,
        digest=digest(f"{number} {key}"),
        author=author,
        author_url=f"https://community.bench.example/u/{author}",
        url=f"https://community.bench.example/t/{number}/{key}",
        date=when,
    )


def _body(words: Words) -> str:
    lead = " ".join(words.sentence(14) for _ in range(4))
    steps = "\n".join(f"{step}. {words.sentence(13)}[^p2]" for step in range(1, 6))
    rest = "\n\n".join(" ".join(words.sentence(15) for _ in range(4)) + "[^p1]" for _ in range(5))
    code = "\n".join(
        f'{name} = device.{other}("{value}")' for name, other, value in (words.some(3) for _ in range(6))
    )
    return f"{lead}[^p1]\n\n## What to do\n\n{steps}\n\n```python\n{code}\n```\n\n## More\n\n{rest}\n"


def write(root: Path, count: int) -> None:
    """A knowledge base of that many articles, committed."""
    files = {article_files.path(each): article_files.write(each) for each in articles(count)}
    files |= {"kbuilder.toml": CONFIG.encode(), ".gitignore": b"/_build/\n/var/\n"}
    for path, data in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "articles"]):
        git(root, *command)


def git(root: Path, *words: str) -> None:
    """A git command, by nobody in particular."""
    who = ["-c", "user.name=bench", "-c", "user.email=bench@bench.example"]
    subprocess.run(["git", *who, *words], cwd=root, check=True)


# Measured


@dataclass(frozen=True)
class Cost:
    """What a command took: CPU seconds of all its processes, and the peak memory of the largest."""

    seconds: float
    megabytes: float

    def __str__(self) -> str:
        return f"{self.seconds:7.2f} CPU-s {self.megabytes:6.0f} MB"


def measured(root: Path, *command: str) -> Cost:
    """Run a command to its end."""
    started = subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(started.pid, 0)
    if status:
        raise SystemExit(f"failed: {' '.join(command)}")
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def output(folder: Path) -> str:
    """How many files a folder holds, and their bytes."""
    sizes = [file.stat().st_size for file in folder.rglob("*") if file.is_file()]
    return f"{sum(sizes) / 1e6:6.1f} MB in {len(sizes)} files"


def told(work: str, cost: Cost, more: str = "") -> Cost:
    print(f"  {work:<46} {cost}  {more}", flush=True)
    return cost


# The peers


def hugo(root: Path, count: int) -> None:
    """A Hugo site with the same pages, lists and feeds."""
    files = {"config.toml": HUGO, **{f"layouts/_default/{name}": text for name, text in LAYOUTS.items()}}
    for each in articles(count):
        front = {"title": each.title, "date": each.updated, "tags": each.tags, "products": [each.product]}
        files[f"content/{each.slug}.md"] = f"{json.dumps(front)}\n\n{_plain(each)}"
    _write(root, files)


def material(root: Path, count: int) -> None:
    """A MkDocs Material site with the same pages, its navigation cut down to what it can bear."""
    files = {"mkdocs.yml": MKDOCS, "docs/index.md": "# Bench Help\n"}
    for each in articles(count):
        front = json.dumps({"title": each.title, "tags": each.tags})
        files[f"docs/{each.slug}.md"] = f"---\n{front}\n---\n\n{_plain(each)}"
    _write(root, files)


def _plain(article: Article) -> str:
    return article.body.replace("[^p1]", "").replace("[^p2]", "")


def _write(root: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")


HUGO = """\
baseURL = "https://help.bench.example/"
title = "Bench Help"
paginate = 50
[taxonomies]
tag = "tags"
product = "products"
[outputs]
home = ["HTML", "RSS"]
section = ["HTML"]
taxonomy = ["HTML"]
term = ["HTML", "RSS"]
"""
LAYOUTS = {
    "baseof.html": """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{{ .Title }}</title>
<meta name="description" content="{{ .Summary | plainify | truncate 150 }}"></head>
<body><header><a href="/">Bench Help</a></header>
<main>{{ block "main" . }}{{ end }}</main><footer>Bench Help</footer></body></html>""",
    "single.html": """{{ define "main" }}<article data-pagefind-body><h1>{{ .Title }}</h1>{{ .Content }}
<ul>{{ range .GetTerms "tags" }}<li><a href="{{ .RelPermalink }}">{{ .Title }}</a></li>{{ end }}</ul></article>
{{ end }}""",
    "list.html": """{{ define "main" }}<h1>{{ .Title }}</h1><ul>{{ range .Paginator.Pages }}
<li><a href="{{ .RelPermalink }}">{{ .Title }}</a> {{ .Date.Format "2006-01-02" }}
<p>{{ .Summary | plainify | truncate 180 }}</p></li>{{ end }}</ul>
{{ template "_internal/pagination.html" . }}{{ end }}""",
    "terms.html": """{{ define "main" }}<h1>{{ .Title }}</h1><ul>{{ range .Pages }}
<li><a href="{{ .RelPermalink }}">{{ .Title }}</a> {{ len .Pages }}</li>{{ end }}</ul>{{ end }}""",
}
MKDOCS = """\
site_name: Bench Help
site_url: https://help.bench.example/
theme:
  name: material
  font: false
  features: [navigation.prune]
plugins: [search, tags]
nav: [index.md]
markdown_extensions: [pymdownx.highlight, pymdownx.superfences]
validation: {omitted_files: ignore}
"""


# All of it


def main(counts: Sequence[int] = (1_000, 10_000)) -> None:
    """Every figure, ours and the peers', for each number of articles."""
    mine = []
    with tempfile.TemporaryDirectory() as folder:
        for count in counts:
            print(f"{count} articles", flush=True)
            mine.append(ours(Path(folder) / f"kb{count}", count))
            ratios(mine[-1], theirs(Path(folder), count))
    if len(mine) > 1:
        print(f"from {counts[0]} to {counts[-1]} articles")
        growth(mine[0], mine[-1])


def ours(root: Path, count: int) -> dict[str, Cost]:
    """A full publish, one after nothing has changed, and after an edit of one article: the median of three."""
    root.mkdir()
    write(root, count)
    compileall.compile_dir(Path(kbuilder.__file__).parent, quiet=1)  # as what pip installs is, the peers too
    publish = (sys.executable, "-m", "kbuilder.cli", "publish")
    full = told("kbuilder, from nothing", measured(root, *publish), output(root / "_build/site"))
    browsed(root / "_build/site/public")
    same = told("kbuilder, nothing changed", measured(root, *publish))
    edits = []
    for path in sorted((root / "articles").rglob("*.md"))[count // 2 :: count // 7][:3]:
        text = path.read_text("utf-8").replace("## More", "## More of it\n\nOne more sentence.[^p1]")
        path.write_text(text, "utf-8")
        git(root, "commit", "-q", "-a", "-m", "edit")
        edits.append(told("kbuilder, one article edited", measured(root, *publish)))
    shutil.rmtree(root)
    return {"full": full, "same": same, "edit": sorted(edits, key=lambda cost: cost.seconds)[1]}


def browsed(site: Path) -> None:
    """What a browser loads for an article, and for the first result of a search, as a server compresses it."""
    from playwright.sync_api import Response, sync_playwright

    loaded: list[int] = []

    def weigh(answer: Response) -> None:
        body = answer.body() if answer.ok else b""  # what the browser has already is not sent again
        packed = body[:2] == b"\x1f\x8b" or urlsplit(answer.url).path.endswith(PACKED)
        loaded.append(len(body) if packed else len(gzip.compress(body)))

    with _served(site) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page()
        page.on("response", weigh)
        article = min(path.parent.name for path in site.glob("en/*-*/index.html"))
        page.goto(f"{address}en/{article}/", wait_until="networkidle")
        print(f"  an article's first load: {sum(loaded) / 1e3:.0f} KB in {len(loaded)} requests (40 and 6 are meant)")
        loaded.clear()
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": THROTTLED})
        for path in (f"en/{article}/", "en/", "en/-/topics/", "en/-/changes/"):
            tries = []  # what takes long once and not again is the machine's doing
            while len(tries) < TRIES and [] not in tries:
                page.goto(address + path, wait_until="networkidle")
                tries.append(page.evaluate(LONG_TASKS))
            long = min(tries, key=sum)
            print(f"  {path} on a quarter of the processor, tasks over 50 ms: {long} (none are meant)")
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 1})
        loaded.clear()
        search = FIRST_RESULT.replace("WORD", json.dumps(Words().known[20]))
        page.evaluate(search)
        page.wait_for_load_state("networkidle")
        weight = sum(loaded) / 1e3
        took: list[float] = []
        for _ in range(TRIES):
            page = browser.new_page()  # of its own context: nothing is there yet
            page.goto(f"{address}en/{article}/", wait_until="networkidle")
            took.append(page.evaluate(search) / 1e3)
            page.context.close()
        told = ", ".join(f"{each:.2f}" for each in sorted(took))
        print(f"  a first result: {told} s, {weight:.0f} KB (.9 and 500 are meant)", flush=True)
        browser.close()


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    quiet = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(quiet, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def theirs(folder: Path, count: int) -> dict[str, Cost]:
    """Hugo with Pagefind, and MkDocs Material; those that are installed."""
    import pagefind_bin

    found = {}
    if shutil.which("hugo"):
        hugo(folder / "hugo", count)
        found["hugo"] = told("Hugo, from nothing", measured(folder / "hugo", "hugo", "--quiet"))
        found["again"] = told("Hugo, again", measured(folder / "hugo", "hugo", "--quiet"))
        pagefind = str(pagefind_bin.get_executable())
        cost = measured(folder / "hugo", pagefind, "--site", "public", "--silent")
        found["pagefind"] = told("Pagefind over it", cost, output(folder / "hugo/public"))
        shutil.rmtree(folder / "hugo")
    else:
        print("  skipped: Hugo (apt install hugo)")
    mkdocs = shutil.which("mkdocs", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if mkdocs:
        material(folder / "mkdocs", count)
        cost = measured(folder / "mkdocs", mkdocs, "build", "-q")
        found["material"] = told("MkDocs Material, from nothing", cost, output(folder / "mkdocs/site"))
        shutil.rmtree(folder / "mkdocs")
    else:
        print("  skipped: MkDocs Material (make .venv/installed-bench)")
    return found


def ratios(mine: dict[str, Cost], peers: dict[str, Cost]) -> None:
    """What was measured beside the peers, in CPU seconds of one run."""
    full, edit = mine["full"].seconds, mine["edit"].seconds
    if "hugo" in peers:
        both = peers["hugo"].seconds + peers["pagefind"].seconds
        print(f"  full build / Hugo and Pagefind: {full / both:.2f} (at most 1 is meant)")
        again = peers["again"].seconds
        complete = again + peers["pagefind"].seconds
        print(f"  one edit / Hugo again: 1/{again / edit:.1f}, with search 1/{complete / edit:.1f} (at most 1/20)")
    if "material" in peers:
        print(f"  MkDocs Material / full build: {peers['material'].seconds / full:.2f} (at least 2 is meant)")


def growth(small: dict[str, Cost], large: dict[str, Cost]) -> None:
    """How much more ten times as many articles take."""
    print(f"  full build: {large['full'].seconds / small['full'].seconds:.1f} times (at most 11 is meant)")
    print(f"  one edit: {large['edit'].seconds / small['edit'].seconds:.1f} times (at most 1.5 is meant)")


def run() -> None:
    """A thousand articles, then ten thousand."""
    main()
