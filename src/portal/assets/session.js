// Two minutes before the session ends: says so, and one press prolongs it. Without script the page says when it ends.
const WARNED_BEFORE_MS = 120_000;
const end = document.getElementById('scadenza-sessione');
if (end !== null) {
  const ms = new Date(end.dataset.scade).getTime() - Date.now() - WARNED_BEFORE_MS;
  setTimeout(warn, Math.max(ms, 0));
}

function warn() {
  const box = document.createElement('div');
  box.className = 'avviso-sessione alert alert-warning';
  box.setAttribute('role', 'alert');
  const text = document.createElement('p');
  text.textContent = end.dataset.avviso;
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'btn btn-primary';
  button.textContent = end.dataset.prolunga;
  button.addEventListener('click', async () => {
    const answer = await fetch('/sessione', { headers: { Accept: 'text/html' } });
    const isThere = answer.ok && !answer.redirected;
    if (!isThere) text.textContent = end.dataset.finita;
    else {
      box.remove();
      setTimeout(warn, 28 * 60_000);
    }
  });
  box.append(text, button);
  document.body.append(box);
}
