"""The API is what its description says: requests made from it, valid and not, by schemathesis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi import adapter, schemas  # noqa: F401 - now: compiled amid a browser's tests, 3.11 fails

from kbuilder.store.askers import Askers
from kbuilder.web.api.models import MAX_TITLE
from kbuilder.web.app import create_app
from kbuilder.workspace.workspace import Workspace

if TYPE_CHECKING:
    from fastapi import FastAPI
    from schemathesis import Case, Response
    from schemathesis.schemas import APIOperation, BaseSchema

EXAMPLES = 12
"""For each operation: enough to meet each kind of value, few enough to be quick."""


def described(app: FastAPI) -> BaseSchema:
    """An application by its description; what is too long as a value may be too large as a request."""
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    refusing = schema.config.checks.negative_data_rejection
    refusing.expected_statuses = [*refusing.expected_statuses, "413"]
    return schema


@pytest.fixture(scope="module")
def operations(kb: Workspace) -> dict[str, APIOperation]:
    """All operations of the API by name."""
    app = create_app(kb)
    app.state.service.lately.config = None
    schema = described(app)
    config = schema.config.generation
    config.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
    return {each.ok().label: each.ok() for each in schema.get_all_operations()}


NAMES = (
    "POST /api/v1/suggest",
    "GET /api/v1/articles/{slug}",
    "GET /api/v1/threads/{id}",
    "POST /api/v1/events",
    "GET /api/v1/health",
    "GET /api/v1/ready",
    "GET /api/v1/metrics",
)


def test_every_operation_is_tried(operations: dict[str, APIOperation]) -> None:
    """None is left out."""
    assert operations.keys() == {*NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_the_api_is_what_its_description_says(operations: dict[str, APIOperation], name: str) -> None:
    """No fault of the server, no status, type or shape that is not told, nothing wrong taken for right."""
    operation = operations[name]

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def tried(data: st.DataObject) -> None:
        mode = data.draw(st.sampled_from(list(GenerationMode)))
        case = data.draw(operation.as_strategy(generation_mode=mode))
        case.call_and_validate()

    tried()


WAYS, STEPS = 8, 6
"""Walks through the API, and requests of each."""


def test_its_answers_lead_where_its_description_says(kb: Workspace) -> None:
    """From a question to its article, on to its events and back, with all checks; some of them are real."""
    app = create_app(kb)
    schema = described(app)
    titles = [each.title for each in kb.articles()]
    walked: list[tuple[str, int]] = []

    class Walk(schema.as_state_machine()):  # type: ignore[misc]
        def before_call(self, case: Case) -> None:
            title = case.body.get("title") if isinstance(case.body, dict) else None
            if (
                isinstance(title, str) and title.strip() and len(title) <= MAX_TITLE
            ):  # right, but at random finds nothing
                case.body["title"] = titles[len(title) % len(titles)]

        def after_call(self, response: Response, case: Case) -> None:
            walked.append((case.path, response.status_code))

    before = sum(1 for _ in Askers(kb.parts.database).events(kinds=("opened",)))
    limits = settings(
        max_examples=WAYS,
        stateful_step_count=STEPS,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    Walk.run(settings=limits)
    assert len(walked) > WAYS
    assert ("/api/v1/articles/{slug}", 200) in walked
    assert sum(1 for _ in Askers(kb.parts.database).events(kinds=("opened",))) > before
