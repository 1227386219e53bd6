"""What can go wrong at run time, found by following the tokens before anything runs.

Each scope, the process and every subprocess, is looked at by itself: conditions are taken as
free choices, an activity as one step, and a subprocess as a step that ends as its own scope
can end. The search is cut where it becomes too large, and says so.
"""

from opsflow.engine.soundness.scopes import Dead, Deadlock, Doubled, Endless, Fact, GaveUp, unsound

__all__ = ["Dead", "Deadlock", "Doubled", "Endless", "Fact", "GaveUp", "unsound"]
