"""Bytes kept by the content that they were made from."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kbuilder.errors import Conflict, SourceError, StaleError
from kbuilder.store import cache as module
from kbuilder.store.cache import Cache, Unusable


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache.sqlite")


CONTENT = st.dictionaries(st.text(max_size=20), st.binary(max_size=60), max_size=8)


class TestGetAndPut:
    def test_a_file_that_cannot_be_used_is_named(self, tmp_path: Path) -> None:
        """A full disk, or a folder in its place: whoever only saves time by it can go on."""
        for use in (lambda: Cache(tmp_path).get("a", ["x"]), lambda: Cache(tmp_path).put("a", {"x": b"1"})):
            with pytest.raises(Unusable, match=str(tmp_path)):
                use()

    @pytest.mark.parametrize("start", [0, 4096])
    def test_a_damaged_file_is_named(self, cache: Cache, start: int) -> None:
        """Other bytes in its place, or within it: what to do about it is said."""
        cache.put("a", {str(number): b"x" * 3000 for number in range(20)})
        damaged = bytearray(cache.path.read_bytes())
        damaged[start : start + 9000] = b"\x07" * 9000
        cache.path.write_bytes(damaged)
        with pytest.raises(Unusable, match="is damaged") as caught:
            cache.get("a", [str(number) for number in range(20)])
        assert "kbuilder build" in caught.value.hint

    def test_known_ones_in_order(self, cache: Cache) -> None:
        """Known keys come with their values, in the order asked; unknown ones are left out."""
        cache.put("a", {"x": b"1", "y": b"2"})
        assert list(cache.get("a", ["y", "nothing", "x"]).items()) == [("y", b"2"), ("x", b"1")]

    def test_spaces_are_apart(self, cache: Cache) -> None:
        """The same key in two spaces is two things."""
        cache.put("a", {"x": b"1"})
        cache.put("b", {"x": b"2"})
        assert (cache.get("a", ["x"]), cache.get("b", ["x"])) == ({"x": b"1"}, {"x": b"2"})
        assert (cache.spaces(), cache.keys("a")) == (["a", "b"], ["x"])

    def test_the_first_counts(self, cache: Cache) -> None:
        """What is cached is never made anew: a second value for a key changes nothing."""
        cache.put("a", {"x": b"1"})
        cache.put("a", {"x": b"2", "y": b"3"})
        assert cache.get("a", ["x", "y"]) == {"x": b"1", "y": b"3"}

    def test_more_keys_than_a_question_holds(self, cache: Cache) -> None:
        """Thousands of keys can be asked at once."""
        items = {f"{number}": bytes([number % 256]) for number in range(5000)}
        cache.put("a", items)
        assert cache.get("a", list(items)) == items

    def test_all_or_none(self, cache: Cache) -> None:
        """A put that breaks off keeps nothing."""
        with pytest.raises(Exception, match="type"):
            cache.put("a", {"x": b"1", "y": object()})  # type: ignore[dict-item]
        assert cache.keys("a") == []


class TestDelete:
    def test_no_byte_is_left(self, cache: Cache, tmp_path: Path) -> None:
        """What was deleted is in no byte of the file or its log, the rest stays."""
        cache.put("a", {"x": b"SECRET" * 100, "z": b"SECRET", "y": b"KEPT"})
        assert b"SECRET" in everything(tmp_path)
        cache.delete("a", ["x", "z", "nothing"])
        assert b"SECRET" not in everything(tmp_path)
        assert cache.get("a", ["x", "y", "z"]) == {"y": b"KEPT"}

    def test_clear(self, cache: Cache, tmp_path: Path) -> None:
        """A whole space goes without a trace."""
        cache.put("a", {str(number): b"SECRET" * 500 for number in range(100)})
        cache.put("b", {"y": b"KEPT"})
        cache.clear("a")
        assert b"SECRET" not in everything(tmp_path)
        assert cache.spaces() == ["b"]

    def test_a_reader_in_the_way_is_told(self, cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
        """While a reader keeps the log, deleting says that bytes are left."""
        monkeypatch.setattr(module, "BUSY_SECONDS", 0.1)
        cache.put("a", {"x": b"SECRET"})
        with cache._open() as reader:
            reader.execute("BEGIN")
            assert reader.execute("SELECT count(*) FROM entries").fetchone() == (1,)
            with pytest.raises(Conflict, match="still holds them"):
                cache.delete("a", ["x"])
        cache.delete("a", ["x"])
        assert b"SECRET" not in everything(cache.path.parent)


class TestExport:
    @settings(max_examples=25)
    @given(content=CONTENT, space=st.text(max_size=10))
    def test_round_trip(
        self, tmp_path_factory: pytest.TempPathFactory, content: dict[str, bytes], space: str
    ) -> None:
        """A space comes back from its file as it was, and again brings nothing new."""
        folder = tmp_path_factory.mktemp("export")
        one, two = Cache(folder / "one"), Cache(folder / "two")
        one.put(space, content)
        assert one.export(space, folder / "file") == len(content)
        assert two.import_(folder / "file") == (space, len(content))
        assert two.import_(folder / "file") == (space, 0)
        assert two.get(space, list(content)) == content

    def test_same_bytes(self, tmp_path: Path) -> None:
        """The same content gives the same bytes, in whatever order it came and whatever stood beside it."""
        items = {str(number): bytes([number]) * 9 for number in range(50)}
        one, two = Cache(tmp_path / "one"), Cache(tmp_path / "two")
        one.put("a", items)
        for key in reversed(items):
            two.put("b", {key: b"other"})
            two.put("a", {key: items[key]})
        one.export("a", tmp_path / "1")
        two.export("a", tmp_path / "2")
        assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()
        assert (tmp_path / "1").stat().st_size > 450

    @pytest.mark.parametrize("damage", ["cut", "flipped", "more", "other", "newer", "empty"])
    def test_damaged_files(self, cache: Cache, tmp_path: Path, damage: str) -> None:
        """A file that is not what was written is refused, and nothing of it is kept."""
        cache.put("a", {str(number): b"value" * 5 for number in range(20)})
        file = tmp_path / "file"
        cache.export("a", file)
        data = file.read_bytes()
        middle = len(data) // 2
        file.write_bytes(
            {
                "cut": data[:middle],
                "flipped": data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :],
                "more": data + b"x",
                "other": b"PK\3\4" + data,
                "newer": data.replace(b'"format": 1', b'"format": 2'),
                "empty": b"",
            }[damage]
        )
        fresh = Cache(tmp_path / "fresh")
        with pytest.raises(SourceError):
            fresh.import_(file)
        assert fresh.spaces() == []


class TestProcesses:
    def test_several_write_at_once(self, cache: Cache) -> None:
        """Processes that make and fill the cache at the same time all succeed."""
        code = (
            "import sys; from pathlib import Path; from kbuilder.store.cache import Cache\n"
            "c = Cache(Path(sys.argv[1]))\n"
            "for n in range(30): c.put('a', {f'{sys.argv[2]}{n}': b'x'}); assert c.get('a', [f'{sys.argv[2]}{n}'])"
        )
        children = [subprocess.Popen([sys.executable, "-c", code, str(cache.path), name]) for name in "abc"]
        assert [child.wait() for child in children] == [0, 0, 0]
        assert len(cache.keys("a")) == 90

    def test_killed_while_writing(self, cache: Cache) -> None:
        """A killed writer leaves whole batches and a sound file."""
        code = (
            "import sys; from pathlib import Path; from kbuilder.store.cache import Cache\n"
            "c = Cache(Path(sys.argv[1]))\n"
            "for n in range(int(sys.argv[2]), 10**9):\n"
            "    c.put('a', {f'{n}-{m}': b'x' * 999 for m in range(20)}); print(n, flush=True)"
        )
        chance, first = random.Random(5), 0
        for _ in range(6):
            command = [sys.executable, "-c", code, str(cache.path), str(first)]
            child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            assert child.stdout
            told = [child.stdout.readline()]
            time.sleep(chance.uniform(0, 0.05))
            child.send_signal(signal.SIGKILL)
            told += child.stdout.readlines()
            child.wait()
            done = [int(line) for line in told if line.endswith("\n") and line.strip()]
            kept = cache.keys("a")
            assert len(kept) % 20 == 0
            assert {f"{n}-0" for n in done} <= set(kept)
            first = max(done, default=first) + 2
        assert first > 6

    def test_another_format(self, cache: Cache) -> None:
        """A cache of another format names what to do."""
        with cache._open() as connection:
            connection.execute("PRAGMA user_version=7")
        with pytest.raises(StaleError, match="format 7") as caught:
            cache.get("a", ["x"])
        assert "kbuilder build" in caught.value.advice


def everything(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.iterdir()))
