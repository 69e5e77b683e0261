"""An OpenID provider as a process of its own: ``python oidc_provider.py`` says its address and serves on loopback.

It knows one client, signs with RS256, checks redirect address, secret and PKCE, and takes a code once. Everybody who
comes is signed in there already, as whom ``PUT /next`` last said, which can also make it misbehave.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import sys
import time
from typing import Any
from urllib.parse import urlencode

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from joserfc.jws import JWSRegistry

CLIENT, SECRET = "kbuilder", "correct horse"
ADA = {"sub": "1", "email": "Ada@example.org", "email_verified": True}


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class Provider:
    """What it knows, and what it shall do next."""

    def __init__(self, issuer: str, back: str) -> None:
        self.issuer, self.back = issuer, back
        self.key, self.other = (RSAKey.generate_key(2048, {"kid": name, "use": "sig"}) for name in ("one", "one"))
        self.codes: dict[str, dict[str, str]] = {}
        self.bearers: set[str] = set()
        self.next: dict[str, Any] = {}

    def discovery(self) -> dict[str, Any]:
        ends = {
            "authorization_endpoint": "authorize",
            "token_endpoint": "token",
            "jwks_uri": "keys",
            "userinfo_endpoint": "me",
        }
        return {
            "issuer": self.issuer,
            **{name: f"{self.issuer}/{path}" for name, path in ends.items()},
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            "authorization_response_iss_parameter_supported": True,
            **self.next.get("discovery", {}),
        }

    def person(self) -> dict[str, Any]:
        return {**ADA, **self.next.get("person", {})}

    def id_token(self, asked: dict[str, str]) -> str:
        """As the specification wants it, but for what was said to be different."""
        now = int(time.time())
        person = self.person() if not self.next.get("quiet") else {"sub": self.person()["sub"]}
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"], **person}
        claims |= self.next.get("claims", {})
        claims = {name: value for name, value in claims.items() if value is not None}
        how = self.next.get("signed", "RS256")
        if how in ("none", "HS256"):
            return self.forged(how, claims)
        key = self.other if how == "another key" else self.key
        token = jwt.encode({"alg": "RS256", "kid": "one"}, claims, key, registry=JWSRegistry(algorithms=["RS256"]))
        return token[:-8] + "AAAAAAAA" if how == "cut" else token

    def forged(self, how: str, claims: dict[str, Any]) -> str:
        """A token as anybody can make one: unsigned, or signed with the public key as the secret."""
        header = {"alg": how, **({"kid": "one"} if how == "HS256" else {})}
        signed = ".".join(encoded(json.dumps(each).encode()) for each in (header, claims))
        made = hmac.digest(self.key.as_pem(private=False), signed.encode(), "sha256") if how == "HS256" else b""
        return f"{signed}.{encoded(made)}"

    def redeemed(self, form: dict[str, str], credentials: str) -> dict[str, str] | None:
        """What was asked for with a code, if everything that proves it is there."""
        asked = self.codes.pop(form.get("code", ""), None)
        known = base64.b64encode(f"{CLIENT}:{SECRET.replace(' ', '+')}".encode()).decode()
        plain = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        made = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        right = credentials in (f"Basic {known}", f"Basic {plain}") and form.get("redirect_uri") == self.back
        return asked if asked and right and encoded(made) == asked["code_challenge"] else None


def application(provider: Provider) -> FastAPI:
    app = FastAPI()

    @app.get("/.well-known/openid-configuration")
    async def discovery() -> JSONResponse:
        return JSONResponse(provider.discovery())

    @app.get("/keys")
    async def keys() -> JSONResponse:
        return JSONResponse(KeySet([provider.key]).as_dict(private=False))

    @app.get("/authorize")
    async def authorize(request: Request) -> Response:
        asked = dict(request.query_params)
        right = asked["client_id"] == CLIENT and asked["redirect_uri"] == provider.back
        if not right or "openid" not in asked["scope"].split() or asked["code_challenge_method"] != "S256":
            return Response("No.", 400)
        code = secrets.token_urlsafe(16)
        provider.codes[code] = asked
        answer = {"code": code, "state": asked["state"], "iss": provider.issuer, **provider.next.get("answer", {})}
        answer = {name: value for name, value in answer.items() if value is not None}
        return RedirectResponse(f"{provider.back}?{urlencode(answer)}", 302)

    @app.post("/token")
    async def token(request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        asked = provider.redeemed(form, request.headers.get("authorization", ""))
        if asked is None:
            return JSONResponse({"error": "invalid_grant", "error_description": "not this"}, 400)
        bearer = secrets.token_urlsafe(16)
        provider.bearers.add(bearer)
        return JSONResponse({"access_token": bearer, "token_type": "Bearer", "id_token": provider.id_token(asked)})

    @app.get("/me")
    async def me(request: Request) -> Response:
        known = request.headers.get("authorization", "").removeprefix("Bearer ") in provider.bearers
        return JSONResponse({**provider.person(), **provider.next.get("me", {})}) if known else Response("No.", 401)

    @app.put("/next")
    async def behave(request: Request) -> Response:
        provider.next = await request.json()
        return Response()

    return app


async def main(back: str) -> None:
    server = uvicorn.Server(uvicorn.Config(FastAPI(), port=0, log_level="error", access_log=False))
    sockets = [server.config.bind_socket()]
    issuer = f"http://localhost:{sockets[0].getsockname()[1]}"
    server.config.app = application(Provider(issuer, back))
    print(issuer, flush=True)
    await server.serve(sockets)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
