"""Commitments (承诺, M7), pure, and their face: hollow text pointed out, drafts, task sheet, judging."""

from .checks import Draft, Finding, findings, hollow_share, is_hollow
from .rulebook import Checks, parse_checks
from .tasks import (
    ORIGINS,
    VERDICTS,
    Drop,
    Fit,
    Gap,
    Judgement,
    Problem,
    ProblemDraft,
    TaskItem,
    draft_from_problems,
    fulfilment,
    gaps,
    judge,
    judged,
    late_days,
    sheet_fulfilment,
)

__all__ = [
    "ORIGINS",
    "VERDICTS",
    "Checks",
    "Draft",
    "Drop",
    "Finding",
    "Fit",
    "Gap",
    "Judgement",
    "Problem",
    "ProblemDraft",
    "TaskItem",
    "draft_from_problems",
    "findings",
    "fulfilment",
    "gaps",
    "hollow_share",
    "is_hollow",
    "judge",
    "judged",
    "late_days",
    "parse_checks",
    "sheet_fulfilment",
]
