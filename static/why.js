// "?" beside a figure opens its explanation in a dialog; without this script it leads to the page of explanations.
"use strict";

(() => {
  let dialog = null;

  async function open(link) {
    const address = new URL(link.href), response = await fetch(address).catch(() => null);
    if (!response?.ok || !response.headers.has("X-IGNY8")) return location.assign(address);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const part = page.getElementById(address.hash.slice(1)), verified = page.getElementById("verified");
    if (!part) return location.assign(address);
    dialog?.remove();
    dialog = document.createElement("dialog");
    dialog.className = "card why-dialog";
    dialog.setAttribute("aria-label", part.querySelector("h2").textContent);
    const form = document.createElement("form");
    form.method = "dialog";
    form.append(Object.assign(document.createElement("button"), {textContent: "Close", className: "small"}));
    dialog.append(form, ...[part, verified].filter(Boolean));
    document.body.append(dialog);
    dialog.addEventListener("close", () => document.querySelector(`a.why[href$="${CSS.escape(address.hash)}"]`)?.focus());
    dialog.addEventListener("click", event => { if (event.target === dialog) dialog.close(); });
    dialog.showModal();
  }

  document.addEventListener("click", event => {
    const link = event.target.closest("a.why");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open(link);
  });
})();
