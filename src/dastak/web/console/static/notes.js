// Notes are saved as they are typed, a moment after the last letter; what could not be saved is tried again.
function keepNotes(form) {
  const PAUSE_MS = 700;
  const AGAIN_MS = 3000;
  const field = form.querySelector("textarea");
  const state = form.querySelector("[data-notes-state]");
  let saved = field.value;
  let timer = 0;
  let saving = null;

  form.querySelector("button").hidden = true;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    save();
  });
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE_MS);
    state.textContent = "";
  });
  field.addEventListener("blur", save);
  addEventListener("pagehide", () => isDirty() && send(true));

  function isDirty() {
    return field.value !== saved;
  }

  async function save() {
    clearTimeout(timer);
    while (saving) await saving;
    if (!isDirty()) return;
    saving = send(false);
    await saving;
    saving = null;
  }

  async function send(keepalive) {
    const text = field.value;
    const said = new URLSearchParams(new FormData(form));
    try {
      const headers = { accept: "application/json" };
      const answer = await fetch(form.action, { method: "POST", body: said, headers, keepalive });
      const isJson = answer.headers.get("content-type")?.startsWith("application/json");
      const told = isJson ? await answer.json() : {};
      if (!told.parts || told.problem) throw new Error(told.problem ?? "The server could not be reached.");
      saved = text;
      state.textContent = `Saved at ${new Date().toLocaleTimeString("en-IN", { hour12: false, timeZone: "Asia/Kolkata" })}.`;
    } catch (trouble) {
      const why = trouble instanceof TypeError ? "The server could not be reached." : trouble.message;
      state.textContent = `Not saved yet. ${why}`;
      timer = setTimeout(save, AGAIN_MS);
    }
  }

  return { save };
}
