// Keeps on the server what is typed between saves, so that a lost network or a closed tab costs nothing.

const WAIT_MS = 3000;

export function keepDraft(form) {
  const place = form.querySelector("[data-kept]");
  let timer = 0;

  async function keep() {
    try {
      const answer = await fetch(form.dataset.draft, { method: "POST", body: new FormData(form), redirect: "manual" });
      if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
        place.textContent = form.dataset.ended; // sent to the log-in: trying again keeps nothing
        return;
      }
      const said = await answer.json();
      place.textContent = said.kept ?? said.refused ?? "";
    } catch {
      place.textContent = form.dataset.unsaved;
      timer = setTimeout(keep, 4 * WAIT_MS);
    }
  }

  return () => {
    clearTimeout(timer);
    timer = setTimeout(keep, WAIT_MS);
  };
}
