"""Notices as PDF: one, or many in one file for a double-sided printer."""

import json
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date
from importlib.resources import files
from typing import Any, Literal, cast

import typst

from shared.notices.fonts import Fonts, faces
from shared.notices.notice import Notice

Progress = Callable[[int, int], None]
# Archivable, with text that can be read out and copied; also refuses a glyph that no font has.
_STANDARD: Literal["a-2u"] = "a-2u"
_TEMPLATE = files("shared.notices").joinpath("template.typ").read_bytes()
# The template's own words: house fonts have to bring them too.
_FIXED = "〔〕号年月日—0123456789：《》。签收回执本人已收到签收表示已经看到，不表示同意。签收人日期送达人"


class NotPrintable(ValueError):
    """Characters that cannot be printed; `characters` holds them."""

    def __init__(self, characters: Sequence[str]) -> None:
        super().__init__(", ".join(f"U+{ord(one):04X}" for one in characters))
        self.characters = tuple(characters)


def glyphs_missing(notice: Notice, fonts: Fonts | None = None) -> list[str]:
    """Characters that no font has, or that are invisible and could mislead; each once, in order."""
    covered = faces(fonts).everywhere
    found = dict.fromkeys("".join((*notice.texts(), _FIXED)))
    return [one for one in found if not _printable(one, covered)]


def _printable(one: str, covered: frozenset[int]) -> bool:
    # Format characters (bidi, joiners) would change what is read without being seen.
    return one == "\n" or (unicodedata.category(one)[0] != "C" and ord(one) in covered)


def render(notice: Notice, fonts: Fonts | None = None) -> bytes:
    """One notice as PDF/A-2; the same notice gives the same bytes. Raises NotPrintable."""
    return cast(bytes, _compiled([notice], notice.title, fonts, "pdf"))


def merged(notices: Sequence[Notice], progress: Progress | None = None, fonts: Fonts | None = None) -> bytes:
    """All notices in one PDF, each beginning on an odd page. `progress(done, all)`; raises NotPrintable."""
    if not notices:
        raise ValueError("no notices")
    tell = progress or (lambda _done, _all: None)
    tell(0, len(notices))
    made = cast(bytes, _compiled(notices, f"{notices[0].title}等 {len(notices)} 份", fonts, "pdf"))
    tell(len(notices), len(notices))
    return made


def pictures(notice: Notice, fonts: Fonts | None = None, ppi: int = 72) -> list[bytes]:
    """The pages as PNG, for looking at. Raises NotPrintable."""
    made = _compiled([notice], notice.title, fonts, "png", ppi)
    return made if isinstance(made, list) else [made]


def _compiled(notices: Sequence[Notice], title: str, fonts: Fonts | None, form: str, ppi: int = 72) -> Any:
    missing = dict.fromkeys(one for each in notices for one in glyphs_missing(each, fonts))
    if missing:
        raise NotPrintable(list(missing))
    loaded = faces(fonts)
    given = {
        "title": title,
        "dated": _parts(max(one.dated for one in notices)),
        "fonts": loaded.families,
        "notices": [_given(one) for one in notices],
    }
    compiler = typst.Compiler(_TEMPLATE, font_paths=loaded.loaded, ignore_system_fonts=True)
    data = json.dumps(given, ensure_ascii=False)
    if form == "png":
        return compiler.compile(_TEMPLATE, format="png", ppi=ppi, sys_inputs={"given": data})
    return compiler.compile(
        _TEMPLATE, format="pdf", pdf_standards=_STANDARD, timestamp=0, sys_inputs={"given": data}
    )


def _parts(on: date) -> tuple[int, int, int]:
    return on.year, on.month, on.day


def _given(notice: Notice) -> dict[str, Any]:
    mark, year = notice.number
    return {
        "organ": notice.organ,
        "title": notice.title,
        "addressee": notice.addressee,
        "number": f"{mark}〔{year}〕　　号",
        "parts": notice.parts,
        "signed": notice.signed,
        "dated": _parts(notice.dated),
        "synthetic": notice.synthetic,
        "slip": f"《{notice.title}》" if notice.slip else "",
        "red": notice.red,
    }
