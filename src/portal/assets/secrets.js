// A button beside each secret field shows its content. Without script the field stays hidden.
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
  // Submitted as a secret: the browser stores no history of its values.
  field.form.addEventListener('submit', () => show(false));
  show(false);
  field.after(button);
}
