// Webhooks: the popup that shows an answer without leaving the list, and the schedule redrawn while one types.
// Without this file the same forms work on pages of their own.

const popup = document.querySelector("dialog#add");
const opener = document.querySelector("[data-opens=add]");

if (popup && opener) {
  let added = false;
  const button = document.createElement("button");
  button.textContent = opener.textContent;
  opener.replaceWith(button);
  button.addEventListener("click", () => {
    popup.showModal();
    popup.querySelector("#url")?.focus();
  });
  popup.addEventListener("submit", async (event) => {
    if (!event.target.matches("[data-part]")) return;
    event.preventDefault();
    const form = event.target;
    const fields = new URLSearchParams(new FormData(form));
    const send = form.querySelector("button");
    if (send.disabled) return;
    const words = send.textContent;
    send.disabled = true;
    send.setAttribute("aria-busy", "true");
    send.textContent = "Sending a test event …";
    try {
      const answer = await fetch(form.action, { method: "POST", body: fields, headers: { "x-part": "add" } });
      if (answer.redirected) return location.assign(answer.url);
      put(await answer.text());
      added = answer.status === 201;
    } catch {
      send.disabled = false;
      send.removeAttribute("aria-busy");
      send.textContent = words;
      say(form, "The dashboard could not be reached. Check your connection, then try again.");
    }
  });
  popup.addEventListener("close", () => {
    if (added) location.reload();
  });
}

function put(text) {
  const inside = popup.querySelector("[data-inside]");
  const page = new DOMParser().parseFromString(text, "text/html");
  const whole = page.querySelector("main") ?? page.body; // a refusal comes as a whole page
  inside.replaceChildren(...whole.childNodes);
  copies(inside);
  (inside.querySelector("[aria-invalid]") ?? inside.querySelector("h2, h1"))?.focus();
  popup.scrollTop = 0;
}

function say(form, words) {
  const note = document.createElement("p");
  note.className = "notice bad";
  note.setAttribute("role", "alert");
  note.textContent = words;
  form.prepend(note);
}

// A button beside a secret that copies it.
function copies(root) {
  if (!navigator.clipboard) return;
  for (const field of root.querySelectorAll("[data-copied]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "second";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(field.value);
      button.textContent = "Copied";
    });
    field.after(button);
  }
}
copies(document);

// The schedule of retries, drawn by the server.
const drawn = document.querySelector("[data-redraw]");
if (drawn) {
  drawn.querySelector("[data-without-script]").hidden = true;
  let waiting = 0;
  let newest = 0;
  drawn.addEventListener("input", (event) => {
    if (event.target.name === "intervals") drawn.querySelector("[value=custom]").checked = true;
    clearTimeout(waiting);
    waiting = setTimeout(redraw, 250);
  });
  async function redraw() {
    const mine = ++newest;
    const form = drawn.closest("form");
    const fields = new FormData(form);
    const asked = new URLSearchParams({ retry: fields.get("retry"), intervals: fields.get("intervals") });
    const answer = await fetch(`${drawn.dataset.redraw}?${asked}`);
    if (!answer.ok || answer.redirected || mine !== newest) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    drawn.querySelector("[data-drawing]").replaceChildren(...page.body.childNodes);
  }
}

// Ticks of single events matter only when single events are wanted.
for (const inner of document.querySelectorAll("[data-only]")) {
  const group = inner.closest("fieldset");
  const look = () => (inner.hidden = group.querySelector("[name=which]:checked")?.value !== inner.dataset.only);
  group.addEventListener("change", look);
  look();
}
