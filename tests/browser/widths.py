"""Whether anything on a page sticks out, at every width and type size and in narrow and wide fonts."""

from playwright.sync_api import Page

# Machines differ in their fonts: the page's own, a wide one, and one as wide as letters get.
FONTS = ("", "DejaVu Sans, sans-serif", "DejaVu Sans Mono, monospace")
# How far the page is wider than its window, or a cell sticks out of the rounded box that clips it; who does:
# at each font and type size, laid out one after the other without a picture being drawn in between.
OVERHANG = """(fonts) => {
  const right = (one) => one.getBoundingClientRect().right;
  const said = (one) => `${one.localName}.${one.className} ${one.textContent.trim().slice(0, 30)}`;
  const past = () => [...document.querySelectorAll('body *')].filter(
    (one) => right(one) > innerWidth + 1 && !one.closest('.vh, .tbl thead'));
  const cells = '.box tbody tr > :not(thead *), .box .meter, .box tbody .btn';
  const look = () => {
    const wider = document.documentElement.scrollWidth - innerWidth;
    const cut = [...document.querySelectorAll(cells)].filter(
      (one) => right(one) > right(one.closest('.box')) + 1);
    return [...(wider > 0 ? [`${wider}px: ${past().slice(-1).map(said)}`] : []), ...cut.map(said)];
  };
  return fonts.flatMap((font) => {
    document.body.style.fontFamily = font;
    return ['normal', 'large', 'largest'].flatMap((size) => {
      document.documentElement.dataset.type = size;
      return look().map((one) => `${innerWidth} ${size} ${font}: ${one}`);
    });
  });
}"""


def sticking_out(page: Page) -> list[str]:
    """A line per width, type size and font at which something sticks out, naming it. Changes the page."""
    found = []
    for width in (320, 390, 768, 1366):
        page.set_viewport_size({"width": width, "height": 800})
        found += page.evaluate(OVERHANG, FONTS)
    return found
