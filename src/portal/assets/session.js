// Two minutes before the session ends: says so, and one press prolongs it. Without script the page says when it ends.
const WARNED_BEFORE_MS = 120_000;
const PLACE = 'scadenza-sessione';
const own = document.getElementById(PLACE);
if (own !== null) warnBefore(own);

/** @param place of a page: when its session ends, and the words for it */
function warnBefore(place) {
  const left = new Date(place.dataset.scade).getTime() - Date.now();
  setTimeout(() => warn(place), Math.max(left - WARNED_BEFORE_MS, 0));
}

function warn(place) {
  const box = document.createElement('div');
  box.className = 'avviso-sessione alert alert-warning';
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
    const left = next === null ? 0 : new Date(next.dataset.scade).getTime() - Date.now();
    if (left > WARNED_BEFORE_MS) {
      box.remove();
      warnBefore(next);
    } else {
      // Over, or its eight hours are: another page does not prolong it.
      text.textContent = next === null ? place.dataset.finita : next.textContent;
      button.remove();
    }
  });
  box.append(text, button);
  document.body.append(box);
}
