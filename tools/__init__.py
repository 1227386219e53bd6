"""What the project needs besides itself: run as ``python -m tools.<name>``."""
