// Shows all children, those that are missing, or yellow and red, without leaving the page; and counts along.
"use strict";

(() => {
  const form = document.querySelector("form[data-autosave]");
  if (!form) {
    return;
  }
  const links = [...document.querySelectorAll("[data-show]")];
  const progress = document.getElementById("progress");
  const concern = (row) => Boolean(row.querySelector(".pick:not(.green) input:checked"));
  const missing = (row) => row.matches("fieldset") && !("rated" in row.dataset);

  function show(code) {
    let seen = 0;
    form.querySelectorAll(".child").forEach((row) => {
      const fits = code === "alle" || (code === "mangler" ? missing(row) : concern(row));
      row.hidden = !(fits || row.contains(document.activeElement) || "typed" in row.dataset);
      seen += row.hidden ? 0 : 1;
    });
    document.getElementById("none-shown").hidden = seen > 0;
    document.querySelectorAll("[data-filter] a").forEach((link) => {
      link.toggleAttribute("aria-current", false);
      if (link.dataset.show === code) {
        link.setAttribute("aria-current", "true");
      }
    });
    form.querySelector('[name="vis"]').value = code;
  }

  function count() {
    const rows = [...form.querySelectorAll("fieldset.child")];
    const done = rows.filter((row) => !missing(row)).length;
    if (progress) {
      progress.querySelector("strong").textContent = done;
      progress.querySelector("progress").value = done;
    }
    const counts = { alle: form.querySelectorAll(".child").length, mangler: rows.length - done, bekymring: rows.filter(concern).length };
    links.forEach((link) => {
      const place = link.querySelector(".count");
      if (place) {
        place.textContent = counts[link.dataset.show];
      }
    });
    const rest = document.getElementById("rest");
    if (rest) {
      rest.hidden = done === rows.length;
    }
  }

  links.forEach((link) =>
    link.addEventListener("click", (event) => {
      event.preventDefault();
      show(link.dataset.show);
    })
  );
  form.addEventListener("rows-saved", count);
  form.addEventListener("change", count);
})();
