"""The laws of the house, each proved on whole knowledge bases."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import prepared
import pytest
from factories import post, thread
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kbuilder import Workspace, markup, records, suggest
from kbuilder.errors import ConfigError, Conflict, StaleError
from kbuilder.records import Draft, Post, Thread
from kbuilder.redact import redact
from kbuilder.store import outbox
from kbuilder.store.outbox import News, Outbox
from kbuilder.store.people import Handled, Person, Work
from kbuilder.text import squeeze
from kbuilder.texts import translator
from kbuilder.workspace import answering
from kbuilder.workspace.publishing import differences

WHEN = "2026-06-01T12:00:00Z"
APPROVED = 6
PRIVATE = (
    "casey.wren@mail.example",
    "LS-4471-90823",
    "jo.amsel@post.example",
    "LS-7730-11264",
)


def clock() -> str:
    return WHEN


def write_threads(threads: list[Thread], path: Path) -> Path:
    path.write_bytes(b"".join(records.dumps(each) + b"\n" for each in threads))
    return path


def decided(kb: Workspace, count: int = APPROVED) -> Workspace:
    """Approve the first drafts of the queue and publish."""
    ready = [item.lineage for item in kb.queue() if isinstance(kb.draft(item.lineage), Draft)]
    for lineage in ready[:count]:
        kb.approve(lineage, editor="ada")
    kb.publish()
    return kb


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The example community, built without a model, with some articles published. Tests do not change it."""
    return decided(prepared.example(tmp_path_factory, clock), 12)


