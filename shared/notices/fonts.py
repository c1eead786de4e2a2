"""The faces notices are printed with, and which characters each of them has."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import pylopdf_fonts_zh_cn as shipped
import typst


@dataclass(frozen=True)
class Fonts:
    """Files of the house's own faces; without one, and for characters it lacks, the shipped Noto faces print.

    `body` (custom: 仿宋), `head` for headings of the first level (黑体), `title` for red head and title
    (小标宋).
    """

    body: Path | None = None
    head: Path | None = None
    title: Path | None = None


@dataclass(frozen=True)
class Faces:
    """Fonts as typst takes them: loaded once, families in the order in which they are tried, and coverage."""

    loaded: typst.Fonts
    families: dict[str, list[str]]
    covered: dict[str, frozenset[int]]

    @cached_property
    def everywhere(self) -> frozenset[int]:
        """Characters that can stand in any part of a notice."""
        return frozenset.intersection(*self.covered.values())


# What a house's own files are known by, in the font's name or the file's; the first that fits is taken.
_KNOWN = {
    "body": ("仿宋_gb2312", "fangsong_gb2312", "仿宋", "fangsong"),
    "head": ("黑体", "simhei", "heiti"),
    "title": ("小标宋", "xiaobiaosong", "xbs"),
}
_FONT_FILES = {".ttf", ".otf", ".ttc"}


@cache
def house_fonts(folder: Path | None) -> Fonts:
    """The house's own faces in this folder, as far as it has them. Raises OSError for no such folder."""
    if folder is None:
        return Fonts()
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in _FONT_FILES)
    loaded = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder] if files else []
    )
    named = {Path(one.path).resolve(): one.family for one in loaded.fonts() if one.path and not one.index}
    names = {
        path: f"{named[path.resolve()]} {path.stem}".lower() for path in files if path.resolve() in named
    }
    return Fonts(**{use: _first(names, known) for use, known in _KNOWN.items()})


def _first(names: dict[Path, str], known: tuple[str, ...]) -> Path | None:
    return next((path for word in known for path, name in names.items() if word in name), None)


@dataclass(frozen=True)
class FaceReport:
    """What one part of a notice is printed with: `own` is the house's file or None, then `shipped` prints.

    `lacking` are characters of those asked about that the house's own face has not, `nowhere` those of them
    that the shipped one has not either: they cannot be printed.
    """

    use: str
    own: Path | None
    shipped: str
    lacking: tuple[str, ...]
    nowhere: tuple[str, ...]


def font_report(fonts: Fonts, text: str) -> list[FaceReport]:
    """For body, head and title: with what this text is printed. Raises OSError, ValueError as `faces`."""
    loaded = faces(fonts)
    asked = list(dict.fromkeys(one for one in text if not one.isspace()))
    made = []
    for use in _KNOWN:
        own: Path | None = getattr(fonts, use)
        has = characters(own) if own else frozenset()
        lacking = tuple(one for one in asked if ord(one) not in has) if own else ()
        nowhere = tuple(one for one in asked if ord(one) not in loaded.covered[use])
        made.append(FaceReport(use, own, loaded.families[use][-1], lacking, nowhere))
    return made


@cache
def faces(fonts: Fonts | None = None) -> Faces:
    """Load these fonts, the shipped ones if None. Raises OSError for no file, ValueError for no font."""
    asked = fonts or Fonts()
    chains = {
        "body": _chain(asked.body, shipped.serif_path()),
        "head": _chain(asked.head, shipped.sans_path()),
        "title": _chain(asked.title, shipped.serif_path()),
    }
    files = sorted({path for chain in chains.values() for path in chain})
    folders = sorted({path.parent for path in files})  # it takes folders only
    loaded = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)
    family = {Path(one.path).resolve(): one.family for one in loaded.fonts() if one.path and not one.index}
    for path in files:
        if path not in family:
            raise ValueError(f"no font in {path}")
    return Faces(
        loaded,
        {use: [family[path] for path in chain] for use, chain in chains.items()},
        {use: frozenset().union(*map(characters, chain)) for use, chain in chains.items()},
    )


def _chain(own: Path | None, ours: Path) -> list[Path]:
    return [path.resolve() for path in (own, ours) if path is not None]


@cache
def characters(path: Path) -> frozenset[int]:
    """Code points a font file (its first face) has glyphs for. Raises OSError, ValueError."""
    data = path.read_bytes()
    start = struct.unpack_from(">I", data, 12)[0] if data[:4] == b"ttcf" else 0
    if data[start : start + 4] not in (b"OTTO", b"\0\1\0\0", b"true"):
        raise ValueError(f"no font in {path}")
    tables = struct.unpack_from(">H", data, start + 4)[0]
    for index in range(tables):
        tag, _sum, offset, _length = struct.unpack_from(">4sIII", data, start + 12 + 16 * index)
        if tag == b"cmap":
            return frozenset(_mapped(data, offset))
    return frozenset()


def _mapped(data: bytes, cmap: int) -> Iterator[int]:
    for index in range(struct.unpack_from(">H", data, cmap + 2)[0]):
        platform, encoding, offset = struct.unpack_from(">HHI", data, cmap + 4 + 8 * index)
        at = cmap + offset
        form = struct.unpack_from(">H", data, at)[0]
        if platform not in (0, 3) or (platform, encoding) == (0, 5):
            continue
        if form == 4:
            yield from _segments(data, at)
        elif form == 12:
            yield from _groups(data, at)


def _groups(data: bytes, at: int) -> Iterator[int]:
    """Format 12: ranges of code points."""
    for index in range(struct.unpack_from(">I", data, at + 12)[0]):
        first, last, glyph = struct.unpack_from(">III", data, at + 16 + 12 * index)
        yield from range(first + (glyph == 0), last + 1)


def _segments(data: bytes, at: int) -> Iterator[int]:
    """Format 4: segments of the basic plane, by difference or by a table of glyphs."""
    many = struct.unpack_from(">H", data, at + 6)[0] // 2
    lasts, firsts = at + 14, at + 16 + 2 * many
    for index in range(many):
        last = struct.unpack_from(">H", data, lasts + 2 * index)[0]
        first = struct.unpack_from(">H", data, firsts + 2 * index)[0]
        delta = struct.unpack_from(">H", data, firsts + 2 * (many + index))[0]
        place = firsts + 2 * (2 * many + index)
        offset = struct.unpack_from(">H", data, place)[0]
        for point in range(first, min(last, 0xFFFE) + 1):
            glyph = point
            if offset:
                glyph = struct.unpack_from(">H", data, place + offset + 2 * (point - first))[0]
                if glyph == 0:
                    continue
            if (glyph + delta) & 0xFFFF:
                yield point
