// Logs in again in place: password and second factor are asked in a dialog, the page behind it stays as it is.

const dialog = document.querySelector("[data-again]");
const part = (name) => dialog.querySelector(`[data-${name}]`);

function say(words) {
  part("said").textContent = words;
  part("said").hidden = !words;
}

function show(step) {
  part("first").hidden = step !== "first";
  part("second").hidden = step !== "second";
  dialog.querySelector(step === "first" ? "#again-password" : "#again-code").focus();
}

// Follows the log-in as a browser would: the way back leads to an address that says who is logged in.
async function ask(address, fields) {
  const asked = fields && { method: "POST", body: new URLSearchParams(fields) };
  const answer = await fetch(address, asked || {});
  const isJson = (answer.headers.get("Content-Type") ?? "").startsWith("application/json");
  if (isJson && answer.ok) return { here: await answer.json() };
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return { page, address: answer.url, token: page.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "" };
}

function wordsOf(page) {
  const found = page.querySelector("main .alert, main .invalid-feedback, main .errorlist, main [role=alert], main p");
  return found ? found.textContent.trim() : "";
}

export function logInAgain(resume) {
  return new Promise((resolve) => {
    const fields = dialog.querySelector("form").elements;
    const login = `${dialog.dataset.login}?next=${encodeURIComponent(resume)}`;
    const button = dialog.querySelector("[type=submit]");
    let second = null;

    function end(here) {
      fields.password.value = fields.code.value = "";
      dialog.close();
      resolve(here);
    }

    function went(answer) {
      if (answer.here) return end(answer.here);
      const asksCode = answer.page.querySelector("[name=code]") !== null;
      const failed = asksCode ? second !== null : answer.page.querySelector("[name=password]") !== null;
      say(failed ? wordsOf(answer.page) : asksCode ? "" : dialog.dataset.setUp);
      second = asksCode ? answer : null;
      show(asksCode ? "second" : "first");
    }

    async function tryIt() {
      button.disabled = true; // a password is asked for once, however often somebody presses
      try {
        if (second) return went(await ask(second.address, { csrfmiddlewaretoken: second.token, code: fields.code.value }));
        const first = await ask(login);
        if (first.here) return end(first.here);
        const given = { csrfmiddlewaretoken: first.token, login: fields.login.value, password: fields.password.value };
        went(await ask(login, { ...given, next: resume }));
      } catch {
        say(dialog.dataset.unreachable);
      } finally {
        button.disabled = false;
      }
    }

    async function elsewhere() {
      try {
        const found = await ask(resume);
        if (found.here) end(found.here);
      } catch {
        say(dialog.dataset.unreachable);
      }
    }

    dialog.querySelector("form").onsubmit = (event) => {
      event.preventDefault();
      tryIt();
    };
    part("elsewhere").onclick = elsewhere;
    part("not-now").onclick = () => end(null);
    dialog.oncancel = () => end(null);
    say("");
    dialog.showModal();
    show("first");
  });
}
