// The page of calls, live: who waits, and the count in the window's title. While its stream is open, one is online; a
// key or a click, anywhere, says that somebody is in front of it, and answers when the page asks.
const TITLE = document.title;
const HERE_MS = 60000;
const { live, here, token } = document.querySelector("[data-live]").dataset;
let saidHere = Date.now();

async function sayHere() {
  if (Date.now() - saidHere < HERE_MS && !document.getElementById("here")) return;
  saidHere = Date.now();
  const body = new URLSearchParams({ token });
  const answer = await fetch(here, { method: "POST", body, headers: { accept: "application/json" } }).catch(() => null);
  if (answer?.ok && !answer.redirected) showNews(await answer.json());
}
for (const sign of ["pointerdown", "keydown"]) addEventListener(sign, sayHere);

function countWaiting() {
  const waiting = Number(document.querySelector("[data-waiting]")?.dataset.waiting ?? 0);
  const title = waiting ? `(${waiting}) ${TITLE}` : TITLE;
  document.title = document.getElementById("here") ? `Are you there? ${title}` : title;
}

function showNews({ parts }) {
  showParts(parts);
  countWaiting();
}

hearLive(live, {
  data: showNews,
  over: () => location.assign("/console/calls?news=offline"),
  quiet: (isQuiet) => {
    document.querySelector("[data-quiet]").hidden = !isQuiet;
  },
});
countWaiting();
bindKeys({ n: "take the next customer", "?": "this list" });
