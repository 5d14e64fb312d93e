// Forms with data-act are sent without leaving the page: a reload would cut the call. The server answers with the pieces
// of the page as they are then, with where to go on, or with what is wrong. Without this file they are plain forms.
const SENT = new Set(); // actions under way: a second click does nothing
let newest = -1;
let isLeaving = false;

// The stream and the answers overtake each other; an older piece of news changes nothing.
function showNewest({ version, parts }) {
  if (version < newest) return;
  newest = version;
  showParts(parts);
}

async function sendForm(form, submitter) {
  const said = new URLSearchParams(new FormData(form, submitter));
  const act = `${form.action}?${said}`;
  if (SENT.has(act)) return;
  SENT.add(act);
  submitter?.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.action, { method: "POST", body: said, headers: { accept: "application/json" } });
    await take(answer);
  } catch {
    sayProblem("That did not reach the server. Check your connection, then do it once more.");
  } finally {
    SENT.delete(act);
    submitter?.removeAttribute("aria-busy");
  }
}

async function take(answer) {
  if (answer.redirected) return goTo(answer.url); // signed out
  if (!answer.headers.get("content-type")?.startsWith("application/json")) {
    return sayProblem("The server could not do that just now. Wait a moment, then do it once more.");
  }
  const said = await answer.json();
  if (said.go) return goTo(said.go);
  sayProblem(said.problem ?? "");
  showNewest(said);
}

function sayProblem(words) {
  const place = document.querySelector("[data-problem]");
  place.textContent = words;
  place.hidden = !words;
}

function goTo(url) {
  isLeaving = true;
  location.assign(url);
}

// The page is no longer right. If that is so because of what was done here, its answer says where to go.
function loadAgain() {
  if (isLeaving) return;
  if (SENT.size) setTimeout(loadAgain, 200);
  else location.reload();
}
