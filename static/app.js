// Small helps on every page. Each page works without them.
"use strict";

// Menus close at a click elsewhere and at Escape.
document.addEventListener("click", event => {
  for (const open of document.querySelectorAll("details.menu[open], details.pop[open]")) {
    if (!open.contains(event.target) || event.target.matches(".shade")) open.open = false;
  }
});
document.addEventListener("keydown", event => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll("details.menu[open], details.pop[open]")) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});

// On a small screen the current page's name in the line of pages may lie out of sight.
const here = document.querySelector(".top nav [aria-current]");
if (here) here.parentElement.scrollLeft = here.offsetLeft - here.parentElement.clientWidth / 2 + here.offsetWidth / 2;

// A text in HTML is edited as its readers see it; without this script its source is.
for (const source of document.querySelectorAll("textarea[data-rich]")) {
  const page = document.createElement("div");
  page.className = "rich doc body";
  page.contentEditable = "true";
  page.innerHTML = source.value;  // cleaned by the server, before and after
  for (const [name, value] of Object.entries({role: "textbox", "aria-multiline": "true", dir: "auto"})) page.setAttribute(name, value);
  page.setAttribute("aria-label", source.labels[0].textContent);
  page.addEventListener("paste", event => {
    event.preventDefault();
    document.execCommand("insertText", false, event.clipboardData.getData("text/plain"));
  });
  for (const [target, kind] of [[page, "input"], [source.form, "submit"]]) {
    target.addEventListener(kind, () => { source.value = page.innerHTML; });
  }
  source.addEventListener("filled", () => { page.innerHTML = source.value; });
  [page.id, source.id] = [source.id, `${source.id}-source`];  // what leads to the field leads to the page
  source.hidden = true;
  source.after(page);
}

// A title that is cut off is shown whole in its tooltip.
document.addEventListener("pointerover", event => {
  const cut = event.target.closest?.(".t, .clip, .what");
  if (cut && !cut.title && cut.scrollWidth > cut.clientWidth) cut.title = cut.textContent.trim().replace(/\s+/g, " ");
});

// What was typed is not left behind without a question.
for (const form of document.querySelectorAll("form[data-unsaved]")) {
  let typed = false;
  form.addEventListener("input", () => { typed = true; });
  form.addEventListener("submit", () => { typed = false; });
  addEventListener("beforeunload", event => { if (typed) event.preventDefault(); });
}

// A list's head ticks all its rows.
for (const all of document.querySelectorAll("[data-tick-all]")) {
  all.hidden = false;
  const form = all.closest("form");
  all.addEventListener("change", () => {
    for (const box of form.querySelectorAll("input[name=ids]")) box.checked = all.checked;
  });
}

// A field that filters sends its form at once.
for (const select of document.querySelectorAll(".filters select")) {
  select.addEventListener("change", () => select.form.requestSubmit());
}

// Keys of the review page: what has data-key is clicked, opened or followed. Keys that are pressed while the answer to
// a decision is on its way are kept and count for the next page, in their order.
const KEPT_KEYS = "igny8 keys", FOCUS = "igny8 focus";
const isTyping = event => event.target.closest?.("input, textarea, select, [contenteditable], dialog");
let isLeaving = false;

function press(key) {
  const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  target?.click();
  target?.closest("details[open]")?.querySelector("textarea")?.focus();
  return Boolean(target);
}

document.addEventListener("keydown", event => {
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && event.target.matches?.("textarea, [contenteditable]")) {
    event.preventDefault();
    event.target.closest("form")?.requestSubmit();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
  if (isLeaving && event.key.length === 1) {
    sessionStorage.setItem(KEPT_KEYS, (sessionStorage.getItem(KEPT_KEYS) ?? "") + event.key);
    return event.preventDefault();
  }
  if (press(event.key)) event.preventDefault();
});

