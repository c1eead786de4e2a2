// Sanji's own script. Everything works without it; it adds focus, counting, guards and saving status.
// Words shown to people come from data-msg-* attributes of <body>, so that they are translated on the server.
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const word = (name) => document.body.dataset["msg" + name] || "";
  const shown = (node) => node.getClientRects().length > 0;

  // Type size: the cookie lets the server draw the next page at the right size without a jump.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[name=type_size]");
    if (!button) return;
    event.preventDefault();
    document.documentElement.dataset.type = button.value;
    document.cookie = `sanji_type=${button.value};path=/;max-age=31536000;samesite=lax`;
    for (const other of all("[name=type_size]")) other.setAttribute("aria-pressed", String(other === button));
  });

  // Header menu: Escape and a click elsewhere close it.
  const closeMenus = (except) => all("details.me[open]").forEach((menu) => menu !== except && (menu.open = false));
  document.addEventListener("click", (event) => closeMenus(event.target.closest("details.me")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.activeElement.closest?.("details.me[open]");
    closeMenus();
    menu?.querySelector("summary").focus();
  });

  // Selection: only what is visible is ever picked; the bar shows how many and how much.
  const picks = (bar) => all(".pick", document).filter((box) => box.form === bar.closest("form") || box.form?.id === bar.dataset.bulk);
  function count(bar) {
    const chosen = picks(bar).filter((box) => box.checked);
    const sum = chosen.reduce((total, box) => total + Number(box.dataset.amount || 0), 0);
    all("[data-bulk-count]", bar).forEach((node) => (node.textContent = chosen.length));
    all("[data-bulk-sum]", bar).forEach((node) => (node.textContent = sum));
    all("[data-bulk-act]", bar).forEach((node) => (node.disabled = !chosen.length));
    all("[data-bulk-empty]", bar).forEach((node) => (node.hidden = chosen.length > 0));
  }
  const countAll = () => all("[data-bulk]").forEach(count);
  document.addEventListener("change", (event) => event.target.matches(".pick") && countAll());
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-select]");
    if (!button) return;
    const boxes = all(`.pick[data-group="${CSS.escape(button.dataset.select)}"]`).filter((box) => !box.disabled && shown(box));
    const value = !boxes.every((box) => box.checked);
    boxes.forEach((box) => (box.checked = value));
    countAll();
  });

  // Opened in place: the second click closes what the first has fetched.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-opens]");
    if (!link || link.getAttribute("aria-expanded") !== "true") return;
    document.getElementById(link.dataset.opens)?.remove();
    link.setAttribute("aria-expanded", "false");
    event.preventDefault();
    event.stopPropagation();
  }, true);
  function opened(part) {
    const link = document.querySelector(`[data-opens="${CSS.escape(part.id || "-")}"]`);
    link?.setAttribute("aria-expanded", "true");
  }

  // Focus goes to the result: an error summary first, else what the answer marks with data-focus.
  function focusResult(part) {
    const wanted = "[data-error-summary],[data-focus]";
    const node = part.matches?.(wanted) ? part : part.querySelector?.("[data-error-summary]") || part.querySelector?.(wanted);
    node?.focus();
  }

  // Guards: a second submit of the same form is dropped; leaving with unsaved words asks first.
  const dirty = new Set();
  const marks = (form, name) => form instanceof HTMLFormElement && name in form.dataset;
  document.addEventListener("input", (event) => marks(event.target.form, "guard") && dirty.add(event.target.form));
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent && form.method === "post") return event.preventDefault();
    form.dataset.sent = "1";
    dirty.delete(form);
    const button = event.submitter;
    // Disabling at once would drop the button's own name and value from the form.
    setTimeout(() => button?.setAttribute("aria-disabled", "true"));
  });
  const release = (form) => {
    delete form.dataset.sent;
    all("[aria-disabled=true]", form).forEach((node) => node.removeAttribute("aria-disabled"));
  };
  addEventListener("beforeunload", (event) => dirty.size && event.preventDefault());
  addEventListener("pageshow", (event) => event.persisted && all("form").forEach(release));

  // Saving status and failed requests: said in words that stay.
  function say(line, text, bad) {
    line.textContent = text;
    line.classList.toggle("bad", Boolean(bad));
  }
  const statusOf = (form) => marks(form, "autosave") && document.getElementById(form.dataset.autosave);
  function complain(text) {
    const place = document.getElementById("trouble");
    place.hidden = !text;
    place.textContent = text;
  }
  function failed(event, text) {
    const line = statusOf(event.detail.elt);
    if (line) say(line, word("Unsaved"), true);
    complain(text);
  }
  document.addEventListener("htmx:beforeRequest", (event) => {
    const line = statusOf(event.detail.elt);
    if (line) say(line, word("Saving"));
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt;
    if (form instanceof HTMLFormElement) release(form);
    if (!event.detail.successful) return;
    complain("");
    if (statusOf(form)) {
      statusOf(form).classList.remove("bad");
      dirty.delete(form);
    }
  });
  // A draft that may not be written any more: the answer says so in the saving line.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const form = event.detail.requestConfig?.elt;
    if (event.detail.xhr.status !== 409 || !statusOf(form)) return;
    event.detail.shouldSwap = true;
    event.detail.isError = false;
    dirty.delete(form);
  });
  document.addEventListener("htmx:sendError", (event) => failed(event, word("Offline")));
  document.addEventListener("htmx:timeout", (event) => failed(event, word("Offline")));
  document.addEventListener("htmx:responseError", (event) =>
    failed(event, [400, 401, 403].includes(event.detail.xhr.status) ? word("Expired") : word("Failed")));
  document.addEventListener("htmx:load", (event) => {
    const part = event.detail.elt;
    if (part === document.body) return;
    opened(part);
    focusResult(part);
    prepare(part);
    countAll();
  });

  // The bottom bar's height, which changes with type size and wrapping.
  function measure() {
    const dock = document.querySelector(".dock");
    const set = () => document.documentElement.style.setProperty("--dock", `${dock.offsetHeight}px`);
    if (dock?.children.length) new ResizeObserver(set).observe(dock);
  }

  const prepare = (root) => all("[data-needs-script]", root).forEach((node) => (node.hidden = false));
  document.addEventListener("DOMContentLoaded", () => {
    prepare(document);
    countAll();
    measure();
    focusResult({ querySelector: () => document.querySelector("[data-error-summary]") });
  });
})();
