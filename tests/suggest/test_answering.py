"""From a question to suggestions, or silence."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from kbuilder import embedding, index, ranking
from kbuilder.config import EmbeddingRecipe
from kbuilder.index import Entry, Question
from kbuilder.records import Suggestion
from kbuilder.suggest import find, suggest
from kbuilder.suggest.reasons import best_sentence

THREADS = [
    Entry(
        id="forum:1",
        title="Where do I find the wifi password?",
        body="My laptop asks for it.",
        answers=("Hello! The wifi password is on the label below the router. Mail ada@example.org for more.",),
        language="en",
        url="https://forum.example/1",
        updated="2024-01-01T00:00:00Z",
    ),
    Entry(id="forum:2", title="Red light on the router", answers=("Restart it.",), language="en"),
    Entry(id="forum:3", title="How do I change the strap?", answers=("Push the pin.",), language="en"),
    Entry(id="forum:4", title="Wo finde ich das WLAN-Passwort?", answers=("Es steht unten.",), language="de"),
    Entry(id="forum:5", title="Akku schnell leer", answers=("Helligkeit verringern.",), language="de"),
    Entry(id="forum:6", title="Heart rate is too high", answers=("Wear it tighter.",), language="en"),
    Entry(
        id="forum:7", title="Price list for dealers", answers=("See the portal.",), audience="partner", language="en"
    ),
]
ARTICLE = Entry(
    id="abc",
    title="Find your wifi password",
    phrasings=("wifi key unknown",),
    answers=("Look at the label.",),
    language="en",
    url="en/wifi-password/",
    reviewed=True,
    covers=("forum:1",),
)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> tuple[index.Index, index.Index]:
    """No articles, and the threads."""
    folder = tmp_path_factory.mktemp("indexes")
    return made(folder / "articles", []), made(folder / "threads", THREADS)


def made(folder: Path, entries: Sequence[Entry]) -> index.Index:
    index.build(entries, None, folder)
    return index.open(folder)


def ask(question: str, indexes: Sequence[index.Index], precision: float = 0.5, **given: object) -> list[Suggestion]:
    language = str(given.pop("language", "en"))
    return suggest(question, language, indexes, None, ranking.load(), precision, 3, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("question", "target"),
    [
        ("where do i find the wifi password", "forum:1"),
        ("Red light on my router", "forum:2"),
        ("wo finde ich das WLAN Passwort", "forum:4"),
        ("akku ist schnell leer", "forum:5"),
        ("Red ligth on my rotuer", "forum:2"),
        ("wo finde ihc das Pasword", "forum:4"),
    ],
)
def test_a_question_finds_its_answer(question: str, target: str, opened: Sequence[index.Index]) -> None:
    """In both languages, without a model."""
    assert ask(question, opened)[0].target == target


@pytest.mark.parametrize(
    "question",
    ["", "   ", "?!…", "🚲🚲", "How do I bake bread?", "xyzzy plugh", "\x00", "a", "price list for dealers"],
)
def test_where_there_is_no_answer_there_is_silence(question: str, opened: Sequence[index.Index]) -> None:
    """Nothing said, nothing known, nothing this asker may see."""
    assert ask(question, opened, 0.9) == []


def test_ten_thousand_characters_are_no_trouble(opened: Sequence[index.Index]) -> None:
    """Of noise, of one word, of many."""
    noise = "".join(random.Random(1).choices("abcdefghij ?!🚲ä\n", k=10_000))
    for question in (noise, "x" * 10_000, "router " * 1_500):
        assert ask(question, opened, 0.9) == []


def test_an_audience_sees_what_is_its_own(opened: Sequence[index.Index]) -> None:
    """Dealers find their prices."""
    found = ask("price list for dealers", opened, audiences=("public", "partner"))
    assert [each.target for each in found] == ["forum:7"]


def test_a_suggestion_explains_itself(opened: Sequence[index.Index]) -> None:
    """The best sentence, redacted; the words that matched; where it is from and how sure it is."""
    found = ask("where do i find the wifi password?", opened)[0]
    assert found.sentence == "The wifi password is on the label below the router."
    assert found.why == ("find", "password", "wifi")
    assert (found.reviewed, found.url, found.updated) == (False, "https://forum.example/1", "2024-01-01T00:00:00Z")
    assert 0.9 < found.probability <= 1


def test_what_is_shown_is_redacted(tmp_path: Path) -> None:
    """Even where it was indexed as it was."""
    entry = replace(THREADS[0], answers=("For the wifi password mail ada@example.org now.",))
    found = ask("where do i find the wifi password?", [made(tmp_path / "threads", [entry, *THREADS[1:]])])
    assert found[0].sentence == "For the wifi password mail [e-mail] now."


def test_a_reviewed_article_stands_for_its_threads(tmp_path: Path, opened: Sequence[index.Index]) -> None:
    """The thread is not shown beside it, and what speaks for the thread speaks for the article."""
    articles = made(tmp_path / "articles", [ARTICLE])
    indexes, question = (articles, opened[1]), Question("My laptop asks for the wifi password", "en")
    results = find(question, indexes)
    ids = [results.id(number) for number in range(len(results))]
    assert ids[0] == "abc"
    assert "forum:1" not in ids
    alone = find(question, (articles,))
    assert results.evidence.scores["words"][0] > alone.evidence.scores["words"][0]
    assert ask("where do i find the wifi password", indexes)[0].reviewed


def test_the_askers_language_comes_first(tmp_path: Path) -> None:
    """Both are sure; the German one leads for a German asker."""
    entries = [
        replace(THREADS[0], id=f"forum:{lang}", title="VPN WireGuard setup", language=lang) for lang in ("de", "en")
    ]
    opened = [made(tmp_path / "threads", [*entries, *THREADS[1:]])]
    for language in ("de", "en"):
        found = ask("VPN WireGuard setup", opened, 0.1, language=language)
        assert [each.language for each in found][:1] == [language]
        assert len(found) >= 2


def test_only_what_is_sure_enough_is_shown(opened: Sequence[index.Index]) -> None:
    """More precision, fewer suggestions; each at least as sure as asked."""
    shown = []
    for precision in (0.1, 0.5, 0.9, 0.999):
        found = ask("router with a red light", opened, precision)
        assert all(each.probability >= precision for each in found)
        shown.append(len(found))
    assert shown == sorted(shown, reverse=True)
    assert shown[0] > shown[-1] == 0


@pytest.mark.model
def test_other_words_find_the_answer_with_a_model(tmp_path: Path) -> None:
    """What shares no word is found by its meaning; what has no answer still gets silence."""
    encoder = embedding.load(EmbeddingRecipe())
    assert encoder is not None
    fields = {name: encoder.encode(texts) for name, texts in index.texts_to_embed(THREADS).items()}
    index.build(THREADS, fields, tmp_path / "threads")
    opened, ranker = [index.open(tmp_path / "threads")], ranking.load()
    found = suggest("My pulse seems excessive", "en", opened, encoder, ranker, 0.3, 3)
    assert [each.target for each in found] == ["forum:6"]
    assert found[0].why == ("similar meaning",)
    assert suggest("Which bread flour is best?", "en", opened, encoder, ranker, 0.5, 3) == []


def test_a_sentence_that_is_understood_alone_is_shown() -> None:
    """Not the one that shares more words with the question, but says what comes after."""
    answer = (
        "Suchen Sie hinten das kleine Loch und drücken Sie die Taste darin zum Zurücksetzen zehn Sekunden lang. "
        "Danach sind alle Einstellungen gelöscht, es gelten wieder die Werkseinstellungen."
    )
    title = "Wie kann ich den Hub auf Werkseinstellungen zurücksetzen?"
    entry = Entry(id="forum:9", title=title, answers=(answer,), language="de")
    assert best_sentence(Question(title, "de"), entry, None).startswith("Suchen Sie hinten")


@pytest.mark.parametrize(
    ("language", "question", "answer", "shown"),
    [
        (
            "en",
            "My router shows a red light",
            "I had the same problem with my router. Is the light of your router always red? You say that it "
            "is new. Hold the reset button until the router restarts. Thanks!",
            "Hold the reset button until the router restarts.",
        ),
        (
            "de",
            "Mein Router leuchtet rot",
            "Ich hatte das gleiche Problem mit dem Router. Welcher Router ist das? Hallo "
            "Tom, halten Sie die Taste am Router zehn Sekunden gedrückt. Danke für die Frage zum Router!",
            "Halten Sie die Taste am Router zehn Sekunden gedrückt.",
        ),
        (
            "en",
            "My router shows a red light",
            "My router shows a red light. Just pull the plug.",
            "Just pull the plug.",
        ),
        ("en", "My router shows a red light", "Same here.", "Same here."),
    ],
)
def test_what_helps_is_shown_and_no_remark(language: str, question: str, answer: str, shown: str) -> None:
    """Not what somebody says of himself, asks back, or thanks for; where there is nothing else, that."""
    entry = Entry(id="forum:9", title=question, answers=(answer,), language=language)
    assert best_sentence(Question(question, language), entry, None) == shown
