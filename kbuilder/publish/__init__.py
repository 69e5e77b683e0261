"""The published wiki, made from the git tree alone."""

from kbuilder.publish.faults import check
from kbuilder.publish.reading import SPACE, Tree
from kbuilder.publish.site import Published, examine, plan, publish

__all__ = ["SPACE", "Published", "Tree", "check", "examine", "plan", "publish"]
