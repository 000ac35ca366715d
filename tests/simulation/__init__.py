"""Deterministic simulation: the real engine on a virtual clock, over a disk and a database that fail.

One seed decides everything: the workload, the bounds, which faults there are and when, and the order of
whatever is ready at the same time. A failing seed replays exactly: ``python -m tests.simulation --seed N``.
"""
