"""Another repository of the same knowledge base, over HTTPS, SSH or a path: what is there and sending what is new."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kbuilder.errors import KBError
from kbuilder.store.git import Repository
from kbuilder.text import N_

if TYPE_CHECKING:
    from dulwich.objects import ObjectID
    from dulwich.refs import Ref

TIMEOUT = 30.0
SSH = "ssh -o BatchMode=yes -o ConnectTimeout=20"
"""Nobody is there to be asked for a password."""


class Unreached(KBError):
    """The other repository is not there, or does not let us in."""


class Moved(KBError):
    """There is something in the other repository that is not here."""


@dataclass(frozen=True)
class Remote:
    """A repository somewhere else."""

    address: str
    user: str = ""
    password: str = field(default="", repr=False)

    def fetch(self, repository: Repository) -> str:
        """The commit that the branch of the same name is at there, with all that it stands on; ``""``: there is none.

        Raises:
            Unreached: it cannot be had.
        """
        name = self._name(repository)
        with self._connected() as (client, path):
            told = client.fetch(path, repository.opened, lambda refs, *_, **__: [refs[name]] if name in refs else [])
            return (told.refs.get(name) or b"").decode()

    def push(self, repository: Repository, commit: str, known: str) -> None:
        """Let the branch there be at a commit.

        Args:
            known: where it was when it was last looked; ``""``: it was not there.

        Raises:
            Moved: it is elsewhere by now.
            Unreached: it cannot be reached, or refuses.
        """
        name = self._name(repository)

        def moved(refs: dict[Ref, ObjectID]) -> dict[Ref, ObjectID]:
            from dulwich.objects import ObjectID

            if (refs.get(name) or b"").decode() != known:
                raise Moved(N_("Someone else has pushed meanwhile."), N_("It is tried again."))
            return {name: ObjectID(commit.encode())}

        with self._connected() as (client, path):
            told = client.send_pack(path, moved, repository.opened.generate_pack_data)
            wrong = (told.ref_status or {}).get(name)
            if wrong:
                raise self._unreached(str(wrong))

    @staticmethod
    def _name(repository: Repository) -> Ref:
        from dulwich.refs import Ref

        return Ref(f"refs/heads/{repository.branch}".encode())

    @contextmanager
    def _connected(self) -> Iterator[tuple[Any, Any]]:
        from dulwich.client import HTTPUnauthorized, get_transport_and_path
        from dulwich.errors import GitProtocolError, NotGitRepository
        from urllib3 import PoolManager
        from urllib3.exceptions import HTTPError

        http = self.address.startswith("http")
        given: dict[str, Any] = {"pool_manager": PoolManager(timeout=TIMEOUT, retries=False)} if http else {}
        if http and self.password:
            given |= {"username": self.user or "git", "password": self.password}
        try:
            client, path = get_transport_and_path(self.address, ssh_command=SSH, quiet=True, **given)
            yield client, path
        except NotGitRepository:
            raise Unreached(
                N_("There is no git repository at {remote}."),
                N_("Make an empty one there, or mend “remote” in [push]."),
                remote=self.address,
            ) from None
        except HTTPUnauthorized:
            raise Unreached(
                N_("{remote} asks for another name or password."),
                N_("Set “user” in [push] and KBUILDER_PUSH_PASSWORD."),
                remote=self.address,
            ) from None
        except (GitProtocolError, HTTPError, OSError, ValueError) as error:
            raise self._unreached(re.sub(r"\s+", " ", str(error))[:200] or type(error).__name__) from None

    def _unreached(self, problem: str) -> Unreached:
        return Unreached(
            N_("{remote} was not reached: {problem}"),
            N_("Nothing is lost. Try again with: kbuilder push"),
            remote=self.address,
            problem=problem,
        )
