// Sends a form once, and only when it will be answered: the session stands, the server is there, the typing is kept.

const ANSWERED_MS = 15000; // after so long somebody may press again: the key of the page makes it one effect

export function sendOnce(form, settled, unreachable) {
  let busy = false;
  let goes = false;

  form.addEventListener("submit", async (event) => {
    if (goes) {
      goes = false;
      return;
    }
    event.preventDefault();
    if (busy) return;
    busy = true;
    const button = event.submitter;
    const found = await settled();
    if (found === "unreachable") unreachable();
    busy = ["kept", "refused", "here"].includes(found);
    if (!busy) return;
    goes = true;
    form.dataset.leaving = "sent";
    form.requestSubmit(button);
    setTimeout(() => {
      busy = false;
      delete form.dataset.leaving;
    }, ANSWERED_MS);
  });
  // A page that comes back as it was may be older than what is saved or kept by now.
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());
}
