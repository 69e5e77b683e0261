"""Writes ``docs/reference/`` from the code: ``make docs``. A test holds that nothing is out of date.

What the commands of the other pages print is renewed as well, by :mod:`transcripts`.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

os.environ.update(LC_ALL="C", LANG="C", COLUMNS="100")

import typer

from kbuilder import config, errors, records
from kbuilder.cli import app
from kbuilder.publish import views

HERE = Path(__file__).parent / "reference"
MADE = "<!-- Made from the code by `make docs`; do not edit. -->\n"
SETTINGS = (
    config.Config,
    config.SiteSettings,
    config.FooterLink,
    config.SuggestSettings,
    config.ApiSettings,
    config.AskingSettings,
    config.DeskSettings,
    config.MailSettings,
    config.Webhook,
    config.OidcSettings,
    config.PushSettings,
    config.LlmSettings,
    config.RedactSettings,
    config.Audience,
    config.Source,
)
RECIPE = (
    config.EmbeddingRecipe,
    config.CandidatesRecipe,
    config.DraftingRecipe,
    config.SuggestRecipe,
)
TABLES = {
    "SiteSettings": "[site]",
    "FooterLink": "[[site.footer]]",
    "SuggestSettings": "[suggest]",
    "ApiSettings": "[api]",
    "AskingSettings": "[asking]",
    "DeskSettings": "[desk]",
    "MailSettings": "[mail]",
    "Webhook": "[[webhook]]",
    "OidcSettings": "[oidc]",
    "PushSettings": "[push]",
    "LlmSettings": "[llm]",
    "RedactSettings": "[redact]",
    "Audience": "[audience.NAME]",
    "Source": "[[source]]",
}
TEMPLATES = {
    "404.html": {},
    "_redirects": {"list": "`moved`: pairs of old and new path; `gone`: paths"},
    "article.html": {"article": "`ArticleView`"},
    "article.md": {"article": "`MarkdownView`"},
    "base.html": {},
    "changes.html": {"list": "`articles`: `Link`, newest first"},
    "contributors.html": {"list": "`people`: `Contributor`, most articles first; `part`: `Part`"},
    "feed.xml": {"list": "`FeedEntry`, newest first"},
    "gone.html": {"list": "`archived`: an editor took the article away; else what it rested on is gone"},
    "home.html": {
        "facts": "the most wanted, as `Link` with its `count` of askers",
        "list": "`newest`, `topics` and `products`: `Link`; `total`: number of articles",
        "notices": "`Notice`",
    },
    "index.html": {"list": "`topics`, `products`, `articles`: `Link`; `part`: `Part`"},
    "llms.txt": {"list": "pairs of language and its articles as `Link`"},
    "media.html": {"list": "`media`: `Medium`, by kind and title; `part`: `Part`"},
    "moved.html": {"list": "the new path"},
    "nginx.conf": {"list": "as in `_redirects`"},
    "opensearch.xml": {},
    "parts.html": {},
    "robots.txt": {},
    "root.html": {"list": "pairs of language and path"},
    "site.js": {},
    "sitemap.xml": {"list": "pairs of path and date"},
    "sitemaps.xml": {"list": "pairs of path and date, of the sitemaps"},
    "sources.json": {"list": "the whole file, as JSON"},
    "status.html": {
        "answers": "`Figure`: articles by month",
        "problems": "pairs of `Link` and `Bar`",
        "solved": "`Figure`: questions solved by month",
        "total": "number of articles",
    },
    "topic.html": {"list": "`articles`: `Link`; `part`: `Part`; `total`: number of articles"},
}
"""What each template of the site is given besides what all are given."""
EVERYWHERE = {
    "site": "`Chrome`",
    "page": "`Meta`",
    "link": "a path of the site to an address that holds on this page: `link('en/wifi/')`",
    "absolute": "a path of the site to its whole address; only where `site.url` is set",
    "_": "a text of the interface in the page's language: `_('Sources')`",
}
FILTERS = {
    "date": "a time as a day, as people of the page's language write it",
    "day": "a time as `2026-11-23`",
    "month": "a time or `2026-11` as a month by name",
    "by_month": "`Link`s as pairs of a month's name and its links",
    "language": "a language by its own name",
    "direction": "`rtl` for a language that is written from the right, else `ltr`",
    "size": "a number of bytes as people of the page's language read it",
    "words": "a title as plain text, its formulas as near as letters come: for window titles and feeds",
    "formulas": "a title with its formulas as written, not as typed, and its longest words where they may be divided",
    "about": "an address with a title as the subject, if it is one of mail",
    "asking": "an address to ask at with `{query}` where what was typed goes",
    "bare": "an address to ask at without the place for what was typed",
    "plain": "what is no HTML and is not escaped: in `article.md`, and JSON in a `<script>`",
    "markdown": "words in Markdown, none of whose characters means anything but itself",
    "label": "the same as the words of a link",
}


def pages() -> dict[str, str]:
    """Every generated file: its name and its text."""
    return {name: text.replace("``", "`") if "```" not in text else text for name, text in _pages().items()}


def _pages() -> dict[str, str]:
    return {
        "commands.md": commands(),
        "kbuilder.toml.md": settings(),
        "recipes.md": recipes(),
        "records.md": record_tables(),
        "errors.md": error_table(),
        "templates.md": templates(),
        "thread.schema.json": json.dumps(records.schema(records.Thread), indent=2, ensure_ascii=False) + "\n",
    }


def commands() -> str:
    """All verbs, arguments and options of the command line."""
    root = typer.main.get_command(app)
    context = root.make_context("kbuilder", [], resilient_parsing=True)
    parts = [MADE, "# Commands\n", _help(root, context), *_below(root, context)]
    return "\n".join(parts) + (
        "\nExit codes: 0 fine, 1 a check failed or rows were set aside, 2 wrong usage or configuration, "
        "70 a bug in kbuilder, 130 interrupted.\n"
    )


def _below(command: Any, context: Any) -> list[str]:
    parts = []
    for name in command.list_commands(context):
        each = command.get_command(context, name)
        inner = each.make_context(name, [], parent=context, resilient_parsing=True)
        parts += [f"## {inner.command_path}\n", _help(each, inner)]
        if hasattr(each, "list_commands"):
            parts += _below(each, inner)
    return parts


def _help(command: Any, context: Any) -> str:
    lines = (line.rstrip() for line in command.get_help(context).strip().splitlines())
    return "```text\n" + "\n".join(lines) + "\n```\n"


def settings() -> str:
    """Every key of ``kbuilder.toml``."""
    parts = [MADE, "# kbuilder.toml\n", "Read from what is committed. Every key has a default.\n"]
    for kind in SETTINGS:
        title = TABLES.get(kind.__name__, "Top level")
        parts += [f"## {title}\n", inspect.getdoc(kind) or "", "", _keys(kind, config)]
    return "\n".join(parts)


def recipes() -> str:
    """Every key of a recipe, and the recipes that ship."""
    parts = [MADE, "# Recipes\n", "A file of `pipelines/`, named by `recipe` in `kbuilder.toml`.\n"]
    for field in config.Recipe.model_fields.values():
        if field.annotation in RECIPE:
            kind = field.annotation
            name = kind.__name__.removesuffix("Recipe").lower()  # type: ignore[union-attr]
            parts += [f"## [{name}]\n", _keys(kind, config)]
    for name in ("default", "small"):
        text = (Path(__file__).parents[1] / "pipelines" / f"{name}.toml").read_text(encoding="utf-8")
        parts += [f"## pipelines/{name}.toml\n", f"```toml\n{text}```\n"]
    return "\n".join(parts)


def _keys(kind: Any, module: ModuleType) -> str:
    notes = _attribute_notes(module).get(kind.__name__, {})
    types = _written_types(module)[kind.__name__]
    rows = ["| key | type | default | |", "|---|---|---|---|"]
    for name, field in kind.model_fields.items():
        default = "required" if field.is_required() else f"`{_plain(field.get_default(call_default_factory=True))}`"
        written = types[name].replace("|", "or")
        rows.append(f"| `{name}` | `{written}` | {default} | {notes.get(name, '')} |")
    return "\n".join(rows) + "\n"


def _plain(value: Any) -> str:
    if hasattr(value, "model_dump"):
        return "its defaults"
    if isinstance(value, dict):
        return "its defaults"
    return json.dumps(value, ensure_ascii=False, default=list)


def _written_types(module: ModuleType) -> dict[str, dict[str, str]]:
    """The types of a module's fields as they are written: class to field to text."""
    tree = ast.parse(inspect.getsource(module))
    return {
        node.name: {
            field.target.id: re.sub(r"^Annotated\[(.*), Field\(.*\)\]$", r"\1", ast.unparse(field.annotation))
            for field in node.body
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        }
        for node in tree.body
        if isinstance(node, ast.ClassDef)
    }


