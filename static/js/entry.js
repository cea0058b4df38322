// Form entry. Everything here only adds: without it the form is read, saved and judged by the server all the same.
import { offerPickers } from "./dates.js";
import { askServer } from "./peek.js";
import { keepDraft } from "./draft.js";
import { showAndHide } from "./skip.js";

const form = document.querySelector("[data-entry]");

function goTo(id) {
  const place = document.getElementById(id);
  if (!place) return;
  place.scrollIntoView({ block: "center" });
  const box = place.matches("input, select, textarea") ? place : place.querySelector("input:not([type=hidden]), select, textarea");
  if (box) box.focus({ preventScroll: true });
}

if (form) {
  let changed = false;
  let leaving = false;
  const askSoon = askServer(form);
  const keepSoon = keepDraft(form);

  offerPickers(form);
  showAndHide(form);
  form.addEventListener("input", () => {
    changed = true;
    showAndHide(form);
    askSoon();
    keepSoon();
  });
  form.addEventListener("submit", () => {
    leaving = true;
  });
  window.addEventListener("beforeunload", (event) => {
    if (changed && !leaving) event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (!event.altKey || event.key.toLowerCase() !== "s") return;
    event.preventDefault();
    form.querySelector("[data-save]").click();
  });
  if (form.dataset.wentTo) goTo(form.dataset.wentTo);
}

const problems = document.querySelector("[data-problems]");
if (problems) {
  problems.focus();
  problems.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (!link) return;
    event.preventDefault();
    goTo(link.hash.slice(1));
  });
}
