// On wish this browser tells, while a page of it is open in the background, when a run ends or needs somebody.
"use strict";

(() => {
  const KEY = "igny8-tells", QUIET = ["queued", "running", "pausing", "cancelling", undefined];
  const button = document.querySelector("[data-tells]"), live = () => document.getElementById("live");
  const isOn = () => "Notification" in window && Notification.permission === "granted" && localStorage.getItem(KEY) === "1";
  let state = live()?.dataset.state;

  function show() {
    document.documentElement.toggleAttribute("data-tells-here", isOn()); // live.js then asks in the background too
    if (!button) return;
    const said = document.getElementById("tells-said");
    button.hidden = !("Notification" in window);
    if (button.hidden) return void (said.textContent = "This browser shows no notifications of pages.");
    button.setAttribute("aria-pressed", String(isOn()));
    said.textContent = Notification.permission === "denied" ? "This browser blocks them: allow notifications of this address in its settings."
      : isOn() ? "On in this browser." : "Off in this browser.";
  }

  button?.addEventListener("click", async () => {
    if (isOn()) localStorage.removeItem(KEY);
    else if (await Notification.requestPermission() === "granted") localStorage.setItem(KEY, "1");
    show();
  });

  document.addEventListener("htmx:after:swap", () => {
    const before = state;
    state = live()?.dataset.state;
    if (state === before || QUIET.includes(state) || !document.hidden || !isOn()) return;
    const notice = new Notification(document.title, {body: document.getElementById("what").textContent, tag: location.pathname});
    notice.addEventListener("click", () => { window.focus(); notice.close(); });
  });
  show();
})();
