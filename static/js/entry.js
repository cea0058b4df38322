// Form entry. Everything here only adds: without it the form is read, saved and judged by the server all the same.
import { searchCodes } from "./codes.js";
import { offerPickers } from "./dates.js";
import { askServer } from "./peek.js";
import { keepDraft } from "./draft.js";
import { sendOnce } from "./send.js";
import { sessionOf } from "./here.js";
import { showAndHide } from "./skip.js";

const form = document.querySelector("[data-entry]");

function goTo(id) {
  const place = document.getElementById(id);
  if (!place) return;
  place.scrollIntoView({ block: "center" });
  const box = place.matches("input, select, textarea") ? place : place.querySelector("input:not([type=hidden]), select, textarea");
  if (box) box.focus({ preventScroll: true });
}

function enter() {
  const session = sessionOf(form);
  const keeper = keepDraft(form, session);
  const askSoon = askServer(form);

  offerPickers(form);
  searchCodes(form);
  showAndHide(form);
  form.addEventListener("input", () => {
    showAndHide(form);
    keeper.typed();
    askSoon();
  });
  sendOnce(form, keeper.settled, () => keeper.tell(form.dataset.unsent));
  window.addEventListener("beforeunload", (event) => {
    if (keeper.isUnkept() && !form.dataset.leaving) event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (!event.altKey || event.code !== "KeyS") return; // the key, not its sign: Option and S give ß
    event.preventDefault();
    form.querySelector("[data-save]").click();
  });
  if (form.dataset.wentTo) goTo(form.dataset.wentTo);
}

// A choice between two people's answers: little is typed there, but its session may end as well.
const settling = document.querySelector("[data-settles]");
if (settling) {
  const told = settling.querySelector("[data-unkept]");
  sendOnce(settling, () => sessionOf(settling).check(true), () => {
    told.hidden = false;
  });
}

if (form) enter();

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
