"""The published wiki, made from the git tree alone."""

from kbuilder.publish.changes import Change, Changes, changes
from kbuilder.publish.changes import markdown as changes_told
from kbuilder.publish.faults import check
from kbuilder.publish.reading import SPACE, Tree
from kbuilder.publish.site import Published, examine, plan, publish

__all__ = [
    "SPACE",
    "Change",
    "Changes",
    "Published",
    "Tree",
    "changes",
    "changes_told",
    "check",
    "examine",
    "plan",
    "publish",
]
