"""``python -m soak [asking|editors] [SECONDS]``: one of both, or one after the other."""

from __future__ import annotations

import sys

from soak import asking, editors

TOPICS = {"asking": asking, "editors": editors}


def main(words: list[str]) -> int:
    """1 where something is wrong."""
    chosen = [word for word in words if word in TOPICS] or list(TOPICS)
    seconds = next((float(word) for word in words if word not in TOPICS), 0.0)
    return max(TOPICS[name].main(seconds or TOPICS[name].SECONDS) for name in chosen)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
