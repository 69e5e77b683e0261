"""Article files: YAML front matter between two lines ``---``, then the body in Markdown.

They are for people's hands too. What is read is normalised at the border, and only so: line ends become ``\\n``,
blank lines before the body and white space after it go (:func:`normal` is the same for a record). Every value of
the front matter is text as far as YAML is concerned: a date stays what was written, ``no`` stays Norwegian.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from kbuilder import records
from kbuilder.errors import ConfigError, Lines, Said, at
from kbuilder.records import FORMAT, Article, Citation, Fault
from kbuilder.text import N_, parse_time
from kbuilder.validation import did_you_mean, expected, literals

if TYPE_CHECKING:
    from kbuilder.resources import Tree

FOLDER = "articles"

Place = tuple[str | int, ...]
"""Where a value stands in the front matter: ``("sources", "p1", "post")``."""

_KEYS = {  # front matter key: field of the record, in the order in which they are written
    "format": "format",
    "id": "id",
    "title": "title",
    "lang": "language",
    "audience": "audience",
    "state": "state",
    "kind": "kind",
    "created": "created",
    "updated": "updated",
    "verified": "verified",
    "valid_until": "valid_until",
    "tags": "tags",
    "product": "product",
    "phrasings": "phrasings",
    "redirects": "redirects",
    "related": "related",
    "translations": "translations",
    "lineage": "lineage",
    "sources": "sources",
}
_FIELDS = {name: key for key, name in _KEYS.items()}
_ALWAYS = ("format", "id", "title", "lang", "audience", "state", "kind", "created", "updated")
_TIMES = ("created", "updated", "verified", "valid_until")
_CITATION = tuple(each.name for each in dataclasses.fields(Citation))

_PATH = re.compile(r"articles/(?P<lang>[a-z0-9-]+)/(?P<xx>[a-z0-9-]{1,2})/(?P<slug>[a-z0-9-]+)\.md")
_PARTS = re.compile(r"\A---[ \t]*\n(?P<head>.*?)^---[ \t]*(?:\n|\Z)(?P<body>.*)\Z", re.DOTALL | re.MULTILINE)
_LEADING_BLANK = re.compile(r"\A(?:[ \t]*\n)+")
_LINE_END = re.compile(r"\r\n?")
_BREAKS = re.compile("[\n\r\x85\u2028\u2029]")


class Named(Protocol):
    """What has a file of its own: an article, or what stands for it."""

    @property
    def language(self) -> str: ...

    @property
    def slug(self) -> str: ...


def path(article: Named) -> str:
    """Where an article's file stands.

    >>> path(Article(id="a", slug="reset-it", title="", language="en", body="", created="", updated=""))
    'articles/en/re/reset-it.md'
    """
    return f"{FOLDER}/{article.language}/{article.slug[:2]}/{article.slug}.md"


def normal(article: Article) -> Article:
    """The article as its file keeps it: its body with line ends ``\\n``, without blank edges."""
    return dataclasses.replace(article, body=_normal_body(article.body))


def write(article: Article) -> bytes:
    """An article's file. The same article gives the same bytes; :func:`parse` gives :func:`normal` of it back."""
    import yaml

    head = yaml.dump(
        _front_matter(article),
        Dumper=_dumper(),
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=False,
        width=float("inf"),
    )
    body = _normal_body(article.body)
    return f"---\n{head}---\n\n{body}\n".encode()


def parse(data: bytes, path: str) -> Article:
    """The article that a file holds.

    Args:
        data: the file's content.
        path: ``articles/<lang>/<xx>/<slug>.md``; the slug is taken from it.

    Raises:
        ConfigError: it is no article; every fault is listed with its line and what was expected.
    """
    article, faults = examine(data, path)
    if article is None:
        raise ConfigError(
            "{faults}",
            N_("Mend the lines named above and try again."),
            faults=Lines(tuple(at(fault.place, Said(fault.message, fault.values)) for fault in faults)),
        )
    return article


