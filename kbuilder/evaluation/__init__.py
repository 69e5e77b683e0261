"""Runs the rooms on judged data and says how good they are."""

from kbuilder.evaluation.suggesting import Evaluation, Wanted, evaluate_suggest

__all__ = ["Evaluation", "Wanted", "evaluate_suggest"]
