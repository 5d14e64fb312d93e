// The review screen: pictures can be turned and enlarged, the reason shows when it is asked for, and news come live.
// Without this file the pictures are plain, every field shows, and the page loads itself anew from time to time.

const STEP = 1.5;
const MOST = 8;

for (const frame of document.querySelectorAll("[data-turn]")) makeTurnable(frame);

function makeTurnable(frame) {
  const picture = frame.querySelector("img");
  const at = { turn: 0, zoom: 1, x: 0, y: 0 };
  const draw = () => {
    picture.style.transform = `translate(${at.x}px, ${at.y}px) rotate(${at.turn}deg) scale(${at.zoom})`;
  };
  const zoomTo = (zoom) => {
    at.zoom = Math.min(MOST, Math.max(1, zoom));
    if (at.zoom === 1) at.x = at.y = 0;
    draw();
  };
  const acts = [
    ["↺", "Turn to the left", () => { at.turn -= 90; draw(); }],
    ["↻", "Turn to the right", () => { at.turn += 90; draw(); }],
    ["+", "Enlarge", () => zoomTo(at.zoom * STEP)],
    ["−", "Make smaller", () => zoomTo(at.zoom / STEP)],
    ["Reset", "Show it as it was", () => { at.turn = 0; zoomTo(1); }],
  ];
  const tools = document.createElement("div");
  tools.className = "tools";
  tools.setAttribute("role", "group");
  tools.setAttribute("aria-label", picture.alt);
  for (const [words, label, act] of acts) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "second";
    button.textContent = words;
    button.title = label;
    button.setAttribute("aria-label", label);
    button.addEventListener("click", act);
    tools.append(button);
  }
  frame.after(tools);
  frame.classList.add("ready");
  picture.draggable = false;
  frame.addEventListener("pointerdown", (event) => {
    if (at.zoom === 1) return;
    frame.setPointerCapture(event.pointerId);
    const from = { x: event.clientX - at.x, y: event.clientY - at.y };
    const drag = (move) => {
      at.x = move.clientX - from.x;
      at.y = move.clientY - from.y;
      draw();
    };
    frame.addEventListener("pointermove", drag);
    frame.addEventListener("lostpointercapture", () => frame.removeEventListener("pointermove", drag), { once: true });
  });
}

function showReason() {
  const part = document.querySelector("[data-for='reject']");
  if (part) part.hidden = !document.querySelector("#reject").checked;
}

addEventListener("change", showReason);
showReason();

const live = document.querySelector("[data-live]");
if (live) watch(live.dataset.live);

function watch(url) {
  const source = new EventSource(url);
  source.addEventListener("message", async (event) => {
    const news = JSON.parse(event.data);
    showProgress(news.recording);
    if (news.recording.state !== section("recording").dataset.state) await renew("recording");
    if (!news.open && section("decision").dataset.open === "yes") {
      await renew("decision", "The case was decided a moment ago, not by this page.");
    }
    if (!news.open && news.recording.state !== "composing") source.close();
  });
  addEventListener("pagehide", () => source.close(), { once: true });
  addEventListener("pageshow", (event) => event.persisted && watch(url), { once: true });
}

function section(id) {
  return document.getElementById(id);
}

function showProgress({ state, percent, words }) {
  const bar = document.querySelector("#recording progress");
  if (state !== "composing" || !bar) return;
  bar.value = percent;
  const said = document.querySelector("#progress-words");
  if (said.textContent !== words) said.textContent = words;
}

// Only that part of the page is replaced: what was typed elsewhere stays.
async function renew(id, words) {
  const answer = await fetch(location.pathname);
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById(id);
  if (!fresh) return;
  const here = section(id);
  const hadFocus = here.contains(document.activeElement);
  here.replaceWith(fresh);
  if (words) {
    const said = document.createElement("p");
    said.className = "notice note";
    said.setAttribute("role", "alert");
    said.textContent = words;
    fresh.prepend(said);
  }
  if (hadFocus) fresh.focus();
}
