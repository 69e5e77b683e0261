"""kbuilder: from a forum's solved threads to a knowledge base that people trust.

>>> from kbuilder import Workspace
>>> Workspace.__name__
'Workspace'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kbuilder.workspace.workspace import Workspace

__version__ = "0.1.0"
__all__ = ["Workspace", "__version__"]


def __getattr__(name: str) -> object:
    """``Workspace``, imported when it is first asked for: ``import kbuilder`` stays light."""
    if name == "Workspace":
        from kbuilder.workspace.workspace import Workspace

        return Workspace
    raise AttributeError(name)
