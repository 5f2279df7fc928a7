// A button beside each field for a secret shows what is typed. Without script the field stays hidden dots.
for (const field of document.querySelectorAll('input[data-mostra]')) addButton(field);

function addButton(field) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'btn btn-sm btn-outline-primary mostra';
  button.setAttribute('aria-controls', field.id);
  const show = (isShown) => {
    field.type = isShown ? 'text' : 'password';
    button.textContent = isShown ? field.dataset.nascondi : field.dataset.mostra;
    button.setAttribute('aria-label', `${button.textContent}: ${field.labels[0].textContent}`);
  };
  button.addEventListener('click', () => show(field.type === 'password'));
  // Sent as a secret: the browser keeps no list of what was typed.
  field.form.addEventListener('submit', () => show(false));
  show(false);
  field.after(button);
}
