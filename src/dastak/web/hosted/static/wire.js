// How a page talks with the server while it is open. The page's own part follows this one.

const root = document.querySelector("[data-path]");
const { path, token } = root.dataset;
const RELISTEN_MS = 4000;

class Refused extends Error {
  constructor(status, code) {
    super(code);
    this.status = status;
    this.code = code;
  }

  // The server knows better than this page where the customer stands.
  get isStale() {
    return this.status === 401 || this.status === 409;
  }
}

async function tell(where, said = {}, seconds = 10) {
  const response = await fetch(`${path}/${where}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token, ...said }),
    signal: AbortSignal.timeout(seconds * 1000),
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, answer.error);
  return answer;
}

function goOn() {
  location.replace(path);
}

// Hears the case as it changes; when it deserves another page, that one is shown.
function listen(hear) {
  const stream = new EventSource(`${path}/live`);
  stream.onmessage = (event) => {
    const said = JSON.parse(event.data);
    if (said.page !== root.dataset.page || (said.call ?? "") !== (root.dataset.call ?? "")) {
      stream.close();
      goOn();
    } else hear(said);
  };
  stream.onerror = () => {
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => relisten(hear), RELISTEN_MS);
  };
}

async function relisten(hear) {
  const probe = await fetch(`${path}/checks/probe?bytes=0`, { cache: "no-store" }).catch(() => null);
  if (probe?.status === 401) goOn();
  else listen(hear);
}

// A dark screen would end a wait, or a call, on many phones.
function keepAwake() {
  const ask = () => document.visibilityState === "visible" && navigator.wakeLock?.request("screen").catch(() => {});
  document.addEventListener("visibilitychange", ask);
  ask();
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// Back from another page: what is shown is old.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
