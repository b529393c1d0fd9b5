// Move what is scheduled to another day with the mouse; the form of each entry does the same without it.
"use strict";

(() => {
  let dragged = null;
  const cellOf = event => dragged && event.target.closest?.("[data-calendar] [data-day]");
  document.addEventListener("dragstart", event => {
    dragged = event.target.closest?.("[data-form]") ?? null;
    if (dragged) event.dataTransfer.effectAllowed = "move";
  });
  document.addEventListener("dragend", () => {
    for (const cell of document.querySelectorAll(".calendar .over")) cell.classList.remove("over");
    dragged = null;
  });
  document.addEventListener("dragover", event => {
    const cell = cellOf(event);
    if (!cell) return;
    event.preventDefault();
    for (const other of document.querySelectorAll(".calendar .over")) other.classList.toggle("over", other === cell);
    cell.classList.add("over");
  });
  document.addEventListener("drop", event => {
    const cell = cellOf(event);
    if (!cell) return;
    event.preventDefault();
    if (cell === dragged.closest("[data-day]")) return;
    const form = document.getElementById(dragged.dataset.form);
    form.append(Object.assign(document.createElement("input"), {type: "hidden", name: "day", value: cell.dataset.day}));
    form.querySelector("[name=publish_at]").disabled = true;
    form.submit();
  });
})();
