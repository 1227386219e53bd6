"""What background work costs, beside a bare loop over the same database in the same run.

Run it with ``python -m benchmarks.jobs``; docs/performance.md says how to read what it prints.
"""
