/** Italian names, with the accents, apostrophes and blanks that often break software. */
export const surnames: readonly string[] = (
  'Rossi,Russo,Ferrari,Esposito,Bianchi,Romano,Colombo,Ricci,Marino,Greco,Bruno,Gallo,Conti,De Luca,Mancini,Costa,Giordano,Rizzo,' +
  'Lombardi,Moretti,Barbieri,Fontana,Santoro,Mariani,Rinaldi,Caruso,Ferrara,Galli,Martini,Leone,Longo,Gentile,Martinelli,Vitale,' +
  "Lombardo,Serra,Coppola,De Santis,D'Angelo,Marchetti,Parisi,Villa,Conte,Ferraro,Ferri,Fabbri,Bianco,Marini,Grasso,Valentini," +
  'Messina,Sala,De Angelis,Gatti,Pellegrini,Palumbo,Sanna,Farina,Rizzi,Monti,Cattaneo,Morelli,Amato,Silvestri,Mazza,Testa,' +
  'Grassi,Pellegrino,Carbone,Giuliani,Benedetti,Barone,Rossetti,Caputo,Montanari,Guerra,Palmieri,Bernardi,Martino,Fiore,De Rosa,' +
  "Ferretti,Bellini,Basile,Riva,Donati,Piras,Vitali,Battaglia,Sartori,Neri,Costantini,Milani,Pagano,Ruggiero,Sorrentino,D'Amico," +
  "Orlando,Negri,Mantovani,Dell'Acqua,Dalla Costa,Fo,Nicolò,Cefalù,Castrì,Ó Briain,Hofer,Pichler,Škerk,Muñoz"
).split(',');

export const maleNames: readonly string[] = (
  'Andrea,Luca,Marco,Francesco,Matteo,Alessandro,Davide,Simone,Federico,Lorenzo,Riccardo,Stefano,Roberto,Paolo,Giuseppe,Antonio,' +
  'Giovanni,Michele,Salvatore,Vincenzo,Nicolò,Niccolò,Gianluca,Pier Paolo,Carlo,Enrico,Massimo,Claudio,Fabio,Daniele,Emanuele,' +
  'Tommaso,Pietro,Raffaele,Domenico,Angelo,Mario,Luigi,Bruno,Ugo,Ivo,Jean-Luc,Nicolae,Said'
).split(',');

export const femaleNames: readonly string[] = (
  'Giulia,Chiara,Francesca,Sara,Martina,Laura,Elena,Valentina,Federica,Silvia,Alessia,Elisa,Paola,Anna,Maria,Roberta,Claudia,' +
  'Simona,Barbara,Daniela,Cristina,Monica,Patrizia,Rosa,Carmela,Antonella,Giuseppina,Teresa,Lucia,Caterina,Margherita,' +
  'Beatrice,Ilaria,Noemi,Zoè,Maria José,Anna Maria,Eva,Ada,Ida,Mirela,Fatima,Desirée'
).split(',');
