"""Benchmarks beside named peers: ``make bench``, or one topic alone: ``make bench ONLY=vectors``.

A topic is a module with ``run()``. It measures ours and its peers in turns with :func:`bench.measuring.beside`, which
prints a row for each and the ratios, or prints figures of its own. It imports what is heavy inside functions, and
raises :class:`bench.measuring.Skipped` where this machine lacks something. Quote the ratios, not the seconds.
"""
