"""Notices to members as red-header PDF on the grid of GB/T 9704 (typst); pure: no request, no database.

`notice(…)` puts one together from plain values, `render` makes its PDF, `merged` one file of many.
A character that no font has raises NotPrintable, naming it: nothing is dropped in silence.
"""

from .fonts import Fonts
from .notice import Notice, Rights
from .printing import NotPrintable, glyphs_missing, merged, pictures, render
from .texts import DOCUMENTS, UnknownDocument, notice

__all__ = [
    "DOCUMENTS",
    "Fonts",
    "NotPrintable",
    "Notice",
    "Rights",
    "UnknownDocument",
    "glyphs_missing",
    "merged",
    "notice",
    "pictures",
    "render",
]
