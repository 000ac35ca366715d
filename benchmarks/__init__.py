"""Benchmarks: each case beside its peers, in one run, in turns."""
