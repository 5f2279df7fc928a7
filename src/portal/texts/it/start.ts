/** Public pages. */
import { timeInWords } from '../dates.js';

export const start = {
  home: {
    title: 'Test sierologici del personale scolastico',
    lead: 'Il servizio con cui i medici di medicina generale e le ASL comunicano i test sierologici del personale scolastico.',
    citizens: 'Cittadini',
    citizensText: 'Accedi ai servizi che riguardano i tuoi dati sanitari.',
    doctors: 'Medici',
    doctorsText:
      'Consulta l’elenco dei tuoi assistiti, comunica i test eseguiti, annullali se c’è un errore, nomina chi ti sostituisce.',
    asls: 'ASL',
    aslsText:
      'Scarica il numero degli assistiti da sottoporre a test e comunica quanti test l’ASL ha eseguito ogni giorno.',
    vendors: 'Software gestionali',
    vendorsText: 'Gli stessi servizi sono disponibili per i software gestionali con il protocollo SOAP.',
    opposition:
      'Opponiti al caricamento dei dati sanitari del passato nel tuo Fascicolo sanitario elettronico, oppure revoca l’opposizione.',
    signIn: 'Accedi al servizio',
  },
  help: {
    title: 'Aiuto',
    credentialsHeading: 'Credenziali',
    credentials:
      'Servono codice utente, password e pincode: sono quelli che usa il tuo software gestionale. Dopo cinque tentativi sbagliati l’accesso dalla tua rete si blocca per 30 secondi, poi per tempi più lunghi, fino a 15 minuti.',
    forgottenHeading: 'Se hai dimenticato password o pincode',
    forgotten:
      'Apri «Recupera le credenziali» e scrivi il codice utente: ricevi per e-mail un collegamento per sceglierne di nuove. Senza indirizzo e-mail chiedi all’amministratore del servizio. Nessuno può leggere quelle vecchie.',
    severalHeading: 'Se hai eseguito più test in un giorno',
    several:
      'Apri «Comunica più test insieme»: scegli gli assistiti dall’elenco o scrivi i codici fiscali, uno per riga. Ogni test ha il suo esito e il suo numero.',
    twiceHeading: 'Se non sai se un test è stato registrato',
    twice:
      'Guarda in «Test comunicati», oppure invialo di nuovo: lo stesso test non viene registrato due volte, e vedi il suo numero.',
    citizensHeading: 'Se sei un cittadino',
    citizens:
      'Per opporti al caricamento dei dati sanitari del passato nel Fascicolo, o per revocare l’opposizione, apri la pagina del servizio: accedi con SPID o CIE, se il servizio li prevede, oppure entra nell’area libera con la tessera sanitaria o con il codice STP. Codice utente e pincode non servono.',
    guidesHeading: 'Guide',
    guides:
      'La «Guida per i medici e i loro sostituti», la «Guida per gli operatori delle ASL» e la «Guida alla tua utenza» mostrano ogni passo: chiedile all’assistenza del servizio.',
    mistakesHeading: 'Se hai comunicato un test per errore',
    mistakes: 'Apri «Test comunicati», annulla il test e comunicalo di nuovo con i dati giusti.',
  },
  state: {
    title: 'Stato del servizio',
    works: 'Il servizio funziona.',
    databaseAway: 'Il servizio non raggiunge i suoi dati: nessuna operazione è possibile. Riprova tra qualche minuto.',
    checkedAt: (at: Date) => `Controllato alle ${timeInWords(at)} (ora italiana).`,
  },
  privacy: {
    title: 'Privacy',
    text: 'Il servizio tratta i dati previsti dalla specifica tecnica dei test sierologici. Ogni consultazione e ogni invio sono registrati con data, ora e utenza, e conservati dodici mesi. Per l’opposizione al caricamento dei dati sanitari del passato la scelta è registrata solo nell’Anagrafe dei consensi e delle revoche; l’informativa si legge prima della scelta.',
  },
  cookies: {
    title: 'Cookie',
    text: 'Il sito usa solo cookie tecnici: uno tiene aperta la tua sessione e si cancella quando esci o chiudi il browser; uno serve mentre accedi con la carta e si cancella ad accesso avvenuto; un altro, se accedi con SPID o CIE, riconosce il tuo ritorno dal gestore e dura dieci minuti. Non ci sono cookie di profilazione né di terze parti.',
  },
  accessibility: {
    title: 'Accessibilità',
    text: 'Le pagine sono costruite secondo le WCAG 2.2, livello AA: si usano da tastiera, con un lettore di schermo e senza JavaScript.',
    contact: 'Se trovi una barriera, segnalala all’assistenza del servizio indicando la pagina.',
  },
};
