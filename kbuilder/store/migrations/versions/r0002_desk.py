"""The desk: people with their rights, sessions, unsaved work, who is where, notes, and what was decided when."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables; ``people`` anew, since no version ever put anyone into it."""
    op.drop_table("people")
    _people()
    _work()
    _talk()


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _person(name: str = "person", **given: Any) -> sa.Column[str]:
    key = sa.ForeignKey("people.id", ondelete="CASCADE")
    return sa.Column(name, _KEY, key, **{"nullable": False, **given})


def _people() -> None:
    op.create_table(
        "people",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("mail", sa.Text, nullable=False, unique=True),
        *_text("password", "roles", "audiences", "languages", "pseudonym", "settings", "created"),
        sa.Column("renew", sa.Boolean, nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
    )
    op.create_table(
        "sessions",
        sa.Column("token", _KEY, primary_key=True),
        _person(index=True),
        *_text("csrf", "created", "seen"),
    )


def _work() -> None:
    op.create_table(
        "work",
        _person(primary_key=True),
        sa.Column("target", _KEY, primary_key=True, index=True),
        *_text("base", "title", "body", "more", "updated", "submitted"),
    )
    op.create_table(
        "visits",
        sa.Column("target", _KEY, primary_key=True),
        _person(primary_key=True),
        *_text("first", "last"),
    )
    op.create_table("claims", sa.Column("target", _KEY, primary_key=True), _person(index=True), *_text("time"))
    op.create_table(
        "deferred", sa.Column("target", _KEY, primary_key=True), _person(index=True), *_text("until", "reason")
    )


def _talk() -> None:
    op.create_table(
        "notes",
        sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
        sa.Column("target", _KEY, nullable=False, index=True),
        _person(index=True),
        _person("recipient", index=True),
        *_text("text", "time", "done"),
    )
    op.create_table(
        "handled",
        sa.Column("decision", _KEY, primary_key=True),
        _person(index=True),
        sa.Column("decided", _KEY, nullable=False, index=True),
        *_text("target", "title", "verdict", "opened"),
        sa.Column("kept", sa.Float),
    )
