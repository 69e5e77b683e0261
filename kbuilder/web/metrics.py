"""Figures on the server for Prometheus. None tells what was asked, or that a protected article exists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0)


@dataclass(frozen=True)
class Metrics:
    """Of one application; made by :meth:`fresh`."""

    registry: CollectorRegistry
    questions: Counter
    seconds: Histogram
    events: Counter
    refused: Counter
    waiting: Gauge

    @classmethod
    def fresh(cls) -> Self:
        """All at nothing."""
        own = CollectorRegistry()
        return cls(
            own,
            Counter("kbuilder_questions", "Questions, by outcome", ["outcome"], registry=own),
            Histogram("kbuilder_suggest_seconds", "Time to an answer", buckets=_SECONDS, registry=own),
            Counter("kbuilder_events", "Events taken, by kind", ["kind"], registry=own),
            Counter("kbuilder_refused", "Requests refused at the gate, by status", ["status"], registry=own),
            Gauge("kbuilder_events_waiting", "Events on disk, not yet in the database", registry=own),
        )

    def written(self) -> bytes:
        """In Prometheus' text format."""
        return generate_latest(self.registry)
