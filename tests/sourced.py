"""Whether each sentence of a draft stands word for word in the place that it cites."""

from __future__ import annotations

from collections.abc import Iterable

from kbuilder import markup
from kbuilder.records import Draft, Thread
from kbuilder.redact import redact
from kbuilder.text import capital, squeeze


def unsourced(draft: Draft, threads: Iterable[Thread]) -> list[str]:
    """What a draft cites and does not say right before the reference, or, of a block, right behind it."""
    posts = {post.id: post for thread in threads for post in thread.posts}
    found, end = [], 0
    for key, start in markup.references(draft.body):
        source = draft.sources[key]
        words = squeeze(redact(posts[source.post].body[source.start : source.end]).text)
        before = squeeze(draft.body[end:start])
        block = words and not before.endswith(words) and words in squeeze(draft.body[start:])
        if not (before.endswith((words, capital(words))) or block):
            found.append(words)
        end = start
    return found
