"""Whether the forum vouches for a member stands beside each event: who only knows a pseudonym speaks for nobody."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give events the mark; of older ones it is not known."""
    op.add_column("events", sa.Column("signed", sa.Boolean, nullable=False, server_default=sa.false()))
