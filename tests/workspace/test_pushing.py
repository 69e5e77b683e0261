"""Verdicts that are sent on to another repository: at once, later, and on top of what others pushed."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import git_server
import pytest

from kbuilder.errors import ConfigError, Conflict
from kbuilder.records import Article
from kbuilder.store.remote import Unreached
from kbuilder.workspace import pushing, writing
from kbuilder.workspace.workspace import Workspace

BARE = ["git", "init", "-q", "--bare", "-b", "main"]


def git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True, text=True).stdout


def line(folder: Path) -> list[str]:
    """The messages of a repository's commits, the oldest first; it is one line."""
    assert git(folder, "rev-list", "--merges", "main") == ""
    return git(folder, "log", "--reverse", "--format=%s", "main").splitlines()


def write(kb: Workspace, title: str, body: str = "It is so.", lineage: str = "") -> Article:
    made = Article(id="", slug="", title=title, language="en", body=body, created="", updated="", lineage=lineage)
    return writing.create(kb.parts, made, "Ada <ada@example.org>")


def sent_to(kb: Workspace, remote: str, user: str = "") -> None:
    tree = kb.parts.head()
    table = f'\n[push]\nremote = "{remote}"\nuser = "{user}"\n'.encode()
    settings = (tree.read("kbuilder.toml") or b"").partition(b"\n[push]")[0] + table
    kb.parts.repository.commit(tree, {"kbuilder.toml": settings}, "Send it on", "ada", kb.parts.clock())


@pytest.fixture
def there(tmp_path: Path) -> Path:
    subprocess.run([*BARE, str(tmp_path / "there.git")], check=True)
    return tmp_path / "there.git"


@pytest.fixture
def kb(tmp_path: Path, there: Path) -> Iterator[Workspace]:
    made = Workspace.create(tmp_path / "kb", recipe="small")
    sent_to(made, str(there))
    yield made
    made.close()


@pytest.fixture
def other(kb: Workspace, there: Path, tmp_path: Path) -> Path:
    """Somebody else's clone of what is there."""
    pushing.push(kb.parts)
    git(tmp_path, "clone", "-q", str(there), "other")
    git(tmp_path / "other", "config", "user.name", "Bo")
    git(tmp_path / "other", "config", "user.email", "bo@example.org")
    return tmp_path / "other"


def elsewhere(other: Path, path: str, text: str) -> None:
    """Somebody else changes a file and pushes that."""
    (other / path).parent.mkdir(parents=True, exist_ok=True)
    (other / path).write_text(text, encoding="utf-8")
    git(other, "add", "-A")
    git(other, "commit", "-qm", f"Change {path}")
    git(other, "push", "-q")


def test_every_verdict_arrives(kb: Workspace, there: Path) -> None:
    """The first push takes all, each further one what is new, one without anything new nothing."""
    assert pushing.is_due(kb.parts)
    assert pushing.push(kb.parts).commits == len(line(kb.root))
    assert not pushing.is_due(kb.parts)
    write(kb, "One")
    write(kb, "Two")
    assert pushing.is_due(kb.parts)
    assert pushing.push(kb.parts) == pushing.Pushed(2, 0)
    assert line(there) == line(kb.root)
    assert git(there, "rev-parse", "main").strip() == kb.parts.head().id
    assert pushing.push(kb.parts) == pushing.Pushed(0, 0)
    git(there, "fsck", "--strict")


def test_without_a_remote_nothing_is_due(tmp_path: Path) -> None:
    """Nothing is sent on unless somebody asked for it."""
    assert not pushing.is_due(Workspace.create(tmp_path / "kb", recipe="small").parts)


