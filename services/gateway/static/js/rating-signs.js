// Fetches what to look for at a child's age when somebody opens it, with a box to tick for each. Each age is
// fetched once.
"use strict";

(() => {
  const form = document.querySelector("form[data-autosave]");
  if (!form) {
    return;
  }
  const fetched = new Map();

  function part(address) {
    if (!fetched.has(address)) {
      const separator = address.includes("?") ? "&" : "?";
      const asked = fetch(`${address}${separator}del=1`, { redirect: "manual" }).then((answer) => {
        if (!answer.ok) {
          throw new Error("not now");
        }
        return answer.text();
      });
      asked.catch(() => fetched.delete(address));
      fetched.set(address, asked);
    }
    return fetched.get(address);
  }

  function boxes(row, place, html) {
    const name = `indicators-${row.dataset.id}`;
    const ticked = new Set([...place.querySelectorAll(`[name="${name}"]`)].map((one) => one.value));
    place.innerHTML = html; // made and escaped by our own server
    place.querySelectorAll("li[data-code]").forEach((item) => {
      const box = document.createElement("input");
      box.type = "checkbox";
      box.name = name;
      box.value = item.dataset.code;
      box.checked = ticked.has(box.value);
      const label = document.createElement("label");
      label.append(box, item.textContent);
      item.replaceChildren(label);
    });
  }

  form.querySelectorAll("details.signs").forEach((details) => {
    details.addEventListener("toggle", () => {
      if (!details.open || details.dataset.filled) {
        return;
      }
      details.dataset.filled = "1";
      const row = details.closest("fieldset.child");
      part(details.dataset.signs)
        .then((html) => boxes(row, details.querySelector(".signs-place"), html))
        .catch(() => {
          delete details.dataset.filled; // the link to the page stands there still
        });
    });
  });
})();
