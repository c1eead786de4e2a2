"""Whether anything on a page sticks out, at every width and type size and in narrow and wide fonts."""

from playwright.sync_api import Page

# Machines differ in their fonts: the page's own, a wide one, and one as wide as letters get.
FONTS = ("", "DejaVu Sans, sans-serif", "DejaVu Sans Mono, monospace")
# How far the page is wider than its window, or a cell sticks out of the rounded box that clips it; who does.
OVERHANG = """() => {
  const right = (one) => one.getBoundingClientRect().right;
  const said = (one) => `${one.localName}.${one.className} ${one.textContent.trim().slice(0, 30)}`;
  const page = document.documentElement.scrollWidth - innerWidth;
  const past = [...document.querySelectorAll('body *')].filter(
    (one) => right(one) > innerWidth + 1 && !one.closest('.vh, .tbl thead'));
  const cut = [...document.querySelectorAll('.box tbody tr > :not(thead *), .box .meter, .box tbody .btn')]
    .filter((one) => right(one) > right(one.closest('.box')) + 1);
  return [...(page > 0 ? [`${page}px: ${past.slice(-1).map(said)}`] : []), ...cut.map(said)];
}"""


def sticking_out(page: Page) -> list[str]:
    """A line per width, type size and font at which something sticks out, naming it. Changes the page."""
    found = []
    for font in FONTS:
        page.evaluate("font => document.body.style.fontFamily = font", font)
        for width in (320, 390, 768, 1366):
            page.set_viewport_size({"width": width, "height": 800})
            for size in ("normal", "large", "largest"):
                page.evaluate("size => document.documentElement.dataset.type = size", size)
                found += [f"{width} {size} {font}: {one}" for one in page.evaluate(OVERHANG)]
    return found
