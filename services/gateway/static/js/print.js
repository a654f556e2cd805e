// A button that prints, where there is a script to press it; without one the browser's own menu does.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  for (const button of document.querySelectorAll("[data-print]")) {
    button.addEventListener("click", () => window.print());
    button.closest("[hidden]")?.removeAttribute("hidden");
  }
});
