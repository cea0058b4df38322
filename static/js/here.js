// Knows whether the person who opened the page is still the one who is logged in, and mends it where it can.
import { logInAgain } from "./again.js";

const PATIENCE_MS = 10000;

export function sessionOf(form) {
  let dismissed = false;
  let asking = null;

  // Nothing that one person typed is shown or sent where another one is logged in.
  function leave() {
    form.dataset.leaving = "stranger";
    form.replaceChildren();
    location.replace(location.pathname);
    return "stranger";
  }

  function goOn(here) {
    if (here.user !== form.dataset.author) return leave();
    for (const box of document.querySelectorAll("[name=csrfmiddlewaretoken]")) box.value = here.token;
    dismissed = false;
    return "here";
  }

  async function logIn() {
    const here = await logInAgain(form.dataset.resume);
    dismissed = here === null;
    return here ? goOn(here) : "ended";
  }

  // "here", "ended", "stranger" or "unreachable"; opens the dialog unless it was put away before.
  async function found(insists) {
    let answer;
    try {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      answer = await fetch(form.dataset.resume, { redirect: "manual", headers: { Accept: "application/json" }, signal });
    } catch {
      return "unreachable";
    }
    if (answer.ok) return goOn(await answer.json());
    if (answer.type === "opaqueredirect" || answer.status === 401) return dismissed && !insists ? "ended" : logIn();
    return answer.status === 403 || answer.status === 404 ? leave() : "unreachable";
  }

  return {
    check(insists = false) {
      asking ??= found(insists).finally(() => {
        asking = null;
      });
      return asking;
    },
  };
}
