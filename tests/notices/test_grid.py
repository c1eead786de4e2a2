"""The page as a printer gets it: the PDF rasterised, the grid of GB/T 9704-2012 read from its pixels.

A4, margins 37 mm above, 28 mm left, 26 mm right, 35 mm below: 156 × 225 mm of 22 lines with 28 characters.
"""

from dataclasses import replace
from itertools import pairwise

import pypdfium2
import pytest

from shared.notices import render
from shared.notices.notice import TEXT
from tests.notices.test_notices import made

PIXELS = 4  # a point
INK = 160
MM = 72 / 25.4
WIDTH, HEIGHT = 210 * MM, 297 * MM
LEFT, TOP, WIDE, HIGH = 28 * MM, 37 * MM, 156 * MM, 225 * MM
LINES, CHARACTERS = 22, 28


def raster(body, number):
    """A page as rows of grey pixels."""
    with pypdfium2.PdfDocument(body) as document:
        page = document[number]
        assert (page.get_width(), page.get_height()) == pytest.approx((WIDTH, HEIGHT), abs=0.1)
        bitmap = page.render(scale=PIXELS, grayscale=True)
        data, stride = bytes(bitmap.buffer), bitmap.stride
        rows = [data[at * stride : at * stride + bitmap.width] for at in range(bitmap.height)]
        page.close()
    return rows


def runs(inked):
    """Beginnings and ends (points) of the runs of what is inked."""
    edges = [at for at, (one, other) in enumerate(pairwise([False, *inked, False])) if one != other]
    return [(first / PIXELS, last / PIXELS) for first, last in zip(edges[::2], edges[1::2], strict=True)]


def lines_of(rows):
    """The lines of the type area: its page number stands below it."""
    area = rows[: round((TOP + HIGH) * PIXELS)]
    return runs([min(row) < INK for row in area])


def characters_of(rows, line):
    """Beginnings and ends of the characters of one line."""
    band = rows[round(line[0] * PIXELS) : round(line[1] * PIXELS)]
    return runs([min(column) < INK for column in zip(*band, strict=True)])


@pytest.fixture(scope="module")
def full():
    """The second page of a notice whose text is one character over and over: nothing but the grid."""
    return raster(render(replace(made(), parts=((TEXT, "国" * 2000),), synthetic="")), 1)


def test_a_full_page_has_22_lines_at_one_distance_within_its_margins(full):
    lines = lines_of(full)
    assert len(lines) == LINES
    pitch = HIGH / LINES
    # The first line stands at the upper edge of the area, the last ends at the lower.
    assert [below[0] - above[0] for above, below in pairwise(lines)] == pytest.approx(
        [28.98] * (LINES - 1), abs=0.3
    )
    assert lines[0][0] == pytest.approx(TOP, abs=2.5)
    assert lines[-1][1] <= TOP + HIGH
    assert lines[-1][1] == pytest.approx(TOP + (LINES - 1) * pitch + 16, abs=8)


def test_every_line_has_28_characters_from_margin_to_margin(full):
    for line in lines_of(full):
        characters = characters_of(full, line)
        assert len(characters) == CHARACTERS
        assert characters[0][0] == pytest.approx(LEFT, abs=2.5)
        assert characters[-1][1] == pytest.approx(LEFT + WIDE, abs=2.5)
        steps = [after[0] - before[0] for before, after in pairwise(characters)]
        assert steps == pytest.approx([WIDE / CHARACTERS] * (CHARACTERS - 1), abs=0.4)


def test_nothing_is_printed_outside_but_the_page_number(full):
    left, right = round(LEFT * PIXELS) - 2, round((LEFT + WIDE) * PIXELS) + 2
    assert all(min(row[:left]) > INK and min(row[right:]) > INK for row in full)
    below = runs([min(row) < INK for row in full[round((TOP + HIGH) * PIXELS) :]])
    # 7 mm below the area, one line of it.
    assert len(below) <= 2
    assert below[0][0] == pytest.approx(7 * MM, abs=10)


def test_the_red_head_stands_on_a_red_line_across_the_type_area():
    with pypdfium2.PdfDocument(render(made(synthetic=""))) as document:
        page = document[0]
        bitmap = page.render(scale=PIXELS)
        data, stride, wide = bytes(bitmap.buffer), bitmap.stride, bitmap.n_channels
        page.close()
    red = []
    for at in range(bitmap.height):
        row = data[at * stride : at * stride + bitmap.width * wide]
        blue, green, full_red = row[0::wide], row[1::wide], row[2::wide]
        hit = [r > 180 and g < 90 and b < 90 for r, g, b in zip(full_red, green, blue, strict=True)]
        red.append(sum(hit) / PIXELS)
    across = [at / PIXELS for at, long in enumerate(red) if long == pytest.approx(WIDE, abs=2)]
    assert across, "a red line of the area's whole width"
    assert 1 <= across[-1] - across[0] <= 3, "one line, 2 pt thick"
    head = [at / PIXELS for at, long in enumerate(red) if long and at / PIXELS < across[0] - 4]
    assert head, "the organ's name in red above it"
    # 35 mm below the upper edge of the type area.
    assert head[0] == pytest.approx(TOP + 35 * MM, abs=8)
