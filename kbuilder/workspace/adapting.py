"""The archive's own model: trained on its threads, kept in ``var/``, pinned in git, used beside the general one."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from kbuilder.embedding import Pin, adapt
from kbuilder.embedding.encoder import identity
from kbuilder.errors import ModelError
from kbuilder.index import entries
from kbuilder.records import Progress
from kbuilder.text import N_
from kbuilder.workspace import models
from kbuilder.workspace.parts import ADAPTED, Parts

PLACE = "var/adapted"


def adapt_model(parts: Parts, progress: Progress) -> adapt.Adapted:
    """Train the recipe's model on the solved threads; keep and pin the copy if it finds them better.

    Raises:
        ModelError: the recipe names no model, or it is not to be had.
        Conflict: a build runs.
    """
    encoder = parts.encoder
    if encoder is None:
        raise ModelError(
            N_("There is no model to adapt: {note}"),
            N_("Name one in the recipe, and install it."),
            note=parts.dense_note,
        )
    known = [entries.of_thread(thread) for thread in parts.database.threads() if thread.solved_question]
    with parts.building(), TemporaryDirectory(dir=parts.var) as folder:
        found = adapt.adapt(encoder, known, Path(folder), progress)
        if found.share:
            place = parts.root / PLACE
            shutil.rmtree(place, ignore_errors=True)
            shutil.copytree(folder, place)
            models.pin(parts, PLACE, ADAPTED, encoder.id, "", None)
    return found


def forget(parts: Parts, pin: Pin) -> None:
    """Delete the copy, and what was made of it for single questions; its pin is taken back by whoever commits."""
    shutil.rmtree(parts.root / PLACE, ignore_errors=True)
    shutil.rmtree(parts.copies / identity(pin, parts.recipe().embedding.precision), ignore_errors=True)
    parts.forget_models()
