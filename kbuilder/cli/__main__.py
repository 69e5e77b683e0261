"""``python -m kbuilder.cli``."""

from kbuilder.cli import main

main()
