"""What was handed in is a row of its own: whoever goes on writing withdraws nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_TEXT = ("base", "title", "body", "more", "updated", "submitted")


def upgrade() -> None:
    """Take what was handed in out of what is still being written."""
    op.create_table(
        "handed_in",
        sa.Column("person", _KEY, sa.ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("target", _KEY, primary_key=True, index=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in _TEXT),
    )
    names = ("person", "target", *_TEXT)
    work, handed_in = (sa.table(name, *(sa.column(each) for each in names)) for name in ("work", "handed_in"))
    waiting = work.c.submitted != ""
    op.execute(handed_in.insert().from_select(names, sa.select(work).where(waiting)))
    op.execute(work.delete().where(waiting))
