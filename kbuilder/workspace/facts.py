"""What a build tells the site through git: the top problems, and posts that are gone or changed at the source."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from kbuilder.candidates import demand
from kbuilder.records import FORMAT, Article, Draft, Thread
from kbuilder.redact import redact
from kbuilder.review import sources
from kbuilder.store.git import Tree
from kbuilder.workspace.generation import Generation
from kbuilder.workspace.parts import Parts

PROBLEMS = "facts/problems.json"
WITHDRAWN = "withdrawn.jsonl"
TOP = 50
AUTHOR = "kbuilder"


def commit_facts(parts: Parts, generation: Generation, threads: Sequence[Thread]) -> Tree:
    """Commit what changed of the facts, if anything did."""
    tree = parts.head()
    articles = parts.decided.articles(tree)
    told = {
        PROBLEMS: _problems(generation, articles, threads),
        WITHDRAWN: _withdrawn(parts, articles, threads),
    }
    changes = {path: data for path, data in told.items() if (tree.read(path) or b"") != data}
    if not changes:
        return tree
    return parts.repository.commit(tree, changes, "Figures and sources as of this build", AUTHOR, parts.clock())


def _problems(generation: Generation, articles: Sequence[Article], threads: Sequence[Thread]) -> bytes:
    """The most wanted problems. Which article answers each is told by its lineage, not here."""
    answered = {article.lineage: article for article in articles if article.lineage}
    audiences = {thread.id: thread.audience for thread in threads}
    problems = [
        {
            "lineage": each.lineage,
            "title": _title(each.lineage, each.phrasings[0], generation, answered),
            "language": each.language,
            "threads": each.demand.threads,
            "askers": each.demand.askers,
            "views": each.demand.views,
            "growth": each.demand.growth,
            "unanswered": each.demand.unanswered,
        }
        for each in generation.candidates.values()
        if all(audiences.get(member, "public") == "public" for member in (*each.members, *each.asking))
    ]
    demands = [generation.candidates[str(each["lineage"])].demand for each in problems]
    public = [demand.score(replace(each, contacts=0)) for each in demands]
    curve = demand.pareto(public)
    points = [[number, round(share, 4)] for number, share in curve.points]
    told = {"format": FORMAT, "problems": problems[:TOP], "curve": points, "eighty": curve.eighty}
    return (json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _title(lineage: str, phrasing: str, generation: Generation, answered: Mapping[str, Article]) -> str:
    if lineage in answered:
        return answered[lineage].title
    draft = generation.drafts.get(lineage)
    return draft.title if isinstance(draft, Draft) else redact(phrasing).text


def _withdrawn(parts: Parts, articles: Sequence[Article], threads: Sequence[Thread]) -> bytes:
    """One line for each cited post that is gone or changed, of the sources that were imported here."""
    digests = {post.id: post.digest for thread in threads for post in thread.posts}
    found = sources.stale(articles, digests, parts.database.sources())
    return "".join(json.dumps(line, sort_keys=True) + "\n" for line in sources.states(found)).encode()
