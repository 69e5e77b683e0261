"""Runs the rooms on judged data and says how good they are."""

from kbuilder.evaluation.suggesting import evaluate_suggest

__all__ = ["evaluate_suggest"]
