"""What is wrong with a knowledge base's articles: everything at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import PurePosixPath
from typing import cast
from urllib.parse import urlsplit

from kbuilder import config, markup, resources
from kbuilder.config import Config
from kbuilder.errors import KBError, Lines, Said, told
from kbuilder.publish import attribution, knowledge, withdrawn
from kbuilder.publish.addresses import Addresses
from kbuilder.publish.body import Body, Frame, media_path, page_body
from kbuilder.publish.withdrawn import State
from kbuilder.records import Article, Citation, Fault
from kbuilder.resources import Tree
from kbuilder.store import articles as article_files
from kbuilder.store import notices
from kbuilder.text import N_
from kbuilder.texts import CATALOGUES, translator

TEMPLATES = "site/templates/"


def check(tree: Tree) -> list[Fault]:
    """All faults of articles, links, pictures, citations, licences and of the site's own files; by place.

    The configuration itself is not looked at here: where it cannot be read, only front matter is checked.
    """
    articles, faults = article_files.read_all(tree)
    found = list(faults)
    try:
        settings = config.read_config(tree)
    except KBError:
        return _sorted(found)
    states: Mapping[str, State] = {}
    try:
        states = withdrawn.read(tree)
    except KBError as error:
        found += of_error(error)
    found += _Check(tree, settings, articles, states).faults()
    found += _facts_faults(tree, settings, articles)
    found += _template_faults(tree)
    found += _text_faults(tree)
    if settings.url and not attribution.web_address(settings.url):
        found.append(
            Fault(
                place=config.FILE,
                message=N_("url: found “{url}”; expected an address such as https://help.example.org"),
                hint=N_("Give the address at which the site is published; feeds and the sitemap need it."),
                values={"url": settings.url},
            )
        )
    return _sorted(found)


def _sorted(faults: list[Fault]) -> list[Fault]:
    return sorted(faults, key=lambda fault: (_place(fault.place), told(fault.message, fault.values)))


def _place(place: str) -> tuple[str, int]:
    file, _, line = place.rpartition(":")
    return (file, int(line)) if file and line.isdigit() else (place, 0)


def of_error(error: KBError) -> list[Fault]:
    """The faults that an error tells, each at its place."""
    values = error.values
    lines = values.get("faults")
    if isinstance(lines, Lines):
        each = [(str(line.values["place"]), cast("Said", line.values["what"])) for line in lines.messages]
        return [Fault(place=place, message=what.message, hint=error.hint, values=what.values) for place, what in each]
    place = str(values.get("file", config.FILE)) + (f":{values['line']}" if "line" in values else "")
    return [Fault(place=place, message=error.message, hint=error.hint, values=values)]


def _facts_faults(tree: Tree, settings: Config, articles: Iterable[Article]) -> Iterator[Fault]:
    """Figures that cannot be read, and notices that no reader sees."""
    for read in (knowledge.read_problems, knowledge.read_solved, knowledge.read_helped):
        try:
            read(tree)
        except KBError as error:
            yield from of_error(error)
    try:
        told = notices.read(tree).all
    except KBError as error:
        yield from of_error(error)
        return
    for audience in sorted({each.audience for each in told} - settings.audience.keys()):
        yield _unknown_audience(notices.FILE, audience, settings)
    languages = {*settings.languages, *(each.language for each in articles if each.state in knowledge.SHOWN)}
    for language in sorted({each.language for each in told if each.language} - languages):
        yield _fault(
            notices.FILE,
            N_("{key}: found “{found}”; expected one of: {known}"),
            N_("Name a language of the site, or none: then everybody reads it."),
            key="language",
            found=language,
            known=", ".join(sorted(languages)),
        )


def _text_faults(tree: Tree) -> Iterator[Fault]:
    """Texts of the knowledge base that are no catalogue of texts."""
    for path in tree.list(CATALOGUES):
        try:
            translator(PurePosixPath(path).stem, tree)
        except KBError as error:
            yield from of_error(error)


def _template_faults(tree: Tree) -> Iterator[Fault]:
    """Templates of the knowledge base that are no templates."""
    from jinja2 import Environment, TemplateSyntaxError

    for path in tree.list(TEMPLATES.rstrip("/")):
        try:
            Environment(autoescape=True).parse(resources.read(path, tree).decode())
        except (TemplateSyntaxError, UnicodeDecodeError) as error:
            line = f":{error.lineno}" if isinstance(error, TemplateSyntaxError) else ""
            yield Fault(
                place=path + line,
                message=N_("this is no template: {error}"),
                hint=N_("Mend it, or take it away to use the one that ships."),
                values={"error": str(error)},
            )


def of_text(
    article: Article, articles: Iterable[Article], there: Callable[[str], bool], left: Collection[str] = ()
) -> list[Fault]:
    """What is wrong with an article's text, as :func:`check` tells it; the place of each is its line, or ``""``.

    Args:
        article: as it is to be.
        articles: those that there are; another version of it does not count.
        there: whether there is a file at a path of the knowledge base.
        left: links that are not looked at.
    """
    texts = _Texts([article, *(each for each in articles if each.id != article.id)], there, left)
    place = _Place(article_files.path(article), tuple(article.body.splitlines()), "")
    return sorted(texts.faults(article, place), key=lambda fault: int(fault.place or 0))


def links_to(articles: Iterable[Article], article: Article) -> set[str]:
    """The links of an article that lead to some others, as they are written."""
    addresses, file = Addresses.of(articles), article_files.path(article)
    led = {each: addresses.resolve(each, file) for each in _body(article).links}
    return {each for each, target in led.items() if target and target.partition("#")[0] in addresses.articles}


def of_sources(sources: Mapping[str, Citation], config: Config) -> list[Fault]:
    """What :func:`check` would tell of some sources' licences: each fault once, with the keys of all that have it."""
    found: dict[tuple[str, str], list[Fault]] = {}
    for key, citation in sorted(sources.items(), key=lambda each: (len(each[0]), each[0])):
        for each in _of_citation(key, citation, "", config):
            found.setdefault((each.message, str(each.values.get("licence", ""))), []).append(each)
    return [
        replace(faults[0], values={**faults[0].values, "key": ", ".join(str(each.values["key"]) for each in faults)})
        for faults in found.values()
    ]


