// Keys within a child's row: 1, 2 and 3 choose, N opens the notes. Nowhere else, and never while one writes.
"use strict";

(() => {
  const form = document.querySelector("form[data-autosave]");
  if (!form) {
    return;
  }
  document.getElementById("keys-help").hidden = false;

  function note(row) {
    row.classList.add("noting");
    row.querySelector(".open-notes").setAttribute("aria-expanded", "true");
    row.querySelector('[name^="works_well-"]').focus();
  }

  form.querySelectorAll("fieldset.child").forEach((row) => {
    const button = row.querySelector(".open-notes");
    button.hidden = false;
    button.addEventListener("click", () => note(row));
    if (row.querySelector('[name^="works_well-"]').value) {
      row.classList.add("noting");
    }
  });

  form.addEventListener("keydown", (event) => {
    const row = event.target.closest("fieldset.child");
    const writes = event.target.matches("textarea, select, input:not([type=radio]):not([type=checkbox])");
    if (!row || writes || event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    const choice = ["1", "2", "3"].indexOf(event.key);
    if (choice >= 0) {
      const radio = row.querySelectorAll(".pick input")[choice];
      event.preventDefault();
      radio.focus();
      if (!radio.checked) {
        radio.click();
      }
    } else if (event.key.toLowerCase() === "n") {
      event.preventDefault();
      note(row);
    }
  });
})();
