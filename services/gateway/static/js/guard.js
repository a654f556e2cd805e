// A long form is not sent into a lost connection: the browser would show its own page, and the words would be
// gone. One asks first whether somebody is there; and leaving with something unsent asks back.
"use strict";

document.querySelectorAll("form[data-guard]").forEach((form) => {
  const told = form.querySelector("#guard");
  let typed = false;
  let sent = false;

  form.addEventListener("input", () => {
    typed = true;
  });
  window.addEventListener("beforeunload", (event) => {
    if (typed && !sent) {
      event.preventDefault();
      event.returnValue = "";
    }
  });
  form.addEventListener("submit", async (event) => {
    if (sent) {
      return;
    }
    event.preventDefault();
    const pressed = event.submitter;
    try {
      await fetch("/static/favicon.svg", { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(8000) });
    } catch (_error) {
      if (told) {
        told.dataset.state = "failed";
        told.textContent = told.dataset.offline;
      }
      return;
    }
    sent = true;
    form.requestSubmit(pressed);
    setTimeout(() => {
      sent = false; // still here: the sending was stopped, so another press may try again
    }, 4000);
  });
});
