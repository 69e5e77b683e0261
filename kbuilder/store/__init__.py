"""What lasts, and where: git for what people decided, one SQL database for the rest, and a cache of bytes."""
