// A page that refreshes itself: ticking times, lost connections, hidden tabs, the optimistic start.
// htmx does the requests; without this file the page still refreshes.
"use strict";

(() => {
  const FIRST_RETRY = 1000, LONGEST_RETRY = 15000, SPOKEN_EVERY = 60000, TOUCHED_EVERY = 3000;
  const IDLE_S = Number(document.currentScript.dataset.idleS);  // igny8/poll_intervals.py
  let heard = Date.now(), asked = 0, failures = 0, retry = 0, putBack = null, unsent = null;
  const SENT_AGAIN = "#form-pause, #form-cancel";
  const bases = new WeakMap();
  const live = () => ["live", "sites", "workers"].map(id => document.getElementById(id)).find(box => box);
  const isPoll = event => event.detail.ctx?.sourceElement === live() && event.detail.ctx.sourceEvent?.type === "every";
  const poll = () => live()?.hasAttribute("hx-get") && htmx.trigger(live(), "every", {forced: true});
  const clock = s => (s >= 3600 ? [s / 3600 | 0, pad(s / 60 % 60 | 0), pad(s % 60)] : [s / 60 | 0, pad(s % 60)]).join(":");
  const pad = n => String(n).padStart(2, "0");
  const ago = s => s < 60 ? `${s} s ago` : s < 3600 ? `${s / 60 | 0} min ago` : `${s / 3600 | 0} h ago`;

  function tick() {
    const now = Date.now();
    lost(failures > 0, Math.floor((now - heard) / 1000));
    if (failures) return;  // what was in work then: how long it has been by now, nobody knows
    for (const element of document.querySelectorAll("[data-since]:not([data-still])")) {
      const since = element.dataset.since;
      let base = bases.get(element);
      if (base?.since !== since) bases.set(element, base = {since, at: now});
      write(element, clock(Number(since) + Math.floor((now - base.at) / 1000)));
    }
  }

  // Whether the server answers stands at the head of the page, in the place of what is not known any more, and at its foot.
  function lost(is, passed) {
    const contact = document.getElementById("contact"), pulse = document.getElementById("pulse");
    if (!live()?.hasAttribute("hx-get")) return;
    const what = document.getElementById("stranger") ? "IGNY8 does not answer" : "Connection lost";
    const every = live().dataset.poll, text = `${what}, reconnecting… last updated ${ago(passed)}`;
    for (const element of [live(), contact, pulse]) element?.classList.toggle("lost", is);
    if (contact) write(contact, is ? text : (passed < 1 ? "Updated just now" : `Updated ${ago(passed)}`)
      + (every ? ` · refreshes every ${every} s` : ""));
    let told = pulse?.querySelector(".unheard");
    if (!is) told?.remove();
    if (!is || !pulse) return;
    if (!told) pulse.append(told = Object.assign(document.createElement("span"), {className: "unheard"}));
    write(told, text);
  }

  function write(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  // What stands around the partial: the icon, the review count, what is said aloud.
  const said = {state: null, stage: null, percent: -10, at: 0};
  let shownTenth = "";
  function around(first) {
    const box = live();
    if (!box) return;
    const {percent, review, state, stage} = box.dataset;
    const tenth = percent === "-1" ? "" : `?p=${percent - percent % 10}`;
    if (percent !== undefined && tenth !== shownTenth) {
      shownTenth = tenth;
      const icon = document.querySelector("link[rel=icon]");
      icon.href = icon.href.split("?")[0] + tenth;
    }
    for (const count of review === undefined ? [] : document.querySelectorAll("[data-review-count]")) {
      write(count, Number(review).toLocaleString("en"));
      count.classList.toggle("none", review === "0");
    }
    const moved = state !== said.state || stage !== said.stage;
    const far = Number(percent) - said.percent >= 10 || Date.now() - said.at >= SPOKEN_EVERY && Number(percent) !== said.percent;
    if (!box.dataset.said || !(moved || far)) return;
    Object.assign(said, {state, stage, percent: Number(percent), at: Date.now()});
    if (!first) document.getElementById("speaker").textContent = box.dataset.said;
  }

  // A button that goes away with its run leaves the focus at the head of the page, not nowhere.
  let focused = null;
  function keepFocus() {
    if (!focused || focused.isConnected || document.activeElement !== document.body) return;
    focused = null;
    document.querySelector("#live-head h1")?.focus({preventScroll: true});
  }

  function arrived() {
    heard = Date.now();
    failures = 0;
    clearTimeout(retry);
    tick();
    if (unsent) setTimeout(sendAgain);
  }

  function failed() {
    failures += 1;
    clearTimeout(retry);
    retry = setTimeout(poll, Math.min(LONGEST_RETRY, FIRST_RETRY * 2 ** (failures - 1)));
    tick();
  }

  // The start is shown before the answer, in cards of the size of those that follow; a refusal takes it back.
  function showStart(form) {
    const parts = document.getElementById("starting").content.cloneNode(true).children;
    const [card, two] = parts, old = document.getElementById("run-card"), results = document.getElementById("live-two");
    const step = document.getElementById("step-card"), first = step.dataset.firstStage ?? "1";
    const button = form.querySelector("button"), what = document.getElementById("what"), detail = document.getElementById("detail");
    putBack = {card, old, two, results, button, label: button.innerHTML, what, said: what.textContent, detail, more: detail.innerHTML};
    for (const number of card.querySelectorAll("[data-first]")) number.textContent = first;
    card.querySelector("[data-first-name]").textContent = document.querySelector(`#stage-${first} h3`)?.textContent ?? "";
    card.querySelector(".stagebar").className = `stagebar s${first}`;
    card.id = "run-card";
    old.replaceWith(card);
    results ? results.replaceWith(two) : card.after(two);
    button.disabled = true;
    button.textContent = "Starting…";
    what.textContent = "The run is starting.";
    detail.textContent = "";
  }

  function restore() {
    if (!putBack) return;
    const {card, old, two, results, button, label, what, said, detail, more} = putBack;
    card.replaceWith(old);
    results ? two.replaceWith(results) : two.remove();
    button.disabled = false;
    button.innerHTML = label;
    what.textContent = said;
    detail.innerHTML = more;
    putBack = null;
  }

  // A Pause or Cancel that did not reach the server is sent again when it answers, if it is still offered.
  function sendAgain() {
    const form = unsent && document.getElementById(unsent);
    unsent = null;
    document.getElementById("refusal")?.remove();
    form?.requestSubmit();
  }

  document.addEventListener("htmx:before:request", event => {
    const {ctx} = event.detail;
    if (isPoll(event)) {
      const forced = ctx.sourceEvent.detail?.forced;
      const sleeps = document.hidden && !document.documentElement.hasAttribute("data-tells-here");
      if (sleeps || (failures && !forced) || putBack) event.preventDefault();
      return;
    }
    if (!ctx.sourceElement.matches("[data-optimistic]")) return;
    showStart(ctx.sourceElement);
  });
  document.addEventListener("htmx:before:swap", event => { if (event.detail.ctx.response?.status === 200 && putBack) {
    putBack.button.disabled = false;
    putBack = null;
  } });
  document.addEventListener("htmx:after:request", event => {
    const status = event.detail.ctx.response?.status ?? 0;
    if (status >= 200 && status < 400) arrived();
  });
  document.addEventListener("htmx:after:swap", () => { around(); tick(); keepFocus(); });
  document.addEventListener("focusin", event => { focused = event.target; });
  document.addEventListener("htmx:response:error", event => { restore(); complain(event); });
  document.addEventListener("htmx:error", event => { restore(); complain(event); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) poll(); });
  window.addEventListener("online", poll);

  // A page that waits (paused, blocked, idle) asks seldom. Somebody who comes back to it must not act on what
  // another browser changed meanwhile, so it asks as well when it is touched; most of these answers are an empty 204.
  function touched() {
    if (Date.now() - Math.max(heard, asked) < TOUCHED_EVERY || Number(live()?.dataset.poll) < IDLE_S) return;
    asked = Date.now();
    poll();
  }
  for (const kind of ["pointermove", "pointerdown", "keydown", "focus"]) window.addEventListener(kind, touched, {passive: true});

  function complain(event) {
    if (!live()) return;
    failed();
    if (isPoll(event) || !live().contains(event.detail.ctx?.sourceElement)) return;
    let box = document.getElementById("refusal");
    if (!box) {
      box = document.createElement("div");
      box.id = "refusal";
      box.className = "notice bad";
      box.setAttribute("role", "alert");
      document.getElementById("live-head").after(box);
    }
    const status = event.detail.ctx?.response?.status;
    const source = event.detail.ctx.sourceElement, unreached = !status || status === ANSWERED_BY.nobody;
    if (unreached && source.matches(SENT_AGAIN)) unsent = source.id;
    box.textContent = unreached && unsent ? "Not sent yet: the server cannot be reached. It is sent again as soon as it answers."
      : unreached ? "Not done: the server cannot be reached. Press it again when it answers."
      : status === ANSWERED_BY.stranger ? "Not done: something else answered for IGNY8. Sign in again, then repeat it."
      : "Not done. " + (reason(event) || `The server answered with error ${status}. Reload the page and try again.`);
  }

  // An error is answered with a page of its own, which begins with its sentence and the cure.
  function reason(event) {
    const page = new DOMParser().parseFromString(event.detail.ctx.text ?? "", "text/html");
    return [...page.querySelectorAll("main .empty > :is(h1, .mut)")].map(part => part.textContent).join(" ");
  }

  setInterval(tick, 1000);
  around(true);
  tick();
})();
