"""Whether anything on a page sticks out, at every width and type size and in narrow and wide fonts."""

from playwright.sync_api import Page

WIDTHS = (320, 390, 768, 1366)
# Machines differ in their fonts: the page's own, a wide one, and one as wide as letters get.
FONTS = ("", "DejaVu Sans, sans-serif", "DejaVu Sans Mono, monospace")
# How far the page is wider than its window, or a cell sticks out of the rounded box that clips it; who does:
# at each font and type size, then at each width, since text is shaped anew for the former alone. The window
# is a frame, so that no picture is drawn in between.
OVERHANG = """([fonts, widths]) => {
  const frame = document.querySelector('iframe'), view = frame.contentWindow, page = view.document;
  const right = (one) => one.getBoundingClientRect().right;
  const said = (one) => `${one.localName}.${one.className} ${one.textContent.trim().slice(0, 30)}`;
  const past = () => [...page.querySelectorAll('body *')].filter(
    (one) => right(one) > view.innerWidth + 1 && !one.closest('.vh, .tbl thead'));
  const cells = '.box tbody tr > :not(thead *), .box .meter, .box tbody .btn';
  const boxed = [...page.querySelectorAll(cells)].map((one) => [one, one.closest('.box')]);
  const look = () => {
    const wider = page.documentElement.scrollWidth - view.innerWidth;
    const cut = boxed.filter(([one, box]) => right(one) > right(box) + 1);
    const who = wider > 0 ? [`${wider}px: ${past().slice(-1).map(said)}`] : [];
    return [...who, ...cut.map(([one]) => said(one))];
  };
  frame.style.cssText = 'position: fixed; inset: 0; height: 800px; border: 0';
  return fonts.flatMap((font) => {
    page.body.style.fontFamily = font;
    return ['normal', 'large', 'largest'].flatMap((size) => {
      page.documentElement.dataset.type = size;
      return widths.flatMap((width) => {
        frame.style.width = `${width}px`;
        return [
          ...(view.innerWidth === width ? [] : [`the frame is ${view.innerWidth}px wide`]),
          ...look().map((one) => `${width} ${size} ${font}: ${one}`),
        ];
      });
    });
  });
}"""


def sticking_out(page: Page) -> list[str]:
    """A line per width, type size and font at which something in the page's frame sticks out, naming it."""
    return page.evaluate(OVERHANG, [FONTS, WIDTHS])
