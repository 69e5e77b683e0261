"""What two commits tell readers differently."""

from __future__ import annotations

import pytest
from trees import CONFIG, MemoryTree, article, knowledge_base

from kbuilder import publish
from kbuilder.errors import ConfigError

AFTER = knowledge_base().with_(article("new", "New", "N.[^p2]"))
BROKEN = knowledge_base().having({"articles/en/ba/bad.md": "no front matter"})
NARROW = knowledge_base().having({"kbuilder.toml": CONFIG.replace("[audience.partner]", "[audience.others]")})


@pytest.mark.parametrize(("before", "audience"), [(BROKEN, "public"), (NARROW, "partner")])
def test_what_mends_a_commit_or_gives_it_an_audience_gets_through(before: MemoryTree, audience: str) -> None:
    """The comment says that there is nothing to compare with: a pipeline that stops here cannot be mended."""
    found = publish.changes(before, AFTER, audience)
    assert (found.compared, found.articles) == (False, ())
    assert "there is nothing to compare with" in publish.changes_told(found, str)
    assert "Added" not in publish.changes_told(found, str)
    assert "Added: 1 " in publish.changes_told(publish.changes(knowledge_base(), AFTER), str)


def test_what_cannot_be_published_now_is_an_error() -> None:
    """Whatever was before."""
    for before in (AFTER, BROKEN):
        with pytest.raises(ConfigError, match="bad"):
            publish.changes(before, BROKEN)
