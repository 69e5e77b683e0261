"""The dense leg's vectors: a pinned model, verified and loaded offline, and what it encodes."""

from kbuilder.embedding.encoder import Encoder, load
from kbuilder.embedding.pins import Pin, read_pin
from kbuilder.embedding.stored import cached

__all__ = ["Encoder", "Pin", "cached", "load", "read_pin"]
