"""Threads that ask one problem, brought together: the same groups for any order of threads and any history.

The road: :mod:`similarity` (what two threads share) -> :mod:`graph` (who is worth comparing) -> :mod:`linkage`
(groups) under :mod:`constraints` (what editors decided), then :mod:`identity` (ids that last) and :mod:`demand`.
"""

from kbuilder.candidates.clustering import Grouping, cluster, group, labelled
from kbuilder.candidates.contacts import Asked, counted
from kbuilder.candidates.explaining import explain
from kbuilder.candidates.identity import remembered
from kbuilder.candidates.proposal import Proposal, propose
from kbuilder.candidates.similarity import text_of, text_of_article

__all__ = [
    "Asked",
    "Grouping",
    "Proposal",
    "cluster",
    "counted",
    "explain",
    "group",
    "labelled",
    "propose",
    "remembered",
    "text_of",
    "text_of_article",
]
