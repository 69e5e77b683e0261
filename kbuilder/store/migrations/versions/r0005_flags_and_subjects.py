"""What a reader says is wrong stands beside the event; a person is bound to an account at the provider."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give events words, and a way to find those of one kind; give people the account."""
    op.add_column("events", sa.Column("words", sa.Text, nullable=False, server_default=""))
    op.create_index("ix_events_kind", "events", ["kind", "id"])
    for name in ("issuer", "subject"):
        op.add_column("people", sa.Column(name, sa.Text, nullable=False, server_default=""))
