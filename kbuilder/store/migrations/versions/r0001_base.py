"""The base: threads and posts, imports, the lineage ledger, what was erased, people and events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_KINDS = "'asked', 'shown', 'opened', 'helped', 'not_helped', 'posted', 'abandoned', 'flagged'"


def upgrade() -> None:
    """Make all tables."""
    _threads()
    _imports()
    _events_and_people()


def _threads() -> None:
    op.create_table(
        "threads",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("source", _KEY, nullable=False, index=True),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("solved", sa.Boolean, nullable=False),
        sa.Column("record", sa.Text, nullable=False),
    )
    op.create_table(
        "posts",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("thread", _KEY, sa.ForeignKey("threads.id", ondelete="CASCADE"), primary_key=True, index=True),
        sa.Column("author", _KEY, nullable=False, index=True),
    )
    op.create_table(
        "ledger",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("alive", sa.Boolean, nullable=False),
        sa.Column("members", sa.Text, nullable=False),
    )
    op.create_table("erased", sa.Column("digest", _KEY, primary_key=True))


def _imports() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
        sa.Column("source", _KEY, nullable=False),
    )
    op.create_table(
        "seen",
        sa.Column("run", sa.Integer, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("thread", _KEY, primary_key=True),
    )
    op.create_table(
        "reports",
        sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
        sa.Column("source", _KEY, nullable=False, index=True),
        sa.Column("time", sa.Text, nullable=False),
        sa.Column("report", sa.Text, nullable=False),
    )


def _events_and_people() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
        sa.Column("time", _KEY, nullable=False, index=True),
        sa.Column("kind", sa.Text, sa.CheckConstraint(f"kind IN ({_KINDS})", name="known_kind"), nullable=False),
        sa.Column("target", _KEY, nullable=False, index=True),
        sa.Column("page_view", sa.Text, nullable=False),
        sa.Column("member", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("product", sa.Text, nullable=False),
        sa.Column("audience", sa.Text, nullable=False),
        sa.Column("probability", sa.Float),
    )
    op.create_table(
        "people",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("mail", sa.Text, nullable=False, unique=True),
        sa.Column("password", sa.Text, nullable=False),
        sa.Column("roles", sa.Text, nullable=False),
        sa.Column("created", sa.Text, nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
    )
