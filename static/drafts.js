// What is typed into a form with data-keep is kept in this tab until the server has saved it, so that neither a restart,
// an ended session nor an expired form loses it. It comes back whole or not at all: old and new text are never mixed.
"use strict";

(() => {
  const PREFIX = "igny8 draft ", PAUSE_MS = 300;
  const NEVER_KEPT = "[type=password], [type=file], [name=csrf_token], [name=draft], button, fieldset, output";
  const meta = name => document.querySelector(`meta[name="${name}"]`)?.content ?? "";
  const account = meta("account"), saved = meta("saved-drafts").split(" ");
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
  let isSigningOut = false;
  const keyOf = form => PREFIX + new URL(form.getAttribute("action"), location).pathname;
  const read = key => JSON.parse(sessionStorage.getItem(key));

  function keptFields(form) {
    return [...form.elements].filter(field => field.name && !field.matches(NEVER_KEPT));
  }

  function valuesOf(form) {
    return keptFields(form).map(field =>
      [field.name, field.matches("[type=checkbox], [type=radio]") ? field.checked : field.value]);
  }

  function fill(form, values) {
    const rest = [...values];
    for (const field of keptFields(form)) {
      const place = rest.findIndex(([name]) => name === field.name);
      if (place < 0) continue;
      const [[, value]] = rest.splice(place, 1);
      field[typeof value === "boolean" ? "checked" : "value"] = value;
      field.dispatchEvent(new Event("filled"));
    }
  }

  function forgetWhere(isDone) {
    for (const key of Object.keys(sessionStorage)) {
      if (key.startsWith(PREFIX) && isDone(read(key))) sessionStorage.removeItem(key);
    }
  }

  const newId = () => [...crypto.getRandomValues(new Uint8Array(6))].map(byte => byte.toString(16).padStart(2, "0")).join("");

  function notice(form, text, ...buttons) {
    const box = Object.assign(document.createElement("p"), {className: "notice warn line", textContent: `${text} `});
    box.setAttribute("role", "status");
    for (const [label, action] of buttons) {
      const button = Object.assign(document.createElement("button"), {type: "button", className: "small", textContent: label});
      button.addEventListener("click", () => { box.remove(); action(); });
      box.append(button);
    }
    form.before(box);
    form.closest("details")?.setAttribute("open", "");
    return box;
  }

  function watch(form) {
    const key = keyOf(form), shown = valuesOf(form), kept = read(key);
    let draft = kept ?? {id: newId(), account, base: shown}, timer = 0;

    function keep() {
      clearTimeout(timer);
      if (isSigningOut) return;
      draft.values = valuesOf(form);
      if (same(draft.values, draft.base)) return sessionStorage.removeItem(key);
      try {
        sessionStorage.setItem(key, JSON.stringify(draft));
      } catch {  // the browser keeps about 5 MB a tab
        sessionStorage.removeItem(key);
        if (!form.dataset.tooLong) notice(form, "This text is too long to be kept in this browser. Keep a copy until it is saved.");
        form.dataset.tooLong = "yes";
      }
    }
    function discard() {
      sessionStorage.removeItem(key);
      draft = {id: newId(), account, base: shown};
      form.inert = false;
      fill(form, shown);
    }
    function restore() {
      form.inert = false;
      fill(form, kept.values);
      form.dispatchEvent(new Event("input"));  // it is unsaved: leaving asks first
      notice(form, "What you typed here was not saved. It is back in the form.", ["Discard it", discard]);
    }

    form.addEventListener("input", () => {
      isSigningOut = false;
      clearTimeout(timer);
      timer = setTimeout(keep, PAUSE_MS);
    });
    addEventListener("pagehide", () => { if (timer) keep(); });
    form.addEventListener("submit", () => {
      keep();
      form.querySelector("[name=draft]")?.remove();
      form.append(Object.assign(document.createElement("input"), {type: "hidden", name: "draft", value: draft.id}));
    });
    if (!kept || same(shown, kept.values)) return;
    if ("typed" in form.dataset) return keep();  // the answer shows what was sent
    if (same(shown, kept.base)) return restore();
    form.inert = true;
    notice(form, "This has changed since you typed here, and what you typed was not saved.",
      ["Show my text", restore], ["Discard it", discard]);
  }

  forgetWhere(draft => saved.includes(draft.id) || account && draft.account !== account);
  document.querySelectorAll("form[data-keep]").forEach(watch);
  for (const form of document.querySelectorAll("form[data-forget]")) {
    form.addEventListener("submit", () => {
      isSigningOut = true;
      forgetWhere(() => true);
    });
  }
})();
