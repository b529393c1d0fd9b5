// A client's review: words that are selected in the text become the place of the comment.
"use strict";

document.addEventListener("selectionchange", () => {
  const chosen = document.getSelection(), place = document.querySelector("[data-quote]");
  const text = chosen.toString().trim();
  const isInside = chosen.anchorNode?.parentElement?.closest("[data-quotable]");
  if (place && isInside && text && text.length <= place.maxLength) place.value = text;
});
