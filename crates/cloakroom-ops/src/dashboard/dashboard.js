// Brings the overview up to date every ten seconds, while somebody looks at it; without a script it is as it was loaded.
const live = document.getElementById('live');
const refresh = async () => {
  if (document.hidden || live.contains(document.activeElement)) return;
  const answer = await fetch(live.dataset.from, { headers: { accept: 'text/html' } }).catch(() => null);
  if (answer?.ok) live.innerHTML = await answer.text();
};
if (live) setInterval(refresh, 10_000);
