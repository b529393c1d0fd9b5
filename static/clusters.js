// Keywords of a cluster can be dragged onto another one. The check boxes and buttons work without it.
"use strict";

let dragged = null;
document.addEventListener("dragstart", event => {
  dragged = event.target.closest?.("tr[draggable]");
  if (dragged) event.dataTransfer.effectAllowed = "move";
});
document.addEventListener("dragover", event => {
  if (dragged && event.target.closest("[data-drop]")) event.preventDefault();
});
document.addEventListener("drop", event => {
  const target = event.target.closest("[data-drop]");
  if (!dragged || !target) return;
  event.preventDefault();
  const box = dragged.querySelector("input[name=ids]");
  if (!box.checked) {
    for (const other of document.querySelectorAll("input[name=ids]")) other.checked = other === box;
  }
  target.click();
});
document.addEventListener("dragend", () => {
  dragged = null;
});
