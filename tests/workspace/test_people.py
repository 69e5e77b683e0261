"""People of the desk: what keeps their passwords safe."""

from __future__ import annotations

from kbuilder.workspace import people


def test_passwords_are_hashed_at_a_cost() -> None:
    """Argon2id with no less memory and passes than OWASP's first choice (46 MiB, one pass)."""
    hasher = people._hasher()
    assert (hasher.type.name, hasher.memory_cost >= 46 * 1024, hasher.time_cost >= 1) == ("ID", True, True)
