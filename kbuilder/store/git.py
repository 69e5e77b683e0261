"""The git repository that a knowledge base is: what people decided, one commit a verdict.

The truth is HEAD. A commit writes its objects, then a journal, then moves the branch by compare and swap, then
brings work tree and index after it, then removes the journal. Killed before the branch moved, nothing has
happened; killed later, :meth:`Repository.repair` finishes from the journal. A file of the work tree that is
neither what it was nor what it is to become is a hand edit: it stays, and :meth:`Repository.uncommitted` names it.

The branch's lock and the index's lock are hard links to one marker file, so that a lock left by a killed writer of
ours can be told from git's own, and is removed by the next.
"""

from __future__ import annotations

import json
import os
import re
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, lru_cache, partial
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Any

from kbuilder.errors import Conflict, KBError, NotFound
from kbuilder.store import gitindex, gitobjects, gitpack, worktree
from kbuilder.store.gitobjects import FOLDER, Entries, object_id
from kbuilder.store.locks import locked
from kbuilder.text import N_

if TYPE_CHECKING:
    from dulwich.objects import ShaFile
    from dulwich.repo import Repo

FIRST_FILES: dict[str, bytes] = {
    ".gitattributes": b"* -text\n",
    ".gitignore": b"/_build/\n/var/\n",
}
"""What a new knowledge base's first commit must hold beside its settings: same bytes on every platform, and
nothing of ``var/`` and ``_build/`` in git."""

JOURNAL_FORMAT = 1
LOCK_WAIT = 30.0
"""Seconds to wait for another commit, or for git, before giving up."""
PACK_AFTER = 500
"""Commits whose objects may lie about as single files before they are packed."""
KNOWN_FOLDERS, KNOWN_COMMITS = 2000, 100
"""What is remembered by its id, which always means the same: what was asked for last."""

_FILE = 0o100644
_FILES = (_FILE, 0o100755, 0o100664)
_PAUSE = 0.02
_WORKSPACE = "kbuilder"
_ENCODING = b"UTF-8"
"""What our commits say of their messages; git leaves it out, since it takes any message to be so."""

