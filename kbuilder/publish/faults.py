"""What is wrong with a knowledge base's articles: everything at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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
from kbuilder.text import N_

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
        knowledge.read_problems(tree)
    except KBError as error:
        found += of_error(error)
    found += _Check(tree, settings, articles, states).faults()
    found += _template_faults(tree)
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


@dataclass(frozen=True)
class _Check:
    tree: Tree
    config: Config
    articles: list[Article]
    states: Mapping[str, State]

    def faults(self) -> list[Fault]:
        addresses = Addresses.of(self.articles)
        bodies = {article.id: _body(article) for article in self.articles}
        anchors = {addresses.article(article): set(bodies[article.id].anchors) for article in self.articles}
        found = list(self._collisions())
        for article in self.articles:
            place = _Place(self.tree, article)
            found += self._links(article, bodies[article.id], addresses, anchors, place)
            found += self._pictures(bodies[article.id], place)
            found += self._references(article, place)
            found += self._neighbours(article, place)
            for key, citation in sorted(article.sources.items()):
                found += self._citation(key, citation, place)
        return found

    def _collisions(self) -> Iterator[Fault]:
        """Two articles, or an article and an old name, at one address."""
        owners: dict[str, str] = {}
        for article in self.articles:
            path = article_files.path(article)
            other = owners.setdefault(Addresses.article(article), path)
            if other != path:
                yield _fault(path, N_("its address is that of {other} too"), N_("Rename one of them."), other=other)
        for article in self.articles:
            place = _Place(self.tree, article)
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

    def _links(
        self,
        article: Article,
        body: Body,
        addresses: Addresses[Article],
        anchors: Mapping[str, set[str]],
        place: _Place,
    ) -> Iterator[Fault]:
        for written in dict.fromkeys(body.links):
            target = addresses.resolve(written, place.file)
            if target is None:
                media = media_path(written, place.file)
                if not media or self.tree.read(media) is None:
                    yield _fault(
                        place.of(written),
                        N_("the link {address} leads nowhere"),
                        N_("Name an article's file, or take the link away."),
                        address=written,
                    )
                continue
            if urlsplit(target).scheme:
                continue
            page, _, anchor = target.partition("#")
            if anchor and anchor not in anchors[page or addresses.article(article)]:
                yield _fault(
                    place.of(written),
                    N_("the link {address} names a heading that is not there"),
                    N_("Name one of: {known}"),
                    address=written,
                    known=", ".join(sorted(anchors[page or addresses.article(article)])) or "–",
                )

    def _pictures(self, body: Body, place: _Place) -> Iterator[Fault]:
        for picture in body.pictures:
            if not picture.alt.strip():
                yield _fault(
                    place.of(picture.address),
                    N_("the picture {address} has no description"),
                    N_("Write between the brackets what it shows: ![description](address)"),
                    address=picture.address,
                )
            media = media_path(picture.address, place.file)
            if attribution.web_address(picture.address) or (media and self.tree.read(media) is not None):
                continue
            yield _fault(
                place.of(picture.address),
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
        licence = attribution.licence_of(citation, self.config)
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
            yield from self._attribution(key, citation, here)
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

    def _attribution(self, key: str, citation: Citation, here: str) -> Iterator[Fault]:
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
    """Finds the line of an article's file on which something stands."""

    tree: Tree
    article: Article

    @property
    def file(self) -> str:
        return article_files.path(self.article)

    def of(self, text: str) -> str:
        lines = (self.tree.read(self.file) or b"").decode("utf-8", "replace").splitlines()
        number = next((number for number, line in enumerate(lines, 1) if text and text in line), 0)
        return f"{self.file}:{number}" if number else self.file


def _body(article: Article) -> Body:
    """What an article's text holds, without the site around it."""
    frame = Frame(link=lambda address: address, picture=lambda _: None, numbers={}, say=lambda text: text)
    return page_body(markup.to_html(article.body), frame)


def _fault(place: str, message: str, hint: str, **values: str) -> Fault:
    return Fault(place=place, message=message, hint=hint, values=values)
