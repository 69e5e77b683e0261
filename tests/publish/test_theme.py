"""Templates, styles, scripts and texts: within their budgets."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from kbuilder import Workspace

ROOT = Path(__file__).parent.parent.parent
SITE = ROOT / "site"


@pytest.mark.parametrize(("ending", "budget"), [(".css", 21_000), (".js", 10_000)])
def test_styles_and_scripts_stay_small(ending: str, budget: int) -> None:
    """All of them together, as they are; what a script says is each language's own and not counted."""
    files = [file for folder in ("static", "templates") for file in (SITE / folder).glob(f"*{ending}")]
    texts = [re.sub(r"{{.*?}}", "", file.read_text("utf-8")) for file in files]
    assert 0 < len("".join(texts).encode()) <= budget


def test_nothing_is_asked_of_another_host() -> None:
    """Neither by styles nor by scripts."""
    for file in (*(SITE / "static").iterdir(), SITE / "templates/site.js"):
        if file.suffix in (".css", ".js"):
            assert not re.search(r"url\(|@import|https?://", file.read_text("utf-8")), file.name


def test_a_theme_is_made_as_the_guide_says(tmp_path: Path) -> None:
    """Its commands, one by one: the site has the colour, the logo and the word, and is in order."""
    guide = (ROOT / "docs/how-to/change-how-it-looks.md").read_text("utf-8")
    commands = re.findall(r"```sh\n(.*?)```", guide, re.DOTALL)
    assert len(commands) == 1
    kb = Workspace.create(tmp_path / "kb", title="Larkspan Help", languages=("de",))
    (kb.root / "logo.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>', "utf-8")
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, module in (("python", ""), ("kbuilder", "-m kbuilder.cli ")):
        (tools / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {module}"$@"\n', "utf-8")
        (tools / name).chmod(0o755)
    named = {f"GIT_{role}_{part}": "a@a.example" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, **named, "PATH": path, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["sh", "-e", "-c", commands[0]], cwd=kb.root, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    kb.publish()
    site = kb.root / "_build/site/public"
    css = (site / "static/style.css").read_text("utf-8")
    assert css.count("--accent: light-dark(#8a1c4a, #f0a0c0);") == 1
    assert (site / "static/logo.svg").is_file()
    assert '<img src="../static/logo.svg" alt="Larkspan Help"' in (site / "de/index.html").read_text("utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_have_the_contrast_that_people_need(scheme: str) -> None:
    """WCAG 2.2 AA: 4.5 to 1 for text on each ground that it stands on, 3 to 1 for the edges of fields."""
    css = (SITE / "static/style.css").read_text("utf-8")
    pairs_of = re.findall(r"--([\w-]+): light-dark\((#\w+), (#\w+)\);", css)
    colours = {name: dark if scheme == "dark" else light for name, light, dark in pairs_of}
    texts = ["ink", "soft", "accent", *(name for name in colours if name.startswith("code-"))]
    pairs = [(text, ground, 4.5) for text in texts for ground in ("paper", "ground")]
    pairs += [(text, "tint", 4.5) for text in ("ink", "soft", "accent")]
    pairs += [("warm-ink", "warm", 4.5), ("on-accent", "accent", 4.5), ("edge", "paper", 3), ("edge", "ground", 3)]
    for text, ground, least in pairs:
        assert _contrast(colours[text], colours[ground]) >= least, (text, ground)


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
