"""Fits a model to one archive by contrast, without labels.

The archive holds pairs that belong together: title and body, title and answer, a shortened title and the title, alone
or with the answer. Each left text must find its right one among those of the batch. Word embeddings stay as they are:
an archive is too small to teach words. Pairs that look like near-duplicates are no negatives of one another.

Whether it helped is measured on threads that were held back; and since training parts what is alike, also whether
texts still have the neighbours that the general model saw.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self

from kbuilder.embedding import opening
from kbuilder.embedding.encoder import Encoder
from kbuilder.embedding.pins import sha256
from kbuilder.records import Progress, digest, silent
from kbuilder.text import N_, sentences, squeeze, words

if TYPE_CHECKING:
    import numpy as np
    import torch

STEPS, BATCH, RATE = 90, 32, 2e-5
CHECKED = (30, 60, 90)
"""Steps after which it is measured: the best of them counts."""
FEWEST = 40
"""Threads below which there is too little to learn from."""
_SEED = 7
_TOKENS = 64
"""Read of a text in training: more cost time and teach little."""
_SCALE = 20.0
_ALIKE = 0.8
"""A cosine of titles from which on two threads are held to ask the same."""
_HELD_BACK = 0.15
_CHECKS = 150
"""Threads that are measured, at most."""
_TAUGHT = 3000
"""Threads that are learnt from, at most: there are not more pairs in so many steps."""
_COMPARED = 2000
"""Threads among which they must be found, at most."""
GAIN = 0.01
"""By how much the held-back threads must be found better, at least."""
LOSS = 0.1
"""How much of what is alike may come apart, at most."""


@dataclass(frozen=True)
class Source:
    """The texts of a thread that belong together."""

    title: str
    body: str = ""
    answers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Check:
    """How well threads are found: mean reciprocal ranks, in [0, 1]."""

    own: float
    """Those that were held back, by sentences of their answers and by half of their titles."""
    general: float
    """Near-duplicates by one another; 1 where there are none."""


@dataclass(frozen=True)
class Adapted:
    """What training brought."""

    before: Check
    after: Check
    """Of the best step; as before where nothing was gained, or something general was lost."""
    steps: int
    """0: the model is not worth keeping."""


def adapt(encoder: Encoder, sources: Sequence[Source], folder: Path, progress: Progress = silent) -> Adapted:
    """Train a copy of a model on an archive and write it into an empty folder, if it is worth keeping.

    Always the same for the same threads in any order, on the same machine. Takes two to four minutes of one core,
    however many threads there are.
    """
    ordered = sorted(dict.fromkeys(sources), key=lambda each: digest("\n".join((each.title, each.body))))
    if len(ordered) < FEWEST:
        return Adapted(Check(0, 0), Check(0, 0), 0)
    chance = random.Random(_SEED)  # noqa: S311 - not for secrets
    numbers = [*range(len(ordered))]
    chance.shuffle(numbers)
    count = max(8, int(len(ordered) * _HELD_BACK))
    asked = _Asked.of(encoder, ordered, sorted(numbers[:count]))
    before = asked.check(encoder)
    best = Adapted(before, before, 0)
    taught = [ordered[number] for number in sorted(numbers[count:])[:_TAUGHT]]
    with TemporaryDirectory() as parent:
        for steps, model in _train(encoder, taught, chance, progress):
            place = Path(parent) / f"{steps}"
            model.save(str(place), create_model_card=False)
            found = asked.check(replace(encoder, id=f"{encoder.id}-{steps}", place=place, copies=None))
            if found.own >= max(best.after.own, before.own + GAIN) and found.general >= before.general - LOSS:
                best = Adapted(before, found, steps)
        if best.steps:
            shutil.copytree(Path(parent) / f"{best.steps}", folder, dirs_exist_ok=True)
    return best


def opened(base: Encoder, folder: Path) -> Encoder:
    """The model that :func:`adapt` wrote; its identity is its weights'."""
    return replace(base, id=f"{base.id}-adapted-{sha256(folder / 'model.safetensors')[:16]}", place=folder)


def _train(
    encoder: Encoder, taught: Sequence[Source], chance: random.Random, progress: Progress
) -> Iterator[tuple[int, Any]]:
    """The model after each number of steps that is checked; the same object each time."""
    import torch

    titles = encoder.encode([source.title for source in taught])
    model = opening.open_model(encoder.place, "fp32").train()
    for parameter in model[0].auto_model.embeddings.parameters():
        parameter.requires_grad = False
    taught_parts = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(taught_parts, lr=RATE, weight_decay=0.01)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_SEED)
        queue: list[int] = []
        for step in range(STEPS):
            progress(N_("Adapting the model"), step, STEPS)
            queue = _filled(queue, len(taught), chance)
            batch, queue = queue[:BATCH], queue[BATCH:]
            model.train()
            _step(model, optimizer, step, [_pair(taught[row], chance) for row in batch], titles[batch])
            if step + 1 in CHECKED:
                yield step + 1, model.eval()


