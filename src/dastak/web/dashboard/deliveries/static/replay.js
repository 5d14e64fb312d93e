// A replay's page, live: its progress, until it has ended.
hearLive(document.querySelector("[data-live]").dataset.live, {
  data: ({ parts }) => showParts(parts),
  over: () => location.reload(),
  quiet: (isQuiet) => {
    document.querySelector("[data-quiet]").hidden = !isQuiet;
  },
});