@dataclass(frozen=True)
class _Texts:
    """Looks at texts of articles: what they name must be there."""

    articles: Sequence[Article]
    there: Callable[[str], bool]
    left: Collection[str] = ()
    """Links that are not looked at."""
    _bodies: dict[str, Body] = field(default_factory=dict)
    """By id."""

    @cached_property
    def _addresses(self) -> Addresses[Article]:
        return Addresses.of(self.articles)

    def faults(self, article: Article, place: _Place) -> Iterator[Fault]:
        """Of its links, pictures and references."""
        yield from self._links(article, place)
        yield from self._pictures(article, place)
        yield from self._references(article, place)

    def _body(self, article: Article) -> Body:
        if article.id not in self._bodies:
            self._bodies[article.id] = _body(article)
        return self._bodies[article.id]

    def _links(self, article: Article, place: _Place) -> Iterator[Fault]:
        for written in dict.fromkeys(self._body(article).links):
            if attribution.web_address(written) or written in self.left:
                continue
            target = self._addresses.resolve(written, place.file)
            if target is None:
                media = media_path(written, place.file)
                if not media or not self.there(media):
                    yield _fault(
                        place.of(written),
                        N_("the link {address} leads nowhere"),
                        N_("Name an article by its address, such as /en/reset/, or its file; or take the link away."),
                        address=written,
                    )
                continue
            page, _, anchor = target.partition("#")
            if urlsplit(target).scheme or not anchor:
                continue
            known = sorted(self._body(self._addresses.articles.get(page, article)).anchors)
            if anchor not in known:
                yield _fault(
                    place.of(written),
                    N_("the link {address} names a heading that is not there"),
                    N_("Name one of: {known}"),
                    address=written,
                    known=", ".join(known) or "–",
                )

    def _pictures(self, article: Article, place: _Place) -> Iterator[Fault]:
        seen = Counter[str]()
        for picture in self._body(article).pictures:
            at = place.of(picture.address, seen[picture.address])
            seen[picture.address] += 1
            if not picture.alt.strip():
                yield _fault(
                    at,
                    N_("the picture {address} has no description"),
                    N_("Write between the brackets what it shows: ![description](address)"),
                    address=picture.address,
                )
            media = media_path(picture.address, place.file)
            if attribution.web_address(picture.address) or (media and self.there(media)):
                continue
            yield _fault(
                at,
                N_("the picture {address} is not there"),
                N_("Put it into media/, or take it out of the text."),
                address=picture.address,
            )

    def _references(self, article: Article, place: _Place) -> Iterator[Fault]:
        used = {key for key, _ in markup.references(article.body)}
        for key in sorted(used - set(article.sources)):
            yield _fault(
                place.of(f"[^{key}]"),
                N_("[^{key}] has no entry in sources"),
                N_("Give the source, or take the reference away: then the sentence is the editors' own."),
                key=key,
            )
        for key in sorted(set(article.sources) - used):
            yield _fault(
                place.of(f"{key}:"), N_("sources: {key} is cited nowhere"), N_("Take the entry away."), key=key
            )


