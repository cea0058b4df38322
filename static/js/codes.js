// Search in a code list while typing. Without it the whole name is typed, and a refusal names the nearest.
const PAUSE = 150;
let waiting = null;
let latest = null;

async function offer(box) {
  const list = document.getElementById(box.getAttribute("list"));
  const typed = box.value.trim();
  if (!list || typed === box.dataset.asked) return;
  box.dataset.asked = typed;
  latest?.abort();
  latest = new AbortController();
  try {
    const answer = await fetch(`${box.dataset.codes}?q=${encodeURIComponent(typed)}`, { signal: latest.signal, headers: { "X-Requested-With": "XMLHttpRequest" } });
    if (answer.ok && box.value.trim() === typed) list.innerHTML = await answer.text();
  } catch (failed) {
    // No network, or a newer question: what was typed stays, and the server judges it when it is saved.
    delete box.dataset.asked;
  }
}

export function searchCodes(form) {
  form.addEventListener("input", (event) => {
    const box = event.target.closest("input[data-codes]");
    if (!box) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => offer(box), PAUSE);
  });
}
