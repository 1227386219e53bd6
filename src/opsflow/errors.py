"""Every error that opsflow raises to its callers.

OpsflowError
├── Invalid                   the request itself is wrong
│   ├── ModelRejected         a check found errors (carries the findings)
│   ├── FormInvalid           form data fails its schema (carries the failures)
│   ├── EvidenceInvalid       evidence too large, empty, or of the wrong kind
│   ├── VariablesInvalid      a value that cannot be stored
│   └── ConfigurationInvalid
├── NotFound                  no such process, release, instance, task, person …
├── Refused                   the rules do not allow this person to do this
├── NotAuthenticated          nobody knows who this is
├── Conflict                  true a moment ago, not any more
│   ├── StaleRevision
│   ├── WrongState            the thing is not in a state that allows the verb
│   ├── RequirementsOpen      a task cannot complete yet (carries what is missing)
│   ├── MigrationRefused      an instance cannot go on under another release (carries the findings)
│   ├── LeaseLost             a job is not, or not any more, with whoever answers
│   ├── IdempotencyConflict
│   └── AlreadyExists
├── MessageNotCaught          no instance waits for the message and no process starts on it
├── DatabaseUnavailable       the database cannot be reached now
├── NotReady                  this process cannot do its work now
├── HandlerFailed             a registered handler or script raised
└── StateUnreadable           a stored state or file of another format version
"""

from __future__ import annotations

from collections.abc import Sequence

from opsflow.findings import Finding


class OpsflowError(Exception):
    """Base of every error of opsflow. Its text says what is wrong and how to mend it."""


class Invalid(OpsflowError):
    """The request itself is wrong and will be wrong again."""


class ModelRejected(Invalid):
    """A check found errors; nothing was stored."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        errors = [finding for finding in self.findings if finding.is_error]
        first = errors[0] if errors else None
        where = f" ({first.element or first.file or 'line ' + str(first.line)})" if first else ""
        more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
        text = f"{first.rule}{where}: {first.message}{more}" if first else "the model was rejected"
        super().__init__(text)


class FormInvalid(Invalid):
    """Form data fails its schema. ``failures`` pairs a JSON pointer with a message."""

    def __init__(self, form: str, failures: Sequence[tuple[str, str]]) -> None:
        self.form = form
        self.failures = tuple(failures)
        listed = "; ".join(f"{pointer or '/'}: {text}" for pointer, text in self.failures)
        super().__init__(f"The data does not fit the form {form}: {listed}")


class EvidenceInvalid(Invalid):
    """The evidence is too large, empty, or of the wrong kind for its procedure step."""


class VariablesInvalid(Invalid):
    """A variable has a name or value that cannot be stored."""


class ConfigurationInvalid(Invalid):
    """opsflow was set up in a way that cannot work."""


class NotFound(OpsflowError):
    """There is no such thing. ``kind`` names what was looked for, ``id`` which one."""

    def __init__(self, kind: str, id: str) -> None:
        self.kind = kind
        self.id = id
        super().__init__(f"There is no {kind} {id!r}.")


class Refused(OpsflowError):
    """The rules do not let this person do this.

    ``rule`` is the id of the rule that blocks, ``could`` the persons who could do it.
    """

    def __init__(
        self, reason: str, *, rule: str, person: str, verb: str, could: Sequence[str] = ()
    ) -> None:
        self.reason = reason
        self.rule = rule
        self.person = person
        self.verb = verb
        self.could = tuple(could)
        who = f" Could: {', '.join(self.could)}." if self.could else ""
        super().__init__(f"{person} may not {verb}: {reason} [{rule}].{who}")


class NotAuthenticated(OpsflowError):
    """Nobody knows who this is: no token that counts, or a person who may not act.

    The text is always the same, so that it helps nobody to guess; ``reason`` is for logs only.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__("Not authenticated: show a token that is valid, of an active person.")


class Conflict(OpsflowError):
    """It was true a moment ago, and is not any more: read again and decide anew."""


class StaleRevision(Conflict):
    """Somebody changed it since it was read."""

    def __init__(self, kind: str, id: str, expected: int, actual: int) -> None:
        self.kind = kind
        self.id = id
        self.expected = expected
        self.actual = actual
        super().__init__(
            f"The {kind} {id!r} is at revision {actual}, not {expected}: read it again."
        )


class WrongState(Conflict):
    """The thing is not in a state that allows the verb."""

    def __init__(self, kind: str, id: str, state: str, verb: str, *, hint: str = "") -> None:
        self.kind = kind
        self.id = id
        self.state = state
        self.verb = verb
        said = f"The {kind} {id!r} is {state}; {verb} is not possible. {hint}"
        super().__init__(said.rstrip())


class RequirementsOpen(Conflict):
    """A task cannot complete yet; ``missing`` lists what is open."""

    def __init__(self, task: str, missing: Sequence[str]) -> None:
        self.task = task
        self.missing = tuple(missing)
        super().__init__(f"The task {task!r} cannot complete yet: " + "; ".join(self.missing))


class MigrationRefused(Conflict):
    """An instance cannot go on under another release as it stands; nothing was changed."""

    def __init__(self, instance: str, findings: Sequence[Finding]) -> None:
        self.instance = instance
        self.findings = tuple(findings)
        errors = [finding for finding in self.findings if finding.is_error]
        said = "; ".join(
            f"{each.rule} ({each.element}): {each.message}. {each.hint}" for each in errors[:3]
        )
        more = f" And {len(errors) - 3} more." if len(errors) > 3 else ""
        super().__init__(f"The instance {instance!r} cannot be migrated: {said}{more}")


class LeaseLost(Conflict):
    """The job is not with whoever answers: done, cancelled, or given to somebody else."""

    def __init__(self, job: str) -> None:
        self.job = job
        super().__init__(
            f"The job {job!r} is not yours any more: it was done, cancelled or given to another. "
            "What was said about it has no effect."
        )


class IdempotencyConflict(Conflict):
    """The idempotency key was used before, with other content."""


class AlreadyExists(Conflict):
    """There is one with this id already."""

    def __init__(self, kind: str, id: str) -> None:
        self.kind = kind
        self.id = id
        article = "an" if kind.startswith(("a", "e", "i", "o")) else "a"
        super().__init__(f"There is {article} {kind} {id!r} already.")


class MessageNotCaught(OpsflowError):
    """No instance waits for the message, and no process starts on it."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"Nothing waits for the message {name!r}, and nothing starts on it.")


class DatabaseUnavailable(OpsflowError):
    """The database cannot be reached now; nothing is known to have changed."""


class NotReady(OpsflowError):
    """This process cannot do its work now: what should run in it hangs or is being stopped."""


class HandlerFailed(OpsflowError):
    """A registered handler or a trusted script raised; the cause is chained."""


class StateUnreadable(OpsflowError):
    """A stored state cannot be read: a format version this release does not know."""
