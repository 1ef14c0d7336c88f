"""`make bench`: how fast the gateway is, beside what else there is, with real servers. docs/performance.md explains it.

Not tests: only `test_bench_runs.py` runs with the suite, and it looks at the shape of the report and at no figure.
"""
