"""What a probability was made of stands beside it, so that it can be learnt from what askers say."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give events the column."""
    op.add_column("events", sa.Column("evidence", sa.Text, nullable=False, server_default=""))
