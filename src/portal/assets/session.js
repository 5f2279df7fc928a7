// Two minutes before the session ends: says so, and one press prolongs it. Without script the page says when it ends.
const WARNED_BEFORE_MS = 120_000;
const end = document.getElementById('scadenza-sessione');
if (end !== null) expect(end.dataset.scade);

function expect(instant) {
  setTimeout(warn, Math.max(new Date(instant).getTime() - Date.now() - WARNED_BEFORE_MS, 0));
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
    // The page says anew when the session ends: after eight hours it does, however often it is prolonged.
    const page = await fetch('/sessione').then(
      (answer) => answer.text(),
      () => '',
    );
    const next = new DOMParser().parseFromString(page, 'text/html').getElementById('scadenza-sessione');
    if (next === null) text.textContent = end.dataset.finita;
    else {
      box.remove();
      expect(next.dataset.scade);
    }
  });
  box.append(text, button);
  document.body.append(box);
}
