"""The catalogue: every text that a person sees has its German, and German is all that it holds."""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from commands import run

from kbuilder import config, errors, texts
from kbuilder.errors import ConfigError, Said, told

ROOT = Path(__file__).parents[1]
FILE = ROOT / "site/locale/de.po"
ALIKE = {"Feed", "Problem", "Threads", "Threads:"}
"""Words that German took over as they are."""


def needs_words(message: str) -> bool:
    """Whether a message holds a word of its own; ``{file}: {error}`` is only put together of others."""
    return bool(re.search(r"[^\W\d_]", re.sub(r"\{\w*\}", "", message)))


def fields(message: str) -> list[str]:
    return sorted(re.findall(r"\{(\w+)\}", message))


@cache
def used() -> dict[str, str]:
    """Every message of code and templates, with a place where it stands."""
    code = extract_from_dir(str(ROOT / "kbuilder"), [("**.py", "python")], {}, {"_": None, "N_": None})
    site = [("**.html", "jinja2"), ("**.xml", "jinja2"), ("**.json", "jinja2"), ("site.js", "jinja2")]
    templates = extract_from_dir(str(ROOT / "site/templates"), site, {})
    found = {str(each[2]): f"{each[0]}:{each[1]}" for each in (*code, *templates)}
    return {message: place for message, place in found.items() if needs_words(message)}


@cache
def german() -> dict[str, str]:
    return {str(each.id): str(each.string) for each in read_po(io.BytesIO(FILE.read_bytes())) if each.id}


def kbuilder(*words: str, language: str = "de_DE.UTF-8") -> str:
    """What a command says, on both channels."""
    done = run(*words, LC_ALL=language)
    return done.stdout + done.stderr


def test_every_message_has_its_german() -> None:
    """No English word is left where a German one is expected."""
    assert len(used()) > 500
    assert {message: place for message, place in used().items() if not german().get(message)} == {}


def test_no_message_hides_from_the_extraction() -> None:
    """Such as one within an f-string, which Babel does not see on every Python."""
    calls = (
        node
        for file in sorted((ROOT / "kbuilder").rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "N_")
    )
    said = {each.args[0].value for each in calls if isinstance(each.args[0], ast.Constant)}
    assert {message for message in said if needs_words(str(message))} <= used().keys()


def test_nothing_is_translated_that_nobody_says() -> None:
    """A message that went out of use goes out of the catalogue."""
    assert sorted(german().keys() - used().keys()) == []


def test_translations_have_the_same_fields() -> None:
    """A field that is lost or misspelt would stop the command that says it."""
    assert [message for message, text in german().items() if fields(text) != fields(message)] == []


def test_the_catalogue_is_sorted_and_names_nothing_twice() -> None:
    """So that two changes of it meet seldom."""
    ids = [str(each.id) for each in read_po(io.BytesIO(FILE.read_bytes())) if each.id]
    assert ids == sorted(ids)
    assert FILE.read_text("utf-8").count("\nmsgid ") == len(ids) + 1  # the head


def test_german_differs_from_english() -> None:
    """But for the words that both have."""
    alike = {message for message, text in german().items() if message == text}
    assert alike == ALIKE


def test_german_speaks_to_people_as_sie() -> None:
    """Never as du, but where that word is what is spoken of."""
    familiar = [text for text in german().values() if re.search(r"\b([Dd]u|[Dd]ein\w*|[Dd]ich|[Dd]ir)\b", text)]
    assert [text for text in familiar if "Sie" not in text] == []


def bare_messages() -> Iterator[str]:
    """Errors and faults for people whose first words are a bare text."""
    kinds = "|".join([name for name, kind in vars(errors).items() if isinstance(kind, type)])
    raised = re.compile(rf"\b(?:{kinds}|BadRow|Fault|Refusal)\(\s*f?\"[^\"]*[a-z]{{3,}} [a-z]")
    for file in sorted((ROOT / "kbuilder").rglob("*.py")):
        yield from (f"{file.name}: {found[0]}" for found in raised.finditer(file.read_text("utf-8")))


def test_errors_for_people_go_through_the_catalogue() -> None:
    """None is raised with words that no translation can find."""
    assert list(bare_messages()) == []


def test_a_message_within_a_message_is_translated_too() -> None:
    """What stands for a field may be a message itself."""
    error = ConfigError("{what}", what=Said("{key}: missing", {"key": "id"}))
    assert str(error) == "id: missing"
    assert told(error.message, error.values, texts.translator("de")) == "id: fehlt"


@pytest.mark.parametrize(
    "words", [("--help",), ("import", "--help"), ("review", "--help"), ("review", "reject", "--help")]
)
def test_help_is_german(words: tuple[str, ...]) -> None:
    """What the library of the command line says by itself too."""
    said = kbuilder(*words)
    assert said.startswith("Aufruf: ")
    assert "Diese Hilfe zeigen." in said
    assert not re.search(
        r"Usage|Options:|Commands:|Arguments:|default|required|Show|\bthe\b", said.replace("default oder", "")
    )


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("nope",), "Fehler: Den Befehl 'nope' gibt es nicht."),
        (("check", "--nope"), "Fehler: Die Option --nope gibt es nicht."),
        (("import",), "Fehler: Das Argument 'FORMAT' fehlt."),
        (("review", "reject", "abc"), "Fehler: Die Option '--reason' fehlt."),
        (("-C", "/nowhere", "check"), "Fehler: /nowhere ist keine Wissensdatenbank"),
    ],
)
def test_mistakes_are_told_in_german(words: tuple[str, ...], expected: str) -> None:
    """And in no other language beside it."""
    said = kbuilder(*words)
    assert expected in said
    assert not re.search(r"\b(Error|Usage|Try|Missing|such)\b", said)


def test_an_unknown_language_is_english() -> None:
    """Nobody is left without words."""
    assert "Usage: " in kbuilder("--help", language="xx_XX.UTF-8")


def test_a_wrong_setting_is_told_in_german() -> None:
    """Key, line and guess are the file's; the words around them are the reader's."""
    with pytest.raises(ConfigError) as caught:
        config.parse(
            config.Config, b'titel = "x"\ntimezone = "Europe/Berln"\n[suggest]\nprecision = 2', "kbuilder.toml"
        )
    lines = told(caught.value.message, caught.value.values, texts.translator("de")).splitlines()
    assert lines[1].startswith("kbuilder.toml:2: timezone: gefunden 'Europe/Berln'; erwartet eine Zeitzone wie")
    assert "meinten Sie „Europe/Berlin“?" in lines[1]
    assert lines[2] == "kbuilder.toml:4: suggest.precision: gefunden 2; erwartet kleiner als 1.0"
    assert "meinten Sie „title“?" in lines[0]
