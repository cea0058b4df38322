// The frame: `/` jumps to the subject field, a switch submits itself, buttons only needed without JavaScript go.

document.querySelectorAll("[data-without-js]").forEach((element) => element.remove());

document.querySelectorAll("select[data-submits]").forEach((select) => {
  select.addEventListener("change", () => select.form.submit());
});

const jump = document.querySelector("[data-jump]");

function isTyping(element) {
  return element.matches("input, select, textarea, [contenteditable]");
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || !jump) return;
  if (isTyping(event.target)) return;
  event.preventDefault();
  jump.focus();
  jump.select();
});
