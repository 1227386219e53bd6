"""People: persons, units, roles, who holds which and when, absences and their substitutes."""

from opsflow.people.directory import Acting, Directory, Holder, PersonInfo
from opsflow.people.events import (
    AbsenceEnded,
    AbsenceRecorded,
    PeopleEvent,
    PersonAdded,
    PersonChanged,
    PersonDeactivated,
    PersonReactivated,
    RoleAdded,
    RoleGranted,
    RoleRevoked,
    SubstituteAppointed,
    UnitAdded,
)
from opsflow.people.loading import Loaded
from opsflow.people.models import (
    Absence,
    Membership,
    OrganisationUnit,
    Person,
    Role,
    Substitution,
)
from opsflow.people.service import People

__all__ = [
    "Absence",
    "AbsenceEnded",
    "AbsenceRecorded",
    "Acting",
    "Directory",
    "Holder",
    "Loaded",
    "Membership",
    "OrganisationUnit",
    "People",
    "PeopleEvent",
    "Person",
    "PersonAdded",
    "PersonChanged",
    "PersonDeactivated",
    "PersonInfo",
    "PersonReactivated",
    "Role",
    "RoleAdded",
    "RoleGranted",
    "RoleRevoked",
    "SubstituteAppointed",
    "Substitution",
    "UnitAdded",
]
