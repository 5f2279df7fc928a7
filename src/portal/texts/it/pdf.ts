/** Receipts as PDF. */
export const pdf = {
  download: 'Scarica la ricevuta (PDF)',
  test: 'Ricevuta di un test comunicato',
  tests: 'Ricevuta di più test comunicati',
  daily: 'Ricevuta del numero di test di un giorno',
  what: 'Questo documento riporta ciò che il servizio ha registrato. Il numero della comunicazione lo identifica.',
  whatOfSeveral: 'Questo documento riporta ciò che il servizio ha registrato. Ogni test ha il suo numero.',
  number: 'Numero di test',
  state: 'Stato',
  registered: 'registrato',
  cancelled: 'annullato',
  replaced:
    'I caratteri che questo documento non può mostrare sono scritti senza accenti o sostituiti da «?»: fa fede il codice fiscale.',
  foot: 'Pagina %1 di %2',
};
