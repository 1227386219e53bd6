"""The words that the packing knows beforehand, by edition. A written edition never changes."""

from __future__ import annotations

_SELDOM = """
PersonAdded PersonChanged PersonDeactivated PersonReactivated UnitAdded RoleAdded RoleGranted
RoleRevoked AbsenceRecorded AbsenceEnded SubstituteAppointed ReleaseDeployed DecisionDeployed
"absence_id":"," "starts_at":"," "ends_at":"," "valid_from":"," "valid_until":null "parent":null
"unit":" "substitute":" "person":" "process_key":" "decision_key":" "version":1
EarlyMessageFound EscalationUncaught IncidentRaised IncidentResolved InstanceCancelled
InstanceResumed InstanceSuspended MessageReceived MessageSent MessageUncaught SignalSent
StepCancelled "code":" "incident_id":" "message":" "message_id":" "kept_until":null
"correlation":null "name":" "variables":{
ConsultationAsked ConsultationAnswered "consultation_id":" "question":null "required":true
"answer":"
DeviationRaised DeviationAccepted DeviationSentBack DeviationWithdrawn ProcedureStepSkipped
"deviation_id":" "detail":" "comment":" "kind":"out_of_limits" "kind":"skipped"
TaskAssigned TaskBlocked TaskCancelled TaskCommented TaskDelegated TaskPlanUnreadable TaskPlanned
TaskRefused TaskReleased TaskReturned TaskReworked AttachmentAdded
"attachment_id":" "media_type":"application/pdf" "sha256":" "size": "on_behalf_of":null
"previous":null "to":" "assignee":" "comment_id":" "text":" "expression":" "what":"
"follow_up_at":null "reason":" "rule":" "verb":"claim" "verb":"complete" "was_in_review":false
"reasons":[" "then":"rework" GateRejected GateVoided TurnPassed VoteVoided "voted_by":" "voted_on":"
["DecisionEvaluated",{"decision_key":" "inputs":{" "matched":[" "value":{" "warnings":[]
["ProcedureStepRecorded",{"evidence":[],"instance_id":true,"kind":"check","maximum":null,
"minimum":null,"node_id":" "note":null,"number":null,"seconds":0 "unit":null,"value":null},
["GateOpened",{"at":"exit","content_hash":" "at":"entry" "gate":"release","gate_id":"
"instance_id":true,"node_id":" "roles":[" "round":1,"task_id":" "tiers":[]},
["VoteCast",{"choice":"approve","content_hash":" "choice":"reject" "vote_id":"
["GateApproved",{"content_hash":"
"""

_OFTEN = (
    '[["InstanceStarted",{"business_key":null,"instance_id":true,"process_key":"',
    '","release_id":"\x01","version":1},null],',
    '["TaskSubmitted",{"data":{"',
    '["InstanceEnded",{"by":"end","instance_id":true},null]]',
    '["VariablesChanged",{"instance_id":true,"scope":null,"values":{"approved":true,"amount":"}},',
    '["TaskOffered",{"candidates":[],"due_at":null,"instance_id":true,"name":"","node_id":"',
    '","priority":50,"release_id":"\x01","roles":[""],"task_id":"\x01"}],',
    '[["TaskClaimed",{"instance_id":true,"node_id":"","task_id":"\x01"},"manager"],',
    '["TaskCompleted",{"instance_id":true,"node_id":"","performer":"","release_id":"\x01',
    '","round":1,"task_id":"\x01"},"',
    '["StepCompleted",{"instance_id":true,"node_id":"","release_id":"\x01","step_id":"1"},null],',
    '["StepReached",{"instance_id":true,"loop_counter":null,"node_id":"","release_id":"\x01',
    '","step_id":"2","waiting":"join"},',
    '","step_id":"2","waiting":"work"},',
    '","step_id":"2","waiting":null},"',
)

WORDS = {1: (_SELDOM.replace("\n", " ") + "".join(_OFTEN)).encode()}
