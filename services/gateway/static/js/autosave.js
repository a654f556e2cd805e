// Saves each row as it is typed. What cannot be saved yet stays in the page, is tried again with growing
// patience, and is never put in the browser's storage: the tablet is shared.
"use strict";

(() => {
  const form = document.querySelector("form[data-autosave]");
  if (!form) {
    return;
  }
  const told = JSON.parse(form.dataset.told);
  const status = document.getElementById("saved");
  const typing = new Map(); // rows with something unsaved, and how many times each was touched
  const LONGEST = 30000;
  const PATIENCE = 15000;
  let sending = false;
  let failures = 0;
  let renewed = false;
  let expired = false;
  let leaving = false;
  let timer = 0;

  const rows = () => [...form.querySelectorAll("fieldset.child")];
  const by = (id) => form.querySelector(`fieldset.child[data-id="${id}"]`);
  const field = (row, name) => row.querySelector(`[name="${name}-${row.dataset.id}"]`);
  const chosen = (row) => row.querySelector(".pick input:checked");
  const position = (row) => (chosen(row) ? chosen(row).value : "");
  const reasonMissing = (row) => ["yellow", "red"].includes(position(row)) && !field(row, "reason").value.trim();
  const refused = (row) => row.dataset.refused === JSON.stringify(content(row)); // and nothing changed since
  const sendable = (row) => position(row) && !reasonMissing(row) && !row.querySelector(".conflict") && !refused(row);

  function content(row) {
    const id = row.dataset.id;
    const source = field(row, "source");
    const parents = field(row, "with_parents");
    const signs = [...row.querySelectorAll(`[name="indicators-${id}"]`)];
    return {
      child_assessment_id: id,
      expected_version: Number(row.dataset.version),
      position: position(row),
      reason: field(row, "reason").value,
      works_well: field(row, "works_well").value,
      indicators: signs.filter((one) => one.type === "hidden" || one.checked).map((one) => one.value),
      source: source ? source.value : "observation",
      with_parents: Boolean(parents && parents.checked),
    };
  }

  function say(state, text) {
    if (status.dataset.state !== state || status.textContent !== text) {
      status.dataset.state = state;
      status.textContent = text;
    }
  }

  function later(milliseconds) {
    clearTimeout(timer);
    timer = setTimeout(flush, milliseconds);
  }

  function touched(row, soon) {
    typing.set(row.dataset.id, (typing.get(row.dataset.id) || 0) + 1);
    if (!failures && !expired) {
      say("none", reasonMissing(row) ? told.reason : told.typing);
    }
    if (!sending && !failures) {
      later(soon);
    }
  }

  async function flush() {
    clearTimeout(timer);
    const ready = [...typing.keys()].map(by).filter((row) => row && sendable(row));
    if (sending || !ready.length) {
      return !typing.size;
    }
    sending = true;
    const counts = new Map(ready.map((row) => [row.dataset.id, typing.get(row.dataset.id)]));
    say("saving", told.saving);
    const patience = new AbortController();
    const limit = setTimeout(() => patience.abort(), PATIENCE);
    try {
      const answer = await fetch(form.dataset.autosave, {
        method: "POST",
        redirect: "manual",
        signal: patience.signal,
        headers: {
          "Content-Type": "application/json",
          Accept: "application/json",
          "X-CSRFToken": token(),
          "HX-Request": "true", // the door then says 401 instead of leading to the sign-in
        },
        body: JSON.stringify({ person: form.dataset.person, items: ready.map(content) }),
      });
      await take(answer, counts);
    } catch (_error) {
      again(told.offline);
    } finally {
      clearTimeout(limit);
      sending = false;
    }
    const more = [...typing.keys()].map(by).some((row) => row && sendable(row));
    if (more && !failures && !expired) {
      later(300);
    }
    return !typing.size;
  }

  async function take(answer, counts) {
    if (answer.type === "opaqueredirect" || answer.status === 401) {
      signedOut();
    } else if (answer.status === 400 && !renewed) {
      renewed = true; // a new sign-in has a new form token
      await renew();
      again(told.saving, 0);
    } else if (answer.ok) {
      settle(await answer.json(), counts);
    } else if (answer.status >= 500 || answer.status === 429) {
      again(told.offline);
    } else {
      const problem = await answer.json().catch(() => ({}));
      again(problem.detail || told.offline, LONGEST);
    }
  }

  function settle(result, counts) {
    failures = 0;
    renewed = false;
    if (expired) {
      expired = false;
      const notice = document.getElementById("session-expired");
      if (notice) {
        notice.hidden = true;
      }
    }
    for (const one of result.saved) {
      const row = by(one.id);
      version(row, one.version, one.mark);
      row.dataset.rated = "";
      row.querySelector(".state .word").textContent = one.state_word;
      if (typing.get(one.id) === counts.get(one.id)) {
        typing.delete(one.id);
        row.classList.remove("faulty");
        delete row.dataset.typed;
      }
    }
    for (const one of result.errors) {
      refuse(by(one.id), one, counts);
    }
    form.dispatchEvent(new CustomEvent("rows-saved", { bubbles: true }));
    if (result.errors.length) {
      say("failed", result.errors.some((one) => one.conflict) ? told.conflict : result.errors[0].detail);
    } else {
      const waits = [...typing.keys()].map(by).some((row) => row && reasonMissing(row));
      say("saved", waits ? told.reason : `${told.saved} ${result.at}`);
    }
  }

  function version(row, number, mark) {
    row.dataset.version = number;
    row.dataset.mark = mark;
    field(row, "v").value = number;
    field(row, "mark").value = mark;
  }

  function refuse(row, fault, counts) {
    row.classList.add("faulty");
    row.dataset.typed = "";
    if (fault.conflict && fault.html) {
      row.querySelector(".conflict-place").innerHTML = fault.html; // made and escaped by our own server
      row.conflict = fault;
      return;
    }
    for (const [name, mend] of Object.entries(fault.fields)) {
      const said = document.getElementById(`${name}-${row.dataset.id}-error`);
      if (said) {
        said.textContent = mend;
        said.hidden = false;
      }
    }
    if (typing.get(fault.id) === counts.get(fault.id)) {
      typing.set(fault.id, 0); // stays unsaved, and is not sent again before it is changed
      row.dataset.refused = JSON.stringify(content(row));
    }
  }

  function again(text, wait = Math.min(LONGEST, 1000 * 2 ** failures)) {
    failures += 1;
    say("failed", text);
    later(wait);
  }

  function signedOut() {
    say("failed", told.expired);
    if (!expired) {
      expired = true;
      const typed = document.activeElement;
      document.dispatchEvent(new CustomEvent("session-expired"));
      if (typed && typed !== document.body) {
        typed.focus({ preventScroll: true }); // somebody is typing; the message is read aloud all the same
      }
    }
    later(5000);
  }

  const token = () => document.querySelector('meta[name="csrf-token"]').content;

  async function renew() {
    const page = await fetch(location.pathname, { redirect: "manual" });
    if (!page.ok) {
      return;
    }
    const fresh = new DOMParser().parseFromString(await page.text(), "text/html").querySelector('meta[name="csrf-token"]');
    if (fresh) {
      document.querySelector('meta[name="csrf-token"]').content = fresh.content;
      form.querySelectorAll('input[name="csrf_token"]').forEach((one) => {
        one.value = fresh.content;
      });
    }
  }

  form.addEventListener("change", (event) => {
    const row = event.target.closest("fieldset.child");
    if (row) {
      const asks = document.getElementById(`reason-${row.dataset.id}-error`);
      asks.hidden = !reasonMissing(row);
      touched(row, event.target.type === "radio" ? 400 : 50);
    }
  });
  form.addEventListener("input", (event) => {
    const row = event.target.closest("fieldset.child");
    if (row && event.target.tagName === "TEXTAREA") {
      document.getElementById(`reason-${row.dataset.id}-error`).hidden = !reasonMissing(row);
      touched(row, 1000);
    }
  });

  form.addEventListener("submit", async (event) => {
    const pressed = event.submitter;
    const row = pressed && pressed.closest("fieldset.child");
    event.preventDefault();
    if (row && pressed.name === "behold") {
      version(row, Number(pressed.dataset.version), row.dataset.mark);
      resolved(row);
      touched(row, 0);
      return;
    }
    if (row && pressed.name === "brug") {
      useStored(row);
      return;
    }
    failures = 0;
    while (sending) {
      await new Promise((done) => setTimeout(done, 50));
    }
    await flush();
    while (sending) {
      await new Promise((done) => setTimeout(done, 50));
    }
    const waits = [...typing.keys()].map(by).find((one) => one);
    if (waits) {
      const asks = document.getElementById(`reason-${waits.dataset.id}-error`);
      asks.hidden = !reasonMissing(waits);
      waits.hidden = false;
      (reasonMissing(waits) ? field(waits, "reason") : waits.querySelector(".pick input")).focus();
    } else if (pressed && pressed.value === "rest") {
      leaving = true;
      location.assign(form.dataset.rest);
    } else if (!status.textContent) {
      say("saved", "");
    }
  });

  function resolved(row) {
    row.querySelector(".conflict-place").replaceChildren();
    row.classList.remove("faulty");
    row.querySelector(".pick input:checked, .pick input").focus();
  }

  function useStored(row) {
    const fault = row.conflict;
    if (!fault || !fault.rateable) {
      leaving = true; // the row is no longer to be rated: show the page as it is now
      typing.delete(row.dataset.id);
      location.reload();
      return;
    }
    const stored = fault.stored || { position: "", reason: "", works_well: "" };
    row.querySelectorAll(".pick input").forEach((one) => {
      one.checked = one.value === stored.position;
    });
    field(row, "reason").value = stored.reason;
    field(row, "works_well").value = stored.works_well;
    version(row, fault.version, fault.mark);
    typing.delete(row.dataset.id);
    delete row.dataset.typed;
    row.toggleAttribute("data-rated", Boolean(fault.stored));
    resolved(row);
    form.dispatchEvent(new CustomEvent("rows-saved", { bubbles: true }));
  }

  window.addEventListener("online", () => later(0));
  window.addEventListener("focus", () => (expired || failures) && later(0));
  window.addEventListener("beforeunload", (event) => {
    if (typing.size && !leaving) {
      event.preventDefault();
      event.returnValue = "";
    }
  });

  // Rows that came back from the server unsaved, when a script was missing before.
  rows()
    .filter((row) => "typed" in row.dataset)
    .forEach((row) => typing.set(row.dataset.id, 1));
})();
