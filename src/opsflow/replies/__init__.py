"""Replies: what was answered to a request is kept, so that one sent twice is done once."""

from opsflow.replies.models import KeptReply
from opsflow.replies.service import KEPT_FOR, Replies, Reply

__all__ = ["KEPT_FOR", "KeptReply", "Replies", "Reply"]