@pytest.fixture(scope="module")
def third(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A third of the example, likewise. Tests do not change it."""
    kb = prepared.few(tmp_path_factory.mktemp("third") / "kb", clock)
    kb.import_threads("jsonl", kb.example)
    kb.build()
    return decided(kb, 12)


@pytest.fixture
def copy(third: Workspace, tmp_path: Path) -> Workspace:
    """A copy of it that a test may change."""
    shutil.copytree(third.root, tmp_path / "kb")
    return Workspace(tmp_path / "kb", clock)


def example_threads(kb: Workspace) -> list[Thread]:
    return [records.loads(Thread, line) for line in kb.example.read_bytes().splitlines()]


def files(folder: Path) -> Iterator[Path]:
    return (file for file in sorted(folder.rglob("*")) if file.is_file())


def holders(words: str, *folders: Path) -> list[str]:
    """The files below some folders that hold some words."""
    return [str(file) for folder in folders for file in files(folder) if words.encode() in file.read_bytes()]


# Law 1: same bytes


@pytest.mark.parametrize(
    ("hash_seed", "zone", "locale"),
    [("1", "Pacific/Apia", "de_DE.UTF-8"), ("4242", "America/St_Johns", "tr_TR.UTF-8")],
)
def test_the_site_is_a_function_of_the_git_tree(
    example: Workspace, tmp_path: Path, hash_seed: str, zone: str, locale: str
) -> None:
    """A shallow clone in another folder, hash seed, time zone and locale publishes the same bytes."""
    clone = tmp_path / "somewhere else"
    subprocess.run(
        ["git", "clone", "--quiet", "--depth", "1", example.root.as_uri(), str(clone)],
        check=True,
        capture_output=True,
    )
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": zone, "LC_ALL": locale, "LANG": locale}
    command = [sys.executable, "-m", "kbuilder.cli", "-C", str(clone), "publish"]
    subprocess.run(command, check=True, capture_output=True, env=environment, cwd=tmp_path)
    assert differences(example.parts.site, clone / "_build" / "site") == []
    assert len(list(files(example.parts.site))) > 30


def test_candidates_drafts_and_index_do_not_depend_on_the_order_of_the_input(
    example: Workspace, tmp_path: Path
) -> None:
    """The same threads in another order give the same generation, byte for byte."""
    threads = example_threads(example)
    random.Random(7).shuffle(threads)
    other = Workspace.create(tmp_path / "kb", recipe="small", example=True, clock=clock)
    other.import_threads("jsonl", write_threads(threads, tmp_path / "shuffled.jsonl"), name="larkspan")
    one, two = example.generation, other.build().generation
    assert one.id == two.id
    assert differences(one.folder, two.folder) == []
    assert len(one.candidates) > 100


def test_two_builds_of_the_example_are_equal(copy: Workspace) -> None:
    """``build --check`` and ``publish --check`` find nothing."""
    assert copy.build_check() == []
    assert copy.publish_check() == []


# Law 2: incremental = from nothing

TOPICS = (
    ("reset the router", "Hold the small reset button for ten seconds until the light turns white."),
    ("charge the tracker", "Clean both contacts and the cradle with a dry cloth, then charge it for an hour."),
    ("forward a port", "Open Internet, then Port forwarding, choose the device and enter the port number."),
)


@st.composite
def histories(draw: st.DrawFn) -> list[list[Thread]]:
    """Some states of a forum, one after the other: threads are added, changed and deleted between them."""
    states: list[list[Thread]] = []
    current: dict[int, Thread] = {}
    for _ in range(draw(st.integers(2, 3))):
        for key in draw(st.lists(st.integers(0, 8), min_size=1, max_size=5, unique=True)):
            topic, answer = TOPICS[key % 3]
            act = draw(st.sampled_from(["add", "change", "delete"]))
            if act == "delete" and len(current) > 1:
                current.pop(key, None)
            else:
                word = draw(st.sampled_from(["please", "again", "today"]))
                body = f"I tried to {topic} {word} and nothing happens at all."
                current[key] = thread(key, f"How do I {topic}?", body, (f"{answer} Wait a minute {word}.",))
        states.append(list(current.values()))
    return states


@given(states=histories())
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_incremental_build_equals_one_from_nothing(
    tmp_path_factory: pytest.TempPathFactory, states: list[list[Thread]]
) -> None:
    """Whatever was added, changed and deleted before: with the same ledger the result has the same bytes."""
    folder = tmp_path_factory.mktemp("history")
    step_by_step = Workspace.create(folder / "steps", recipe="small", clock=clock)
    for state in states:
        source = write_threads(state, folder / "forum.jsonl")
        step_by_step.import_threads("jsonl", source, name="forum", complete=True, allow_removals=True)
        step_by_step.build()
    at_once = Workspace.create(folder / "once", recipe="small", clock=clock)
    at_once.import_threads("jsonl", folder / "forum.jsonl", name="forum", complete=True)
    at_once.parts.database.write_ledger(step_by_step.parts.database.read_ledger())
    one, two = step_by_step.generation, at_once.build().generation
    assert [name for name in differences(one.folder, two.folder) if name != "changes.jsonl"] == []
    assert sum(len(each.members) for each in one.candidates.values()) == len(states[-1])


# Law 3: nothing without a verdict, and no rebuild overwrites one


def test_nothing_is_published_without_a_verdict(tmp_path: Path) -> None:
    """Imported, clustered, drafted and indexed: still no sentence of it is on the site."""
    kb = Workspace.create(tmp_path / "kb", recipe="small", clock=clock)
    kb.import_threads("jsonl", write_threads([thread(n) for n in range(3)], tmp_path / "t.jsonl"), name="forum")
    kb.build()
    assert kb.publish().articles == 0
    assert kb.queue() != []
    assert holders("Hold the reset button", kb.parts.site) == []


def test_a_changed_source_proposes_and_overwrites_nothing(copy: Workspace, tmp_path: Path) -> None:
    """The article's file keeps its bytes; the page says that its source has changed; the editor is asked."""
    threads = example_threads(copy)
    article = copy.articles()[0]
    cited = {source.post for source in article.sources.values()}
    before = copy.parts.head().list("articles")
    bytes_before = [copy.parts.head().read(path) for path in before]
    changed = [
        _with_posts(each, lambda p: replace(p, body="Now different. " + p.body) if p.id in cited else p)
        for each in threads
    ]
    copy.import_threads("jsonl", write_threads(changed, tmp_path / "t.jsonl"), name="larkspan")
    copy.build()
    assert [copy.parts.head().read(path) for path in before] == bytes_before
    told = [json.loads(line) for line in (copy.parts.head().read("withdrawn.jsonl") or b"").splitlines()]
    assert {line["post"] for line in told if line["state"] == "changed"} >= cited
    assert article.id in {item.article for item in copy.queue() if item.kind == "outdated"}


def _with_posts(each: Thread, change: object) -> Thread:
    call = change  # a function from post to post
    return replace(
        each,
        question=call(each.question),  # type: ignore[operator]
        answers=tuple(call(p) for p in each.answers),  # type: ignore[operator]
        comments=tuple(call(p) for p in each.comments),  # type: ignore[operator]
    )


def test_a_decided_candidate_is_not_asked_again(copy: Workspace) -> None:
    """Approved and rejected candidates leave the queue and stay away through a rebuild."""
    first = copy.queue()[0].lineage
    copy.reject(first, editor="ada", reason="not for everyone")
    copy.build()
    waiting = {item.lineage for item in copy.queue()}
    assert first not in waiting
    assert not {article.lineage for article in copy.articles()} & waiting
    copy.undo(first, editor="ada")
    assert first in {item.lineage for item in copy.queue()}


def test_a_damaged_decision_is_not_forgotten(copy: Workspace) -> None:
    """A rejection whose file was damaged by hand stops what rests on it, is named, and counts again once mended."""
    turned_down = copy.queue()[0].lineage
    copy.reject(turned_down, editor="ada", reason="not ours")
    [file] = (path for path in (copy.root / "decisions").rglob("*.json") if b"not ours" in path.read_bytes())
    good, name = file.read_bytes(), file.relative_to(copy.root).as_posix()
    by_hand(copy, name, good[:40])
    for work in (copy.queue, copy.build):
        with pytest.raises(ConfigError, match=re.escape(name)) as caught:
            work()
        assert "git log" in caught.value.advice
    assert [fault.place for fault in copy.check()] == [name]
    by_hand(copy, name, good)
    copy.build()
    assert turned_down not in {item.lineage for item in copy.queue()}
    assert copy.check() == []


def by_hand(kb: Workspace, name: str, content: bytes) -> None:
    """Someone commits a file with git itself."""
    (kb.root / name).write_bytes(content)
    who = ["-c", "user.name=ada", "-c", "user.email=ada@help.example"]
    subprocess.run(["git", "-C", str(kb.root), *who, "commit", "-qm", "by hand", "--", name], check=True)


def test_a_lost_database_is_no_empty_forum(copy: Workspace) -> None:
    """A build that finds none of its sources stops: nothing is withdrawn, no figure is overwritten."""
    before = copy.parts.head().id
    copy.close()
    shutil.rmtree(copy.parts.var)
    opened = Workspace.open(copy.root, clock)
    with pytest.raises(StaleError, match="larkspan"):
        opened.build()
    assert opened.parts.head().id == before
    assert any("never imported" in line["message"] for line in opened.status()["attention"])


# Law 5: every sentence has a source; what is gone is gone


def test_every_sentence_of_every_draft_has_its_source(example: Workspace) -> None:
    """Each reference names a place whose redacted text holds the sentence; nothing stands without one."""
    posts = {each.id: each for stored in example.parts.database.threads() for each in stored.posts}
    drafts = [each for each in example.generation.drafts.values() if isinstance(each, Draft)]
    assert len(drafts) > 100
    for draft in drafts:
        used = {name for name, _ in markup.references(draft.body)}
        assert used == set(draft.sources), draft.title
        for source in draft.sources.values():
            cited = posts[source.post]
            assert source.digest == cited.digest
            passage = squeeze(redact(cited.body[source.start : source.end]).text)
            assert passage, (draft.title, source)
        told = [each for each in markup.blocks(draft.body) if each.kind in ("paragraph", "item", "quote")]
        bare = [
            each.text for each in told if each.text.strip() and not re.search(r"(\[\^p\d+\])+$", each.text.strip())
        ]
        assert bare == [], draft.title


def test_a_deleted_post_leaves_drafts_index_and_site_in_the_same_build(copy: Workspace, tmp_path: Path) -> None:
    """The words of an answer that is gone at the source stand nowhere that is shown or searched."""
    article = copy.articles()[0]
    thread_id = next(source.post for source in article.sources.values()).partition("#")[0]
    stored = copy.parts.database.thread(thread_id)
    assert stored is not None
    gone = stored.solutions[0]
    words = _a_sentence_of(gone)
    shown = (copy.parts.site, copy.generation.folder)
    assert holders(words, *shown)
    left = [
        replace(each, answers=tuple(a for a in each.answers if a.id != gone.id)) if each.id == thread_id else each
        for each in example_threads(copy)
    ]
    copy.import_threads("jsonl", write_threads(left, tmp_path / "t.jsonl"), name="larkspan", complete=True)
    copy.build()
    assert holders(words, copy.parts.site, copy.generation.folder) == []
    assert gone.id in (copy.parts.head().read("withdrawn.jsonl") or b"").decode()


def _a_sentence_of(each: Post) -> str:
    lines = [line.strip() for line in each.body.replace("**", "").splitlines() if len(line.strip()) > 25]
    return lines[0].split(". ")[0].lstrip("1234567890. ")[:40]


@pytest.mark.parametrize("what", ["post", "author"])
def test_erasing_leaves_no_byte_outside_git_history(copy: Workspace, what: str) -> None:
    """Neither words nor name stand in database, articles, decisions, caches, index, drafts or site."""
    copy.example.unlink()
    cited, words = _quoted(copy)
    target, author = cited.id, cited.author
    assert author is not None
    assert holders(words, copy.root / "articles")
    copy.erase_post(target) if what == "post" else copy.erase_author(author.id)
    copy.close()
    kept = [copy.root / name for name in ("articles", "decisions", "facts", "var", "_build")]
    assert holders(words, *(folder for folder in kept if folder.exists())) == []
    if what == "author":
        assert holders(author.id, *(folder for folder in kept if folder.exists())) == []


def _quoted(kb: Workspace) -> tuple[Post, str]:
    """A post that an article quotes, and words of it that stand there."""
    posts = {each.id: each for stored in kb.parts.database.threads() for each in stored.posts}
    for article in kb.articles():
        for source in article.sources.values():
            words = posts[source.post].body[source.start : source.end][:40]
            if words in article.body and posts[source.post].author:
                return posts[source.post], words
    raise AssertionError("no article quotes a post word by word")


def cited_post(kb: Workspace) -> str:
    """A post that the first article rests on."""
    return next(source.post for source in kb.articles()[0].sources.values())


def test_erasing_clears_what_lies_beside(copy: Workspace) -> None:
    """Rows set aside of the same source, what the desk and the mails keep, and what an earlier version kept of the
    site; another source's rows stay."""
    target = cited_post(copy)
    aside = copy.root / "var" / "set-aside"
    aside.mkdir()
    source = target.partition(":")[0]
    for name in (f"{source}.jsonl", f"{source}.2.jsonl", "other.jsonl"):
        (aside / name).write_text("a row\n")
    article = copy.articles()[0]
    news = News(number=1, id="n", kind="published", time=WHEN, title=article.title, path="/desk", article=article.id)
    outbox.write(copy.parts.var, Outbox(commit=copy.parts.head().id, number=1, news=[news]))
    people = copy.parts.people
    someone = Person(id="p", name="Ada", mail="ada@help.example", created=WHEN)
    people.add(someone)
    for what in (article.id, article.lineage, "another"):
        people.save_work(Work(person="p", target=what, base="", title=article.title, body="", updated=WHEN))
    given = {"decision": "d", "person": "p", "verdict": "approve", "opened": "", "decided": WHEN}
    people.handled(Handled(target=article.lineage, title=article.title, **given))
    (copy.root / "_build" / "site-public.twin").mkdir()
    (copy.root / "_build" / "site-public.sqlite").write_text("old")
    erased = copy.erase_post(target)
    assert [each.target for each in people.works()] == ["another"]
    assert [each.title for each in people.done()] == [""]
    assert (outbox.read(copy.parts.var).news, outbox.read(copy.parts.var).number) == ([], 1)
    assert erased.rows_of == (f"{source}.2.jsonl", f"{source}.jsonl")
    assert [file.name for file in aside.iterdir()] == ["other.jsonl"]
    assert not [*(copy.root / "_build").glob("site-*")]


def test_erasing_waits_for_edits_by_hand(copy: Workspace) -> None:
    """An article that somebody changes by hand would bring the erased words back with its commit."""
    target = cited_post(copy)
    file = next((copy.root / "articles").rglob("*.md"))
    file.write_text(file.read_text() + "\nBy hand.\n")
    with pytest.raises(Conflict, match=file.name):
        copy.erase_post(target)
    assert file.read_text().endswith("By hand.\n")


def test_what_was_erased_does_not_come_back(copy: Workspace) -> None:
    """Importing the same export again leaves the erased post out."""
    target = next(iter(copy.articles()[0].sources.values())).post
    copy.erase_post(target)
    copy.import_threads("jsonl", copy.example, name="larkspan")
    stored = copy.parts.database.thread(target.partition("#")[0])
    assert stored is None or target not in {each.id for each in stored.posts}


# Law 6: silence


def test_an_article_is_found_by_every_phrasing_that_it_keeps(example: Workspace) -> None:
    """As people asked it, so it is found: the article comes first."""
    library = answering.library(example.parts)
    indexes = library.indexes("public")
    asked = [(article, phrasing) for article in example.articles() for phrasing in article.phrasings]
    assert len(asked) > 15
    for article, phrasing in asked:
        question = suggest.question_of(phrasing, article.language, indexes, library.reader)
        found = suggest.find(question, indexes)
        assert found.id(0) == article.id, phrasing


def test_articles_lead_to_those_that_are_near(example: Workspace) -> None:
    """Each names such as were there before, never itself, none twice; the site leads both ways."""
    articles = {each.id: each for each in example.articles()}
    named = {name: each.related for name, each in articles.items() if each.related}
    assert named
    for name, related in named.items():
        near = [each for each, _ in example.generation.candidates[articles[name].lineage].near]
        lineages = [articles[other].lineage for other in related]
        assert name not in related
        assert lineages == [each for each in near if each in lineages]
        assert set(lineages) <= {each.lineage for each in example.related(articles[name].lineage)}
    one, (other, *_) = next(iter(named.items()))
    for here, there in ((one, other), (other, one)):
        page = next(example.parts.site.glob(f"public/*/{articles[here].slug}/index.html")).read_text("utf-8")
        heading = translator(articles[here].language)("Related answers")
        assert f'"../{articles[there].slug}/"' in page.partition(f"<h2>{heading}</h2>")[2]


def test_a_question_without_an_answer_meets_silence(example: Workspace) -> None:
    """Nothing is shown for what the community does not know."""
    assert example.suggest("How often should I descale an espresso machine?") == []
    assert example.suggest("") == []


# Law 7: what is private stays private


def test_personal_data_is_in_no_byte_that_leaves(example: Workspace) -> None:
    """Addresses and order numbers from the example's posts are in no draft, article, index, figure or page."""
    assert all(word.encode() in example.example.read_bytes() for word in PRIVATE)
    left = [example.root / name for name in ("articles", "decisions", "facts", "_build")]
    for word in PRIVATE:
        assert holders(word, *left) == []


def test_hostile_text_reaches_no_page(example: Workspace) -> None:
    """Scripts and their links from posts stand on no page, approved or not."""
    for word in ("<script>alert", "onerror=", "javascript:alert"):
        pages = [path for path in holders(word, example.parts.site) if path.endswith(".html")]
        assert pages == []


def test_a_protected_thread_is_in_nothing_public(tmp_path: Path) -> None:
    """Threads of another audience feed neither public suggestions nor public pages and figures."""
    secret = replace(thread(2, "Which canary sings in zone seven?"), audience="partner")
    kb = Workspace.create(tmp_path / "kb", recipe="small", clock=clock)
    source = write_threads([thread(1), secret], tmp_path / "t.jsonl")
    kb.import_threads("jsonl", source, name="forum")
    kb.build()
    kb.publish()
    assert kb.suggest("Which canary sings in zone seven?") == []
    assert holders("canary", kb.parts.site, kb.root / "facts") == []


def test_comments_are_never_answers(tmp_path: Path) -> None:
    """A comment's words are not drafted as a solution."""
    said = (post("forum:1", 9, "A comment that nobody accepted as an answer.", reply_to="forum:1#2"),)
    kb = Workspace.create(tmp_path / "kb", recipe="small", clock=clock)
    kb.import_threads("jsonl", write_threads([thread(1, comments=said)], tmp_path / "t.jsonl"), name="forum")
    kb.build()
    assert holders("nobody accepted", kb.generation.folder) == []
