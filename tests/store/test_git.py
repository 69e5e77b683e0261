"""The git repository that a knowledge base is. Real git is the oracle."""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from real_git import ARTICLE, WHEN, commit, run, sound

from kbuilder.errors import Conflict, KBError, NotFound
from kbuilder.store import git, gitobjects
from kbuilder.store.git import Repository


class TestTree:
    def test_reads_and_lists_files(self, repository: Repository) -> None:
        """Files are read and listed, sorted, below a folder named with or without its slash."""
        tree = commit(repository, {"articles/de/aa/aa.md": b"zwei\n", "x.toml": b"x"})
        assert tree.read("articles/de/aa/aa.md") == b"zwei\n"
        assert tree.list("articles") == tree.list("articles/") == ["articles/de/aa/aa.md", ARTICLE]
        assert tree.list("") == [".gitattributes", ".gitignore", "articles/de/aa/aa.md", ARTICLE, "x.toml"]
        assert tree.id == run(repository.root, "rev-parse", "HEAD").strip()

    @pytest.mark.parametrize("path", ["nothing", "articles", "articles/en/re/reset.md/x", "articles//en", "../kb"])
    def test_what_is_no_file(self, repository: Repository, path: str) -> None:
        """A folder, a path below a file and nonsense are no files."""
        assert repository.head().read(path) is None

    def test_links_and_submodules_are_no_files(self, repository: Repository) -> None:
        """Symbolic links and submodules in a commit are neither listed nor read."""
        (repository.root / "articles/link.md").symlink_to("/etc/passwd")
        run(repository.root, "add", "articles/link.md")
        run(repository.root, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},articles/sub")
        run(repository.root, "commit", "-qm", "links")
        tree = repository.head()
        assert tree.list("articles") == [ARTICLE]
        assert tree.read("articles/link.md") is None
        later = commit(repository, {"articles/en/ab/ab.md": b"x"})
        assert "160000" in run(repository.root, "ls-tree", later.id, "articles/sub")

    def test_a_tree_stays_what_it_was(self, repository: Repository) -> None:
        """A build goes on with the commit that it started with."""
        tree = repository.head()
        commit(repository, {ARTICLE: b"two\n"})
        assert tree.read(ARTICLE) == b"one\n"
        assert repository.tree(tree.id).read(ARTICLE) == b"one\n"

    def test_empty(self, tmp_path: Path) -> None:
        """Before the first commit there is an empty tree."""
        tree = Repository.create(tmp_path).head()
        assert (tree.id, tree.list(""), tree.read("x")) == ("", [], None)

    def test_what_is_alike_in_two_commits_is_read_once(
        self, repository: Repository, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """After a commit only the folders that it changed are read, however many there are."""
        head = commit(repository, {f"decisions/{number:02}/a.json": b"{}" for number in range(40)})
        assert len(head.blobs("decisions")) == 40
        read: list[str] = []
        monkeypatch.setattr(
            gitobjects, "raw", lambda repo, key, raw=gitobjects.raw: read.append(key) or raw(repo, key)
        )
        head = commit(repository, {"decisions/07/b.json": b"{}"})
        assert len(repository.head().blobs("decisions")) == 41
        changed = [
            run(repository.root, "rev-parse", f"{head.id}:{each}").strip() for each in ("decisions/07", "decisions")
        ]
        assert sorted(read) == sorted([head._root, *changed, head.blob("decisions/07/b.json")])


class TestCommit:
    def test_one_verdict_is_one_commit(self, repository: Repository) -> None:
        """Article and decision land in one commit by the editor, and git has nothing left to do."""
        commit(repository, {ARTICLE: b"two\n", "decisions/aa/1.json": b"{}"}, "Approve “Größe”")
        shown = run(repository.root, "log", "-1", "--format=%an|%ae|%cn|%at %ai|%s", "--name-only")
        assert shown.splitlines() == [
            "Ada|editor@localhost|Ada|1795464900 2026-11-23 20:15:00 +0000|Approve “Größe”",
            "",
            ARTICLE,
            "decisions/aa/1.json",
        ]
        assert (repository.root / ARTICLE).read_bytes() == b"two\n"
        sound(repository.root)

    def test_same_history_same_ids(self, tmp_path: Path) -> None:
        """The same verdicts give the same commits in any folder."""
        ids = []
        for name in ("a", "b"):
            one = Repository.create(tmp_path / name)
            ids.append([commit(one, {"x": str(n).encode()}).id for n in range(3)])
        assert ids[0] == ids[1]
        assert len(set(ids[0])) == 3

    @pytest.mark.parametrize(
        ("author", "written"),
        [
            ("Ada Lovelace", "Ada Lovelace <editor@localhost>"),
            ("Ada <ada@example.org>", "Ada <ada@example.org>"),
            ("Eve <x>\nevil <y>", "Eve x evil y <editor@localhost>"),
            ("", "editor <editor@localhost>"),
        ],
    )
    def test_authors(self, repository: Repository, author: str, written: str) -> None:
        """An editor's name becomes an author; it cannot smuggle lines into the commit."""
        repository.commit(repository.head(), {"x": b"x"}, "m", author, WHEN)
        assert run(repository.root, "log", "-1", "--format=%an <%ae>").strip() == written
        sound(repository.root)

    def test_removing_takes_empty_folders_along(self, repository: Repository) -> None:
        """A removed file's empty folders go, in git and in the work tree."""
        tree = commit(repository, {ARTICLE: None})
        assert tree.list("articles") == []
        assert not (repository.root / "articles").exists()
        sound(repository.root)

    def test_removing_everything(self, repository: Repository) -> None:
        """Even the empty tree is a commit."""
        tree = commit(repository, dict.fromkeys(repository.head().list("")))
        assert tree.list("") == []
        sound(repository.root)

    def test_no_change_no_commit(self, repository: Repository) -> None:
        """What changes nothing makes no commit."""
        head = repository.head()
        assert commit(repository, {ARTICLE: b"one\n", "nothing": None}).id == head.id
        assert run(repository.root, "rev-list", "--count", "HEAD").strip() == "1"

    def test_replayed_where_others_changed_other_files(self, repository: Repository) -> None:
        """A verdict on an older commit is made on the newest if its files did not change there."""
        old = repository.head()
        commit(repository, {"decisions/aa/1.json": b"1"})
        new = repository.commit(old, {ARTICLE: b"two\n"}, "m", "Eve", WHEN)
        assert (new.read("decisions/aa/1.json"), new.read(ARTICLE)) == (b"1", b"two\n")
        sound(repository.root)

    def test_conflict_where_others_changed_the_same_file(self, repository: Repository) -> None:
        """The same article changed by someone else is a conflict that names it, and nothing is written."""
        old = repository.head()
        new = commit(repository, {ARTICLE: b"two\n"})
        with pytest.raises(Conflict, match=ARTICLE):
            repository.commit(old, {ARTICLE: b"three\n", "x": b"x"}, "m", "Eve", WHEN)
        assert repository.head().id == new.id
        sound(repository.root)

    def test_commits_of_git_itself(self, repository: Repository) -> None:
        """What a person commits with git is seen at once, and built upon."""
        (repository.root / ARTICLE).write_bytes(b"by hand\n")
        run(repository.root, "commit", "-qam", "by hand")
        assert repository.head().read(ARTICLE) == b"by hand\n"
        commit(repository, {ARTICLE: b"then\n"})
        sound(repository.root)

    @pytest.mark.parametrize("path", ["../x", "/x", "a//b", ".git/hooks/x", "a/.GIT/x", "", "a\\b", "a/./b"])
    def test_paths_that_leave_are_refused(self, repository: Repository, path: str) -> None:
        """No path can leave the repository or enter .git."""
        with pytest.raises(ValueError, match="not a path"):
            commit(repository, {path: b"x"})

    def test_executable_stays_executable(self, repository: Repository) -> None:
        """A file keeps its mode."""
        run(repository.root, "update-index", "--chmod=+x", ARTICLE)
        (repository.root / ARTICLE).chmod(0o755)
        run(repository.root, "commit", "-qm", "x")
        commit(repository, {ARTICLE: b"two\n"})
        sound(repository.root)

    def test_several_writers_at_once(self, repository: Repository) -> None:
        """Processes that commit at the same time wait for each other; every commit lands."""
        code = (
            "import sys; from pathlib import Path; from kbuilder.store.git import Repository\n"
            "r = Repository(Path(sys.argv[1])); base = r.head()\n"
            "for n in range(8): r.commit(base, {f'{sys.argv[2]}/{n}': b'x'}, 'm', 'Ada', '2026-01-01T00:00:00Z')"
        )
        root = str(repository.root)
        children = [subprocess.Popen([sys.executable, "-c", code, root, name]) for name in "ab"]
        assert [child.wait() for child in children] == [0, 0]
        assert len([path for path in repository.head().list("") if path[:2] in {"a/", "b/"}]) == 16
        sound(repository.root)

    def test_history(self, repository: Repository) -> None:
        """The branch's commits are told newest first, with who, when and why."""
        first = repository.head()
        second = commit(repository, {ARTICLE: b"two\n"}, "Because")
        versions = list(repository.history())
        assert [(v.id, v.parent) for v in versions] == [(second.id, first.id), (first.id, "")]
        assert (versions[0].author, versions[0].time, versions[0].message) == (
            "Ada <editor@localhost>",
            WHEN,
            "Because",
        )


class TestKindsOfClone:
    def test_shallow_clone(self, repository: Repository, tmp_path: Path) -> None:
        """A clone with the newest commit alone reads and commits, and its commit can be pushed."""
        commit(repository, {ARTICLE: b"two\n"})
        clone = tmp_path / "clone"
        run(tmp_path, "clone", "-q", "--depth=1", repository.root.as_uri(), str(clone))
        shallow = Repository(clone)
        commit(shallow, {ARTICLE: b"three\n"})
        assert [version.parent != "" for version in shallow.history()] == [True, False]
        sound(clone)
        assert shallow.pack() > 0
        sound(clone)
        run(clone, "push", "-q", "origin", "HEAD:refs/heads/other")
        with pytest.raises(NotFound):
            shallow.tree("1" * 40)

    def test_packed_refs_and_objects(self, repository: Repository) -> None:
        """After git has packed everything, reading and committing go on."""
        run(repository.root, "pack-refs", "--all")
        run(repository.root, "gc", "-q", "--prune=now")
        assert repository.head().read(ARTICLE) == b"one\n"
        commit(repository, {ARTICLE: b"two\n"})
        sound(repository.root)

    @pytest.mark.parametrize("name", ["master", "team/desk", "ümlaut"])
    def test_any_branch(self, repository: Repository, name: str) -> None:
        """A branch of any name is the truth as long as HEAD is on it."""
        before = run(repository.root, "rev-parse", "main")
        run(repository.root, "switch", "-qc", name)
        new = commit(repository, {ARTICLE: b"two\n"})
        assert repository.branch == name
        assert run(repository.root, "rev-parse", name).strip() == new.id
        assert run(repository.root, "rev-parse", "main") == before
        sound(repository.root)

    def test_detached_head(self, repository: Repository) -> None:
        """It is read, as build servers have it; to write there is a clear error, with what to do."""
        before = repository.head()
        run(repository.root, "switch", "-q", "--detach")
        assert repository.head().id == before.id
        assert next(repository.history()).id == before.id
        with pytest.raises(Conflict, match="not on a branch") as caught:
            commit(repository, {ARTICLE: b"two\n"})
        assert "git switch" in caught.value.advice

    def test_commits_have_the_names_that_git_gives_them(self, repository: Repository) -> None:
        """Branches, tags, short ids, those before and the second parent of a merge."""
        run(repository.root, "switch", "-qc", "other")
        commit(repository, {"articles/en/ot/other.md": b"o\n"})
        run(repository.root, "switch", "-q", "main")
        commit(repository, {ARTICLE: b"two\n"})
        run(repository.root, "-c", "user.name=a", "-c", "user.email=a@a.example", "merge", "-q", "-m", "m", "other")
        run(repository.root, "tag", "v1")
        for name in ("HEAD", "v1", "main", "HEAD~1", "HEAD^", "HEAD^2", "main~", "HEAD^2~1", "other"):
            assert repository.at(name).id == run(repository.root, "rev-parse", f"{name}^{{commit}}").strip(), name
        assert repository.at(run(repository.root, "rev-parse", "--short", "HEAD").strip()).id == repository.head().id
        for name in ("nothing", "HEAD~99", "HEAD^3", "~"):
            with pytest.raises(NotFound, match="no commit") if name != "~" else contextlib.nullcontext():
                repository.at(name)

    def test_inside_a_bigger_repository(self, repository: Repository) -> None:
        """A folder inside a bigger repository is refused, and the bigger one is named."""
        (repository.root / "sub").mkdir()
        with pytest.raises(NotFound, match="lies inside the git repository") as caught:
            Repository(repository.root / "sub").head()
        assert str(repository.root) in str(caught.value)

    def test_no_repository(self, tmp_path: Path) -> None:
        """Where there is none at all, the error says how to make one."""
        with pytest.raises(NotFound, match="no knowledge base") as caught:
            Repository(tmp_path).head()
        assert "kbuilder init" in caught.value.advice

    def test_linked_work_tree(self, repository: Repository, tmp_path: Path) -> None:
        """A linked work tree is refused with a way out."""
        run(repository.root, "worktree", "add", "-q", "-b", "other", str(tmp_path / "linked"))
        with pytest.raises(KBError, match="linked work tree"):
            Repository(tmp_path / "linked").head()

    def test_create_takes_what_is_there(self, repository: Repository) -> None:
        """Creating where a repository is keeps it."""
        assert Repository.create(repository.root).head().id == repository.head().id

    def test_index_of_another_version(self, repository: Repository) -> None:
        """An index that only git can write stops the commit before anything is written, with the way out."""
        run(repository.root, "update-index", "--index-version", "4")
        before = repository.head().id
        with pytest.raises(KBError, match="version 4") as caught:
            commit(repository, {ARTICLE: b"two\n"})
        assert "--index-version 2" in caught.value.advice
        assert repository.head().id == before
        assert repository.uncommitted() == []


class TestHandEdits:
    def test_an_edited_file_is_left_and_named(self, repository: Repository) -> None:
        """A file that was edited by hand is neither read nor overwritten by a verdict on it; it is reported."""
        (repository.root / ARTICLE).write_bytes(b"by hand\n")
        tree = commit(repository, {ARTICLE: b"two\n", "x": b"x"})
        assert tree.read(ARTICLE) == b"two\n"
        assert (repository.root / ARTICLE).read_bytes() == b"by hand\n"
        assert repository.uncommitted() == [ARTICLE]
        assert run(repository.root, "status", "--porcelain").strip() == f"M {ARTICLE}"

    def test_a_staged_edit_stays_staged(self, repository: Repository) -> None:
        """What was staged by hand stays staged."""
        (repository.root / ARTICLE).write_bytes(b"by hand\n")
        run(repository.root, "add", ARTICLE)
        commit(repository, {ARTICLE: b"two\n"})
        assert run(repository.root, "show", f":{ARTICLE}") == "by hand\n"
        assert repository.uncommitted() == [ARTICLE]

    def test_a_removed_file_is_named(self, repository: Repository) -> None:
        """A file removed by hand is reported, and not brought back."""
        (repository.root / ARTICLE).unlink()
        commit(repository, {ARTICLE: b"two\n"})
        assert repository.uncommitted() == [ARTICLE]

    def test_new_files_but_not_ignored_ones(self, repository: Repository) -> None:
        """New files are reported, those in var/ and _build/ are not."""
        for name in ("var/db", "_build/site/x", "articles/en/ne/new.md", "note.txt"):
            (repository.root / name).parent.mkdir(parents=True, exist_ok=True)
            (repository.root / name).write_text("x")
        assert repository.uncommitted() == ["articles/en/ne/new.md", "note.txt"]

    def test_an_edit_of_the_same_size_in_the_same_moment(self, repository: Repository) -> None:
        """An edit is found even if size and time of the file are those that git remembers."""
        file = repository.root / ARTICLE
        before = file.stat()
        file.write_bytes(b"ONE\n")
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert repository.uncommitted() == [ARTICLE]

    def test_a_file_where_a_folder_must_be(self, repository: Repository) -> None:
        """Something that stands in a new file's way stays."""
        (repository.root / "decisions").write_text("mine")
        tree = commit(repository, {"decisions/aa/1.json": b"{}"})
        assert tree.read("decisions/aa/1.json") == b"{}"
        assert (repository.root / "decisions").read_text() == "mine"
        assert "decisions" in repository.uncommitted()

    def test_no_writing_through_links(self, repository: Repository, tmp_path: Path) -> None:
        """A folder that was replaced by a link is not followed."""
        outside = tmp_path / "outside"
        outside.mkdir()
        (repository.root / "decisions").symlink_to(outside)
        commit(repository, {"decisions/1.json": b"{}"})
        assert list(outside.iterdir()) == []


class TestRepair:
    def test_nothing_to_do(self, repository: Repository) -> None:
        """Where nothing was cut, nothing is done; a fresh clone is not even written to."""
        assert repository.repair() == []
        clone = repository.root.parent / "clone"
        run(repository.root.parent, "clone", "-q", str(repository.root), str(clone))
        assert Repository(clone).repair() == []
        assert not (clone / ".git/kbuilder").exists()

    @pytest.mark.parametrize("cut", ["_follow", "_settle", "_stage"])
    def test_cut_after_the_branch_moved(
        self, repository: Repository, cut: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A commit cut anywhere after the branch moved is finished at the next start."""
        before = repository.head()
        with monkeypatch.context() as patch:
            patch.setattr(Repository, cut, lambda *given: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                repository.commit(before, {ARTICLE: b"two\n", "new/x": b"x"}, "m", "Ada", WHEN)
        assert repository.head().id != before.id
        repository.repair()
        assert (repository.root / ARTICLE).read_bytes() == b"two\n"
        sound(repository.root)

    def test_a_hand_edit_after_the_cut_stays(self, repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
        """Repair finishes the other files and leaves one that was edited since."""
        with monkeypatch.context() as patch:
            patch.setattr(Repository, "_settle", lambda *given: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                commit(repository, {ARTICLE: b"two\n", "x": b"x"})
        (repository.root / ARTICLE).write_bytes(b"by hand\n")
        assert repository.repair() == ["x"]
        assert (repository.root / ARTICLE).read_bytes() == b"by hand\n"
        assert repository.uncommitted() == [ARTICLE]

    def test_locks_of_a_killed_commit_go_and_others_stay(
        self, repository: Repository, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A lock that a killed commit left is ours to remove; git's own is a clear error."""
        marker = repository.root / ".git/kbuilder/marker"
        for name in ("refs/heads/main.lock", "index.lock"):
            os.link(marker, repository.root / ".git" / name)
        commit(repository, {ARTICLE: b"two\n"})
        sound(repository.root)

    @pytest.mark.parametrize("name", ["refs/heads/main.lock", "index.lock"])
    def test_while_git_is_busy_nothing_happens(
        self, repository: Repository, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A verdict that meets git's own lock is a clear error, and has changed nothing that git could take back."""
        monkeypatch.setattr(git, "LOCK_WAIT", 0.05)
        before, lock = repository.head(), repository.root / ".git" / name
        lock.touch()
        with pytest.raises(Conflict, match=re.escape(Path(name).name)):
            commit(repository, {ARTICLE: b"three\n", "decisions/1.json": b"{}"})
        assert repository.head().id == before.id
        assert repository.uncommitted() == []
        lock.unlink()
        (repository.root / "other").write_bytes(b"x")
        run(repository.root, "add", "other")
        run(repository.root, "commit", "-qm", "by hand")
        assert repository.head().list() == sorted([*before.list(), "other"])
        commit(repository, {ARTICLE: b"three\n"})
        sound(repository.root)

    def test_kill_at_any_moment(self, repository: Repository) -> None:
        """Whenever a committing process is killed: acknowledged commits are there, git is sound, status clean."""
        chance, number = random.Random(7), 0
        for _ in range(20):
            told = commit_until_killed(repository.root, number, chance.uniform(0.0, 0.25))
            fresh = Repository(repository.root)
            fresh.repair()
            assert fresh.uncommitted() == []
            fresh.close()
            assert run(repository.root, "status", "--porcelain") == ""
            history = set(run(repository.root, "rev-list", "HEAD").split())
            assert {commit_id for _, commit_id in told} <= history
            number = max((done for done, _ in told), default=number) + 2
        assert number > 40
        run(repository.root, "fsck", "--full", "--strict", "--no-dangling")
        assert list((repository.root / ".git/kbuilder").glob("tmp-*")) == []


def commit_until_killed(root: Path, first: int, seconds: float) -> list[tuple[int, str]]:
    """What a child process told as committed before it was killed."""
    script = Path(__file__).with_name("committing.py")
    child = subprocess.Popen(
        [sys.executable, str(script), str(root), str(first), "20"], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout
    lines = [child.stdout.readline()]
    time.sleep(seconds)
    child.send_signal(signal.SIGKILL)
    lines += child.stdout.read().splitlines()
    child.wait()
    whole = [line.split() for line in lines]
    return [(int(words[0]), words[1]) for words in whole if len(words) == 2 and len(words[1]) == 40]
