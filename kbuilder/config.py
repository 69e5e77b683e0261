"""``kbuilder.toml`` and recipes: read, checked, and all their faults told at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Annotated, Any, Literal, TypeVar, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from kbuilder import resources
from kbuilder.errors import ConfigError, Lines, NotFound, Said, at
from kbuilder.records import FORMAT
from kbuilder.text import N_
from kbuilder.validation import OWN, did_you_mean, expected, literals

FILE = "kbuilder.toml"


def _formed(pattern: str, form: str) -> AfterValidator:
    """A check that a text matches a pattern, which people are told in words."""

    def checked(given: str) -> str:
        if not re.fullmatch(pattern, given):
            raise _expected(form)
        return given

    return AfterValidator(checked)


Name = Annotated[str, _formed("[a-z0-9-]+", N_("small letters from a to z, digits and hyphens"))]
_TAG = "[a-z]{2,3}(-[a-z0-9]{2,8})*"
Language = Annotated[str, _formed(_TAG, N_("a language such as de or pt-br"))]
LanguageOrNone = Annotated[str, _formed(f"({_TAG})?", N_("a language such as de or pt-br, or nothing"))]
Origin = Annotated[
    str, _formed(r"\*|https?://[a-z0-9.-]+(:\d{1,5})?", N_("* or an origin such as https://forum.example.org"))
]
M = TypeVar("M", bound=BaseModel)
LOOPBACK = ("127.0.0.1", "::1", "localhost")
"""Hosts that are spoken to without HTTPS."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(_Table):
    """A forum, or another place that threads come from."""

    name: Name
    """In ids and in the file names of rows that were set aside."""
    format: Literal["stackexchange", "discourse", "jsonl", "csv"]
    """What its exports are."""
    path: str = ""
    """File or folder, relative to the knowledge base."""
    title: str = ""
    """Shown in attributions: "a question on {title}"."""
    url: str = ""
    """Of the forum, without a slash at its end: ``https://beer.stackexchange.com``."""
    complete: bool = False
    """Each import holds the whole source, so that absence means deletion."""
    audience: Name = "public"
    """Who may see its threads."""
    licence: str = ""
    """Of posts that do not carry one themselves."""
    language: LanguageOrNone = ""
    """Of all its threads; ``""``: detected by thread."""

    @field_validator("url")
    @classmethod
    def _bare(cls, url: str) -> str:
        if url and not re.fullmatch(r"https?://[^\s<>\"'`\\]+", url):
            raise _expected(N_("an address such as https://forum.example.org"))
        return url.rstrip("/")


class Audience(_Table):
    """Readers who see the same articles."""

    sees: tuple[Name, ...] = ("public",)
    """Audiences whose articles these readers see."""
    url: str = ""
    """Where its site is published; for ``public`` the knowledge base's ``url`` counts as well."""


class FooterLink(_Table):
    """A link at the foot of every page: imprint, privacy, accessibility statement."""

    title: str
    """As readers see it; ``site/locale/<language>.po`` may translate it."""
    url: str
    """Where it leads: ``https://…``."""


class SiteSettings(_Table):
    """What the published site offers besides its articles."""

    footer: tuple[FooterLink, ...] = ()
    """Links at the foot of every page."""
    contributors: tuple[str, ...] = ()
    """Members, as their forum names them, who agreed to stand among contributors where no licence asks for it."""
    helped_url: str = ""
    """Where "Did this help?" is sent, as a form with ``article`` and ``helped``; empty: it is not asked."""
    outdated: str = ""
    """Where a reader tells that a page is out of date; empty: it is not offered.

    A mail or web address; one such as ``https://kb.example.org/flag``, where ``kbuilder serve`` is reached, brings
    it to the desk. The article's id goes along as ``article``.
    """


class SuggestSettings(_Table):
    """What askers are shown."""

    precision: Annotated[float, Field(ge=0.5, lt=1)] = 0.9
    """The share of shown suggestions that must answer the question; else silence."""


