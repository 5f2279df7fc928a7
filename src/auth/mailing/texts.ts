/** Texts of the mails to account holders, in plain Italian: without names, codici fiscali and secrets. */
import type { MailPurpose } from './store.js';

interface Particulars {
  readonly portalUrl: string;
  readonly token: string;
  readonly userId: string;
}

interface Text {
  readonly subject: string;
  readonly text: string;
}

const FOOT = `
Questo messaggio è automatico: non rispondere. Nessuno ti chiederà mai password o pincode per posta o per telefono.
`;

const TEXTS: { readonly [Purpose in MailPurpose]: (particulars: Particulars) => Text } = {
  activation: ({ portalUrl, token, userId }) => ({
    subject: 'Passerella: attiva la tua utenza',
    text: `È stata creata per te l'utenza con codice utente

  ${userId}

Per scegliere la password e il pincode apri questo indirizzo entro 7 giorni:

  ${portalUrl}/attivazione/${token}

Il collegamento vale una sola volta. Se è scaduto, chiedine un altro all'amministratore del servizio.
`,
  }),
  recovery: ({ portalUrl, token }) => ({
    subject: 'Passerella: nuova password e nuovo pincode',
    text: `Qualcuno, forse tu, ha chiesto di scegliere una nuova password e un nuovo pincode per la tua utenza.

Per farlo apri questo indirizzo entro un'ora:

  ${portalUrl}/attivazione/${token}

Il collegamento vale una sola volta. Se non l'hai chiesto tu, non fare nulla: le tue credenziali restano valide.
`,
  }),
  address: ({ portalUrl, token }) => ({
    subject: 'Passerella: conferma il tuo indirizzo e-mail',
    text: `Il titolare di un'utenza ha indicato questo indirizzo e-mail.

Se sei tu, confermalo entro un giorno:

  ${portalUrl}/conferma-indirizzo/${token}

Se non sei tu, non fare nulla: l'indirizzo non viene usato.
`,
  }),
  'secrets-changed': ({ portalUrl }) => ({
    subject: 'Passerella: le tue credenziali sono cambiate',
    text: `La password o il pincode della tua utenza sono stati cambiati. Le sessioni aperte prima sono state chiuse.

Se non sei stato tu, scegli subito nuove credenziali da ${portalUrl}/accesso/recupero e avvisa l'amministratore del
servizio.
`,
  }),
  'address-changed': () => ({
    subject: 'Passerella: il tuo indirizzo e-mail è cambiato',
    text: `Questo indirizzo e-mail non è più collegato alla tua utenza: ne è stato indicato un altro, o è stato tolto.

Se non sei stato tu, avvisa subito l'amministratore del servizio.
`,
  }),
  locked: ({ portalUrl }) => ({
    subject: 'Passerella: accesso bloccato dopo tentativi errati',
    text: `Dopo più tentativi con credenziali errate l'accesso alla tua utenza è bloccato, per l'indirizzo di rete da cui
vengono, per un tempo che va da 30 secondi a 15 minuti. Da dove accedi di solito puoi continuare a farlo.

Se non ricordi le credenziali, scegline di nuove da ${portalUrl}/accesso/recupero. Se i tentativi non sono tuoi, li trovi
nel tuo profilo alla voce «Accessi».

Nelle prossime 24 ore altri blocchi non ti saranno segnalati.
`,
  }),
};

export function textOf(purpose: MailPurpose, particulars: Particulars): Text {
  const { subject, text } = TEXTS[purpose](particulars);
  return { subject, text: text + FOOT };
}
