"""Runs the rooms on judged data and says how good they are."""

from kbuilder.evaluation.clustering import evaluate_cluster
from kbuilder.evaluation.suggesting import Evaluation, Wanted, evaluate_suggest

__all__ = ["Evaluation", "Wanted", "evaluate_cluster", "evaluate_suggest"]
