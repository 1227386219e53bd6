"""One client buys things: what a step of a process costs, beside what it could cost at least.

Run: ``python -m benchmarks.purchase``; ``--quick`` takes less than a minute. How to read it:
docs/performance.md.
"""
