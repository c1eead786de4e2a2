"""Three live portals and what a person does at them: signs in, follows the menu, presses, reads.

Served as in production but for the server program: forms carry their CSRF token, and what the tiers tell each
other crosses HTTP. What one clicks is found by the words one sees.
"""

import logging
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from flask import Flask
from playwright.sync_api import Locator, Page, expect
from werkzeug.serving import make_server

from deploy.demo.people import ROLES
from shared.sync.direct import DirectTransport
from shared.sync.http import HttpTransport
from tests.county import County

PARENT = {"township": "county", "branch": "township"}


@contextmanager
def served(app: Flask, guarded: bool = True) -> Iterator[str]:
    """An application on a port of its own; `guarded`: its forms are protected as in production."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app.config["WTF_CSRF_ENABLED"] = guarded
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    app.config["WTF_CSRF_ENABLED"] = False


@contextmanager
def live(county: County) -> Iterator[dict[str, str]]:
    """The three portals' addresses while they are served; the tiers below reach their parents there too."""
    with ExitStack() as stack:
        found = {tier: stack.enter_context(served(county.app(tier))) for tier in ROLES}
        for child, parent in PARENT.items():
            wire = HttpTransport(found[parent])
            stack.callback(wire.close)
            getattr(county.tiers, child).node.transport = wire
        yield found
        for child, parent in PARENT.items():
            direct = DirectTransport(getattr(county.tiers, parent).node)
            getattr(county.tiers, child).node.transport = direct


@dataclass
class Hands:
    """People at their screens; `kept` is what one page said that another must repeat."""

    county: County
    addresses: dict[str, str]
    open_page: Callable[..., Page]
    look: Callable[[Page, str], None]
    kept: dict[str, str] = field(default_factory=dict)
    windows: dict[str, Page] = field(default_factory=dict)

    def sign_in(self, tier: str, login: str, width: int = 1366) -> Page:
        """A person's desk in a browser of their own; who comes again finds it as it was at first."""
        suffixes = {suffix: role for role, (suffix, _title) in ROLES[tier].items()}
        page = self.open_page(f"{self.addresses[tier]}/login", width=width, window=self.windows.get(login))
        self.windows[login] = page
        page.get_by_label("手机号或工号").fill(login)
        page.get_by_label("密码").fill(self.county.passwords[suffixes[login.partition("-")[2]]])
        page.get_by_role("button", name="登录").click()
        page.wait_for_url(f"{self.addresses[tier]}/")
        return page


def signed_in(open_page: Callable[..., Page], address: str, login: str, password: str, width: int) -> Page:
    """A person's first page at one portal, whatever it is."""
    page = open_page(f"{address}/login", width=width)
    page.fill("[name=login]", login)
    page.fill("[name=password]", password)
    page.click("main button.main")
    page.wait_for_url(lambda url: not url.endswith("/login"))
    return page


def walk(page: Page, address: str, paths: Mapping[str, str], look: Callable[[Page, str], None]) -> None:
    """Open each path, which must be there, and look at it under its name."""
    for name, path in paths.items():
        answer = page.goto(f"{address}{path}")
        assert answer is not None
        assert answer.status == 200, (name, path, answer.status)
        look(page, name)


def by_path(beginning: str, *paths: str) -> dict[str, str]:
    """Names for paths: points-my-claims for /my/claims."""
    return {f"{beginning}{path.replace('/', '-').partition('?')[0]}": path for path in paths}


def go(page: Page, room: str) -> None:
    """Follow the main menu."""
    page.get_by_role("navigation", name="主菜单").get_by_role("link", name=room).click()


def press(page: Page, label: str) -> None:
    page.get_by_role("button", name=label, exact=True).click()


def link(page: Page, label: str, about: str) -> Locator:
    """A row's link; what it is about is read aloud but not seen."""
    return page.get_by_role("link", name=re.compile(rf"^{label}\s*：\s*{about}$"))


def told(page: Page, words: str) -> None:
    """The page says so."""
    expect(page.locator("main")).to_contain_text(words)


def refused(page: Page, path: str, status: int) -> None:
    """A form sent by hand, with the right token, past a button that is not there."""
    token = page.locator("input[name=csrf_token]").first.get_attribute("value") or ""
    address = page.url.split("/")[2]
    headers = {"Referer": page.url}
    for form, expected in (({"csrf_token": token}, status), ({}, 400)):
        answer = page.request.post(f"http://{address}{path}", form=form, headers=headers)
        assert answer.status == expected, (path, answer.status)


# Han text of the page's own: outside of what is marked as Chinese, attributes read aloud included.
HAN = """() => {
  const found = [document.title], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const spoken = ['aria-label', 'placeholder', 'title', 'alt', 'data-label'];
  while (walker.nextNode())
    if (!walker.currentNode.parentElement.closest('[lang^=zh],script')) found.push(walker.currentNode.data);
  for (const node of document.querySelectorAll('body, body *'))
    for (const one of node.attributes)
      if (spoken.includes(one.name) || one.name.startsWith('data-msg')) found.push(one.value);
  return found.filter((text) => /\\p{Script=Han}/u.test(text)).map((text) => text.trim());
}"""


def unknown(page: Page, path: str, identity: str) -> tuple[bytes, dict[str, str]]:
    """The 404 page and its headers, without the one-time token and the address it was asked at."""
    answer = page.request.get(page.url.rstrip("/") + path.format(identity))
    assert answer.status == 404
    body = re.sub(rb'name="csrf_token" value="[^"]*"', b"", answer.body())
    headers = {name: value for name, value in answer.headers.items() if name != "date"}
    return body.replace(identity.encode(), b""), headers