class ApiSettings(_Table):
    """Who may ask by program, from where, and how often."""

    origins: tuple[Origin, ...] = ()
    """Of the pages whose scripts may ask, such as ``https://forum.example.org``; ``*``: of all."""
    key_required: bool = False
    """Whether a program needs a key; else a key only raises the limit."""
    per_minute: Annotated[int, Field(ge=1)] = 120
    """Requests from one address without a key."""
    per_minute_key: Annotated[int, Field(ge=1)] = 1200
    """Requests with one key."""
    seconds: Annotated[float, Field(gt=0, le=60)] = 5
    """How long an answer may take; then the asker is told to go on without. The widget waits as long."""


class AskingSettings(_Table):
    """What is kept of askers, and how it is counted what the answers saved."""

    keep_questions: Annotated[int, Field(ge=0, le=365)] = 0
    """Days for which a question that nothing answered is kept, without personal data; 0: none is kept."""
    keep_events: Annotated[int, Field(ge=0)] = 730
    """Days for which it is kept what was shown, opened and said; 0: for good."""
    window: Annotated[float, Field(gt=0, le=90)] = 7
    """Days within which a member who posts after all was not helped."""
    hold_out: bool = False
    """Whether some askers see no answers, so that the effect can be measured."""
    hold_out_share: Annotated[float, Field(gt=0, le=0.5)] = 0.05
    """Share of these askers."""
    hold_out_seed: str = "1"
    """Another one draws others."""
    calls_per_question: Annotated[float, Field(ge=0, le=1)] = 0
    """Calls to support that an unanswered question costs, as an assumption; 0: calls are not told."""


class DeskSettings(_Table):
    """How the editors' desk works."""

    steps: Literal[1, 2] = 1
    """To publication: with 2, an editor approves and somebody with the role publisher publishes."""
    by_person: bool = False
    """Whether the page on activity shows everyone's figures to everyone; else each sees only their own."""
    remind: Annotated[int, Field(ge=0, le=366)] = 14
    """Days before the day until which an article holds, from which on it waits to be looked at again."""
    url: str = ""
    """Where the desk is reached, for mails and webhooks to link to: ``https://kb.example.org``."""


class MailSettings(_Table):
    """How the desk writes to its people; the server's password is ``KBUILDER_SMTP_PASSWORD``."""

    host: str = ""
    """Of the SMTP server; empty: nobody is written to."""
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    """0: the usual one, 587, 465 or 25 by ``security``."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """``none`` only on a machine or network of one's own, and without a user."""
    user: str = ""
    """Who signs in there; empty: nobody does."""
    sender: str = ""
    """The address that mails come from."""
    hour: Annotated[int, Field(ge=0, le=23)] = 7
    """From which on the day's digest is sent, in ``timezone``."""

    @model_validator(mode="after")
    def _can_be_sent(self) -> MailSettings:
        if self.host and not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", self.sender):
            raise _expected(N_("a mail address as “sender”, such as kb@example.org"))
        if self.user and self.security == "none":
            raise _expected(N_("“starttls” or “tls” as “security” where somebody signs in"))
        return self


class Webhook(_Table):
    """A program that is told what happens; each message is signed with ``KBUILDER_WEBHOOK_SECRET``."""

    url: str
    """Where it is told: ``https://…``."""
    events: tuple[Literal["assigned", "published", "changed", "retired", "breached"], ...] = (
        "published",
        "changed",
        "retired",
        "breached",
    )
    """What it is told."""
    audience: Name = "public"
    """It is told of articles that these readers see, and of no others."""

    @field_validator("url")
    @classmethod
    def _an_address(cls, url: str) -> str:
        if not re.fullmatch(r"https?://[^\s/@]+(/\S*)?", url):
            raise _expected(N_("an address such as https://example.org/hook, without a password in it"))
        return url


