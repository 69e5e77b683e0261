"""Do links to other hosts still lead somewhere? Asked on request alone: politely, and once a week."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import chain, zip_longest
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kbuilder.publish import Cache
from kbuilder.records import Fault, Progress, digest
from kbuilder.text import N_

if TYPE_CHECKING:
    from urllib3 import PoolManager

SPACE = "links"
"""Of the cache: addresses that were found there."""
PAUSE = 1.0
"""Seconds between two requests to one host."""
TIMEOUT = 20.0
_AGENT = "kbuilder link check (asks for each address once a week)"
_REFUSED = (401, 402, 403, 405, 406, 429, 999)
"""Answers that are meant for programs: the page is there, or may be."""
_NOT_ASKED_SO = (403, 404, 405, 501)
"""What servers say to HEAD that do not know it."""


def faults(
    links: Mapping[str, Sequence[str]], cache: Cache, now: str, progress: Progress, pause: float = PAUSE
) -> list[Fault]:
    """What is wrong with links to other hosts: those that are not there, and those that do not answer.

    Args:
        links: each address, and the pages that it stands on.
        now: the time; what was found in the same week is not asked for again.
    """
    week = "{}-{}".format(*date.fromisoformat(now[:10]).isocalendar()[:2])
    keys = {address: digest(f"{week} {address}") for address in links}
    known = cache.get(SPACE, list(keys.values()))
    unknown = list(_by_turns([address for address in links if keys[address] not in known]))
    found: list[Fault] = []
    for number, (address, problem) in enumerate(_asked(unknown, pause), 1):
        progress(N_("Links"), number, len(unknown))
        if problem:
            message = N_("the link {address} leads nowhere: {problem}")
            found += (
                Fault(place=page, message=message, values={"address": address, "problem": problem})
                for page in links[address]
            )
        else:
            cache.put(SPACE, {keys[address]: b"there"})
    return sorted(found, key=lambda fault: (fault.place, str(fault.values["address"])))


def _by_turns(addresses: Sequence[str]) -> Iterator[str]:
    """One address of each host after the other, so that no host is asked in a row."""
    hosts: dict[str, list[str]] = {}
    for address in sorted(addresses):
        hosts.setdefault(urlsplit(address).netloc, []).append(address)
    return (each for each in chain.from_iterable(zip_longest(*hosts.values())) if each)


def _asked(addresses: Sequence[str], pause: float) -> Iterator[tuple[str, str]]:
    """Addresses, and what is wrong with each; ``""``: nothing."""
    from urllib3 import PoolManager, Retry
    from urllib3.exceptions import HTTPError

    last: dict[str, float] = {}
    retries = Retry(total=None, connect=0, read=0, redirect=5, other=0)
    with PoolManager(headers={"User-Agent": _AGENT}, timeout=TIMEOUT, retries=retries) as pool:
        for address in addresses:
            host = urlsplit(address).netloc
            if host in last:
                time.sleep(max(0.0, last[host] + pause - time.monotonic()))
            try:
                status = _status(pool, address)
            except (HTTPError, ValueError) as error:
                yield address, str(error.__cause__ or error) or type(error).__name__
            else:
                yield address, "" if status < 400 or status in _REFUSED else str(status)
            last[host] = time.monotonic()


def _status(pool: PoolManager, address: str) -> int:
    """Ask without the page, and for the page only where a server does not know how."""
    for method in ("HEAD", "GET"):
        answer = pool.request(method, address, preload_content=False)
        answer.close()
        if answer.status not in _NOT_ASKED_SO:
            break
    return answer.status