@dataclass(frozen=True)
class _Check:
    tree: Tree
    config: Config
    articles: list[Article]
    states: Mapping[str, State]

    def faults(self) -> list[Fault]:
        texts = _Texts(self.articles, lambda path: self.tree.read(path) is not None)
        found = list(self._collisions())
        for article in self.articles:
            place = _place_in(self.tree, article)
            if article.state != "draft":  # that is looked at once somebody publishes it
                found += texts.faults(article, place)
            found += self._audience(article, place)
            found += self._neighbours(article, place)
            for key, citation in sorted(article.sources.items()):
                found += self._citation(key, citation, place)
        return found

    def _audience(self, article: Article, place: _Place) -> Iterator[Fault]:
        if article.audience not in self.config.audience:
            yield _unknown_audience(place.of(f"audience: {article.audience}"), article.audience, self.config)

    def _collisions(self) -> Iterator[Fault]:
        """Two articles, or an article and an old name, at one address."""
        owners: dict[str, str] = {}
        for article in self.articles:
            path = article_files.path(article)
            other = owners.setdefault(Addresses.article(article), path)
            if other != path:
                yield _fault(path, N_("its address is that of {other} too"), N_("Rename one of them."), other=other)
        for article in self.articles:
            place = _place_in(self.tree, article)
            for old in article.redirects:
                address = Addresses.old(old, article)
                if not address:
                    yield _fault(
                        place.of(old),
                        N_("redirects: “{old}” is no former name of an article"),
                        N_("Write the slug, or the language and the slug: en/old-name"),
                        old=old,
                    )
                    continue
                other = owners.setdefault(address, place.file)
                if other != place.file or address == Addresses.article(article):
                    yield _fault(
                        place.of(old),
                        N_("redirects: {old} is the address of {other}"),
                        N_("Take the entry away."),
                        old=old,
                        other=other,
                    )

    def _neighbours(self, article: Article, place: _Place) -> Iterator[Fault]:
        """Related articles and translations."""
        ids = {other.id: other for other in self.articles}
        named = [("related", each) for each in article.related]
        named += [("translations", each) for each in article.translations.values()]
        for key, other in named:
            if other not in ids:
                yield _fault(
                    place.of(other),
                    N_("{key}: there is no article {id}"),
                    N_("Take the entry away."),
                    key=key,
                    id=other,
                )
        for language, other in sorted(article.translations.items()):
            if other in ids and ids[other].language != language:
                yield _fault(
                    place.of(other),
                    N_("translations: {id} is not in the language {language}"),
                    N_("Name the article in that language."),
                    id=other,
                    language=language,
                )

    def _citation(self, key: str, citation: Citation, place: _Place) -> Iterator[Fault]:
        here = place.of(f"{key}:")
        yield from _of_citation(key, citation, here, self.config)
        state = self.states.get(citation.post)
        if state:
            message = (
                N_("sources: {key}: the post {post} is gone at its source")
                if state == "gone"
                else N_("sources: {key}: the post {post} has changed at its source")
            )
            yield _fault(
                here, message, N_("Look at the article again: kbuilder review list"), key=key, post=citation.post
            )


def _unknown_audience(place: str, audience: str, config: Config) -> Fault:
    return _fault(
        place,
        N_("{key}: found “{found}”; expected one of: {known}"),
        N_("Name an audience that kbuilder.toml has, or give it one."),
        key="audience",
        found=audience,
        known=", ".join(sorted(config.audience)),
    )


def _of_citation(key: str, citation: Citation, here: str, config: Config) -> Iterator[Fault]:
    """What its licence lacks, or asks for in vain."""
    licence = attribution.licence_of(citation, config)
    if not licence:
        yield _fault(
            here,
            N_("sources: {key} has no licence"),
            N_("Give it there, or as licence of the [[source]] in kbuilder.toml."),
            key=key,
        )
    elif not attribution.licence_url(licence):
        yield _fault(
            here,
            N_("sources: {key}: the licence “{licence}” is not known"),
            N_("Write it like CC BY-SA 4.0, CC0 1.0 or MIT."),
            key=key,
            licence=licence,
        )
    if licence.upper().startswith(("CC BY", "CC-BY")):
        yield from _attribution(key, citation, here)


def _attribution(key: str, citation: Citation, here: str) -> Iterator[Fault]:
    """What its licence asks for: where it stands, and who wrote it unless the account is deleted."""
    if not attribution.web_address(citation.url):
        yield _fault(
            here,
            N_("sources: {key} has no url, which its licence asks for"),
            N_("Give the post's address."),
            key=key,
        )
    if citation.author_url and not attribution.web_address(citation.author_url):
        yield _fault(
            here,
            N_("sources: {key}: author_url is no web address"),
            N_("Give the profile's address."),
            key=key,
        )
    if citation.author_url and not citation.author.strip():
        yield _fault(
            here,
            N_("sources: {key} has no author, whom its licence asks for"),
            N_("Name the author."),
            key=key,
        )


@dataclass(frozen=True)
class _Place:
    """Finds the line on which something of an article stands."""

    file: str
    lines: Sequence[str]
    named: str
    """What stands before a line's number."""

    def of(self, text: str, before: int = 0) -> str:
        """Where a text stands: its first line, or the one after so many before that have it too."""
        numbers = [number for number, line in enumerate(self.lines, 1) if text and text in line]
        number = numbers[min(before, len(numbers) - 1)] if numbers else 0
        return ":".join(part for part in (self.named, str(number) if number else "") if part)


def _place_in(tree: Tree, article: Article) -> _Place:
    file = article_files.path(article)
    return _Place(file, (tree.read(file) or b"").decode("utf-8", "replace").splitlines(), file)


def _body(article: Article) -> Body:
    """What an article's text holds, without the site around it."""
    frame = Frame(link=lambda address: address, picture=lambda _: None, numbers={}, say=lambda text: text)
    return page_body(markup.to_html(article.body), frame)


def _fault(place: str, message: str, hint: str, **values: str) -> Fault:
    return Fault(place=place, message=message, hint=hint, values=values)
