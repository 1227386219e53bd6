"""Jobs: durable background work. The ledger, the executor, and work by others.

Every job is a row that is written with what caused it and removed with its effect.
"""

from opsflow.jobs.bell import Bell
from opsflow.jobs.distributed import Distributed
from opsflow.jobs.embedded import Embedded
from opsflow.jobs.events import JobFailed, JobRetried
from opsflow.jobs.executor import Executor
from opsflow.jobs.health import Depth, Health, WorkerState
from opsflow.jobs.leases import Lease
from opsflow.jobs.models import Job, Kind, State
from opsflow.jobs.pace import Pace
from opsflow.jobs.pulse import Pulse
from opsflow.jobs.service import Jobs, own_name
from opsflow.jobs.stopping import Stop
from opsflow.jobs.workshop import Engine, Workshop

__all__ = [
    "Bell",
    "Depth",
    "Distributed",
    "Embedded",
    "Engine",
    "Executor",
    "Health",
    "Job",
    "JobFailed",
    "JobRetried",
    "Jobs",
    "Kind",
    "Lease",
    "Pace",
    "Pulse",
    "State",
    "Stop",
    "WorkerState",
    "Workshop",
    "own_name",
]