def test_what_cannot_be_sent_waits_and_arrives_later(kb: Workspace, there: Path) -> None:
    """Work goes on; status says how much waits and why; then everything arrives in one."""
    now = [kb.parts.clock()]
    kb.parts.clock = lambda: now[0]
    pushing.push(kb.parts)
    there.rename(there.with_name("away"))
    write(kb, "One")
    assert pushing.behind(kb.parts) is None
    with pytest.raises(Unreached, match="There is no git repository at"):
        pushing.push(kb.parts)
    write(kb, "Two")
    late = pushing.behind(kb.parts)
    assert late
    assert (late.commits, late.remote) == (2, str(there))
    told = [each["message"].format(**each["values"]) for each in kb.status()["attention"]]
    assert f"Verdicts that are not in {there} yet: 2." in told
    assert f"There is no git repository at {there}." in told
    assert not pushing.is_due(kb.parts)
    now[0] = "2099-01-01T00:00:00Z"
    assert pushing.is_due(kb.parts)
    there.with_name("away").rename(there)
    assert pushing.push(kb.parts) == pushing.Pushed(2, 0)
    assert pushing.behind(kb.parts) is None
    assert line(there) == line(kb.root)


def test_it_is_tried_ever_more_rarely(kb: Workspace, there: Path) -> None:
    """Ten seconds after the first failure, half an hour after the sixth and each further one."""
    now = ["2026-11-01T00:00:00Z"]
    kb.parts.clock = lambda: now[0]
    there.rename(there.with_name("away"))
    due = []
    for _ in range(8):
        with pytest.raises(Unreached):
            pushing.push(kb.parts)
        due.append(pushing.state(kb.parts).due[11:19])
    assert due == ["00:00:10", "00:00:30", "00:01:00", "00:05:00", "00:15:00", "00:30:00", "00:30:00", "00:30:00"]


def test_what_others_pushed_comes_first_and_ours_again_on_top(kb: Workspace, there: Path, other: Path) -> None:
    """One line: their commits, then ours with the same words, authors and times; the work tree has both."""
    elsewhere(other, "articles/en/th/theirs.md", "theirs\n")
    elsewhere(other, "README.md", "theirs\n")
    write(kb, "One")
    write(kb, "Two")
    before = [(each.author, each.time, each.message) for each in kb.parts.repository.history()][:2]
    assert pushing.push(kb.parts) == pushing.Pushed(2, 2)
    assert [(each.author, each.time, each.message) for each in kb.parts.repository.history()][:2] == before
    assert line(there)[-4:] == [
        "Change articles/en/th/theirs.md",
        "Change README.md",
        "Write “One”",
        "Write “Two”",
    ]
    assert line(there) == line(kb.root)
    assert git(kb.root, "status", "--porcelain") == ""
    assert (kb.root / "README.md").read_text() == "theirs\n"
    assert {each.title for each in kb.articles()} == {"One", "Two"}
    git(kb.root, "fsck", "--strict")


def test_our_later_changes_of_one_file_are_made_again_in_turn(kb: Workspace, there: Path, other: Path) -> None:
    """An article that was written and changed since is there as it is here."""
    article = write(kb, "One")
    writing.revise(kb.parts, article.id, "Ada", why="tags", tags=("a",))
    elsewhere(other, "README.md", "theirs\n")
    assert pushing.push(kb.parts).replayed == 2
    assert kb.articles()[0].tags == ("a",)
    assert line(there) == line(kb.root)


def test_what_only_others_changed_is_taken_over(kb: Workspace, other: Path) -> None:
    """Where nothing of ours waits, the branch goes forward."""
    elsewhere(other, "README.md", "theirs\n")
    assert pushing.push(kb.parts) == pushing.Pushed(0, 0)
    assert git(kb.root, "rev-parse", "main") == git(other, "rev-parse", "main")
    assert git(kb.root, "status", "--porcelain") == ""


