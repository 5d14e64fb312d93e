// Shows new events as they arrive. Without it, reload the page.

const events = document.getElementById("events");
const light = document.getElementById("live");
const stream = new EventSource("/live");

stream.addEventListener("open", () => {
  light.hidden = false;
  refresh();
});
stream.addEventListener("error", () => {
  light.hidden = true;
});
stream.addEventListener("message", refresh);

let busy = false;
let again = false;

async function refresh() {
  if (busy) {
    again = true;
    return;
  }
  busy = true;
  try {
    const answer = await fetch("/events");
    if (answer.ok) show(await answer.text());
  } catch {
    // the stream will say when the server is back
  } finally {
    busy = false;
    if (again) {
      again = false;
      refresh();
    }
  }
}

// What was unfolded stays unfolded.
function show(html) {
  const open = new Set([...events.querySelectorAll("details[open]")].map((details) => details.id));
  events.innerHTML = html;
  for (const details of events.querySelectorAll("details")) details.open = open.has(details.id);
}