// A decision leads to the next article: the focus is where it was.
document.addEventListener("submit", event => {
  const bar = event.target.closest(".bar2, .toast");
  if (!bar || event.defaultPrevented) return;
  isLeaving = true;
  const key = document.activeElement?.closest("[data-key]")?.dataset.key;
  if (key) sessionStorage.setItem(FOCUS, key);
});
addEventListener("pageshow", () => {
  isLeaving = false;
  const kept = sessionStorage.getItem(KEPT_KEYS) ?? "", focus = sessionStorage.getItem(FOCUS);
  sessionStorage.removeItem(KEPT_KEYS);
  sessionStorage.removeItem(FOCUS);
  if (!document.querySelector(".bar2")) return;
  if (focus) document.querySelector(`[data-key="${CSS.escape(focus)}"]`)?.focus({preventScroll: true});
  if (!kept) return;
  press(kept[0]);
  if (!isLeaving) return [...kept.slice(1)].forEach(press);
  if (kept.length > 1) sessionStorage.setItem(KEPT_KEYS, kept.slice(1));
});

// What is meant to be taken elsewhere has a button that copies it; an article is copied with its images.
for (const source of document.querySelectorAll(".copy code, .copy textarea")) {
  source.after(copyButton("Copy", () => navigator.clipboard.writeText(source.value ?? source.textContent)));
}
const article = document.querySelector("[data-copy-article]");
article?.append(copyButton("Copy with images", () => {
  const page = document.querySelector("article.doc").cloneNode(true);
  page.querySelector("p.faint")?.remove();
  for (const image of page.querySelectorAll("img")) image.src = new URL(image.getAttribute("src"), location).href;
  const as = (kind, text) => [kind, new Blob([text], {type: kind})];
  return navigator.clipboard.write([new ClipboardItem(Object.fromEntries([
    as("text/html", page.innerHTML), as("text/plain", page.innerText)]))]);
}));

function copyButton(label, copy) {
  const button = Object.assign(document.createElement("button"), {type: "button", className: "small copies", textContent: label});
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    button.textContent = await copy().then(() => "Copied", () => "Copying is not allowed here");
    setTimeout(() => { button.textContent = label; }, 2000);
  });
  return button;
}

// Fields of limited length count their characters: data-count="50-60" is what fits best.
for (const field of document.querySelectorAll("[data-count]")) {
  const [least, most] = field.dataset.count.split("-").map(Number), shown = document.createElement("output");
  shown.className = "hint counter";
  shown.htmlFor = field.id;
  const count = () => {
    const length = [...field.value].length;
    shown.textContent = `${length} characters, best ${least} to ${most}`;
    shown.classList.toggle("over", length < least || length > most);
  };
  field.after(shown);
  for (const kind of ["input", "filled"]) field.addEventListener(kind, count);
  count();
}

// A file that is chosen or dropped is sent at once; so its button is for those without this script.
for (const form of document.querySelectorAll("[data-send-file]")) {
  const zone = form.querySelector(".dropzone"), input = form.querySelector("input[type=file]");
  const button = form.querySelector("button"), said = form.querySelector("[role=status]");
  button.hidden = true;
  const send = () => {
    if (!input.files.length) return;
    said.textContent = `Looking through ${input.files[0].name}…`;
    form.requestSubmit();
  };
  const mark = on => event => { event.preventDefault(); zone.classList.toggle("over", on); };
  zone.addEventListener("dragover", mark(true));
  zone.addEventListener("dragleave", mark(false));
  zone.addEventListener("drop", event => {
    mark(false)(event);
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    send();
  });
  input.addEventListener("change", send);
  addEventListener("pageshow", () => { form.reset(); said.textContent = ""; });
}

// The time zone of the browser: that of a new site, and proposed for another one that is in UTC.
const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
for (const field of document.querySelectorAll("[data-own-zone]")) field.value ||= ownZone;
for (const hint of document.querySelectorAll("[data-propose-zone]")) {
  const select = hint.parentElement.querySelector("select"), use = hint.querySelector("button");
  if (select.value !== "UTC" || ![...select.options].some(option => option.value === ownZone)) continue;
  if (ownZone === "UTC") continue;
  hint.hidden = false;
  use.textContent = `${ownZone.replaceAll("_", " ")}: use it`;
  use.addEventListener("click", () => { select.value = ownZone; hint.hidden = true; select.focus(); });
}
