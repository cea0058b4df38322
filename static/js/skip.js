// Shows and hides items by the same conditions the server judges by, handed over with each item.

function valuesOf(form, name) {
  const boxes = form.elements.namedItem(name);
  if (!boxes) return null;
  if (boxes instanceof RadioNodeList) {
    return Array.from(boxes).filter((box) => box.checked).map((box) => box.value);
  }
  if (boxes.type === "checkbox") return boxes.checked ? [boxes.value] : [];
  return [boxes.value.trim()];
}

function isMet(form, item) {
  const { item: name, values } = JSON.parse(item.dataset.shownWhen);
  const path = item.dataset.item ?? ""; // a group of rows has none
  const row = path.includes("/") ? path.replace(/[^/]*$/, "") : "";
  const found = valuesOf(form, row + name) ?? valuesOf(form, name) ?? [];
  const asking = form.querySelector(`[data-item="${row + name}"]`) ?? form.querySelector(`[data-item="${name}"]`);
  return (!asking || !asking.hidden) && found.some((value) => values.includes(value));
}

function holdsSomething(item) {
  return item.matches(".has-error, .has-query, .changed") || item.querySelector(".group-row") !== null;
}

export function showAndHide(form) {
  for (const item of form.querySelectorAll("[data-shown-when]")) {
    item.hidden = !isMet(form, item) && !holdsSomething(item);
  }
}
