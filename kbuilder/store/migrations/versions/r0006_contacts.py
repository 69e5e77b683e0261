"""Messages to the support: counted where a candidate answers them, and never shown."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "contacts",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("name", _KEY, nullable=False, index=True),
        sa.Column("date", _KEY, nullable=False, index=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("text", "product", "language")),
    )
