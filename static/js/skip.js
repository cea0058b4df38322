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

function isTyped(item) {
  return Array.from(item.querySelectorAll("input, select, textarea")).some((box) => {
    if (box.type === "hidden" || box.name.endsWith(".unit") || box.className === "pick-date") return false;
    return box.type === "radio" || box.type === "checkbox" ? box.checked && box.value !== "" : box.value.trim() !== "";
  });
}

function holdsSomething(item) {
  return item.matches(".has-error, .has-query, .changed") || item.querySelector(".group-row") !== null || isTyped(item);
}

// What holds a value is never hidden: it says that it is no longer asked, and a save asks what becomes of it.
function say(item, words) {
  let place = item.querySelector(":scope > .not-asked");
  if (!words) return place?.remove();
  if (place) return;
  place = document.createElement("p");
  place.className = "not-asked";
  place.setAttribute("role", "status");
  place.textContent = words;
  item.append(place);
}

export function showAndHide(form) {
  for (const item of form.querySelectorAll("[data-shown-when]")) {
    const isAsked = isMet(form, item);
    const stays = !isAsked && holdsSomething(item);
    item.hidden = !isAsked && !stays;
    say(item, stays ? form.dataset.notAsked : "");
  }
}
