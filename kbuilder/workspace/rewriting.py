"""A draft in a language model's words, for an editor to look at."""

from __future__ import annotations

from dataclasses import dataclass

from kbuilder.drafting import llm
from kbuilder.errors import ConfigError, KBError
from kbuilder.records import Draft, Refusal
from kbuilder.review import provenance
from kbuilder.text import N_
from kbuilder.workspace import reviewing
from kbuilder.workspace.parts import Parts

KEY = "KBUILDER_LLM_KEY"


@dataclass(frozen=True)
class Proposed:
    """What a model made of a draft. Nothing is saved: an editor reads it, and approves it as an edit."""

    draft: Draft
    rewritten: llm.Rewritten


def rewrite(parts: Parts, lineage: str) -> Proposed:
    """Ask the model of ``kbuilder.toml`` for a candidate's draft.

    Raises:
        ConfigError: no model is named.
        NoRewrite: the model gave nothing that can be used; the draft stands.
    """
    draft = reviewing.draft(parts, lineage)
    if isinstance(draft, Refusal):
        raise KBError(N_("There is no draft."), draft.hint)
    settings = parts.config().llm
    if not settings.url:
        raise ConfigError(N_("No language model is named."), N_("Give url and model under [llm] in kbuilder.toml."))
    complete = llm.client(settings.url, settings.model, parts.environ.get(KEY, ""), settings.seconds)
    spans = reviewing.spans(parts, draft.sources)
    return Proposed(draft, llm.rewrite(draft, spans, provenance.supported, complete))
