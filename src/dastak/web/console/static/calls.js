// The page of calls, live: who waits, and the count in the window's title. While its stream is open, one is online.
const TITLE = document.title;

function countWaiting() {
  const waiting = Number(document.querySelector("[data-waiting]")?.dataset.waiting ?? 0);
  document.title = waiting ? `(${waiting}) ${TITLE}` : TITLE;
}

hearLive(document.querySelector("[data-live]").dataset.live, {
  data: ({ parts }) => {
    showParts(parts);
    countWaiting();
  },
  over: () => location.assign("/console/calls"),
  quiet: (isQuiet) => {
    document.querySelector("[data-quiet]").hidden = !isQuiet;
  },
});
countWaiting();
bindKeys({ n: "take the next customer", "?": "this list" });
