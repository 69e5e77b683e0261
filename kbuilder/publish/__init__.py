"""The published wiki, made from the git tree alone."""

from kbuilder.publish.faults import check
from kbuilder.publish.site import Published, Tree, plan, publish

__all__ = ["Published", "Tree", "check", "plan", "publish"]
