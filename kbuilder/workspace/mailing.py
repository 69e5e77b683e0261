"""Mails to the people at the desk: a question at once, everything else once a day."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime as mail_date
from itertools import groupby

from babel.dates import format_datetime

from kbuilder.config import Config
from kbuilder.errors import KBError
from kbuilder.records import digest
from kbuilder.store.outbox import News, Outbox
from kbuilder.store.people import Person
from kbuilder.text import N_, printable, squeeze, utc
from kbuilder.texts import SHIPPED, Translate, translator
from kbuilder.workspace import rights
from kbuilder.workspace.parts import Parts

PASSWORD = "KBUILDER_SMTP_PASSWORD"  # noqa: S105 - the variable's name
TIMEOUT = 20.0
AGAIN = timedelta(minutes=5)
"""After which mail is tried again that could not be sent."""
PORTS = {"starttls": 587, "tls": 465, "none": 25}
KINDS = {
    "assigned": N_("Questions of colleagues"),
    "published": N_("Published"),
    "changed": N_("Changed"),
    "retired": N_("Retired"),
    "breached": N_("Past the day until which it holds"),
}
"""What somebody may be told, in the order of a mail."""
QUIET = "quiet"
"""The setting that lists what somebody does not want to be told."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that is due, and what is noted once it is sent."""

    person: Person
    news: Sequence[News]
    asked: bool
    """It tells questions, at once; else it is the day's digest."""


def meet(parts: Parts, box: Outbox) -> None:
    """Tell whoever is new at the desk what happens from now on; forget whoever is gone."""
    there = {each.id for each in parts.people.people()}
    for told in (box.asked, box.digest):
        for person in there - told.keys():
            told[person] = box.number
    for noted in (box.asked, box.digest, box.days):
        for person in noted.keys() - there:
            del noted[person]


def send(parts: Parts, config: Config, box: Outbox, wrong: list[KBError]) -> int:
    """Send the mails that are due; how many were taken by the server.

    Args:
        box: it notes up to where people were told.
        wrong: what could not be sent is added to.
    """
    now = parts.clock()
    if not config.mail.host or box.mail_due > now:
        return 0
    mails = list(_due(parts, config, box, now))
    if not mails:
        return 0
    sent = 0
    try:
        with _server(config, parts.environ.get(PASSWORD, "")) as server:
            for mail in mails:
                sent += _sent(server, config, mail, now, wrong)
                (box.asked if mail.asked else box.digest)[mail.person.id] = mail.news[-1].number
                if not mail.asked:
                    box.days[mail.person.id] = _day(config, now)
    except (OSError, smtplib.SMTPException) as error:
        problem = printable(squeeze(str(error)))[:200]
        wrong.append(
            KBError(
                N_("Mail could not be sent by {host}: {problem}"),
                N_("Look at [mail] in kbuilder.toml, and at {name}. It is tried again in five minutes."),
                host=config.mail.host,
                problem=problem,
                name=PASSWORD,
            )
        )
        box.mail_due, box.mail_error = utc(datetime.fromisoformat(now) + AGAIN), problem
        return sent
    box.mail_due = box.mail_error = ""
    return sent


def _due(parts: Parts, config: Config, box: Outbox, now: str) -> Iterator[Mail]:
    """The mails to be sent now."""
    day = _day(config, now)
    is_time = datetime.fromisoformat(now).astimezone(config.zone).hour >= config.mail.hour
    for person in parts.people.people():
        if person.disabled:
            continue
        told = [each for each in box.news if _wants(person, each)]
        asked = [each for each in told if each.person and each.number > box.asked[person.id]]
        if asked:
            yield Mail(person, asked, asked=True)
        if is_time and box.days.get(person.id) != day:
            fresh = [each for each in told if not each.person and each.number > box.digest[person.id]]
            if fresh:
                yield Mail(person, fresh, asked=False)
            else:
                box.days[person.id] = day  # what comes later today is for tomorrow's


def _day(config: Config, now: str) -> str:
    return datetime.fromisoformat(now).astimezone(config.zone).date().isoformat()


