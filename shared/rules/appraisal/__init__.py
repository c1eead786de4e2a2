"""The year-end appraisal (评议, M10–M13, M42), pure, and its face: quorum, points, grades, steps, base."""

from .ballots import Published, Quorum, Skipped, Tally, merged, publishable, tally_holds
from .correcting import Held, may_correct
from .figures import Figures, kinds_of, year_figures
from .grading import RULE_VERSION, Block, Decision, Grading, MemberResult, grade
from .points import Points, YearBase, annual_total, appraisal_points, later_bases, next_base, total_line
from .rulebook import parse_appraisal
from .rulebook_values import BALLOTS, STEPS, Classing, Rulebook, Step
from .signals import Appraised
from .standards import applicable_share, expected_total, months_counted
from .steps import Facts, may_close, may_close_year, may_skip, next_step

__all__ = [
    "BALLOTS",
    "RULE_VERSION",
    "STEPS",
    "Appraised",
    "Block",
    "Classing",
    "Decision",
    "Facts",
    "Figures",
    "Grading",
    "Held",
    "MemberResult",
    "Points",
    "Published",
    "Quorum",
    "Rulebook",
    "Skipped",
    "Step",
    "Tally",
    "YearBase",
    "annual_total",
    "applicable_share",
    "appraisal_points",
    "expected_total",
    "grade",
    "kinds_of",
    "later_bases",
    "may_close",
    "may_close_year",
    "may_correct",
    "may_skip",
    "merged",
    "months_counted",
    "next_base",
    "next_step",
    "parse_appraisal",
    "publishable",
    "tally_holds",
    "total_line",
    "year_figures",
]