class OidcSettings(_Table):
    """Sign-in at the desk with an account that people have elsewhere (OpenID Connect).

    The provider knows this desk by ``client`` and, unless it is a public one, by ``KBUILDER_OIDC_SECRET``.
    """

    issuer: str = ""
    """Of the provider, as its own discovery document gives it: ``https://login.example.org/realms/staff``."""
    client: str = ""
    """The desk's name there."""
    title: str = ""
    """What people call the provider: "Sign in with {title}"; empty: the issuer's host."""

    @model_validator(mode="after")
    def _can_be_asked(self) -> OidcSettings:
        given = urlsplit(self.issuer)
        own = given.scheme == "http" and given.hostname in LOOPBACK
        if self.issuer and not ((given.scheme == "https" or own) and re.fullmatch(r"[^\s?#@]+", self.issuer)):
            raise _expected(N_("an address such as https://login.example.org as “issuer”"))
        if self.issuer and not self.client:
            raise _expected(N_("the desk's name at the provider as “client”"))
        return self

    @property
    def name(self) -> str:
        return self.title or urlsplit(self.issuer).hostname or ""


class PushSettings(_Table):
    """Another git repository to which verdicts are sent on; over HTTPS with ``KBUILDER_PUSH_PASSWORD``."""

    remote: str = ""
    """Where it is: ``https://git.example.org/help.git``, ``ssh://git@git.example.org/help.git``, or a folder; empty:
    nothing is sent."""
    user: str = ""
    """Who signs in there over HTTPS."""

    @field_validator("remote")
    @classmethod
    def _an_address(cls, given: str) -> str:
        kinds = r"https://[\w.-]+(:\d+)?/\S+|ssh://([\w.-]+@)?\w[\w.-]*(:\d+)?/\S+|/\S.*"
        own = rf"http://({'|'.join(map(re.escape, LOOPBACK))})(:\d+)?/\S+"
        if given and not re.fullmatch(f"{kinds}|{own}", given):
            raise _expected(N_("an address such as ssh://git@git.example.org/help.git, without a password in it"))
        return given


class LlmSettings(_Table):
    """A language model that smooths drafts when an editor asks for it; its key is ``KBUILDER_LLM_KEY``."""

    url: str = ""
    """Of a server that speaks the protocol of OpenAI's chat completions: ``http://localhost:8000/v1``."""
    model: str = ""
    """Its name there."""
    seconds: Annotated[float, Field(gt=0, le=600)] = 60
    """How long an answer may take."""


