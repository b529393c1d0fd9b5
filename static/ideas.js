// Ideas: the list by keyboard with its live forecast; the board by mouse and keyboard. Buttons work without it.
"use strict";

// List: j and k go from row to row, Space selects, a approves and r rejects what is selected.
document.addEventListener("keydown", event => {
  if (!event.target.matches?.("input[name=ids]") || event.ctrlKey || event.metaKey || event.altKey) return;
  const boxes = [...document.querySelectorAll("input[name=ids]")];
  if (event.key === "j" || event.key === "k") {
    boxes[boxes.indexOf(event.target) + (event.key === "j" ? 1 : -1)]?.focus();
  } else if (event.key === "a" || event.key === "r") {
    document.querySelector(`[data-key="${event.key}"]`)?.click();
  } else {
    return;
  }
  event.preventDefault();
});
document.addEventListener("change", event => {
  if (event.target.matches("input[name=ids], [data-tick-all]")) document.getElementById("refresh-forecast")?.click();
});

const board = () => document.getElementById("board");

let place = 0;  // of the card that is moved, to focus what takes its place
document.addEventListener("htmx:after:swap", () => {
  if (!board() || document.activeElement !== document.body) return;
  const cards = [...board().querySelectorAll("[data-idea]")];
  cards[Math.min(place, cards.length - 1)]?.focus();
});

const send = (card, column, before) => {
  const form = card.querySelector("form.moves");
  if (!form) return;
  form.querySelector("input[name=column]").value = column;
  form.querySelector("input[name=before]").value = before ?? "";
  form.requestSubmit();
};

let dragged = null;
document.addEventListener("dragstart", event => {
  dragged = event.target.closest?.("[data-idea]");
  if (dragged) event.dataTransfer.effectAllowed = "move";
});
document.addEventListener("dragover", event => {
  if (dragged && event.target.closest("[data-column]")) event.preventDefault();
});
document.addEventListener("drop", event => {
  const column = event.target.closest("[data-column]");
  if (!dragged || !column) return;
  event.preventDefault();
  const over = event.target.closest("[data-idea]");
  const from = dragged.closest("[data-column]").dataset.column;
  const accepted = [from, column.dataset.column].filter(name => name === "queued").length;
  if (accepted !== 1 && over !== dragged) send(dragged, column.dataset.column, over?.dataset.idea);
  dragged = null;
});

const MOVES = {a: "approved", r: "rejected", u: "new", k: "up"};
document.addEventListener("keydown", event => {
  const card = event.target.closest?.("[data-idea]");
  if (!card || event.target.closest("input, textarea, select") || event.ctrlKey || event.metaKey) return;
  const cards = [...board().querySelectorAll("[data-idea]")];
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    cards[cards.indexOf(card) + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
  } else if (MOVES[event.key]) {
    const button = card.querySelector(`[data-move="${MOVES[event.key]}"]`);
    if (!button) return;
    place = cards.indexOf(card);
    event.preventDefault();
    button.click();
  }
});
