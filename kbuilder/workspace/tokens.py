"""Signed tokens by which a site says whose articles its reader may see: JSON Web Tokens (RFC 7519), HS256.

The site makes one for each page, with the secret that it shares with kbuilder (``KBUILDER_SECRET``)::

    {"aud": "kbuilder", "audience": "partner", "sub": "a pseudonym, if there is a member", "exp": …}
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from kbuilder.config import Config
from kbuilder.errors import ConfigError, Denied, KBError
from kbuilder.text import N_
from kbuilder.workspace.parts import Parts

_LOG = logging.getLogger(__name__)
ALGORITHM = "HS256"
FOR = "kbuilder"
"""What a token must be made for."""
SHORTEST = 32
"""Bytes of the secret: those of the signature (RFC 7518, section 3.2)."""
LONGEST = 4_000
LEEWAY = 60
"""Seconds by which the clock of the site that signs may differ from ours."""
PSEUDONYM = r"[A-Za-z0-9_.:-]{1,64}"
"""What names a page view: no mail address fits."""
_FIRST, _REST = "[A-Za-z1-9_.:-]", "[A-Za-z0-9_.:-]{0,63}"
MEMBER = f"(?:{_FIRST}{_REST}|0[0-9.:-]{{0,5}}|0[0-9.:-]{{0,62}}[A-Za-z_]{_REST})"
"""What names a member, of as many characters: no telephone number fits either. These begin with a nought."""
LONGEST_MEMBER = 64


class BadToken(Denied):
    """A token that is not signed by us, too old, or for nobody here."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks, as a site says."""

    audience: str = "public"
    member: str = ""
    """A pseudonym, or nothing."""


def is_member(name: str) -> bool:
    """Whether a name is a pseudonym as one is taken.

    >>> is_member("m-4711"), is_member("0170-1234567"), is_member("ada@example.org")
    (True, False, False)
    """
    return len(name) <= LONGEST_MEMBER and bool(re.fullmatch(MEMBER, name))


def signed(parts: Parts, audience: str, life: timedelta, member: str = "") -> str:
    """A token for an audience.

    Raises:
        ConfigError: there is no such audience, or no secret.
    """
    import jwt

    _check_audience(audience, parts.config())
    until = datetime.fromisoformat(parts.clock()) + life
    claims = {"aud": FOR, "audience": audience, "exp": until} | ({"sub": member} if member else {})
    return jwt.encode(claims, _secret(parts.environ, ConfigError), ALGORITHM)


def reader(token: str, environ: Mapping[str, str], config: Config) -> Reader:
    """Whom a token is for; without one the public.

    Raises:
        BadToken: it is not signed by us, too old, or for an audience that there is not; or no secret is set.
    """
    import jwt

    if not token:
        return Reader()
    try:
        secret = _secret(environ, BadToken)
    except BadToken as error:  # which is nothing for whoever sent it
        _LOG.error("A token cannot be checked: %s %s", error, error.advice)
        raise _bad() from None
    try:
        claims = jwt.decode(
            token[:LONGEST],
            secret,
            [ALGORITHM],
            options={"require": ["exp", "aud"]},
            audience=FOR,
            leeway=LEEWAY,
        )
    except jwt.InvalidTokenError:
        raise _bad() from None
    audience, member = str(claims.get("audience", "")), str(claims.get("sub", ""))
    if audience not in config.audience or not (member == "" or is_member(member)):
        raise _bad()
    return Reader(audience, member)


def _bad() -> BadToken:
    return BadToken(
        N_("The token that says whose articles may be seen does not hold."),
        N_("Sign a new one with KBUILDER_SECRET: kbuilder keys token AUDIENCE makes one to try."),
    )


def _secret(environ: Mapping[str, str], otherwise: type[KBError]) -> str:
    secret = environ.get("KBUILDER_SECRET", "")
    if len(secret.encode()) < SHORTEST:
        raise otherwise(
            N_("KBUILDER_SECRET is not set, or shorter than {count} bytes: tokens cannot be signed or checked."),
            N_("Make one with: openssl rand -hex 32"),
            count=SHORTEST,
        )
    return secret


def _check_audience(name: str, config: Config) -> None:
    if name not in config.audience:
        raise ConfigError(
            N_("There is no audience “{name}”; kbuilder.toml defines: {known}"),
            N_("Name one of these, or add [audience.{name}] to kbuilder.toml."),
            name=name,
            known=", ".join(sorted(config.audience)),
        )
