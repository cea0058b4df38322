// Keeps on the server what is typed between saves: a lost network, a closed tab or an ended session costs nothing.

const SOON_MS = 1200;
const PATIENCE_MS = 10000;
const PAUSES_MS = [1000, 2000, 4000, 8000];

const now = () => new Date().toTimeString().slice(0, 8);

export function keepDraft(form, session) {
  const place = form.querySelector("[data-kept]");
  const banner = form.querySelector("[data-unkept]");
  let stroke = 0;
  let kept = 0;
  let since = ""; // when the first stroke fell that is not kept yet
  let timer = 0;
  let tries = 0;
  let running = Promise.resolve();

  function body() {
    const typed = new URLSearchParams(new FormData(form));
    typed.set("author", form.dataset.author);
    typed.set("sequence", stroke);
    return typed;
  }

  function tell(why) {
    banner.hidden = !why;
    banner.querySelector("[data-why]").textContent = why.replace("{time}", since || now());
    banner.querySelector("[data-log-in]").hidden = why !== form.dataset.ended;
    if (why) place.textContent = "";
  }

  async function send(byTimer) {
    const upTo = stroke;
    // What a timer sends again is no use of the session: only a stroke keeps it alive.
    const headers = { Accept: "application/json", ...(byTimer ? { "X-Poll": "draft" } : {}) };
    try {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const asked = { method: "POST", body: body(), redirect: "manual", headers, signal };
      const answer = await fetch(form.dataset.draft, asked);
      if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) return "ended";
      if (answer.status >= 500 || answer.status === 429) return "unreachable";
      const said = await answer.json().catch(() => ({}));
      if (said.stranger) return "ended";
      if (answer.ok) kept = Math.max(kept, upTo);
      place.textContent = said.kept ?? said.refused ?? said.detail ?? "";
      return answer.ok ? "kept" : "refused";
    } catch {
      return "unreachable";
    }
  }

  async function keep({ byTimer = false, insists = false } = {}) {
    let outcome = await send(byTimer);
    if (outcome === "ended") {
      tell(form.dataset.ended);
      const found = await session.check(insists);
      outcome = found === "here" ? await send(false) : found;
    }
    tries = outcome === "unreachable" ? tries + 1 : 0;
    if (outcome === "unreachable") tell(form.dataset.unsaved);
    else tell(outcome === "ended" ? form.dataset.ended : "");
    if (outcome === "kept") since = kept < stroke ? now() : "";
    if (outcome === "unreachable") soon(PAUSES_MS[Math.min(tries, PAUSES_MS.length) - 1], { byTimer: true });
    else if (outcome === "kept" && kept < stroke) soon(SOON_MS);
    return outcome;
  }

  function keepNow(how) {
    clearTimeout(timer);
    timer = 0;
    running = running.then(() => keep(how));
    return running;
  }

  // Not put off by the next stroke: who types without a pause is kept all the same.
  function soon(pause, how) {
    timer ||= setTimeout(keepNow, pause, how);
  }

  banner.querySelector("[data-log-in]").addEventListener("click", () => keepNow({ insists: true }));
  window.addEventListener("online", () => kept < stroke && keepNow({ byTimer: true }));
  document.addEventListener("visibilitychange", () => document.hidden && kept < stroke && keepNow());
  window.addEventListener("pagehide", () => {
    if (kept < stroke && !form.dataset.leaving) navigator.sendBeacon(form.dataset.draft, body());
  });

  return {
    typed() {
      stroke += 1;
      since ||= now();
      soon(SOON_MS);
    },
    tell,
    isUnkept: () => !banner.hidden,
    // Before a save: what is typed is kept, and the person is known to be still logged in.
    settled: () => (kept < stroke ? keepNow({ insists: true }) : session.check(true)),
  };
}