Nested = dict[str, "Nested | bytes | None"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A commit: what, when and by whom."""

    id: str
    parent: str
    """``""`` for the first, and where a shallow clone ends."""
    author: str
    time: str
    message: str
    ours: bool
    """Whether it was made by :meth:`Repository.commit`, and not by git."""


@dataclass(frozen=True, slots=True)
class Tree:
    """The files of one commit, each read when it is asked for. Symbolic links and submodules are not files."""

    id: str
    """The commit, or ``""`` before the first one."""
    _repo: Repo = field(repr=False, compare=False)
    _root: str = field(repr=False)
    _folder: Callable[[str], Entries] = field(repr=False, compare=False)
    """What a folder holds, by its id; not to be changed."""

    def read(self, path: str) -> bytes | None:
        """A file's content, or ``None`` where there is no such file."""
        blob = self.blob(path)
        return None if blob is None else gitobjects.raw(self._repo, blob)

    def list(self, prefix: str = "") -> list[str]:
        """Paths of all files below a folder, sorted; ``""`` is the root."""
        return [*self.blobs(prefix.strip("/"))]

    def blobs(self, folder: str = "") -> dict[str, str]:
        """Paths of all files below a folder, sorted, each with its blob id; ``""`` is the root."""
        found = self._entry(folder)
        if found is None or found[0] != FOLDER:
            return {}
        return dict(sorted(self._walk(folder + "/" if folder else "", found[1])))

    def blob(self, path: str) -> str | None:
        """The blob id of a file, or ``None``: equal ids are equal contents."""
        found = self._entry(path)
        return found[1] if found and found[0] in _FILES else None

    def mode(self, path: str) -> int:
        """What git has as a file's mode, that of a plain file where there is none."""
        found = self._entry(path)
        return found[0] if found and found[0] in _FILES else _FILE

    def _entry(self, path: str) -> tuple[int, str] | None:
        entry: tuple[int, str] | None = (FOLDER, self._root)
        for part in path.split("/") if path else ():
            if entry is None or entry[0] != FOLDER:
                return None
            entry = self._folder(entry[1]).get(part)
        return entry

    def _walk(self, prefix: str, folder: str) -> Iterator[tuple[str, str]]:
        for name, (mode, key) in self._folder(folder).items():
            if mode == FOLDER:
                yield from self._walk(f"{prefix}{name}/", key)
            elif mode in _FILES:
                yield prefix + name, key


@dataclass(frozen=True)
class Repository:
    """A folder with a git repository of its own. Opened at first use.

    Raises:
        NotFound: there is no repository, or the folder only lies inside one (at first use).
        KBError: it is a repository of a kind that this cannot write.
    """

    root: Path

    @classmethod
    def create(cls, root: Path) -> Repository:
        """A new repository on branch ``main``; an existing one is taken as it is."""
        from dulwich.repo import Repo

        if not (root / ".git").exists():
            root.mkdir(parents=True, exist_ok=True)
            Repo.init(root, default_branch=b"main").close()
        return cls(root)

    def close(self) -> None:
        """Let go of open files. The repository can be used again."""
        repo = self.__dict__.pop("_repo", None)
        for kept in ("_folder", "_root"):
            self.__dict__.pop(kept, None)
        if repo is not None:
            repo.close()

    @property
    def branch(self) -> str:
        """The branch that HEAD is on, such as ``main``.

        Raises:
            Conflict: HEAD is detached.
        """
        return self._branch.removeprefix("refs/heads/")

    def head(self) -> Tree:
        """The files of the newest commit: of the branch, or of a detached HEAD as build servers have it."""
        return self.tree(self._here)

    def at(self, name: str) -> Tree:
        """The files of a commit that is named as git names it: id, branch, tag, or either with ``~2`` or ``^2``.

        Raises:
            NotFound: there is no such commit here, for example because the clone is shallow.
        """
        from dulwich.objectspec import parse_commit

        bare = re.split(r"[~^]", name, maxsplit=1)[0]
        try:
            commit = parse_commit(self._repo, os.fsencode(bare or "HEAD")).id.decode()
        except (KeyError, ValueError):
            raise _no_commit(name) from None
        for sign, number in re.findall(r"([~^])(\d*)", name[len(bare) :]):
            steps = [int(number or 1)] if sign == "^" else [1] * int(number or 1)
            for parent in steps:
                commit = self._parent(commit, parent, name)
        return self.tree(commit)

    def _parent(self, commit: str, number: int, name: str) -> str:
        parents = self._commit(commit).parents
        if number == 0:
            return commit
        if number > len(parents):
            raise _no_commit(name)
        return str(parents[number - 1].decode())

    def tree(self, commit: str) -> Tree:
        """The files of a commit; ``""`` is the empty tree before the first.

        Raises:
            NotFound: there is no such commit here, for example because the clone is shallow.
        """
        return Tree(commit, self._repo, self._root(commit) if commit else gitobjects.EMPTY, self._folder)

    def history(self) -> Iterator[Version]:
        """The branch's commits, newest first, along first parents, as far as this clone has them."""
        commit = self._here
        while commit:
            version = self._version(commit)
            yield version
            commit = version.parent

    def commit(self, base: Tree, changes: Mapping[str, bytes | None], message: str, author: str, time: str) -> Tree:
        """One commit on the branch, then in the work tree. What changes nothing makes no commit.

        Where the branch has moved on since ``base`` and none of these paths changed there, the changes are made
        on the newest commit.

        Args:
            base: what the changes were decided on.
            changes: path to new content, ``None`` to remove the file.
            message: what and why.
            author: a name, or ``Name <mail>``.
            time: of the commit, UTC text.

        Returns:
            The new head. When this returns, the commit is on disk.

        Raises:
            Conflict: one of these files was changed meanwhile, HEAD is detached, or git is held by someone else.
            ValueError: a path that leaves the repository.
        """
        for path in changes:
            _check_path(path)
        with self._lock():
            self._finish()
            self._check_index()
            with self._held(self._index):  # before the branch moves: a commit waits for git, or does not happen
                while True:
                    head = self.head()
                    _check_unchanged(base, head, changes)
                    new = self._write_commit(head, changes, message, author, time)
                    if new.id == head.id or self._move(head, new, changes):
                        break
                self._follow()
        if gitpack.is_due(self._git / "objects", PACK_AFTER):
            self.pack()
        return new

    def adopt(self, commit: str, check: Callable[[Tree], None]) -> int:
        """Let the branch go on from a commit of elsewhere, with what it does not have yet made again on top.

        Args:
            commit: it and all that it stands on are here already.
            check: raises what speaks against the files that there would be.

        Returns:
            How many commits were made again.

        Raises:
            Conflict: both changed one file, or the two histories have nothing in common. Nothing has changed.
        """
        with self._lock():
            self._finish()
            self._check_index()
            with self._held(self._index):
                head, new = self.head(), self.tree(commit)
                own = self._since(head.id, commit)
                for version in own:
                    new = self._again(version, new)
                check(new)
                moved = {path: new.read(path) for path in different(head, new)}
                if not self._move(head, new, moved):
                    raise Conflict(N_("Someone else committed meanwhile."), N_("Try again."))
                self._follow()
            return len(own)

    def _since(self, head: str, commit: str) -> list[Version]:
        """The branch's commits that another one does not stand on, the oldest first."""
        from dulwich.graph import find_merge_base

        common = {each.decode() for each in find_merge_base(self._repo, [object_id(head), object_id(commit)])}
        found: list[Version] = []
        while head and head not in common:
            found.append(self._version(head))
            head = found[-1].parent
        if not head:
            raise Conflict(
                N_("What is there and what is here have no commit in common."),
                N_("Name an empty repository, or one that was cloned from this one."),
            )
        return found[::-1]

    def _again(self, version: Version, onto: Tree) -> Tree:
        """What a commit did, done to other files."""
        before, after = self.tree(version.parent), self.tree(version.id)
        changes = {path: after.read(path) for path in different(before, after)}
        _check_unchanged(before, onto, changes)
        return self._write_commit(onto, changes, version.message, version.author, version.time)

    def repair(self) -> list[str]:
        """Finish what a killed commit left, at start-up. Hand edits stay.

        Returns:
            The files of the work tree that were brought to HEAD.
        """
        _check_root(self.root)
        if not (self._git / _WORKSPACE).is_dir():  # nothing was ever committed from here: perhaps a read-only clone
            return []
        with self._lock():
            return self._finish()

    def uncommitted(self) -> list[str]:
        """Files of the work tree that differ from HEAD: edited, removed or new, but not ignored. Sorted."""
        from dulwich.ignore import IgnoreFilterManager

        head, seen = self.head(), self._stats()
        committed = head.list("")
        edited = [path for path in committed if not self._is_clean(path, head, seen)]
        ignored = IgnoreFilterManager.from_repo(self._repo)
        return sorted([*edited, *_new_files(self.root, set(committed), ignored)])

    @property
    def opened(self) -> Repo:
        """The repository as dulwich has it, for what speaks to other ones."""
        return self._repo

    def pack(self) -> int:
        """Put the objects that lie about as single files into one pack. Needs no git, survives a kill.

        Nobody who commits meanwhile waits: what an object holds never changes, and none is removed before it is
        in the pack.

        Returns:
            How many were packed.
        """
        with locked(self._own / "pack.lock", N_("another packing"), LOCK_WAIT):
            return gitpack.pack(self._repo, self._git / "objects", self._tip(self._branch))

    def tidy(self) -> int:
        """Pack, if by half as much lies about as from which on a commit would: a server's, between its verdicts.

        Returns:
            How many were packed.
        """
        return self.pack() if gitpack.is_due(self._git / "objects", PACK_AFTER // 2) else 0

    # -- the repository ---------------------------------------------------------------------------------------

    @cached_property
    def _repo(self) -> Repo:
        from dulwich.refs import DiskRefsContainer
        from dulwich.repo import Repo

        _check_root(self.root)
        repo = Repo(str(self.root))
        if not isinstance(repo.refs, DiskRefsContainer) or repo.object_format.oid_length != len(bytes(20)):
            repo.close()
            raise KBError(
                N_("The git repository {root} has a format that kbuilder does not write (reftable or SHA-256)."),
                N_("Make a clone with the usual format: git init --ref-format=files --object-format=sha1."),
                root=self.root,
            )
        store = repo.object_store
        store.fsync_object_files = True  # single files are removed once their pack is written
        weakref.finalize(repo, store.close)  # at exit too, where dulwich's own way prints a traceback
        return repo

    @cached_property
    def _folder(self) -> Callable[[str], Entries]:
        """What a folder holds, by its id. A verdict changes a handful of a thousand: those alone are read."""
        return lru_cache(KNOWN_FOLDERS)(partial(gitobjects.entries, self._repo))

    @cached_property
    def _root(self) -> Callable[[str], str]:
        """The id of a commit's uppermost folder: the newest commit is asked for again and again."""
        return lru_cache(KNOWN_COMMITS)(lambda commit: str(self._commit(commit).tree.decode()))

    @property
    def _git(self) -> Path:
        return self.root / ".git"

    @property
    def _index(self) -> Path:
        return self._git / "index"

    @property
    def _own(self) -> Path:
        """Our folder inside ``.git``: lock, journal, marker, scratch files."""
        folder = self._git / _WORKSPACE
        folder.mkdir(exist_ok=True)
        return folder

    @contextmanager
    def _lock(self) -> Iterator[None]:
        _ = self._repo
        with locked(self._own / "lock", N_("another commit"), LOCK_WAIT):
            yield

    @property
    def _target(self) -> bytes:
        """What HEAD says: a branch, or a commit."""
        from dulwich.refs import HEADREF

        return self._repo.refs.read_ref(HEADREF) or b""

    @property
    def _here(self) -> str:
        """The commit that HEAD is on."""
        target = self._target
        return self._tip(self._branch) if target.startswith(b"ref: ") else target.decode().strip()

    @property
    def _branch(self) -> str:
        target = self._target
        if not target.startswith(b"ref: "):
            raise Conflict(
                N_("{root} is not on a branch (HEAD is detached), so there is nothing to add a verdict to."),
                N_("Go to a branch: git switch main"),
                root=self.root,
            )
        return os.fsdecode(target.removeprefix(b"ref: ").strip())

    def _tip(self, branch: str) -> str:
        from dulwich.refs import Ref

        return (self._repo.refs.read_ref(Ref(os.fsencode(branch))) or b"").decode()

    def _commit(self, commit: str) -> Any:
        from dulwich.objects import Commit, ObjectID

        try:
            found = self._repo.object_store[ObjectID(commit.encode())]
        except KeyError:
            found = None
        if not isinstance(found, Commit):
            raise _no_commit(commit)
        return found

    def _version(self, commit: str) -> Version:
        found = self._commit(commit)
        parent = found.parents[0].decode() if found.parents else ""
        if parent and found.parents[0] not in self._repo.object_store:
            parent = ""
        moment = datetime.fromtimestamp(found.commit_time, tz=UTC)
        return Version(
            id=commit,
            parent=parent,
            author=found.author.decode(errors="replace"),
            time=moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            message=found.message.decode(errors="replace").strip(),
            ours=found.encoding == _ENCODING,
        )

    # -- writing objects --------------------------------------------------------------------------------------

    def _write_commit(
        self, head: Tree, changes: Mapping[str, bytes | None], message: str, author: str, time: str
    ) -> Tree:
        from dulwich.objects import Commit, ObjectID

        root = self._write_folder(head._root, _nested(changes)) or self._write_folder("", {}, keep=True)
        if root == head._root:
            return head
        commit = Commit()
        commit.tree = ObjectID(str(root).encode())
        commit.parents = [ObjectID(head.id.encode())] if head.id else []
        commit.author = commit.committer = _identity(author)
        commit.author_time = commit.commit_time = int(datetime.fromisoformat(time).timestamp())
        commit.author_timezone = commit.commit_timezone = 0
        commit.encoding = _ENCODING
        commit.message = message.strip().encode() + b"\n"
        return Tree(self._put(commit), self._repo, str(root), self._folder)

    def _write_folder(self, old: str, changes: Nested, keep: bool = False) -> str | None:
        """The id of a folder with changes made, ``None`` if it is left empty. Only changed folders are written."""
        from dulwich.objects import ObjectID
        from dulwich.objects import Tree as GitTree

        entries = {**self._folder(old)} if old else {}
        for name, change in changes.items():
            entry = self._changed_entry(entries.get(name), change)
            if entry is None:
                entries.pop(name, None)
            else:
                entries[name] = entry
        if not entries and not keep:
            return None
        folder = GitTree()
        for name, (mode, key) in entries.items():
            folder.add(os.fsencode(name), mode, ObjectID(key.encode()))
        return self._put(folder)

    def _changed_entry(self, old: tuple[int, str] | None, change: Nested | bytes | None) -> tuple[int, str] | None:
        from dulwich.objects import Blob

        if change is None:
            return None
        if isinstance(change, dict):
            key = self._write_folder(old[1] if old and old[0] == FOLDER else "", change)
            return (FOLDER, key) if key else None
        mode = old[0] if old and old[0] in _FILES else _FILE
        return (mode, self._put(Blob.from_string(change)))

    def _put(self, thing: ShaFile) -> str:
        """Write an object as a file of its own, as git does, so that a killed writer leaves no lock behind."""
        key = thing.id.decode()
        file = self._git / "objects" / key[:2] / key[2:]
        try:
            os.utime(file)  # fresh: not to be pruned before a commit refers to it
        except FileNotFoundError:
            worktree.replace(file, thing.as_legacy_object(), self._own, mode=0o444)
        return key

    # -- moving the branch, then the work tree ----------------------------------------------------------------

    def _move(self, head: Tree, new: Tree, changes: Mapping[str, bytes | None]) -> bool:
        """Journal, then compare and swap. ``False``: someone moved the branch between."""
        branch = self._branch
        files = {path: [head.blob(path), new.blob(path)] for path in sorted(changes)}
        journal = {"format": JOURNAL_FORMAT, "old": head.id, "new": new.id, "files": files}
        worktree.replace(self._journal, json.dumps(journal).encode(), self._own)
        target = self._git / branch
        target.parent.mkdir(parents=True, exist_ok=True)
        with self._held(target):
            if self._tip(branch) != head.id:
                return False
            worktree.replace(target, new.id.encode() + b"\n", self._own)
        return True

    @property
    def _journal(self) -> Path:
        return self._own / "journal"

    @contextmanager
    def _held(self, file: Path) -> Iterator[None]:
        """Git's own lock on a file, as a hard link to our marker."""
        marker, lock = self._own / "marker", file.with_name(file.name + ".lock")
        marker.touch()
        _drop_own(lock, marker)
        _link(marker, lock)
        try:
            yield
        finally:
            lock.unlink()

    def _finish(self) -> list[str]:
        """What a killed commit left to do."""
        worktree.clear(self._own)
        _drop_own(self._git / "index.lock", self._own / "marker")
        if not self._journal.exists():
            return []
        with self._held(self._index):
            return self._follow()

    def _follow(self) -> list[str]:
        """Bring the journal's files to HEAD, if there is one, and forget it. The index is held."""
        if not self._journal.exists():
            return []
        files: dict[str, list[str | None]] = json.loads(self._journal.read_bytes())["files"]
        head = self.head()
        written = [path for path in sorted(files) if self._settle(path, head, files[path])]
        self._stage(head, files)
        self._journal.unlink()
        return written

    def _settle(self, path: str, head: Tree, known: list[str | None]) -> bool:
        """Bring one file of the work tree to HEAD, unless a hand was there."""
        target, state = head.blob(path), worktree.state(self.root, path)
        if state == target or state not in known:
            return False
        if target is None:
            worktree.remove(self.root, path)
            return True
        mode = 0o777 if head.mode(path) & 0o100 else 0o666
        with suppress(NotADirectoryError, FileExistsError):  # a hand put a file where the folder was to be
            worktree.replace(self.root / path, gitobjects.raw(self._repo, target), self._own, mode=mode)
            return True
        return False

    def _stage(self, head: Tree, files: Mapping[str, list[str | None]]) -> None:
        with self._known_index():
            changes = {os.fsencode(path): self._staged(path, head, known) for path, known in files.items()}
            before = self._index.read_bytes() if self._index.exists() else b""
            worktree.replace(self._index, gitindex.changed(before, changes), self._own)

    def _staged(self, path: str, head: Tree, known: list[str | None]) -> gitindex.Change:
        target = head.blob(path)
        same = target is not None and worktree.state(self.root, path) == target
        return gitindex.Change(
            blob=_binary(target),
            known=tuple(_binary(key) for key in (*known, target)),
            stat=(self.root / path).stat() if same else None,
        )

    def _check_index(self) -> None:
        """Before anything is written: will the index be ours to change?"""
        if self._index.exists():
            with self._index.open("rb") as stream, self._known_index():
                gitindex.check(stream.read(64))
        if next(self._git.glob("sharedindex.*"), None):
            with self._known_index():
                raise gitindex.UnknownIndex

    @contextmanager
    def _known_index(self) -> Iterator[None]:
        try:
            yield
        except gitindex.UnknownIndex:
            raise KBError(
                N_("Git's index in {root} is split, sparse or of version 4, which kbuilder does not write."),
                N_("Run once: git update-index --no-split-index --index-version 2"),
                root=self.root,
            ) from None

    # -- looking for hand edits -------------------------------------------------------------------------------

    def _stats(self) -> Mapping[str, gitindex.Seen]:
        """What the index remembers of files that it saw well before it was written."""
        if not self._index.exists():
            return {}
        with suppress(gitindex.UnknownIndex):
            return gitindex.seen(self._index.read_bytes(), self._index.stat().st_mtime_ns)
        return {}

    def _is_clean(self, path: str, head: Tree, seen: Mapping[str, gitindex.Seen]) -> bool:
        target, known = head.blob(path), seen.get(path)
        if known and known.blob == _binary(target):
            with suppress(OSError):
                if known.matches((self.root / path).lstat()):
                    return True
        return worktree.state(self.root, path) == target


def different(one: Tree, two: Tree) -> list[str]:
    """Paths of the files in which two commits differ, sorted."""
    here, there = one.blobs(), two.blobs()
    return sorted(path for path in {*here, *there} if here.get(path) != there.get(path))


def _no_commit(name: str) -> NotFound:
    return NotFound(
        N_("There is no commit {commit} in this clone."),
        N_("A shallow clone has only the newest: git fetch --unshallow"),
        commit=name,
    )


def _binary(key: str | None) -> bytes | None:
    return None if key is None else bytes.fromhex(key)


def _nested(changes: Mapping[str, bytes | None]) -> Nested:
    nested: Nested = {}
    for path in sorted(changes):
        *folders, name = path.split("/")
        place = nested
        for folder in folders:
            inner = place.setdefault(folder, {})
            if not isinstance(inner, dict):
                raise ValueError(f"{path} lies below a file")
            place = inner
        place[name] = changes[path]
    return nested


def _check_path(path: str) -> None:
    parts = path.split("/")
    if any(part in {"", ".", ".."} or part.lower() == ".git" or "\0" in part or "\\" in part for part in parts):
        raise ValueError(f"not a path inside a repository: {path!r}")


def _check_root(root: Path) -> None:
    if (root / ".git").is_dir():
        return
    if (root / ".git").exists():
        raise KBError(
            N_("{root} is a linked work tree or a submodule; a knowledge base is a repository of its own."),
            N_("Make a clone of it: git clone {root} DIR"),
            root=root,
        )
    outer = next((parent for parent in root.resolve().parents if (parent / ".git").exists()), None)
    if outer:
        raise NotFound(
            N_("{root} lies inside the git repository {outer}; a knowledge base is a repository of its own."),
            N_("Move it out, or make it one of its own: kbuilder init {root}"),
            root=root,
            outer=outer,
        )
    raise NotFound(
        N_("There is no knowledge base in {root}: it is no git repository."),
        N_("Make one with: kbuilder init {root}"),
        root=root,
    )


def _check_unchanged(base: Tree, head: Tree, changes: Mapping[str, bytes | None]) -> None:
    if base.id == head.id:
        return
    both = [path for path in sorted(changes) if base.blob(path) != head.blob(path)]
    if both:
        raise Conflict(
            N_("Someone else changed {files} meanwhile."),
            N_("Look at the newest version and decide again."),
            files=", ".join(both),
        )


def _identity(author: str) -> bytes:
    """``Name <mail>`` as git writes it; a bare name gets an address that leads nowhere."""
    match = re.fullmatch(r"\s*([^<>]*?)\s*<([^<>\s]*)>\s*", author)
    name, mail = (match[1], match[2]) if match else (author, "")
    bare = " ".join(re.sub(r"[<>\x00-\x1f]", " ", name).split()).strip(".,:;\"' ")
    return f"{bare or 'editor'} <{mail or 'editor@localhost'}>".encode()


def _link(marker: Path, lock: Path) -> None:
    for _ in range(int(LOCK_WAIT / _PAUSE)):
        try:
            os.link(marker, lock)
            return
        except FileExistsError:
            sleep(_PAUSE)
    raise Conflict(
        N_("Git is busy here: {lock} exists."),
        N_("Wait for the git command that runs; if none does, remove that file and try again."),
        lock=lock,
    )


def _drop_own(lock: Path, marker: Path) -> bool:
    """Remove a lock that a killed commit of ours left; git's own stay."""
    try:
        if not lock.samefile(marker):
            return False
    except FileNotFoundError:
        return False
    lock.unlink(missing_ok=True)
    return True


def _new_files(root: Path, known: set[str], ignored: Any) -> Iterator[str]:
    """Files that are neither in the commit nor ignored."""
    for folder, folders, files in os.walk(root):
        inside = Path(folder).relative_to(root).as_posix()
        prefix = "" if inside == "." else inside + "/"
        folders[:] = [
            name
            for name in sorted(folders)
            if name != ".git" and not ignored.is_ignored(f"{prefix}{name}/") and not _is_repository(folder, name)
        ]
        yield from (
            path for path in (prefix + name for name in files) if path not in known and not ignored.is_ignored(path)
        )


def _is_repository(folder: str, name: str) -> bool:
    return Path(folder, name, ".git").exists()
