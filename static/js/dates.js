// Puts the browser's own date picker beside a day that is typed; what it gives is typed into the box.

function pickerFor(box, words) {
  const date = document.createElement("input");
  date.type = "date";
  date.className = "pick-date";
  date.tabIndex = -1;
  date.setAttribute("aria-hidden", "true");
  date.addEventListener("change", () => {
    const clock = box.value.includes(" ") ? box.value.slice(box.value.indexOf(" ")) : "";
    box.value = date.value + clock;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.focus();
  });

  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-sm btn-outline-secondary pick";
  button.textContent = "▦";
  button.setAttribute("aria-label", words);
  button.title = words;
  button.addEventListener("click", () => {
    if (/^\d{4}-\d{2}-\d{2}/.test(box.value)) date.value = box.value.slice(0, 10);
    date.showPicker();
  });
  return [date, button];
}

export function offerPickers(form) {
  if (!("showPicker" in HTMLInputElement.prototype)) return;
  for (const box of form.querySelectorAll("[data-day]")) {
    const label = form.querySelector(`label[for="${box.id}"]`);
    box.after(...pickerFor(box, `${form.dataset.pick} ${label ? label.textContent.trim() : ""}`));
  }
}
