// The log, live. Rows change in their place. New ones go on top at once while the top is in view and nobody is at work in
// the table; else they wait behind a button, so that nothing moves under the reader's eyes or keys.
const place = document.querySelector("[data-live]");
const sheet = place.querySelector(".sheet");
const body = place.querySelector("tbody");
const button = document.querySelector("[data-fresh]");
const said = document.querySelector("[data-said]");
const gap = document.querySelector("[data-gap]");
const isNewest = "newest" in place.dataset;
const MOST_ROWS = 200;
const SHINE_MS = 1500;
const waiting = new Map();

const counted = (number) => `${number} new ${number === 1 ? "delivery" : "deliveries"}`;
const rowOf = (html) => {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  return fresh.content.querySelector("tr");
};
const rowWith = (id) => [...body.rows].find((row) => row.dataset.id === id);
const isLater = (one, other) => BigInt(one.dataset.position) > BigInt(other.dataset.position);
const isAtWork = () => sheet.contains(document.activeElement) || !getSelection().isCollapsed;
const isTopInView = () => place.getBoundingClientRect().top > -40;

function change(row, fresh) {
  if (row.isEqualNode(fresh)) return;
  const isFocused = row.contains(document.activeElement);
  row.replaceWith(fresh);
  if (isFocused) fresh.querySelector("a")?.focus();
}

function add(fresh) {
  const below = [...body.rows].find((row) => isLater(fresh, row));
  body.insertBefore(fresh, below ?? null);
  fresh.classList.add("new");
  setTimeout(() => fresh.classList.remove("new"), SHINE_MS);
}

function addAll(rows) {
  rows.forEach(add);
  while (body.rows.length > MOST_ROWS) body.rows[body.rows.length - 1].remove();
  if (!rows.length) return;
  sheet.hidden = false;
  place.querySelector("[data-empty]")?.remove();
}

function tell() {
  button.parentElement.hidden = !waiting.size;
  button.textContent = `Show ${counted(waiting.size)}`;
}

function take({ rows = [], gap: isGap }) {
  const fresh = [];
  for (const [id, , html] of rows) {
    const [now, next] = [rowWith(id), rowOf(html)];
    if (now) change(now, next);
    else if (waiting.has(id)) waiting.set(id, next);
    else if (isNewest) fresh.push(next);
  }
  if (isGap && isNewest) gap.hidden = false;
  if (!fresh.length) return;
  if (isTopInView() && !isAtWork() && !waiting.size) addAll(fresh);
  else fresh.forEach((row) => waiting.set(row.dataset.id, row));
  said.textContent = counted(waiting.size || fresh.length);
  tell();
}

button.addEventListener("click", () => {
  const rows = [...waiting.values()];
  waiting.clear();
  addAll(rows);
  tell();
  place.scrollIntoView({ block: "start" });
  body.querySelector("a")?.focus({ preventScroll: true });
});

hearLive(place.dataset.live, {
  data: take,
  over: () => location.reload(),
  quiet: (isQuiet) => {
    document.querySelector("[data-quiet]").hidden = !isQuiet;
  },
});
