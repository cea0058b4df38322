// Says at once, before it is sent, that a file is too large. The server says the same.
for (const box of document.querySelectorAll("input[type=file][data-most-bytes]")) {
  box.addEventListener("change", () => {
    const file = box.files[0];
    const isTooLarge = file !== undefined && file.size > Number(box.dataset.mostBytes);
    box.setCustomValidity(isTooLarge ? box.dataset.tooLarge : "");
    if (isTooLarge) box.reportValidity();
  });
}
