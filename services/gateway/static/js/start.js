// Wakes the design system's parts and gives htmx's requests the form token. Pages work without it.
"use strict";

document.documentElement.classList.add("js");

document.addEventListener("DOMContentLoaded", () => {
  if (window.DKFDS) {
    window.DKFDS.init();
  }
});

document.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector('meta[name="csrf-token"]');
  if (token && event.detail.verb !== "get") {
    event.detail.headers["X-CSRFToken"] = token.content;
  }
});

// What was typed stays in its field: the person signs in in another tab and goes on here.
document.addEventListener("session-expired", () => {
  const told = document.getElementById("session-expired");
  if (told) {
    told.hidden = false;
    told.focus();
  }
});
