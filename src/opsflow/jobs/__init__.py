"""Jobs: durable background work. The ledger, the executor, and work by others.

Every job is a row that is written with what caused it and removed with its effect.
"""

from opsflow.jobs.bell import Bell
from opsflow.jobs.distributed import Distributed
from opsflow.jobs.embedded import Embedded
from opsflow.jobs.events import JobDiscarded, JobEvent, JobFailed, JobRetried
from opsflow.jobs.executor import Executor
from opsflow.jobs.external import OWN_TOPICS
from opsflow.jobs.health import Depth, Health, WorkerState
from opsflow.jobs.leases import Lease
from opsflow.jobs.letters import JobTried
from opsflow.jobs.models import Job, Kind, State
from opsflow.jobs.pace import Pace
from opsflow.jobs.pulse import Pulse
from opsflow.jobs.service import Jobs, own_name
from opsflow.jobs.stopping import Stop
from opsflow.jobs.workshop import Engine, Workshop

__all__ = [
    "OWN_TOPICS",
    "Bell",
    "Depth",
    "Distributed",
    "Embedded",
    "Engine",
    "Executor",
    "Health",
    "Job",
    "JobDiscarded",
    "JobEvent",
    "JobFailed",
    "JobRetried",
    "JobTried",
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