class RedactSettings(_Table):
    """Personal data of one's own kind, besides what kbuilder knows: taken out of posts as they are imported."""

    own: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """By what stands in the brackets instead, regular expressions: ``"staff id" = ['\\bLS-[0-9]{5}\\b']``."""

    @field_validator("own")
    @classmethod
    def _patterns_that_find_something(cls, given: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for kind, patterns in given.items():
            if not re.fullmatch(r"\w[\w .-]{0,38}\w", kind):
                raise _expected(N_("a name of letters, digits and blanks; not “{kind}”"), kind=kind)
            for pattern in patterns:
                try:
                    empty = re.compile(pattern).search("")
                except re.error as error:
                    wrong = N_("a regular expression for “{kind}”; “{pattern}” is none: {error}")
                    raise _expected(wrong, kind=kind, pattern=pattern, error=error) from None
                if empty:
                    vain = N_("a pattern for “{kind}” that finds something; “{pattern}” finds nothing everywhere")
                    raise _expected(vain, kind=kind, pattern=pattern)
        return given


class Config(_Table):
    """A knowledge base's ``kbuilder.toml``."""

    format: int = FORMAT
    """Of this file."""
    title: str = "Knowledge base"
    """The knowledge base's name, at the head of each page."""
    url: str = ""
    """Where the site is published; feeds and the sitemap need it."""
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = ("en",)
    """Of the site; the first is the default."""
    timezone: str = "UTC"
    """In which dates are shown: ``Europe/Berlin``."""
    recipe: str = "default"
    """A file of ``pipelines/``, without its ending."""
    team: str = ""
    """Who reviews, as readers are told: "the Larkspan support team"."""
    ask_url: str = ""
    """Where a reader can ask the community. What they typed comes along as ``title``, or where ``{query}`` stands."""
    site: SiteSettings = SiteSettings()
    suggest: SuggestSettings = SuggestSettings()
    api: ApiSettings = ApiSettings()
    asking: AskingSettings = AskingSettings()
    desk: DeskSettings = DeskSettings()
    mail: MailSettings = MailSettings()
    webhook: tuple[Webhook, ...] = ()
    oidc: OidcSettings = OidcSettings()
    push: PushSettings = PushSettings()
    llm: LlmSettings = LlmSettings()
    redact: RedactSettings = RedactSettings()
    audience: dict[Name, Audience] = Field(default_factory=lambda: {"public": Audience()})
    source: tuple[Source, ...] = ()

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        if name not in _zones():
            near = sorted(_zones())
            raise _expected(N_("a time zone such as Europe/Berlin{guess}"), guess=did_you_mean(name, near))
        return name

    @field_validator("audience")
    @classmethod
    def _with_public(cls, given: dict[str, Audience]) -> dict[str, Audience]:
        return {"public": Audience(), **given}

    @model_validator(mode="after")
    def _names_are_unique(self) -> Config:
        names = [source.name for source in self.source]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise _expected(N_("source names that differ; {names} stands twice"), names=", ".join(twice))
        unknown = sorted({name for audience in self.audience.values() for name in audience.sees} - {*self.audience})
        if unknown:
            raise _expected(N_("audiences that are defined; “sees” names {names}"), names=", ".join(unknown))
        told = sorted({each.audience for each in self.webhook} - {*self.audience})
        if told:
            raise _expected(N_("audiences that are defined; a webhook names {names}"), names=", ".join(told))
        if self.oidc.issuer and not self.desk.url:
            raise _expected(N_("“url” in [desk]: where [oidc] leads back to"))
        return self

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def source_named(self, name: str) -> Source | None:
        return next((source for source in self.source if source.name == name), None)


class EmbeddingRecipe(_Table):
    """What the dense leg thinks with."""

    model: str = "minilm"
    """A pin in ``models/``, or a sentence-transformers model by name or path; empty: no dense leg."""
    precision: Literal["fp32", "bf16"] = "fp32"
    """Part of the vectors' identity, never detected."""


class CandidatesRecipe(_Table):
    """How solved threads are grouped."""

    neighbours: Annotated[int, Field(ge=1, le=200)] = 15
    """Of each thread in the graph."""
    cut: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Mean similarity above the background from which on groups are joined; 0: chosen from the threads themselves."""
    lexical: Annotated[float, Field(ge=0, le=1)] = 0.35
    """Share of the words' similarity beside the vectors'."""


class DraftingRecipe(_Table):
    """How a candidate becomes a draft."""

    min_words: Annotated[int, Field(ge=0)] = 12
    """An accepted answer shorter than this is too thin."""
    alternatives: Annotated[int, Field(ge=0, le=10)] = 2
    """Further answers shown, at most."""
    inferred: Annotated[float, Field(gt=0, le=1)] = 0.5
    """How probable an answer must be that nobody marked as right; 1: none is drafted."""


class SuggestRecipe(_Table):
    """How a question is answered."""

    pool: Annotated[int, Field(ge=10)] = 200
    """Articles and threads that are looked at closely."""
    limit: Annotated[int, Field(ge=1, le=10)] = 3
    """Suggestions shown, at most."""


class Recipe(_Table):
    """A file of ``pipelines/``: how candidates, drafts and indexes are made."""

    format: int = FORMAT
    embedding: EmbeddingRecipe = EmbeddingRecipe()
    candidates: CandidatesRecipe = CandidatesRecipe()
    drafting: DraftingRecipe = DraftingRecipe()
    suggest: SuggestRecipe = SuggestRecipe()


def read_config(tree: resources.Tree) -> Config:
    """The ``kbuilder.toml`` of a knowledge base.

    Raises:
        ConfigError: it is missing, or wrong; every fault is listed.
    """
    data = tree.read(FILE)
    if data is None:
        raise ConfigError(
            N_("There is no {file} here."), N_("Make a knowledge base with: kbuilder init DIR"), file=FILE
        )
    try:
        return _read(data)
    except ConfigError as error:
        raise _with_recipe(error, data, tree) from None


@lru_cache(8)
def _read(data: bytes) -> Config:
    """A server looks at its settings with every question, and they rarely change."""
    return parse(Config, data, FILE)


def _with_recipe(error: ConfigError, data: bytes, tree: resources.Tree) -> ConfigError:
    """The same faults, and beside them a recipe that is none: all are told at once."""
    try:
        text = data.decode("utf-8-sig")
        name = tomllib.loads(text).get("recipe")
    except ValueError:  # no TOML: that is the fault
        return error
    known, lines = _recipes(tree), error.values.get("faults")
    if not isinstance(name, str) or name in known or not isinstance(lines, Lines):
        return error
    place = f"{FILE}:{_line_of(['recipe'], text)}"
    return _all([*lines.messages, at(place, _no_recipe(name, known))])


def _no_recipe(name: str, known: Sequence[str]) -> Said:
    told = {"known": ", ".join(known), "guess": did_you_mean(name, known), "found": repr(name)}
    return Said(N_("recipe: found {found}; expected one of: {known}{guess}"), told)


def _recipes(tree: resources.Tree | None) -> list[str]:
    return sorted(
        file.removeprefix("pipelines/").removesuffix(".toml")
        for file in resources.listing("pipelines", tree)
        if file.endswith(".toml") and file.count("/") == 1
    )


def read_recipe(name: str, tree: resources.Tree | None = None) -> Recipe:
    """The recipe ``pipelines/<name>.toml``.

    Raises:
        ConfigError: there is no such recipe, or it is wrong.
    """
    path = f"pipelines/{name}.toml"
    try:
        return parse(Recipe, resources.read(path, tree), path)
    except NotFound:
        known = _recipes(tree)
        wrong = _no_recipe(name, known)
        raise ConfigError(wrong.message, N_("Name one of these, or add {path}."), **wrong.values, path=path) from None


def parse(model: type[M], data: bytes, file: str) -> M:
    """A TOML file as the settings that it holds.

    Raises:
        ConfigError: not TOML, not such settings, or of a newer format. All faults are told at once, each with
            line, key, what was found and what was expected.
    """
    try:
        text = data.decode("utf-8-sig")
        values = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        line = re.search(r"line (\d+)", str(error))
        place = f"{file}:{line[1]}" if line else file
        raise _all([at(place, Said(N_("this is not TOML: {error}"), {"error": error}))]) from None
    found = values.get("format", FORMAT)
    if isinstance(found, int) and found > FORMAT:
        raise ConfigError(
            N_("{file} has format {found}; this kbuilder reads up to {known}."),
            N_("Install a newer kbuilder."),
            file=file,
            found=found,
            known=FORMAT,
        )
    try:
        return model.model_validate(values)
    except ValidationError as error:
        inner = {fault["loc"] for fault in error.errors()}
        faults = [
            _fault(fault, model, text, file)
            for fault in sorted(error.errors(), key=lambda fault: _line_of(_path(fault), text))
            if not any(loc != fault["loc"] and loc[: len(fault["loc"])] == fault["loc"] for loc in inner)
        ]
        raise _all(faults) from None


def with_source_value(text: str, name: str, key: str, written: str) -> str:
    """``kbuilder.toml`` with another value for a key of the ``[[source]]`` of a name; the rest stays as it is.

    >>> print(with_source_value('[[source]]\\nname = "a"\\n', "a", "url", '"https://a.example"'))
    [[source]]
    name = "a"
    url = "https://a.example"
    <BLANKLINE>
    """
    lines = text.splitlines()
    starts = [number for number, line in enumerate(lines) if line.strip() == "[[source]]"]
    for start in starts:
        end = next((n for n in range(start + 1, len(lines)) if lines[n].lstrip().startswith("[")), len(lines))
        keys = {line.partition("=")[0].strip(): number for number, line in enumerate(lines[:end]) if number > start}
        if "name" not in keys or tomllib.loads(lines[keys["name"]]).get("name") != name:
            continue
        if key in keys:
            lines[keys[key]] = f"{key} = {written}"
        elif written != '""':
            lines.insert(keys["name"] + 1, f"{key} = {written}")
        break
    return "\n".join(lines) + "\n"


def _all(faults: Sequence[Said]) -> ConfigError:
    hint = N_("Mend what is named above; a file of the knowledge base counts once it is committed.")
    return ConfigError("{faults}", hint, faults=Lines(tuple(faults)))


def _path(fault: ErrorDetails) -> list[int | str]:
    """The keys to what is wrong."""
    return [part for part in fault["loc"] if part != "[key]"]


def _fault(fault: ErrorDetails, model: type[BaseModel], text: str, file: str) -> Said:
    """One line on one fault: file:line: key: found, expected, did you mean."""
    path = _path(fault)
    values = {"key": ".".join(str(part) for part in path), "found": repr(fault["input"])}
    place = f"{file}:{_line_of(path, text)}"
    if fault["type"] == "extra_forbidden":
        known = sorted(_fields_at(model, path[:-1]))
        told = {**values, "known": ", ".join(known), "guess": did_you_mean(str(path[-1]), known)}
        return at(place, Said(N_("{key}: unknown key; expected one of: {known}{guess}"), told))
    if fault["type"] == "missing":
        return at(place, Said(N_("{key}: missing"), values))
    told = {**values, "expected": expected(fault), "guess": did_you_mean(str(fault["input"]), literals(fault))}
    if not path:  # what is wrong is no single value
        return at(file, Said(N_("expected {expected}"), told))
    return at(place, Said(N_("{key}: found {found}; expected {expected}{guess}"), told))


@cache
def _zones() -> frozenset[str]:
    """All time zones; once, since the system's files are looked through."""
    return frozenset(available_timezones())


def _expected(message: str, **values: object) -> PydanticCustomError:
    """What a check of our own expected, as an error that goes through pydantic."""
    return PydanticCustomError(OWN, "not as expected", {"message": message, "values": values})


def _fields_at(model: type[BaseModel], path: list[int | str]) -> set[str]:
    """The keys that settings have below a path such as ``("source", 0)``."""
    kind: Any = model
    for part in path:
        if _is_model(kind):
            kind = kind.model_fields[part].annotation
        else:  # tuple[Source, ...] by number, dict[Name, Audience] by name
            kind = next((option for option in get_args(kind) if _is_model(option)), None)
    return set(kind.model_fields) if _is_model(kind) else set()


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _line_of(path: list[int | str], text: str) -> int:
    """The line, from 1, on which a key stands; that of its table, else 1, where it does not stand at all."""
    keys = [part for part in path if isinstance(part, str)]
    index = next((part for part in path if isinstance(part, int)), 0)
    table: list[str] = []
    seen: dict[str, int] = {}
    best = 1
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*(\[\[?)\s*([^\]#]+?)\s*\]", line)
        if header:
            name = header[2]
            seen[name] = seen.get(name, -1) + 1
            repeated_elsewhere = header[1] == "[[" and seen[name] != index
            table = [] if repeated_elsewhere else [part.strip("\"' ") for part in name.split(".")]
            if table and table == keys[: len(table)]:
                best = number
                if table == keys:
                    return number
            if repeated_elsewhere:
                table = ["\0"]
            continue
        entry = re.match(r"\s*[\"']?([A-Za-z0-9_-]+)[\"']?\s*=", line)
        if entry and [*table, entry[1]] == keys[: len(table) + 1]:
            return number
    return best
