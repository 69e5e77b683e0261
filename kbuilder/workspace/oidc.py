"""Signing in with an account that people have elsewhere: OpenID Connect, by authorization code with PKCE.

One random value in a cookie ties the way back to the browser that set out: state, nonce and verifier are made of it,
so that nothing is kept here meanwhile. A person is known by the mail address that the provider has verified when they
come for the first time, and from then on by their account there: an address may pass to somebody else.

Literature:
    OpenID Connect Core 1.0, section 3.1; Discovery 1.0; RFC 7636 (PKCE); RFC 9207 (the issuer beside the code);
    RFC 9700, section 2 (what is safe today).
"""

from __future__ import annotations

import hashlib
import secrets
import ssl
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from kbuilder.config import LOOPBACK, Config, OidcSettings
from kbuilder.errors import Denied, KBError
from kbuilder.text import N_
from kbuilder.workspace.parts import Parts

if TYPE_CHECKING:
    from authlib.integrations.httpx_client import OAuth2Client

SECRET = "KBUILDER_OIDC_SECRET"  # noqa: S105 - the variable's name
BACK = "/desk/sign-in/back"
"""Where the provider leads back to, below the desk's address."""
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""That a token may be signed with: by the provider's own key alone, whatever else the provider says."""
SCOPE = "openid email"
TIMEOUT = 10.0
LEEWAY = 60
"""Seconds by which clocks may differ."""
_NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class Unreached(KBError):
    """The provider does not answer, or not as one should."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One try to sign in, from here to the provider and back."""

    token: str
    """Known to the browser alone."""

    @classmethod
    def begun(cls) -> Flow:
        return cls(secrets.token_urlsafe(32))

    @property
    def state(self) -> str:
        return self._part("state")

    @property
    def nonce(self) -> str:
        return self._part("nonce")

    @property
    def verifier(self) -> str:
        return self._part("verifier")

    def _part(self, name: str) -> str:
        made = hashlib.sha256(f"{name} {self.token}".encode()).digest()
        return urlsafe_b64encode(made).decode().rstrip("=")


def way_out(parts: Parts, config: Config, flow: Flow) -> str:
    """The provider's address at which a person says who they are.

    Raises:
        Unreached: the provider does not answer.
    """
    with _asked(parts, config) as provider:
        address, _ = provider.client.create_authorization_url(
            provider.says["authorization_endpoint"], state=flow.state, code_verifier=flow.verifier, nonce=flow.nonce
        )
        return str(address)


@dataclass(frozen=True, slots=True)
class Account:
    """Whom the provider has let in."""

    issuer: str
    subject: str
    """The account's name there, which nobody else is ever given."""
    mail: str
    """Verified by the provider."""


def account_of(parts: Parts, config: Config, flow: Flow, answer: Mapping[str, str]) -> Account:
    """The account of who comes back.

    Args:
        answer: what the provider sent along.

    Raises:
        Denied: it is not the answer to what this browser asked, or the provider did not let them in.
        Unreached: the provider does not answer.
    """
    settings = config.oidc
    right = secrets.compare_digest(answer.get("state", "").encode(), flow.state.encode())
    if not flow.token or not right or answer.get("iss", settings.issuer) != settings.issuer:
        raise Denied(N_("This answer is not to what this browser asked, or it came too late."), N_("Begin again."))
    if "code" not in answer:
        raise Denied(N_("{provider} did not let you in."), N_("Begin again."), provider=settings.name)
    now = int(datetime.fromisoformat(parts.clock()).timestamp())
    with _asked(parts, config) as provider:
        token = provider.exchanged(flow, answer["code"])
        claims = provider.completed(token, provider.claims(token, flow, now))
        return Account(settings.issuer, str(claims["sub"]), _verified(claims, settings))


