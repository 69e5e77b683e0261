"""Packing, with real git as the oracle."""

from __future__ import annotations

import pytest
from real_git import ARTICLE, commit, run, sound

from kbuilder.store import git, gitpack
from kbuilder.store.git import Repository


def fill(repository: Repository, count: int) -> None:
    for number in range(count):
        commit(repository, {ARTICLE: b"line\n" * 200 + str(number).encode(), f"decisions/{number}.json": b"{}"})


def test_packs_by_itself(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """Now and then a commit packs the objects that lie about; git finds the pack sound."""
    monkeypatch.setattr(git, "PACK_AFTER", 40)
    fill(repository, 60)
    counts = dict(line.split(": ") for line in run(repository.root, "count-objects", "-v").splitlines())
    assert int(counts["packs"]) >= 1
    assert int(counts["in-pack"]) > 100
    assert int(counts["garbage"]) == 0
    sound(repository.root)


def test_a_server_packs_before_a_commit_would(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half as many commits are enough between verdicts, and whoever commits meanwhile does not wait for it."""
    monkeypatch.setattr(git, "PACK_AFTER", 80)
    assert repository.tidy() == 0
    fill(repository, 50)
    with repository._lock():
        assert repository.tidy() > 200
    assert repository.tidy() == 0
    sound(repository.root)


def test_versions_are_stored_as_differences(repository: Repository) -> None:
    """Sixty versions of folders and an article take little more room than one, and all are readable."""
    fill(repository, 60)
    first = [version.id for version in repository.history()][-2]
    assert repository.pack() > 200
    assert repository.pack() == 0
    pack = next((repository.root / ".git/objects/pack").glob("*.pack"))
    assert pack.stat().st_size < 25_000
    assert (repository.tree(first).read(ARTICLE) or b"").endswith(b"\n0")
    sound(repository.root)


def test_cut_before_single_objects_are_removed(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """A packing cut half-way loses nothing, and the next one ends it."""
    fill(repository, 5)
    packs = repository.root / ".git/objects/pack"
    with monkeypatch.context() as patch:
        patch.setattr(gitpack, "_drop_single", lambda *given: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            repository.pack()
    (packs / "tmpcut.pack").write_bytes(b"half")
    sound(repository.root)
    assert repository.pack() == 0
    assert run(repository.root, "count-objects").startswith("0 objects")
    assert list(packs.glob("tmp*")) == []


def test_what_no_commit_reaches_is_kept(repository: Repository) -> None:
    """Objects that only the index knows are packed too, not lost."""
    (repository.root / "staged").write_bytes(b"staged\n")
    run(repository.root, "add", "staged")
    repository.pack()
    assert run(repository.root, "show", ":staged") == "staged\n"
