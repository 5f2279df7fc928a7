// Two minutes before the session ends: says so with the hour, and one press prolongs it. What is typed stays. Without
// script the page says in its header when the session ends.
const WARNED_BEFORE_MS = 120_000;
const PLACE = 'scadenza-sessione';
const own = document.getElementById(PLACE);
if (own !== null) warnBefore(own);

/** @param place element of a page with the end of its session and the texts */
function warnBefore(place) {
  const left = new Date(place.dataset.scade).getTime() - Date.now();
  setTimeout(() => warn(place), Math.max(left - WARNED_BEFORE_MS, 0));
}

function warn(place) {
  const box = document.createElement('div');
  box.className = 'avviso-sessione';
  box.setAttribute('role', 'alert');
  const text = document.createElement('p');
  text.textContent = place.dataset.avviso;
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'btn btn-primary';
  button.textContent = place.dataset.prolunga;
  button.addEventListener('click', async () => {
    const said = await fetch(place.dataset.indirizzo).then(
      (answer) => answer.text(),
      () => '',
    );
    const page = new DOMParser().parseFromString(said, 'text/html');
    const next = page.getElementById(PLACE);
    if (next !== null) own.textContent = next.textContent;
    const left = next === null ? 0 : new Date(next.dataset.scade).getTime() - Date.now();
    if (left > WARNED_BEFORE_MS) {
      const hadFocus = box.contains(document.activeElement);
      box.remove();
      makeRoom(0);
      if (hadFocus) before?.focus();
      warnBefore(next);
    } else {
      // It has ended, or reached eight hours: another page does not prolong it.
      text.textContent = next === null ? place.dataset.finita : next.textContent;
      button.remove();
    }
  });
  const before = document.activeElement === document.body ? null : document.activeElement;
  box.append(text, button);
  document.body.append(box);
  makeRoom(box.offsetHeight);
  before?.scrollIntoView({ block: 'nearest', behavior: 'instant' });
}

/** The page ends above the warning, and what gets the focus is scrolled above it (WCAG 2.4.11). */
function makeRoom(height) {
  document.body.style.paddingBottom = `${height}px`;
  document.documentElement.style.scrollPaddingBottom = `${height}px`;
}
