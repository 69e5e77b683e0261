"""Which threads people said ask the same: the truth that an archive holds about itself, as far as it goes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from kbuilder.records import Thread

Link = Literal["duplicate", "reply"]
"""Marked as the same question; or named by somebody who replied."""

_ADDRESS = re.compile(r"https?://[^\s<>()\[\]\"']+")
_SHORT = re.compile(r"/q/(?=\d)")
"""Stack Exchange's short form of a question's address."""


def links(threads: Sequence[Thread]) -> dict[str, dict[str, Link]]:
    """For each thread those that it was linked with, by id.

    Duplicates of one question are duplicates of each other. A link in a reply says less: somebody found it worth
    reading. What askers link themselves says that it did not help, and counts for nothing.
    """
    same = _same(threads)
    addresses = {_plain(address): thread.id for thread in threads for address in _addresses(thread)}
    found: dict[str, dict[str, Link]] = {}
    for thread in threads:
        named = {each for post in (*thread.answers, *thread.comments) for each in _named(post.body, addresses)}
        pointed = {member for each in named for member in same.get(each, (each,))}
        marked: dict[str, Link] = dict.fromkeys(sorted(pointed), "reply")
        marked.update(dict.fromkeys(same.get(thread.id, ()), "duplicate"))
        marked.pop(thread.id, None)
        if marked:
            found[thread.id] = marked
    return found


def _same(threads: Iterable[Thread]) -> Mapping[str, tuple[str, ...]]:
    """For each thread that has duplicates, all of its group, sorted."""
    groups: dict[str, set[str]] = {}
    for thread in threads:
        for other in thread.duplicate_of:
            joined = groups.get(thread.id, {thread.id}) | groups.get(other, {other})
            groups.update(dict.fromkeys(joined, joined))
    return {member: tuple(sorted(group)) for member, group in groups.items()}


def _addresses(thread: Thread) -> Iterator[str]:
    return (address for address in (thread.url, *(post.url for post in thread.posts)) if address)


def _named(markdown: str, addresses: Mapping[str, str]) -> Iterator[str]:
    """Threads whose address, or whose posts', a text names: what follows behind a slash does not matter."""
    for address in _ADDRESS.findall(markdown):
        path = _plain(address)
        while path.count("/") > 0:
            if path in addresses:
                yield addresses[path]
                break
            path = path.rpartition("/")[0]


def _plain(address: str) -> str:
    """Without scheme, query and fragment; a question's short address as the long one."""
    bare = address.partition("://")[2].partition("#")[0].partition("?")[0].rstrip("/.,;:*_")
    return _SHORT.sub("/questions/", bare)
