/** Signing in by TS-CNS or CNS. */
export const card = {
  heading: 'Con la carta TS-CNS o CNS',
  needs: 'Servono la carta, il suo PIN, un lettore di smart card e il programma della carta installato sul computer.',
  start: 'Accedi con la carta',
  helpLink: 'Cosa serve per la carta, e cosa fare se non funziona',
  otherWays: 'Scegli un altro modo di accesso',
  again: 'Riprova con la carta',
  whatToDo: 'Cosa puoi fare',
  confirm: {
    title: 'Conferma chi sei',
    lead: 'Abbiamo letto la carta. Controlla che sia la tua prima di proseguire.',
    submit: (codiceFiscale: string) => `Prosegui come ${codiceFiscale}`,
    notYou: 'Non sei tu?',
    notYouText:
      'Il browser ricorda la carta scelta prima. Togli la carta dal lettore, chiudi tutte le finestre del browser, inserisci la tua carta e accedi di nuovo.',
  },
  refusals: {
    assente: {
      title: 'Non abbiamo ricevuto la carta',
      text: 'Il browser non ci ha mostrato nessuna carta: può non essere nel lettore, può essere scaduta (alcuni browser non mostrano le carte scadute), oppure la scelta è stata annullata.',
      remedy:
        'Inserisci la carta nel lettore, chiudi tutte le finestre del browser e riprova: il browser ricorda anche una scelta annullata, e la dimentica solo quando si chiude.',
    },
    scaduta: {
      title: 'La carta è scaduta',
      text: 'La validità della carta è terminata: non può più essere usata per accedere.',
      remedy:
        'Accedi con un altro modo. Per una carta nuova rivolgiti a chi l’ha rilasciata: per la TS-CNS la tua ASL.',
    },
    'non-ancora-valida': {
      title: 'La carta non è ancora valida',
      text: 'Il periodo di validità della carta non è ancora cominciato.',
      remedy: 'Riprova dalla data di inizio validità. Fino ad allora accedi con un altro modo.',
    },
    revocata: {
      title: 'La carta è stata revocata o sospesa',
      text: 'Chi ha rilasciato la carta l’ha revocata o sospesa, per esempio dopo uno smarrimento.',
      remedy: 'Accedi con un altro modo. Per riattivare la carta, o averne una nuova, rivolgiti a chi l’ha rilasciata.',
    },
    'verifica-impossibile': {
      title: 'In questo momento non possiamo verificare la carta',
      text: 'Non possiamo controllare se la carta è stata revocata, perciò non la accettiamo. Il problema non è tuo.',
      remedy: 'Riprova più tardi, oppure accedi con un altro modo.',
    },
    'non-cns': {
      title: 'Questo certificato non è una TS-CNS o CNS',
      text: 'Il certificato scelto serve ad altro, per esempio a firmare documenti: non può essere usato per accedere.',
      remedy:
        'Chiudi tutte le finestre del browser e riprova: quando il browser chiede quale certificato usare, scegli quello di autenticazione della TS-CNS o CNS.',
    },
    emittente: {
      title: 'Non riconosciamo chi ha rilasciato il certificato',
      text: 'Il certificato scelto non è stato rilasciato da un’autorità delle TS-CNS e CNS.',
      remedy: 'Chiudi tutte le finestre del browser, riprova e scegli il certificato della TS-CNS o CNS.',
    },
    identita: {
      title: 'La carta non dice con certezza di chi è',
      text: 'Nella carta il codice fiscale manca, oppure è indicato in due modi diversi.',
      remedy: 'Accedi con un altro modo e segnala il problema a chi ha rilasciato la carta.',
    },
    illeggibile: {
      title: 'Non riusciamo a leggere la carta',
      text: 'Quello che abbiamo ricevuto non è un certificato.',
      remedy: 'Riprova. Se il problema continua, accedi con un altro modo e avvisa l’assistenza del servizio.',
    },
    'non-abilitata': {
      title: 'Non sei abilitato a questo servizio',
      text: 'La carta è valida, ma il tuo codice fiscale non ha un’utenza attiva che possa accedere con la carta.',
      remedy: 'Chiedi all’amministratore del servizio di abilitarti: non è possibile registrarsi da soli.',
    },
    interrotto: {
      title: 'L’accesso con la carta non è stato completato',
      text: 'È passato troppo tempo, la pagina è stata aperta due volte, oppure l’accesso era cominciato in un altro browser.',
      remedy: 'Ricomincia l’accesso: la carta va letta di nuovo. Il browser deve accettare i cookie di questo sito.',
    },
    riprova: {
      title: 'In questo momento l’accesso con la carta non è disponibile',
      text: 'Il servizio non è riuscito a leggere la carta. Il problema è nostro.',
      remedy: 'Riprova tra un minuto, oppure accedi con un altro modo.',
    },
  },
  help: {
    title: 'Accedere con la carta',
    needsHeading: 'Cosa serve',
    needs: [
      'La tua TS-CNS (tessera sanitaria con il chip, già attivata) o una CNS, con il suo PIN.',
      'Un lettore di smart card collegato al computer.',
      'Il programma (driver) della carta, che si scarica dal sito di chi l’ha rilasciata.',
      'Un’utenza di questo servizio: la dà l’amministratore, la carta da sola non basta.',
    ],
    causesHeading: 'Se non funziona',
    causes: [
      {
        heading: 'Il browser non chiede quale certificato usare',
        text: 'Inserisci la carta prima di aprire il browser. Se era già aperto, chiudi tutte le sue finestre, inserisci la carta e riprova.',
      },
      {
        heading: 'Il browser ricorda una scelta sbagliata o annullata',
        text: 'Il browser ricorda il certificato scelto, o la scelta annullata, finché resta aperto. Chiudi tutte le sue finestre e riprova.',
      },
      {
        heading: 'Il browser non trova la carta',
        text: 'Controlla che il lettore sia collegato e che il programma della carta sia installato. In Firefox il modulo della carta va aggiunto in Impostazioni, Privacy e sicurezza, Dispositivi di sicurezza.',
      },
      {
        heading: 'Il PIN è bloccato',
        text: 'Dopo alcuni PIN sbagliati la carta si blocca. Si sblocca con il PUK, con il programma della carta.',
      },
      {
        heading: 'L’antivirus controlla le connessioni cifrate',
        text: 'Alcuni antivirus si mettono tra il browser e il sito, e la carta non arriva. Escludi questo sito dal controllo delle connessioni cifrate (HTTPS, SSL), o chiedi a chi gestisce il computer.',
      },
    ],
  },
  out: {
    title: 'Sei uscito: togli la carta',
    lead: 'La sessione è chiusa. Ora togli la carta dal lettore e chiudi tutte le finestre del browser.',
    why: 'Il browser ricorda la carta scelta finché resta aperto: chi usa il computer dopo di te potrebbe accedere con la tua carta.',
  },
};
