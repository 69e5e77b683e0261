"""Configuration: what is wrong is said at once, with line, expectation and a guess."""

from __future__ import annotations

import pytest

from kbuilder import config, resources
from kbuilder.config import Config, Recipe
from kbuilder.errors import ConfigError
from kbuilder.publish import of_error


class Files(dict[str, bytes]):
    """A tree in memory."""

    def read(self, path: str) -> bytes | None:
        return self.get(path)

    def list(self, prefix: str) -> list[str]:
        return sorted(path for path in self if path.startswith(prefix.rstrip("/") + "/"))


WRONG = b"""format = 1
titel = "x"
timezone = "Europe/Berln"
languages = ["DE"]

[suggest]
precsion = 0.9

[[source]]
name = "ok"
format = "jsonl"

[[source]]
name = "Bad Name"
format = "stackexchnge"
complte = true

[audience.partner]
ses = ["x"]
"""


def test_each_of_them_is_a_fault_of_its_own() -> None:
    """At its line, in the order of the lines; the message does not say the place once more."""
    with pytest.raises(ConfigError) as caught:
        config.parse(Config, WRONG, "kbuilder.toml")
    found = of_error(caught.value)
    assert [int(fault.place.rpartition(":")[2]) for fault in found] == [2, 3, 4, 7, 14, 15, 16, 19]
    assert "kbuilder.toml" not in " ".join(fault.message for fault in found)


def test_a_recipe_that_is_none_is_told_with_the_others() -> None:
    """With its line and a guess."""
    with pytest.raises(ConfigError) as caught:
        config.read_config(Files({"kbuilder.toml": b'recipe = "smal"\ntimezone = "x"\n'}))
    told = str(caught.value).splitlines()
    assert len(told) == 2
    assert "kbuilder.toml:1: recipe: found 'smal'; expected one of: default, small; did you mean “small”?" in told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"x = 1\ny", "kbuilder.toml"),
        (b"x = \n", "kbuilder.toml:1: this is not TOML"),
        (b'[[source]]\nname = "a"\nformat = "csv"\n' * 2, "kbuilder.toml: expected source names that differ"),
    ],
)
def test_what_is_no_single_value_is_told_once(text: bytes, told: str) -> None:
    """With the line where there is one."""
    with pytest.raises(ConfigError) as caught:
        config.parse(Config, text, "kbuilder.toml")
    assert str(caught.value).startswith(told)
    assert str(caught.value).count("kbuilder.toml") == 1


def test_all_faults_are_told_at_once() -> None:
    """Each fault has its line and key; a near miss gets a guess."""
    with pytest.raises(ConfigError) as caught:
        config.parse(Config, WRONG, "kbuilder.toml")
    told = str(caught.value).splitlines()
    assert len(told) == 8
    assert any(line.startswith("kbuilder.toml:2: titel: unknown key") and "“title”" in line for line in told)
    assert any(line.startswith("kbuilder.toml:3: timezone:") and "Europe/Berlin" in line for line in told)
    assert any(line.startswith("kbuilder.toml:4: languages") and "'DE'" in line for line in told)
    assert any(line.startswith("kbuilder.toml:7: suggest.precsion:") and "“precision”" in line for line in told)
    assert any(line.startswith("kbuilder.toml:14: source.1.name:") for line in told)
    assert any(line.startswith("kbuilder.toml:15: source.1.format:") and "“stackexchange”" in line for line in told)
    assert any(line.startswith("kbuilder.toml:16: source.1.complte:") and "“complete”" in line for line in told)
    assert any(line.startswith("kbuilder.toml:19: audience.partner.ses:") and "“sees”" in line for line in told)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (b"title = ", "not TOML"),
        (b"\xff\xfe", "not TOML"),
        (b"format = 99", "reads up to 1"),
        (b'[[source]]\nname="a"\nformat="csv"\n[[source]]\nname="a"\nformat="csv"', "a stands twice"),
        (b'[audience.public]\nsees=["public","partner"]', "partner"),
        (b"[suggest]\nprecision = 1.5", "kbuilder.toml:2: suggest.precision"),
        (b'languages = ["DE"]', "found 'DE'; expected a language such as de"),
        (b'[[source]]\nname="A b"\nformat="csv"', "source.0.name: found 'A b'; expected small letters"),
        (
            b'[[source]]\nname="a"\nformat="csv"\nlanguage="Deutsch"',
            "source.0.language: found 'Deutsch'; expected a lan",
        ),
        (b'[api]\norigins=["forum.example"]', "expected \\* or an origin such as https"),
        (b'[audience."A b"]\nsees=["public"]', "audience.A b: found 'A b'; expected small letters"),
    ],
)
def test_a_wrong_file_says_what_is_wrong(written: bytes, told: str) -> None:
    """No wrong file is read as something else."""
    with pytest.raises(ConfigError, match=told):
        config.parse(Config, written, "kbuilder.toml")


def test_an_empty_file_is_a_knowledge_base() -> None:
    """Every key has a default."""
    read = config.parse(Config, b"", "kbuilder.toml")
    assert read.languages == ("en",)
    assert read.recipe == "default"
    assert read.audience["public"].sees == ("public",)


def test_a_missing_file_says_how_to_make_one() -> None:
    """The error leads to ``kbuilder init``."""
    with pytest.raises(ConfigError) as caught:
        config.read_config(Files())
    assert "kbuilder init" in caught.value.advice


@pytest.mark.parametrize("name", ["default", "small"])
def test_the_recipes_that_ship_are_right(name: str) -> None:
    """Each recipe parses and states every value, so that nothing is hidden."""
    recipe = config.read_recipe(name)
    stated = config.parse(Recipe, resources.read(f"pipelines/{name}.toml"), name)
    assert recipe == stated
    assert stated.model_fields_set == set(Recipe.model_fields)
    for part in (stated.embedding, stated.candidates, stated.drafting, stated.suggest):
        assert part.model_fields_set == set(type(part).model_fields)


def test_a_wrong_recipe_name_gets_a_guess() -> None:
    """The names that there are are listed."""
    with pytest.raises(ConfigError, match="default, small; did you mean “small”"):
        config.read_recipe("smal")


def test_a_knowledge_base_lays_its_files_over_ours() -> None:
    """Its own recipe wins, ours stays where it has none."""
    tree = Files({"pipelines/default.toml": b"[suggest]\nlimit = 7"})
    assert config.read_recipe("default", tree).suggest.limit == 7
    assert config.read_recipe("small", tree).suggest.limit == 3
    assert "pipelines/default.toml" in resources.listing("pipelines", tree)


def test_nothing_outside_is_read() -> None:
    """A path that leaves the shipped folder is not found."""
    with pytest.raises(resources.NotFound):
        resources.read("pipelines/../pyproject.toml")
