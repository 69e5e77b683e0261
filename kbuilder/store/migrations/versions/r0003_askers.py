"""The asker's side: keys of programs, the arm of an event in a hold-out, and questions kept where that is wanted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables, and give events the column."""
    op.add_column("events", sa.Column("arm", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "keys",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False, unique=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("created", "used", "revoked")),
    )
    op.create_table(
        "questions",
        sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
        sa.Column("time", _KEY, nullable=False, index=True),
        *(
            sa.Column(name, sa.Text, nullable=False)
            for name in ("page_view", "text", "language", "product", "audience")
        ),
    )
