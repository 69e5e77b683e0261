"""The database's history, one linear line of revisions, run by ``store.database`` without any ``alembic.ini``."""
