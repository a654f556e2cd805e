// Saves the minutes as they are written. What cannot be saved stays in the page, is tried again with growing
// patience, and is never put in the browser's storage: the tablet is shared.
"use strict";

(() => {
  const form = document.querySelector("form[data-autosave]");
  if (!form) {
    return;
  }
  const state = document.getElementById("saved");
  const words = form.dataset;
  let timer = null;
  let patience = 2000;
  let busy = false;
  let again = false;

  const tell = (kind, text) => {
    state.dataset.state = kind;
    state.textContent = text;
  };
  const field = (code) => form.elements["text_" + code];
  const base = (code) => form.elements["base_" + code];
  const conflicted = () => form.querySelector(".beside") !== null;

  const later = (wait) => {
    window.clearTimeout(timer);
    timer = window.setTimeout(save, wait);
  };

  const fill = (code, text) => {
    const area = field(code);
    if (area && area.value.trimEnd() !== text && document.activeElement !== area) {
      area.value = text;
    }
  };

  const show = (conflicts) => {
    for (const [code, one] of Object.entries(conflicts)) {
      const old = document.getElementById("beside-" + code);
      if (old) {
        old.remove();
      }
      field(code).insertAdjacentHTML("afterend", one.html);
      const box = document.getElementById("beside-" + code);
      const settle = (text) => {
        field(code).value = text;
        base(code).value = one.mark;
        box.remove();
        field(code).focus();
        later(0);
      };
      box.querySelector("[data-keep]").addEventListener("click", () => settle(field(code).value));
      box.querySelector("[data-take]").addEventListener("click", () => settle(one.text));
      box.querySelector("[data-both]").addEventListener("click", () => settle(one.text + "\n\n" + field(code).value));
    }
  };

  async function save() {
    if (busy || conflicted()) {
      again = busy;
      return;
    }
    busy = true;
    again = false;
    tell("saving", words.saving);
    const sent = new FormData(form);
    try {
      const answer = await fetch(form.dataset.autosave, {
        method: "POST", body: new URLSearchParams(sent), headers: { "HX-Request": "true" }, redirect: "manual",
      });
      const body = (answer.headers.get("Content-Type") || "").includes("json") ? await answer.json() : {};
      if (answer.status === 200) {
        form.elements.minutes_version.value = body.version;
        for (const [code, one] of Object.entries(body.points)) {
          if (!field(code)) {
            continue;
          }
          base(code).value = one.mark;
          if ((sent.get("text_" + code) || "").replaceAll("\r\n", "\n").trimEnd() !== one.text) {
            fill(code, one.text);
          }
        }
        patience = 2000;
        tell("saved", words.saved + " " + body.at);
      } else if (answer.status === 409 && body.conflicts) {
        form.elements.minutes_version.value = body.version;
        show(body.conflicts);
        tell("failed", words.conflict);
      } else if (answer.status === 401 || answer.type === "opaqueredirect") {
        document.dispatchEvent(new CustomEvent("session-expired"));
        tell("failed", words.failed);
        later(patience = Math.min(patience * 2, 60000));
      } else if (answer.status < 500) {
        tell("failed", body.detail || words.failed);
      } else {
        throw new Error("not saved");
      }
    } catch {
      tell("failed", words.failed);
      later(patience = Math.min(patience * 2, 60000));
    } finally {
      busy = false;
      if (again) {
        later(300);
      }
    }
  }

  form.addEventListener("input", () => {
    tell("typing", words.typing);
    later(900);
  });
  form.addEventListener("focusout", () => {
    if (state.dataset.state === "typing") {
      later(0);
    }
  });
  window.addEventListener("online", () => {
    if (state.dataset.state === "failed") {
      later(0);
    }
  });
  window.addEventListener("beforeunload", (event) => {
    if (["typing", "saving", "failed"].includes(state.dataset.state)) {
      event.preventDefault();
    }
  });
  form.addEventListener("submit", () => {
    window.clearTimeout(timer);
    state.dataset.state = "leaving";
  });
})();