def templates() -> str:
    """What the site's templates may use."""
    parts = [MADE, "# Templates\n", "What the templates of `site/templates/` are given, beside Jinja2's own.", ""]
    parts += ["## In all of them\n", *_two_columns(EVERYWHERE), "", "Filters:", "", *_two_columns(FILTERS), ""]
    parts += ["Blocks of `base.html`: `head` and `main`. `parts.html` holds macros that several use.", ""]
    parts += ["## Template by template\n", "| template | given besides |", "|---|---|"]
    parts += [
        f"| `{name}` | {'<br>'.join(f'`{key}`: {value}' for key, value in given.items())} |"
        for name, given in TEMPLATES.items()
    ]
    shown = {name: kind for name, kind in vars(views).items() if name not in ("Page", "Site")}
    return "\n".join([*parts, "", *_tables(views, shown)])


def _two_columns(told: dict[str, str]) -> list[str]:
    return ["| name | |", "|---|---|", *(f"| `{name}` | {text} |" for name, text in told.items())]


def record_tables() -> str:
    """The records, field by field."""
    parts = [MADE, "# Records\n", inspect.getdoc(records) or "", "", *_tables(records, vars(records))]
    parts.append("The interchange format's JSON Schema is [thread.schema.json](thread.schema.json).\n")
    return "\n".join(parts)


