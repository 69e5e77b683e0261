"""``python -m bench [TOPIC...]``."""

from __future__ import annotations

import importlib
import sys
import traceback
from pathlib import Path

from bench.measuring import Skipped

NOT_TOPICS = {"__init__", "__main__", "data", "measuring"}


def main(wanted: list[str]) -> int:
    """Run the topics that are named, else all; 1 if one failed."""
    topics = sorted({file.stem for file in Path(__file__).parent.glob("*.py")} - NOT_TOPICS)
    unknown = sorted({*wanted} - {*topics})
    if unknown:
        print(f"no such topic: {', '.join(unknown)}; there are: {', '.join(topics)}")
        return 2
    failed = 0
    for topic in wanted or topics:
        module = importlib.import_module(f"bench.{topic}")
        print(f"== {topic}: {(module.__doc__ or '').strip().splitlines()[0]}", flush=True)
        try:
            module.run()
        except Skipped as reason:
            print(f"  skipped: {reason}")
        except Exception:
            traceback.print_exc()
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
