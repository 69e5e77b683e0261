"""Fits a model to one archive by contrast, without labels.

The archive holds pairs that belong together: title and body, title and answer, a shortened title and the title, alone
or with the answer. Each left text must find its right one among those of the batch. Word embeddings stay as they are:
an archive is too small to teach words. Pairs that look like near-duplicates are no negatives of one another.

Two models are trained, each on half of the threads, and judged by the other half: a model that has not seen a thread
is asked for it. Kept is the general model with a share of what the two have learnt on average; of several shares the
one that finds best, and none where it does not surely find better. Averaging, and going part of the way, keeps what a
general model knows (Wortsman and others, "Model soups" and "Robust fine-tuning of zero-shot models", 2022).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from kbuilder.embedding import opening, trial
from kbuilder.embedding.encoder import Encoder
from kbuilder.embedding.pins import sha256
from kbuilder.index import Entry
from kbuilder.records import Progress, digest, silent
from kbuilder.text import N_

if TYPE_CHECKING:
    import numpy as np
    import torch

STEPS, BATCH, RATE = 30, 32, 4e-5
"""Of each half's training."""
SHARES = (0.5, 1.0)
"""How much of what was learnt is taken."""
FEWEST = 40
"""Threads below which there is too little to learn from."""
_SEED = 7
_TOKENS = 48
"""Read of a text in training: more cost time and teach little."""
_SCALE = 20.0
_TAUGHT = 3000
"""Threads that are learnt from, at most: there are not more pairs in so many steps."""


@dataclass(frozen=True)
class Adapted:
    """What training brought."""

    before: trial.Check
    after: trial.Check
    """Of the best share; as before where nothing was surely gained, or something general was lost."""
    share: float
    """How much of what was learnt was taken; 0: the model is not worth keeping."""


Weights = dict[str, "torch.Tensor"]
"""How far each weight of a model moves, by name."""


def adapt(encoder: Encoder, entries: Sequence[Entry], folder: Path, progress: Progress = silent) -> Adapted:
    """Train a copy of a model on an archive and write it into an empty folder, if it is worth keeping.

    Always the same for the same threads in any order, on the same machine. Takes two to four minutes of one core,
    however many threads there are.
    """
    threads = ordered(entries)
    if len(threads) < FEWEST:
        return Adapted(trial.Check(0, 0), trial.Check(0, 0), 0)
    learnt = [learn(encoder, half, progress) for half in halves(threads)]
    return choose(encoder, threads, learnt, folder)


def halves(threads: Sequence[Entry]) -> list[Sequence[Entry]]:
    """What each of the two models learns from: the one's lesson is the other's test."""
    return [threads[1::2], threads[0::2]]


def ordered(entries: Sequence[Entry]) -> list[Entry]:
    """Each text once, by digest."""
    unique = {digest("\n".join((each.title, each.body))): each for each in sorted(entries, key=lambda each: each.id)}
    return [entry for _, entry in sorted(unique.items())]


def learn(encoder: Encoder, taught: Sequence[Entry], progress: Progress = silent) -> Weights:
    """What a model learns from some threads: how far each of its weights moves."""
    import torch

    chance = random.Random(_SEED)  # noqa: S311 - not for secrets
    titles = encoder.encode([entry.title for entry in taught[:_TAUGHT]])
    model = opening.open_model(encoder.place, "fp32").train()
    before = {name: value.detach().clone() for name, value in model.named_parameters()}
    for parameter in model[0].auto_model.embeddings.parameters():
        parameter.requires_grad = False
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=RATE, weight_decay=0.01)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_SEED)
        queue: list[int] = []
        for step in range(STEPS):
            progress(N_("Adapting the model"), step, STEPS)
            queue = _filled(queue, len(titles), chance)
            batch, queue = queue[:BATCH], queue[BATCH:]
            _step(model, optimizer, step, [_pair(taught[row], chance) for row in batch], titles[batch])
    return {name: value.detach() - before[name] for name, value in model.named_parameters() if value.requires_grad}


def _filled(queue: list[int], count: int, chance: random.Random) -> list[int]:
    """A queue with a full batch of different threads at its head."""
    while len(queue) < min(BATCH, count):
        more = [row for row in range(count) if row not in queue]
        chance.shuffle(more)
        queue = [*queue, *more]
    return queue