def _tables(module: ModuleType, kinds: Mapping[str, Any]) -> list[str]:
    """A module's dataclasses, each as a table of its fields."""
    parts, notes = [], _attribute_notes(module)
    for name, kind in kinds.items():
        if dataclasses.is_dataclass(kind) and isinstance(kind, type):
            rows = [
                f"| `{f.name}` | `{str(f.type).replace('|', 'or')}` | {notes[name].get(f.name, '')} |"
                for f in dataclasses.fields(kind)
            ]
            parts += [f"## {name}\n", inspect.getdoc(kind) or "", ""]
            parts += ["| field | type | |", "|---|---|---|", *rows, ""]
    return parts


def error_table() -> str:
    """The error tree."""
    rows = [
        f"| `{name}` | {inspect.getdoc(kind) and inspect.getdoc(kind).splitlines()[0]} |"  # type: ignore[union-attr]
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.KBError)
    ]
    return "\n".join([MADE, "# Errors\n", "| error | |", "|---|---|", *rows, ""])


def _attribute_notes(module: ModuleType) -> dict[str, dict[str, str]]:
    """The strings that stand below the fields of a module's classes: class to field to text."""
    tree = ast.parse(inspect.getsource(module))
    return {node.name: _notes(node) for node in tree.body if isinstance(node, ast.ClassDef)}


def _notes(node: ast.ClassDef) -> dict[str, str]:
    pairs = zip(node.body, node.body[1:], strict=False)
    return {
        field.target.id: " ".join(note.value.value.split())
        for field, note in pairs
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(note, ast.Expr)
        and isinstance(note.value, ast.Constant)
        and isinstance(note.value.value, str)
    }


def main() -> None:
    """Write all pages."""
    import transcripts  # beside this file, which is run as a script

    for name, text in pages().items():
        (HERE / name).write_text(text, encoding="utf-8")
    transcripts.main()


if __name__ == "__main__":
    main()
