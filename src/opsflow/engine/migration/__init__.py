"""Migration: a running instance goes on under another release of its process.

``generate`` makes a plan out of two compiled processes, ``review`` says what is wrong with a
plan whatever the instance, and ``migrate`` brings one stored state over, and proves it.
"""

from opsflow.engine.migration.moving import Migrated, migrate
from opsflow.engine.migration.plan import MigrationPlan, Timers
from opsflow.engine.migration.review import generate, review

__all__ = ["Migrated", "MigrationPlan", "Timers", "generate", "migrate", "review"]
