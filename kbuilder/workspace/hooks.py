"""Webhooks: programs that are told what happens, each message signed as Standard Webhooks 1.0 asks for.

A message has an id that stays when it is sent again, so that whoever is told twice can tell.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from kbuilder.config import Config, Webhook
from kbuilder.errors import ConfigError, KBError
from kbuilder.store.outbox import Delivery, News, Outbox
from kbuilder.text import N_, utc
from kbuilder.workspace import reading
from kbuilder.workspace.parts import Parts

if TYPE_CHECKING:
    from urllib3 import PoolManager

SECRET = "KBUILDER_WEBHOOK_SECRET"  # noqa: S105 - the variable's name
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 720, 1440))
"""Before each further try; after the last one it is given up."""
AT_ONCE = 50
"""Messages of one round, at most."""
TIMEOUT = 10.0
GONE = 410
"""Whoever answers so wants no more of it."""


def wants(hook: Webhook, news: News, config: Config) -> bool:
    """Whether a program is told of something."""
    return news.kind in hook.events and news.audience in config.audience[hook.audience].sees


def key(environ: Mapping[str, str]) -> bytes:
    """What messages are signed with.

    Raises:
        ConfigError: it is not in the environment, or not as it must be.
    """
    given = environ.get(SECRET, "")
    try:
        made = base64.b64decode(given.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        made = b""
    if not given.startswith("whsec_") or len(made) < 24:
        raise ConfigError(
            N_("{name} holds no secret for webhooks; nothing is sent to them."),
            N_("Set it to whsec_ and at least 24 random bytes: echo whsec_$(openssl rand -base64 32)"),
            name=SECRET,
        )
    return made


def signature(secret: bytes, id: str, timestamp: int, body: bytes) -> str:  # noqa: A002 - the specification's word
    """The header that proves who sent a message.

    Literature:
        Standard Webhooks 1.0.0, "Signature scheme": HMAC-SHA256 over id, timestamp and body, with dots between.
    """
    signed = hmac.digest(secret, f"{id}.{timestamp}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(signed).decode()


def send(parts: Parts, config: Config, box: Outbox, wrong: list[KBError]) -> int:
    """Send what is due; how many messages arrived.

    Args:
        box: its deliveries are taken out, or put off.
        wrong: what could not be sent is added to.
    """
    now = parts.clock()
    known, hooks = {each.id: each for each in box.news}, {each.url for each in config.webhook}
    box.deliveries = [each for each in box.deliveries if each.news in known and each.url in hooks]
    due = [each for each in box.deliveries if each.due <= now][:AT_ONCE]
    if not due:
        return 0
    try:
        secret = key(parts.environ)
    except ConfigError as error:
        wrong.append(error)
        return 0
    arrived = 0
    with _pool() as pool:
        for each in due:
            body = _body(parts, config, known[each.news])
            problem, final = _post(pool, each, secret, now, body)
            box.deliveries.remove(each)
            if not problem:
                arrived += 1
                continue
            wrong.append(KBError(N_("The webhook {url} was not reached: {problem}"), url=each.url, problem=problem))
            failed = replace(each, tries=each.tries + 1, error=problem)
            if final or each.tries == len(WAITS):
                box.failed.append(failed)
            else:
                later = utc(datetime.fromisoformat(now) + WAITS[each.tries])
                box.deliveries.append(replace(failed, due=later))
    return arrived


def _pool() -> PoolManager:
    from urllib3 import PoolManager

    return PoolManager(headers={"User-Agent": "kbuilder", "Content-Type": "application/json"}, timeout=TIMEOUT)


def _post(pool: PoolManager, delivery: Delivery, secret: bytes, now: str, body: bytes) -> tuple[str, bool]:
    """Send one message: what went wrong, ``""`` for nothing, and whether trying again is vain."""
    from urllib3.exceptions import HTTPError

    timestamp = int(datetime.fromisoformat(now).timestamp())
    headers = {
        **pool.headers,
        "webhook-id": delivery.news,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, delivery.news, timestamp, body),
    }
    try:
        answer = pool.request("POST", delivery.url, body=body, headers=headers, retries=False, redirect=False)
    except (HTTPError, ValueError) as error:
        return str(error.__cause__ or error)[:200] or type(error).__name__, False
    right = 200 <= answer.status < 300
    return "" if right else f"HTTP {answer.status}", answer.status == GONE


def _body(parts: Parts, config: Config, news: News) -> bytes:
    """What a program is told."""
    article = next((each for each in parts.decided.articles(parts.head()) if each.id == news.article), None)
    data = {
        "title": news.title,
        "language": news.language,
        "audience": news.audience,
        "article": news.article,
        "by": "" if news.person else news.editor,
        "url": reading.address(parts, article, config) if article and news.article else "",
        "desk": config.desk.url.rstrip("/") + news.path if config.desk.url else "",
    }
    told = {"type": news.kind, "timestamp": news.time, "data": {name: each for name, each in data.items() if each}}
    return json.dumps(told, ensure_ascii=False, sort_keys=True).encode()
