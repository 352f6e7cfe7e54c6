// Brings the overview up to date every ten seconds, while somebody looks at it; without a script it is as it was loaded.
const live = document.getElementById('live');
let current = new Date();
const stale = () => {
  const warning = document.getElementById('stale') ?? document.createElement('p');
  warning.id = 'stale';
  warning.className = 'alarm';
  warning.setAttribute('role', 'status');
  warning.textContent = `Not up to date since ${current.toLocaleTimeString()}: the site does not answer.`;
  live.before(warning);
};
const refresh = async () => {
  if (document.hidden || live.contains(document.activeElement)) return;
  const answer = await fetch(live.dataset.from, { headers: { accept: 'text/html' } }).catch(() => null);
  // Whoever may no longer look at it does not go on seeing it.
  if (answer?.status === 404) return location.reload();
  if (!answer?.ok) return stale();
  live.innerHTML = await answer.text();
  current = new Date();
  document.getElementById('stale')?.remove();
};
if (live) setInterval(refresh, 10_000);
