// Asks the server, while somebody types, what the values compute to, and says dates back in words.

const WAIT_MS = 200;

function put(form, kind, said) {
  for (const place of form.querySelectorAll(`[data-${kind}]`)) {
    const text = said[place.dataset[kind]] ?? "";
    if (place.textContent !== text) place.textContent = text;
  }
}

export function askServer(form) {
  let timer = 0;
  let asked = 0;

  async function ask() {
    const number = ++asked;
    try {
      // Sent as plain fields: a server reads the parts of a file upload far slower.
      const answer = await fetch(form.dataset.peek, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      if (!answer.ok || number !== asked) return;
      const said = await answer.json();
      put(form, "derived", said.computed);
      put(form, "echo", said.echoes);
      put(form, "answered", said.answered);
    } catch {
      // No network: the next stroke asks again, and a save computes everything anyway.
    }
  }

  return () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT_MS);
  };
}
