"""What is stored, what waits, what needs attention; and bringing an older knowledge base forward."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kbuilder.embedding.adapt import FEWEST
from kbuilder.store.database import Database
from kbuilder.text import N_
from kbuilder.workspace import building, generation, learning, pushing, reviewing
from kbuilder.workspace.parts import Parts


def status(parts: Parts) -> dict[str, Any]:
    """``counts`` by name, and ``attention``: messages with the values of their fields."""
    tree = parts.head()
    counts = {
        N_("sources"): len(parts.database.sources()),
        N_("threads"): parts.database.count(),
        N_("solved threads"): parts.database.count(solved=True),
        N_("articles"): len(tree.list("articles")),
        N_("decisions"): len(tree.list("decisions")),
    }
    built = generation.current(parts.derived)
    if built:
        counts[N_("candidates")] = len(built.candidates)
        counts[N_("waiting for an editor")] = len(reviewing.queue(parts))
    return {"counts": counts, "attention": list(_attention(parts))}


def _attention(parts: Parts) -> Iterator[dict[str, Any]]:
    def note(message: str, **values: object) -> dict[str, Any]:
        return {"message": message, "values": values}

    for name in building.never_imported(parts, parts.head()):
        yield note(N_("The source {name} was never imported into this database."), name=name)
    if generation.current(parts.derived) is None:
        yield note(N_("Nothing was built yet: kbuilder build"))
    elif building.plan(parts):
        yield note(N_("The build is stale: kbuilder build --plan says why"))
    yield from map(note, filter(None, (parts.dense_note, parts.adapted_note, learning.note(parts))))
    if not parts.adapted_note and _may_adapt(parts):
        yield note(N_("The model can learn this archive's words, without labels, in some minutes: kbuilder adapt"))
    late = pushing.behind(parts)
    if late:
        yield note(pushing.NOTE, count=late.commits, remote=late.remote)
        yield note(late.problem.message, **late.problem.values)
    for path in parts.repository.uncommitted():
        yield note(N_("{path} has changes that are not committed, and so do not count."), path=path)
    for file in sorted((parts.var / "set-aside").glob("*")):
        yield note(N_("Rows were set aside in {path}."), path=file)


def _may_adapt(parts: Parts) -> bool:
    return bool(parts.encoder) and not parts.adapted and parts.database.count(solved=True) >= FEWEST


def upgrade(parts: Parts) -> list[str]:
    """Bring the database's form forward and drop derived files of another format; what was done."""
    done = []
    Database.upgrade(parts.database_url).close()
    done.append(N_("The database has this version's form."))
    if parts.derived.exists() and generation.current(parts.derived) is None:
        done.append(N_("There is no build of this version yet: run kbuilder build."))
    return done
