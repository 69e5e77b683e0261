"""Git's index, changed at a few paths."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kbuilder.store import gitindex
from kbuilder.store.gitindex import Change

A, B = bytes([1]) * 20, bytes([2]) * 20
PATHS = st.sampled_from([b"a", b"a/b", b"a-b", b"b", "ä/ö".encode(), b"x" * 300, b"zz"])


def listed(data: bytes) -> dict[bytes, bytes]:
    """The exact oracle: what another reader finds in the index."""
    import io

    from dulwich.index import read_index_dict_with_version

    entries, *_ = read_index_dict_with_version(io.BytesIO(data))
    return {path: bytes.fromhex(entry.sha.decode()) for path, entry in entries.items()}  # type: ignore[union-attr]


@settings(max_examples=60)
@given(st.lists(st.dictionaries(PATHS, st.sampled_from([A, B, None]), max_size=5), max_size=4))
def test_like_a_dictionary(rounds: list[dict[bytes, bytes | None]]) -> None:
    """Any changes leave what the same changes leave in a dictionary, in git's order, with a right checksum."""
    data, expected = gitindex.changed(b"", {b"0": Change(blob=A, known=(None,))}), {b"0": A}
    for changes in rounds:
        data = gitindex.changed(data, {path: Change(blob=new, known=(None, A, B)) for path, new in changes.items()})
        expected = {path: blob for path, blob in {**expected, **changes}.items() if blob}
    assert listed(data) == expected
    assert list(listed(data)) == sorted(expected)


def test_what_was_staged_by_hand_stays() -> None:
    """An entry that is none of the known blobs is left."""
    data = gitindex.changed(b"", {b"a": Change(blob=A, known=(None,))})
    assert listed(gitindex.changed(data, {b"a": Change(blob=B, known=(None, B))})) == {b"a": A}


def test_caches_of_git_are_dropped(tmp_path: Path) -> None:
    """An index with git's cached trees, which would be stale, is read and written without them."""
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b"]
    (tmp_path / "a").write_text("a")
    for words in (["init", "-q"], ["add", "a"], ["commit", "-qm", "a"], ["status"]):
        subprocess.run([*git, *words], check=True, capture_output=True)
    before = (tmp_path / ".git/index").read_bytes()
    after = gitindex.changed(before, {b"b": Change(blob=A, known=(None,))})
    assert b"TREE" in before
    assert b"TREE" not in after
    assert sorted(listed(after)) == [b"a", b"b"]


def test_forms_that_are_refused() -> None:
    """Version 4 and extensions that change the meaning of entries are refused, not guessed at."""
    data = gitindex.changed(b"", {b"a": Change(blob=A, known=(None,))})
    with pytest.raises(gitindex.UnknownIndex):
        gitindex.check(data[:7] + b"\x04" + data[8:])
    with pytest.raises(gitindex.UnknownIndex):
        gitindex.changed(data[:-20] + b"link\0\0\0\0" + data[-20:], {b"a": Change(blob=B, known=(A,))})
