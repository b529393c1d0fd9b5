// Only answers of IGNY8 count: each bears a header, and a partial the element that it replaces. A proxy's sign-in page,
// a captive portal or a redirect elsewhere leaves the page as it is, says so, and the page keeps asking.
"use strict";

const ANSWERED_BY = {header: "X-IGNY8", stranger: 598, nobody: 599};

(() => {
  const WORDS = "Something else answers for IGNY8 here, such as the sign-in page of a network. This page keeps trying.";
  const PORTAL = 511;  // Network Authentication Required, RFC 6585

  // A request never leads elsewhere: the server redirects none of htmx, so a redirect is of somebody else.
  async function ask(fetch, address, request, id) {
    const response = await fetch(address, {...request, redirect: "manual"}).catch(unreached);
    if (!response.headers.has(ANSWERED_BY.header)) return stranger(response.status);
    if (response.status !== 200 || !id || (await response.clone().text()).includes(` id="${id}"`)) return response;
    return stranger(response.status);
  }

  // A server that cannot be reached is no fault of the page: it is told to people, as an answer, and not in the console.
  function unreached(error) {
    if (error.name === "AbortError") throw error;
    return new Response(null, {status: ANSWERED_BY.nobody});
  }

  // A proxy that reaches no server says so with 502, 503 or 504.
  function stranger(status) {
    const silent = status >= 500 && status !== PORTAL;
    return new Response(null, {status: silent ? ANSWERED_BY.nobody : ANSWERED_BY.stranger});
  }

  function show(is) {
    const shown = document.getElementById("stranger");
    if (!is) shown?.remove();
    if (!is || shown) return;
    const box = Object.assign(document.createElement("p"), {id: "stranger", className: "notice warn", textContent: `${WORDS} `});
    box.setAttribute("role", "alert");
    box.append(Object.assign(document.createElement("a"), {href: location.href, className: "link", textContent: "Sign in again"}));
    document.getElementById("main").prepend(box);
  }

  document.addEventListener("htmx:before:request", event => {
    const {ctx} = event.detail, fetch = ctx.fetch;
    ctx.fetch = (address, request) => ask(fetch, address, request, ctx.target?.id);
  });
  document.addEventListener("htmx:after:request", event => {
    const {status} = event.detail.ctx.response;
    if (status !== ANSWERED_BY.nobody) show(status === ANSWERED_BY.stranger);
  });
})();