@dataclass(frozen=True)
class _Provider:
    """Who says who people are."""

    client: OAuth2Client
    settings: OidcSettings
    says: dict[str, Any]
    """Of itself."""

    def exchanged(self, flow: Flow, code: str) -> Mapping[str, Any]:
        """The tokens for a code."""
        from authlib.common.errors import AuthlibBaseError
        from httpx2 import HTTPError

        known = self.says.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if self.client.client_secret and "client_secret_basic" not in known:
            self.client.token_endpoint_auth_method = "client_secret_post"  # noqa: S105 - a method's name
        try:
            token: Mapping[str, Any] = self.client.fetch_token(
                self.says["token_endpoint"], grant_type="authorization_code", code=code, code_verifier=flow.verifier
            )
        except AuthlibBaseError as error:
            raise Denied(
                N_("{provider} did not let you in ({problem})."),
                N_("Begin again; if it stays so, tell whoever administers the desk."),
                provider=self.settings.name,
                problem=str(error)[:200],
            ) from None
        except (HTTPError, ValueError) as error:
            raise _silent(self.settings, error) from None
        return token

    def claims(self, token: Mapping[str, Any], flow: Flow, now: int) -> dict[str, Any]:
        """What the provider tells of the person, once everything about it holds."""
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet
        from joserfc.jws import JWSRegistry

        keys: Any = _fetched(self.client, self.settings, self.says["jwks_uri"])
        wanted: Any = {"iss": {"value": self.settings.issuer}, "aud": {"value": self.settings.client}}
        given = {"nonce": flow.nonce, "client_id": self.settings.client, "access_token": token.get("access_token")}
        try:
            registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
            read = jwt.decode(str(token.get("id_token", "")), KeySet.import_key_set(keys), registry=registry)
            found = CodeIDToken(read.claims, read.header, wanted, given)
            found.validate(now=now, leeway=LEEWAY)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise Denied(
                N_("What {provider} says about you cannot be trusted ({problem})."),
                N_("Begin again; if it stays so, tell whoever administers the desk."),
                provider=self.settings.name,
                problem=str(error)[:200],
            ) from None
        return dict(found)

    def completed(self, token: Mapping[str, Any], claims: dict[str, Any]) -> dict[str, Any]:
        """The claims with the mail address, which some providers tell only when they are asked once more."""
        address = self.says.get("userinfo_endpoint")
        if "email" in claims or not _is_safe(address, self.settings.issuer):
            return claims
        bearer = {"Authorization": f"Bearer {token.get('access_token', '')}"}
        told = _fetched(self.client, self.settings, str(address), bearer)
        return {**claims, **told} if told.get("sub") == claims["sub"] else claims


@contextmanager
def _asked(parts: Parts, config: Config) -> Iterator[_Provider]:
    """The provider, once it says of itself what it must."""
    from authlib.integrations.httpx_client import OAuth2Client

    settings = config.oidc
    client = OAuth2Client(
        settings.client,
        parts.environ.get(SECRET, ""),
        scope=SCOPE,
        redirect_uri=config.desk.url.rstrip("/") + BACK,
        code_challenge_method="S256",
        timeout=TIMEOUT,
        trust_env=False,
        verify=ssl.create_default_context(),
        headers={"User-Agent": "kbuilder"},
    )
    with client:
        says = _fetched(client, settings, settings.issuer.rstrip("/") + "/.well-known/openid-configuration")
        if says.get("issuer") != settings.issuer or not all(_is_safe(says.get(x), settings.issuer) for x in _NEEDED):
            raise Unreached(
                N_("What {issuer} says of itself is not as expected."),
                N_("“issuer” in [oidc] must be as its discovery document gives it."),
                issuer=settings.issuer,
            )
        yield _Provider(client, settings, says)


def _is_safe(address: object, issuer: str) -> bool:
    """Whether a provider may be spoken to there: over HTTPS, or on the machine that it is on itself."""
    given = urlsplit(address if isinstance(address, str) else "")
    here = urlsplit(issuer).scheme == given.scheme == "http" and given.hostname in LOOPBACK
    return given.scheme == "https" or here


def _fetched(
    client: OAuth2Client, settings: OidcSettings, address: str, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    from httpx2 import HTTPError

    try:
        answer = client.request("GET", address, withhold_token=True, headers=headers)
        answer.raise_for_status()
        found = answer.json()
    except (HTTPError, ValueError) as error:
        raise _silent(settings, error) from None
    return found if isinstance(found, dict) else {}


def _verified(claims: Mapping[str, Any], settings: OidcSettings) -> str:
    mail = claims.get("email")
    if not isinstance(mail, str) or not mail or claims.get("email_verified") is not True:
        raise Denied(
            N_("{provider} gives no mail address of yours that it has verified."),
            N_("Have it verified there, then begin again."),
            provider=settings.name,
        )
    return mail


def _silent(settings: OidcSettings, error: Exception) -> Unreached:
    return Unreached(
        N_("{issuer} does not answer as expected ({problem})."),
        N_("Try again in a while, or sign in with a password."),
        issuer=settings.issuer,
        problem=str(error)[:200] or type(error).__name__,
    )
