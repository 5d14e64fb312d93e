// Forms with data-act are sent without leaving the page: a reload would cut the call. The server answers with the pieces
// of the page as they are then, with where to go on, or with what is wrong. Without this file they are plain forms.
const SENT = new Map(); // acts under way: a second click does nothing
let isLeaving = false;
let newest = -1;

// The stream and the answers overtake each other; an older piece of news changes nothing.
function showNewest({ version, parts }) {
  if (version < newest) return;
  newest = version;
  showParts(parts);
}

function sendForm(form, submitter) {
  const said = new URLSearchParams(new FormData(form, submitter));
  const act = `${form.action}?${said}`;
  if (!SENT.has(act)) SENT.set(act, send(form.action, said, submitter).finally(() => SENT.delete(act)));
  return SENT.get(act);
}

async function send(path, said, submitter) {
  submitter?.setAttribute("aria-busy", "true");
  try {
    await take(await fetch(path, { method: "POST", body: said, headers: { accept: "application/json" } }));
  } catch {
    sayProblem("That did not reach the server. Check your connection, then do it once more.");
  } finally {
    submitter?.removeAttribute("aria-busy");
  }
}

function leaveFor(path) {
  isLeaving = true;
  location.assign(path);
}

// The page is no longer right. An act under way may be the reason, and knows where to go on.
async function loadAgain() {
  await Promise.allSettled(SENT.values());
  if (!isLeaving) location.reload();
}

async function take(answer) {
  if (answer.redirected) return leaveFor(answer.url); // signed out
  if (!answer.headers.get("content-type")?.startsWith("application/json")) {
    return sayProblem("The server could not do that just now. Wait a moment, then do it once more.");
  }
  const said = await answer.json();
  if (said.go) return leaveFor(said.go);
  sayProblem(said.problem ?? "");
  showNewest(said);
}

function sayProblem(words) {
  const place = document.querySelector("[data-problem]");
  place.textContent = words;
  place.hidden = !words;
}