def _wants(person: Person, news: News) -> bool:
    """Whether somebody is told of something: not of what they did, may not see, or switched off."""
    if news.kind in person.settings.get(QUIET, ()):
        return False
    if news.person:
        return news.person == person.id
    own = news.editor in (person.editor, person.name)
    return not own and "see" in rights.rights(person) and rights.reaches(person, news.audience, news.language)


@contextmanager
def _server(config: Config, password: str) -> Iterator[smtplib.SMTP]:
    """A server that takes mails; a password goes over an encrypted connection alone."""
    mail = config.mail
    port = mail.port or PORTS[mail.security]
    context = ssl.create_default_context()
    if mail.security == "tls":
        opened: smtplib.SMTP = smtplib.SMTP_SSL(mail.host, port, timeout=TIMEOUT, context=context)
    else:
        opened = smtplib.SMTP(mail.host, port, timeout=TIMEOUT)
    with opened as server:
        if mail.security == "starttls":
            server.starttls(context=context)
        if mail.user:
            server.login(mail.user, password)
        yield server


def _sent(server: smtplib.SMTP, config: Config, mail: Mail, now: str, wrong: list[KBError]) -> int:
    """Hand a mail over; one whose address is refused for good is not tried again."""
    try:
        server.send_message(message(config, mail, now))
    except smtplib.SMTPRecipientsRefused as error:
        code, told = next(iter(error.recipients.values()))
        if code < 500:
            raise
        wrong.append(
            KBError(
                N_("The mail server takes nothing for {name}: {problem}"),
                N_("Mend the address under People, or let this person's account be closed."),
                name=mail.person.name,
                problem=printable(told.decode(errors="replace"))[:200],
            )
        )
        return 0
    return 1


# -- the words ----------------------------------------------------------------------------------------------------


def message(config: Config, mail: Mail, now: str) -> EmailMessage:
    """A mail in the reader's language: plain text, and nothing in it that is fetched from anywhere."""
    wanted = mail.person.settings.get("language") or config.languages[0]
    language = wanted if wanted in SHIPPED else "en"
    say = translator(language)
    made = EmailMessage()
    made["From"] = config.mail.sender
    made["To"] = mail.person.mail
    made["Subject"] = _subject(config, mail, say)
    made["Date"] = mail_date(datetime.fromisoformat(now))
    name = digest(" ".join([mail.person.id, *(each.id for each in mail.news)]))[:32]
    made["Message-ID"] = f"<{name}@{config.mail.sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"
    made["Content-Language"] = language
    made.set_content("\n".join(_lines(config, mail, say, language)) + "\n")
    return made


def _subject(config: Config, mail: Mail, say: Translate) -> str:
    if mail.asked and len(mail.news) == 1:
        only = mail.news[0]
        text = say(N_("{name} asks: {title}")).format(name=only.editor, title=only.title)
    elif mail.asked:
        text = say(N_("{n} questions wait for you")).format(n=len(mail.news))
    else:
        text = say(N_("{title}: what is new")).format(title=config.title)
    return printable(squeeze(text))[:200]


def _lines(config: Config, mail: Mail, say: Translate, language: str) -> Iterator[str]:
    order = list(KINDS)
    news = sorted(mail.news, key=lambda each: (order.index(each.kind), each.number))
    for kind, each in groupby(news, key=lambda each: each.kind):
        yield say(KINDS[kind])
        yield ""
        yield from _group(config, each, language)
    yield "-- "
    yield say(N_("You work at the desk of “{title}”.")).format(title=config.title)
    account = config.desk.url.rstrip("/") + "/desk/account"
    if config.desk.url:
        yield say(N_("Choose what you are told: {address}")).format(address=account)
    else:
        yield say(N_("Choose in your account what you are told."))


def _group(config: Config, news: Iterable[News], language: str) -> Iterator[str]:
    for each in news:
        moment = format_datetime(datetime.fromisoformat(each.time).astimezone(config.zone), "short", locale=language)
        yield f"  {printable(squeeze(each.title))}"
        yield f"  {', '.join(part for part in (printable(squeeze(each.editor)), moment) if part)}"
        yield from (f"  > {printable(line)}" for line in each.text.splitlines())
        if config.desk.url:
            yield f"  {config.desk.url.rstrip('/')}{each.path}"
        yield ""
