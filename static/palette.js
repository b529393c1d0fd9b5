// ⌘K or Ctrl+K: a list of all pages and titles of the site, found while typing; ? shows the keys of the page.
"use strict";

(() => {
  const address = document.currentScript?.dataset.find ?? document.querySelector("script[data-find]").dataset.find;
  const PAUSE_MS = 120;
  let dialog = null, before = null;

  function show(label, ...parts) {
    before = document.activeElement;
    dialog?.remove();
    dialog = Object.assign(document.createElement("dialog"), {className: "card palette"});
    dialog.setAttribute("aria-label", label);
    dialog.append(...parts);
    dialog.addEventListener("click", event => { if (event.target === dialog) dialog.close(); });
    dialog.addEventListener("close", () => before?.focus?.());
    document.body.append(dialog);
    dialog.showModal();
  }

  function element(tag, attributes = {}, text = "") {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.textContent = text;
    return made;
  }

  function find() {
    const field = element("input", {type: "search", role: "combobox", "aria-expanded": "true", "aria-controls": "found",
      "aria-label": "Find a page, an article, a keyword, a cluster", placeholder: "Find a page or a title", maxlength: "200"});
    const list = element("div", {id: "found", class: "found", role: "listbox", "aria-label": "Found"});
    let timer = 0, asked = 0;
    const options = () => [...list.querySelectorAll("[role=option]")];
    const mark = place => {
      const all = options(), chosen = all[(place + all.length) % all.length];
      for (const option of all) option.setAttribute("aria-selected", String(option === chosen));
      chosen?.scrollIntoView({block: "nearest"});
      chosen ? field.setAttribute("aria-activedescendant", chosen.id) : field.removeAttribute("aria-activedescendant");
    };
    const place = () => options().findIndex(option => option.getAttribute("aria-selected") === "true");
    async function ask() {
      const mine = ++asked;
      const response = await fetch(`${address}?q=${encodeURIComponent(field.value)}`).catch(() => null);
      if (mine !== asked || !response?.ok || !response.headers.has("X-IGNY8")) return;
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      list.replaceChildren(...page.querySelectorAll(".found a"));
      list.querySelectorAll("a").forEach((link, place) => {
        Object.assign(link, {id: `found-${place}`, tabIndex: -1});
        link.setAttribute("role", "option");
      });
      if (!options().length) list.append(element("p", {class: "mut"}, "Nothing found."));
      mark(0);
    }
    field.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(ask, PAUSE_MS);
    });
    field.addEventListener("keydown", event => {
      const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
      if (step) mark(place() + step);
      else if (event.key === "Enter") options()[place()]?.click();
      else return;
      event.preventDefault();
    });
    show("Find", field, list);
    field.focus();
    ask();
  }

  function keys() {
    const list = element("dl"), add = (key, what) => {
      const name = element("dt");
      name.append(element("kbd", {}, key));
      list.append(name, element("dd", {}, what));
    };
    for (const target of document.querySelectorAll("[data-key]")) {
      const words = target.getAttribute("aria-label") ?? [...target.childNodes].filter(node => node.nodeName !== "KBD")
        .map(node => node.textContent).join(" ").trim();
      add(target.dataset.key, words);
    }
    for (const [key, what] of [["Ctrl K", "Find a page or a title"], ["Ctrl Enter", "Send the form that you type in"],
      ["?", "These keys"], ["Esc", "Close"]]) add(key, what);
    const form = element("form", {method: "dialog"});
    form.append(element("button", {class: "small"}, "Close"));
    show("Keys of this page", element("h2", {}, "Keys of this page"), list, form);
  }

  document.querySelector("[data-opens-palette]")?.addEventListener("click", event => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    find();
  });
  document.addEventListener("keydown", event => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      find();
    } else if (event.key === "?" && !event.ctrlKey && !event.metaKey
      && !event.target.closest("input, textarea, select, [contenteditable], dialog")) {
      event.preventDefault();
      keys();
    }
  });
})();
