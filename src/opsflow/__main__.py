"""``python -m opsflow`` is the command line."""

import sys

from opsflow.cli import main

if __name__ == "__main__":
    sys.exit(main())
