// Ticks a whole section in place; without this script the button asks the server to do it.
for (const button of document.querySelectorAll("[data-tick]")) {
  button.addEventListener("click", (event) => {
    event.preventDefault();
    const boxes = document.querySelectorAll(`#${button.dataset.tick} input[name="item"]`);
    for (const box of boxes) box.checked = true;
    boxes[0]?.focus();
  });
}
