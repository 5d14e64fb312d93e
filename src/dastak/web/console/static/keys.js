// Single keys for what is on the page: whatever carries data-key is clicked, or opened, by that key. `?` lists them.
// They rest while somebody types, and can be turned off for good (WCAG 2.1.4).
const KEYS_OFF = "dastak-keys-off";

function bindKeys(words, more = {}) {
  const dialog = document.querySelector("[data-keys]");
  const opener = document.querySelector("[data-open-keys]");
  const isOn = dialog.querySelector("[data-keys-on]");
  const list = dialog.querySelector("[data-key-list]");
  for (const [key, meaning] of Object.entries(words)) {
    const [term, told] = [document.createElement("dt"), document.createElement("dd")];
    term.append(Object.assign(document.createElement("kbd"), { textContent: key }));
    told.textContent = meaning;
    list.append(term, told);
  }
  isOn.checked = localStorage.getItem(KEYS_OFF) === null;
  isOn.addEventListener("change", () => {
    if (isOn.checked) localStorage.removeItem(KEYS_OFF);
    else localStorage.setItem(KEYS_OFF, "yes");
  });
  opener.hidden = false;
  opener.addEventListener("click", () => dialog.showModal());

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || dialog.open) return;
    if (!isOn.checked || event.target.closest?.("input, textarea, select, [contenteditable]")) return;
    const key = event.key.toLowerCase();
    const act = key === "?" ? () => dialog.showModal() : more[key] ?? pressed(key);
    if (!act) return;
    event.preventDefault();
    act();
  });

  function pressed(key) {
    const place = /^[a-z]$/.test(key) ? document.querySelector(`[data-key="${key}"]`) : null;
    if (!place || place.disabled) return null;
    return () => {
      place.focus();
      place.click();
    };
  }
}
