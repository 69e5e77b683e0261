"""The published wiki, made from the git tree alone."""

from kbuilder.publish.changes import Change, Changes, changes
from kbuilder.publish.changes import markdown as changes_told
from kbuilder.publish.checking import outside
from kbuilder.publish.faults import check, of_error
from kbuilder.publish.reading import SPACE, Cache, Tree
from kbuilder.publish.site import Published, examine, plan, publish, served

__all__ = [
    "SPACE",
    "Cache",
    "Change",
    "Changes",
    "Published",
    "Tree",
    "changes",
    "changes_told",
    "check",
    "examine",
    "of_error",
    "outside",
    "plan",
    "publish",
    "served",
]
