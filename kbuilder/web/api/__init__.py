"""``/api/v1``: the same answers for programs."""

from kbuilder.web.api.routes import described, router

__all__ = ["described", "router"]