def test_the_same_file_changed_in_both_is_a_conflict(kb: Workspace, there: Path, other: Path) -> None:
    """Neither is overwritten: nothing is sent, nothing changes here, and status says which file it is."""
    article = write(kb, "One")
    pushing.push(kb.parts)
    git(other, "pull", "-q")
    path = next(name for name in git(other, "ls-files", "articles").splitlines())
    elsewhere(other, path, (other / path).read_text().replace("It is so.", "It is otherwise."))
    kb.edit(article.id, editor="Ada", body="It is not so.")
    before = (git(kb.root, "rev-parse", "main"), git(there, "rev-parse", "main"))
    with pytest.raises(Conflict, match=path):
        pushing.push(kb.parts)
    assert (git(kb.root, "rev-parse", "main"), git(there, "rev-parse", "main")) == before
    assert git(kb.root, "status", "--porcelain") == ""
    assert kb.articles()[0].body == "It is not so."
    assert pushing.behind(kb.parts)


def test_one_candidate_does_not_become_two_articles(kb: Workspace, there: Path, other: Path) -> None:
    """Written under two titles in two places, it would be there twice: a conflict too."""
    article = write(kb, "One")
    data = (kb.root / "articles" / "en" / "on" / "one.md").read_text(encoding="utf-8")
    elsewhere(other, "articles/en/ot/other.md", data.replace("slug: one", "slug: other"))
    with pytest.raises(Conflict, match="made the article “One” too"):
        pushing.push(kb.parts)
    assert [each.id for each in kb.articles()] == [article.id]


def test_a_repository_of_something_else_is_left_alone(kb: Workspace, there: Path, tmp_path: Path) -> None:
    """Nothing in common: neither is written to."""
    git(tmp_path, "init", "-q", "-b", "main", "stranger")
    git(tmp_path / "stranger", "config", "user.name", "Bo")
    git(tmp_path / "stranger", "config", "user.email", "bo@example.org")
    git(tmp_path / "stranger", "remote", "add", "origin", str(there))
    git(tmp_path / "stranger", "config", "push.autoSetupRemote", "true")
    elsewhere(tmp_path / "stranger", "a", "b")
    with pytest.raises(Conflict, match="no commit in common"):
        pushing.push(kb.parts)
    assert line(there) == ["Change a"]


def test_over_http_with_a_password(kb: Workspace, there: Path) -> None:
    """By name and password from the environment; a wrong one is told; neither stands in what is kept."""
    write(kb, "One")
    with git_server.serving(there.parent) as address:
        sent_to(kb, f"{address}/{there.name}", git_server.USER)
        git(there, "config", "http.receivepack", "true")
        kb.parts.environ = {pushing.PASSWORD: "wrong"}
        with pytest.raises(Unreached, match="asks for another name or password"):
            pushing.push(kb.parts)
        kb.parts.environ = {pushing.PASSWORD: git_server.PASSWORD}
        pushing.push(kb.parts)
        write(kb, "Two")
        assert pushing.push(kb.parts).commits == 1
    assert line(there) == line(kb.root)
    write(kb, "Three")
    with pytest.raises(Unreached, match="was not reached"):
        pushing.push(kb.parts)
    assert git_server.PASSWORD not in (kb.parts.var / pushing.FILE).read_text()


def test_a_server_that_refuses_is_told(kb: Workspace, there: Path) -> None:
    """A hook that says no, as protected branches have: what it is about is said."""
    hook = there / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    git(there, "config", "http.receivepack", "true")
    kb.parts.environ = {pushing.PASSWORD: git_server.PASSWORD}
    with git_server.serving(there.parent) as address:
        sent_to(kb, f"{address}/{there.name}", git_server.USER)
        with pytest.raises(Unreached, match="pre-receive hook declined"):
            pushing.push(kb.parts)
    assert pushing.state(kb.parts).tries == 1


@pytest.mark.parametrize(
    "remote",
    [
        "https://kb:secret@git.example.org/help.git",
        "http://git.example.org/help.git",
        "ext::sh -c id",
        "ssh://-oProxyCommand=id/x",
        "../there.git",
    ],
)
def test_addresses_that_are_not_taken(kb: Workspace, remote: str) -> None:
    """With a password in it, in the clear, or with something to run."""
    sent_to(kb, remote)
    with pytest.raises(ConfigError, match="without a password in it"):
        kb.parts.config()
