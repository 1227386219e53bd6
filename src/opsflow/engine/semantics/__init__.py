"""BPMN's execution semantics (2.0.2 §13) as corrected SpiffWorkflow specs.

SpiffWorkflow gives the lifecycle: a ``Workflow`` of ``Task`` objects that go through its
``TaskState`` and call the hooks of their spec. What is different here, and why:

- only live tasks are kept, and a task's parent is the task of the enclosing activity, so cost
  per step does not grow with history and there is no depth limit;
- nothing is predicted: FUTURE, LIKELY and MAYBE tasks do not exist;
- a queue and a budget of steps drive the run, and interrupts come before the next step;
- specs are sealed after compilation: a run cannot change what other runs share;
- a task in state ERROR has an incident, and goes on when it is retried.

Files: ``flat`` (the set of live tasks), ``live`` (the workflow), ``token`` (a task), ``scope``
(where variables live), ``element`` (what every spec shares), then one file per family of BPMN
elements, and ``compilation`` which picks them.
"""