def examine(data: bytes, path: str) -> tuple[Article | None, list[Fault]]:
    """The article that a file holds, or everything that is wrong with it."""
    found: list[Fault] = list(_path_faults(path))
    try:
        text = _LINE_END.sub("\n", data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return None, [*found, _fault(path, line, N_("this is not UTF-8 text"))]
    parts = _PARTS.match(text)
    if not parts:
        return None, [*found, _fault(path, 1, N_("expected front matter between two lines “---”"))]
    front, faults = _read_front(parts["head"], path)
    if front is None or faults or found:
        return None, [*found, *faults]
    article, faults = _build(front, _normal_body(parts["body"]), path)
    return (None, faults) if faults else (article, [])


def foreign(data: bytes, file: str) -> tuple[dict[str, Any], str, list[Fault]]:
    """Front matter, body and faults of a Markdown file that was written elsewhere; it may have no front matter."""
    try:
        text = _LINE_END.sub("\n", data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return {}, "", [_fault(file, line, N_("this is not UTF-8 text"))]
    parts = _PARTS.match(text)
    if not parts:
        return {}, _normal_body(text), []
    front, faults = _read_front(parts["head"], file)
    return (front.values if front else {}), _normal_body(parts["body"]), faults


def read_all(tree: Tree) -> tuple[list[Article], list[Fault]]:
    """All articles of a commit, in the order of their paths, and what is wrong with files that are none."""
    articles: list[Article] = []
    faults: list[Fault] = []
    for file in tree.list(FOLDER):
        if not file.endswith(".md"):
            continue
        article, found = examine(tree.read(file) or b"", file)
        faults += found
        if article:
            articles.append(article)
    return articles, [*faults, *double_ids((article.id, path(article)) for article in articles)]


def double_ids(articles: Iterable[tuple[str, str]]) -> Iterator[Fault]:
    """What is wrong where two files hold articles of one id; given ids and files."""
    first: dict[str, str] = {}
    for name, here in articles:
        other = first.setdefault(name, here)
        if other != here:
            yield _fault(here, 1, N_("id: “{id}” is already the id of {other}"), id=name, other=other)


def _normal_body(body: str) -> str:
    return _LEADING_BLANK.sub("", _LINE_END.sub("\n", body)).rstrip()


# -- writing --------------------------------------------------------------------------------------------------


class _Flow(dict[str, Any]):
    """Written on one line."""


def _front_matter(article: Article) -> dict[str, Any]:
    values = {key: getattr(article, name) for key, name in _KEYS.items()}
    values["sources"] = {key: _written(article.sources[key]) for key in sorted(article.sources, key=_reference_order)}
    values["translations"] = dict(sorted(article.translations.items()))
    return {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in values.items()
        if key in _ALWAYS or value
    }


def _written(citation: Citation) -> _Flow:
    needed = ("post", "start", "end", "digest")
    values = {name: getattr(citation, name) for name in _CITATION}
    return _Flow({name: value for name, value in values.items() if value or name in needed})


def _reference_order(key: str) -> tuple[int, str]:
    """``p2`` before ``p10``."""
    return len(key), key


@cache
def _dumper() -> type[Any]:
    import yaml

    class Dumper(yaml.SafeDumper):
        """Safe YAML with citations on one line each, and no text that goes over a line's end."""

        def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the name is PyYAML's
            return True

    def text(dumper: Any, value: str) -> Any:
        style = '"' if _BREAKS.search(value) else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    def flow(dumper: Any, value: _Flow) -> Any:
        return dumper.represent_mapping("tag:yaml.org,2002:map", value.items(), flow_style=True)

    Dumper.add_representer(str, text)
    Dumper.add_representer(_Flow, flow)
    return Dumper


# -- reading --------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Front:
    """Front matter as plain values, with the line on which each of them stands, and what is wrong with it."""

    file: str
    values: dict[str, Any] = field(default_factory=dict)
    lines: dict[Place, int] = field(default_factory=lambda: {(): 2})
    faults: list[Fault] = field(default_factory=list)
    _seen: set[int] = field(default_factory=set)

    def line(self, place: Place) -> int:
        """Of the value, or of the nearest thing around it."""
        while place not in self.lines and place:
            place = place[:-1]
        return self.lines.get(place, 1)

    def take(self, node: Any, place: Place = ()) -> dict[str, Any]:
        """The plain values of a mapping."""
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key, line = str(key_node.value), key_node.start_mark.line + 2
            if key in values:
                self.fault((*place, key), N_("{key}: stands here twice"), line)
            self.lines[*place, key] = line
            values[key] = self._plain(value_node, (*place, key))
        return values

    def _plain(self, node: Any, place: Place) -> Any:
        self.lines.setdefault(place, node.start_mark.line + 2)
        if node.id == "scalar":
            return node.value
        if id(node) in self._seen:  # a few lines of aliases can stand for more than fits into memory
            self.fault(place, N_("{key}: YAML aliases (*name) are not read here; write the value out"))
            return ""
        self._seen.add(id(node))
        if node.id == "sequence":
            return [self._plain(item, (*place, number)) for number, item in enumerate(node.value)]
        return self.take(node, place)

    def fault(self, place: Place, message: str, line: int = 0, **values: object) -> None:
        """Note what is wrong with a value."""
        self.faults.append(_fault(self.file, line or self.line(place), message, key=_name(place), **values))


@cache
def _loader() -> type[Any]:
    """Reads text only: nothing is guessed, nothing constructed, and what a value may be is not looked up either."""
    import yaml

    base: type[Any] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

    def nothing(*_: object) -> str:
        return ""

    return type("Loader", (base,), dict.fromkeys(("resolve", "descend_resolver", "ascend_resolver"), nothing))


def _read_front(head: str, file: str) -> tuple[_Front | None, list[Fault]]:
    import yaml

    front = _Front(file)
    try:
        node = yaml.compose(head, Loader=_loader())
        if not isinstance(node, yaml.MappingNode):
            return None, [_fault(file, 2, N_("expected lines of the form “key: value”"))]
        front.values = front.take(node)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        return None, [_fault(file, mark.line + 2 if mark else 1, N_("this is not YAML: {problem}"), problem=problem)]
    except RecursionError:
        return None, [_fault(file, 2, N_("the front matter is nested too deeply"))]
    return front, front.faults


def _build(front: _Front, body: str, file: str) -> tuple[Article | None, list[Fault]]:
    from pydantic import ValidationError

    faults = [*_format_faults(front, file), *_key_faults(front, file), *_time_faults(front, file)]
    slug = file.rpartition("/")[2].removesuffix(".md")
    given = {_KEYS[key]: value for key, value in front.values.items() if value != "" and key in _KEYS}
    wrong = {fault.place for fault in faults}
    try:
        data = json.dumps({**given, "slug": slug, "body": body})
        article = records.loads(Article, data)
    except ValidationError as error:
        found = (_validation_fault(fault, front) for fault in error.errors() if not _is_absent(fault))
        return None, [*faults, *(fault for fault in found if fault.place not in wrong)]
    if faults:
        return None, faults
    language = file.split("/")[1]
    if article.language != language:
        message = N_("lang: found “{found}”; expected “{expected}” as in the file's path")
        line = front.line(("lang",))
        return None, [_fault(file, line, message, found=article.language, expected=language)]
    return article, []


def _format_faults(front: _Front, file: str) -> Iterator[Fault]:
    found = front.values.get("format", str(FORMAT))
    if isinstance(found, str) and found.isdecimal() and int(found) > FORMAT:
        message = N_("format: found {found}; this kbuilder reads up to {known}: install a newer one")
        yield _fault(file, front.line(("format",)), message, found=found, known=FORMAT)


def _key_faults(front: _Front, file: str) -> Iterator[Fault]:
    yield from _unknown(front.values, tuple(_KEYS), (), front, file)
    sources = front.values.get("sources")
    for name, citation in sources.items() if isinstance(sources, Mapping) else ():
        if isinstance(citation, Mapping):
            yield from _unknown(citation, _CITATION, ("sources", name), front, file)
    for key in ("id", "title", "lang", "created", "updated"):
        if front.values.get(key, "") == "":
            yield _fault(file, front.line((key,)), N_("{key}: missing"), key=key)


def _unknown(
    values: Mapping[str, Any], known: tuple[str, ...], place: tuple[str, ...], front: _Front, file: str
) -> Iterator[Fault]:
    for key in values:
        if key not in known:
            yield _fault(
                file,
                front.line((*place, key)),
                N_("{key}: unknown key; expected one of: {known}{guess}"),
                key=_name((*place, key)),
                known=", ".join(known),
                guess=did_you_mean(key, known),
            )


def _time_faults(front: _Front, file: str) -> Iterator[Fault]:
    """What is no time; what is one is put as the records have it."""
    sources = front.values.get("sources")
    cited = sources.items() if isinstance(sources, Mapping) else ()
    dated = [(("sources", name), "date", each) for name, each in cited if isinstance(each, dict)]
    places: list[tuple[Place, str, dict[str, Any]]] = [*(((), key, front.values) for key in _TIMES), *dated]
    for place, key, values in places:
        found = values.get(key, "")
        try:
            if found:
                values[key] = parse_time(found)
        except (ValueError, AttributeError):
            message = N_("{key}: found “{found}”; expected a time such as 2026-11-23T20:15:00Z")
            at = (*place, key)
            yield _fault(file, front.line(at), message, key=_name(at), found=found)


def _is_absent(fault: Any) -> bool:
    """Whether a whole field is missing, which was told before."""
    return fault["type"] == "missing" and len(fault["loc"]) == 1


def _validation_fault(fault: Any, front: _Front) -> Fault:
    first, *rest = fault["loc"]
    place = (_FIELDS.get(str(first), str(first)), *rest)
    if fault["type"] == "missing":
        return _fault(front.file, front.line(place), N_("{key}: missing"), key=_name(place))
    return _fault(
        front.file,
        front.line(place),
        N_("{key}: found “{found}”; expected {expected}{guess}"),
        key=_name(place),
        found=fault["input"],
        expected=expected(fault),
        guess=did_you_mean(str(fault["input"]), literals(fault)),
    )


def _path_faults(file: str) -> Iterator[Fault]:
    match = _PATH.fullmatch(file)
    if not match or match["xx"] != match["slug"][:2]:
        message = N_("an article stands in {expected}, its slug of small letters, digits and hyphens")
        yield Fault(place=file, message=message, values={"expected": "articles/<lang>/<xx>/<slug>.md"})


def _name(place: Place) -> str:
    return ".".join(str(part) for part in place)


def _fault(file: str, line: int, message: str, **values: object) -> Fault:
    return Fault(
        place=f"{file}:{line}",
        message=message,
        values={name: value if isinstance(value, Said) else str(value) for name, value in values.items()},
    )