def _pair(entry: Entry, chance: random.Random) -> tuple[str, str]:
    kinds = ["short", *(["body"] if entry.body else []), *(["answer", "short answer"] if entry.answers else [])]
    kind = chance.choice(kinds)
    if kind == "short":
        return _shortened(entry.title, chance), entry.title
    if kind == "body":
        return entry.title, entry.body
    answer = chance.choice(entry.answers)
    if kind == "answer":
        return entry.title, answer
    return _shortened(entry.title, chance), f"{entry.title}\n{answer}"


def _shortened(title: str, chance: random.Random) -> str:
    """Some of a title's words, as an asker in a hurry would type them."""
    found = title.split()
    if len(found) < 3:
        return title
    kept = max(2, round(len(found) * chance.uniform(0.4, 0.8)))
    return " ".join(found[place] for place in sorted(chance.sample(range(len(found)), kept)))


def _step(
    model: Any, optimizer: torch.optim.Optimizer, step: int, pairs: Sequence[tuple[str, str]], titles: np.ndarray
) -> None:
    import torch
    from torch.nn.functional import cross_entropy

    for group in optimizer.param_groups:
        group["lr"] = RATE * min(1, (step + 1) / 5) * (1 - 0.9 * step / STEPS)
    # In float32: on a processor without bfloat16 a step in that takes fifteen times as long.
    left, right = (_vectors(model, [pair[side] for pair in pairs]) for side in (0, 1))
    scores = _SCALE * left @ right.T
    alike = torch.from_numpy(titles @ titles.T >= trial.ALIKE).fill_diagonal_(False)
    scores = scores.masked_fill(alike, -1e4)
    wanted = torch.arange(len(pairs))
    loss = (cross_entropy(scores, wanted) + cross_entropy(scores.T, wanted)) / 2
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_([each for group in optimizer.param_groups for each in group["params"]], 1.0)
    optimizer.step()


def _vectors(model: Any, texts: Sequence[str]) -> torch.Tensor:
    """Short and long texts apart, so that few tokens are padding."""
    import torch

    order = sorted(range(len(texts)), key=lambda row: (len(texts[row]), row))
    half = len(order) // 2
    found = torch.cat([_batch(model, [texts[row] for row in rows]) for rows in (order[:half], order[half:]) if rows])
    return found[torch.argsort(torch.tensor(order))]


def _batch(model: Any, texts: list[str]) -> torch.Tensor:
    import torch

    read = model.tokenizer(texts, padding=True, truncation=True, max_length=_TOKENS, return_tensors="pt")
    return torch.nn.functional.normalize(model(dict(read))["sentence_embedding"].float(), dim=1)


def choose(encoder: Encoder, threads: Sequence[Entry], learnt: Sequence[Weights], folder: Path) -> Adapted:
    """Write the general model with the best share of what was learnt into an empty folder; nothing if none is better.

    Args:
        learnt: by the two halves, as :func:`halves` gives them.
    """
    asked = trial.Trial.of(encoder, threads)
    before = asked.ranks([encoder, encoder])
    best = Adapted(before.check, before.check, 0)
    with TemporaryDirectory() as parent:
        for share in SHARES:
            models = [moved(encoder, [each], share, Path(parent) / f"{share}-{n}") for n, each in enumerate(learnt)]
            found = asked.ranks(models)
            if found.surely_better(before) and found.check.own > best.after.own:
                best = Adapted(before.check, found.check, share)
    if best.share:
        moved(encoder, learnt, best.share, folder)
    return best


def moved(encoder: Encoder, learnt: Sequence[Weights], share: float, place: Path) -> Encoder:
    """The general model with a share of what was learnt on average, written into a folder."""
    import torch

    model = opening.open_model(encoder.place, "fp32")
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if name in learnt[0]:
                weights.add_(share / len(learnt) * sum(each[name] for each in learnt))
    model.save(str(place), create_model_card=False)
    return replace(encoder, id=f"{encoder.id}-moved", place=place, copies=None)


def opened(base: Encoder, folder: Path) -> Encoder:
    """The model that :func:`adapt` wrote; its identity is its weights'."""
    return replace(base, id=f"{base.id}-adapted-{sha256(folder / 'model.safetensors')[:16]}", place=folder)