def _filled(queue: list[int], count: int, chance: random.Random) -> list[int]:
    """A queue with a full batch of different threads at its head."""
    while len(queue) < min(BATCH, count):
        more = [row for row in range(count) if row not in queue]
        chance.shuffle(more)
        queue = [*queue, *more]
    return queue


def _pair(source: Source, chance: random.Random) -> tuple[str, str]:
    kinds = ["short", *(["body"] if source.body else []), *(["answer", "short answer"] if source.answers else [])]
    kind = chance.choice(kinds)
    if kind == "short":
        return _shortened(source.title, chance), source.title
    if kind == "body":
        return source.title, source.body
    answer = chance.choice(source.answers)
    if kind == "answer":
        return source.title, answer
    return _shortened(source.title, chance), f"{source.title}\n{answer}"


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
        group["lr"] = RATE * min(1, (step + 1) / 9) * (1 - 0.9 * step / STEPS)
    # In float32: on a processor without bfloat16 a step in that takes fifteen times as long.
    left, right = (_vectors(model, [pair[side] for pair in pairs]) for side in (0, 1))
    scores = _SCALE * left @ right.T
    alike = torch.from_numpy(titles @ titles.T >= _ALIKE).fill_diagonal_(False)
    scores = scores.masked_fill(alike, -1e4)
    wanted = torch.arange(len(pairs))
    loss = (cross_entropy(scores, wanted) + cross_entropy(scores.T, wanted)) / 2
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()


def _vectors(model: Any, texts: Sequence[str]) -> torch.Tensor:
    import torch

    read = model.tokenizer(list(texts), padding=True, truncation=True, max_length=_TOKENS, return_tensors="pt")
    return torch.nn.functional.normalize(model(dict(read))["sentence_embedding"].float(), dim=1)


@dataclass(frozen=True)
class _Asked:
    """What models are measured with: texts, and which title each must find."""

    titles: tuple[str, ...]
    questions: tuple[str, ...]
    own: tuple[int, ...]
    alike: tuple[tuple[int, int], ...]
    """Titles of threads that were held back, each with its nearest other where that is a near-duplicate."""

    @classmethod
    def of(cls, encoder: Encoder, sources: Sequence[Source], held: Sequence[int]) -> Self:
        import numpy as np

        asking = held[:_CHECKS]
        among = sorted({*asking, *range(min(len(sources), _COMPARED))})
        place = {number: row for row, number in enumerate(among)}
        asked = [(place[number], text) for number in asking for text in _questions(sources[number])]
        titles = tuple(sources[number].title for number in among)
        vectors = encoder.encode(titles)
        rows = np.array([place[number] for number in asking])
        cosines = vectors[rows] @ vectors.T
        cosines[np.arange(len(rows)), rows] = -1
        nearest = zip(rows.tolist(), cosines.argmax(1).tolist(), cosines.max(1).tolist(), strict=True)
        alike = tuple((row, other) for row, other, cosine in nearest if cosine >= _ALIKE)
        return cls(titles, tuple(text for _, text in asked), tuple(row for row, _ in asked), alike)

    def check(self, encoder: Encoder) -> Check:
        titles, questions = encoder.encode(self.titles), encoder.encode(self.questions)
        near = titles[[row for row, _ in self.alike]] @ titles.T
        for number, (row, _) in enumerate(self.alike):
            near[number, row] = -1
        own = _reciprocal(questions @ titles.T, self.own)
        return Check(own, _reciprocal(near, [other for _, other in self.alike]) if self.alike else 1.0)


def _questions(source: Source) -> list[str]:
    """Half of the title's words, and a sentence of each of the first answers."""
    found = source.title.split()
    asked = [" ".join(found[::2])] if len(found) > 2 else []
    for answer in source.answers[:3]:
        start = squeeze(answer[:1000])
        said = [start[begin:end] for begin, end in sentences(start)]
        asked += [text for text in said if len(words(text)) > 4][:1]
    return asked


def _reciprocal(scores: np.ndarray, own: Sequence[int]) -> float:
    import numpy as np

    if not len(own):
        return 0.0
    mine = scores[np.arange(len(own)), own]
    return float((1 / (1 + (scores > mine[:, None]).sum(1))).mean())
