// Hears what the server says of the page that is shown: `data` for each piece of news, `over` when the news is that the
// page is no longer right and must be loaded again, `quiet(true)` while nothing can be heard.
function hearLive(path, { data, over, quiet = () => {} }) {
  const PATIENCE_MS = 4000;
  const AGAIN_MS = 2000;
  let source = null;
  let worry = 0;

  const open = () => {
    source = new EventSource(path);
    source.addEventListener("open", () => {
      clearTimeout(worry);
      worry = 0;
      quiet(false);
    });
    source.addEventListener("message", (event) => {
      const news = JSON.parse(event.data);
      if (!news.over) return data(news);
      source.close();
      return over();
    });
    source.addEventListener("error", () => {
      worry ||= setTimeout(() => quiet(true), PATIENCE_MS); // every stream ends now and then; that is no news
      if (source.readyState === EventSource.CLOSED) refused();
    });
  };
  // Answered, but not with a stream: whoever must sign in anew learns it from the page itself.
  const refused = async () => {
    const answer = await fetch(location.href, { method: "HEAD", redirect: "manual" }).catch(() => ({ ok: true }));
    const isBusy = answer.status >= 500 || answer.status === 429;
    if (answer.ok || isBusy) setTimeout(open, AGAIN_MS);
    else over();
  };
  open();
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => event.persisted && open());
}

// Puts the new HTML of each named part in its place, where it differs; the focus stays on what has the same id.
function showParts(parts) {
  for (const [name, html] of Object.entries(parts)) {
    const place = document.querySelector(`[data-part="${name}"]`);
    if (place) showPart(place, html);
  }
}

function showPart(place, html) {
  const fresh = document.createElement("template"); // nothing in it is loaded while it is compared
  fresh.innerHTML = html;
  const [now, next] = [[...place.childNodes], [...fresh.content.childNodes]];
  if (now.length === next.length && now.every((node, at) => node.isEqualNode(next[at]))) return;
  const focused = place.contains(document.activeElement) ? document.activeElement.id : "";
  place.replaceChildren(...next);
  if (focused) (document.getElementById(focused) ?? place.querySelector("button, a, [tabindex]"))?.focus();
}
