/**
 * Regions, ASLs, provinces and municipalities of the sandbox [G-2]. Region codes, province codes and codici catastali
 * are real; each region has only some ASLs, and their codes (region 3 + ASL 3) are plausible, not from the official
 * list.
 */
export interface Region {
  readonly code: string;
  readonly name: string;
}

export interface Asl {
  readonly code: string;
  readonly regionCode: string;
  readonly name: string;
}

export interface Province {
  readonly code: string;
  readonly regionCode: string;
  readonly name: string;
}

export interface Municipality {
  /** Codice catastale. */
  readonly code: string;
  readonly name: string;
  readonly provinceCode: string;
  readonly aslCode: string;
}

/** As `code name`, to keep the table readable. */
interface RegionEntry {
  readonly region: string;
  readonly provinces: readonly string[];
  /** ASL → municipalities as `codice catastale, province, name`. */
  readonly asls: Readonly<Record<string, readonly string[]>>;
}

// prettier-ignore
const ENTRIES: readonly RegionEntry[] = [
  { region: '010 Piemonte', provinces: ['TO Torino', 'NO Novara', 'CN Cuneo', 'AL Alessandria'], asls: {
    '010301 ASL Città di Torino': ['L219 TO Torino'], '010208 ASL NO': ['F952 NO Novara'],
    '010210 ASL CN1': ['D205 CN Cuneo'], '010213 ASL AL': ['A182 AL Alessandria'] } },
  { region: "020 Valle d'Aosta", provinces: ['AO Aosta'], asls: {
    "020101 Azienda USL Valle d'Aosta": ['A326 AO Aosta'] } },
  { region: '030 Lombardia', asls: {
    '030321 ATS Città metropolitana di Milano': ['F205 MI Milano'], '030322 ATS Insubria': ['C933 CO Como', 'L682 VA Varese'],
    '030324 ATS Brianza': ['F704 MB Monza'], '030325 ATS Bergamo': ['A794 BG Bergamo'], '030326 ATS Brescia': ['B157 BS Brescia'],
    '030327 ATS Val Padana': ['D150 CR Cremona', 'E897 MN Mantova'], '030328 ATS Pavia': ['G388 PV Pavia'] },
    provinces: ['MI Milano', 'CO Como', 'VA Varese', 'MB Monza e della Brianza', 'BG Bergamo', 'BS Brescia', 'CR Cremona', 'MN Mantova', 'PV Pavia'] },
  { region: '041 Provincia autonoma di Bolzano', provinces: ['BZ Bolzano'], asls: {
    "041201 Azienda sanitaria dell'Alto Adige": ['A952 BZ Bolzano', 'F132 BZ Merano'] } },
  { region: '042 Provincia autonoma di Trento', provinces: ['TN Trento'], asls: {
    '042101 Azienda provinciale per i servizi sanitari': ['L378 TN Trento', 'H612 TN Rovereto'] } },
  { region: '050 Veneto', provinces: ['TV Treviso', 'VE Venezia', 'PD Padova', 'VI Vicenza', 'VR Verona'], asls: {
    '050502 ULSS 2 Marca Trevigiana': ['L407 TV Treviso'], '050503 ULSS 3 Serenissima': ['L736 VE Venezia'],
    '050506 ULSS 6 Euganea': ['G224 PD Padova'], '050508 ULSS 8 Berica': ['L840 VI Vicenza'], '050509 ULSS 9 Scaligera': ['L781 VR Verona'] } },
  { region: '060 Friuli-Venezia Giulia', provinces: ['TS Trieste', 'UD Udine'], asls: {
    '060206 ASU Giuliano Isontina': ['L424 TS Trieste'], '060207 ASU Friuli Centrale': ['L483 UD Udine'] } },
  { region: '070 Liguria', provinces: ['SV Savona', 'GE Genova', 'SP La Spezia'], asls: {
    '070102 ASL 2': ['I480 SV Savona'], '070103 ASL 3': ['D969 GE Genova'], '070105 ASL 5': ['E463 SP La Spezia'] } },
  { region: '080 Emilia-Romagna', asls: {
    '080101 Azienda USL di Piacenza': ['G535 PC Piacenza'], '080102 Azienda USL di Parma': ['G337 PR Parma'],
    '080104 Azienda USL di Modena': ['F257 MO Modena'], '080105 Azienda USL di Bologna': ['A944 BO Bologna'],
    '080109 Azienda USL di Ferrara': ['D548 FE Ferrara'],
    '080114 Azienda USL della Romagna': ['H199 RA Ravenna', 'H294 RN Rimini', 'C573 FC Cesena'] },
    provinces: ['PC Piacenza', 'PR Parma', 'MO Modena', 'BO Bologna', 'FE Ferrara', 'RA Ravenna', 'RN Rimini', 'FC Forlì-Cesena'] },
  { region: '090 Toscana', provinces: ['FI Firenze', 'LI Livorno', 'PI Pisa', 'LU Lucca', 'AR Arezzo'], asls: {
    '090201 Azienda USL Toscana Centro': ['D612 FI Firenze'],
    '090202 Azienda USL Toscana Nord Ovest': ['E625 LI Livorno', 'G702 PI Pisa', 'E715 LU Lucca'],
    '090203 Azienda USL Toscana Sud Est': ['A390 AR Arezzo'] } },
  { region: '100 Umbria', provinces: ['PG Perugia', 'TR Terni'], asls: {
    '100201 USL Umbria 1': ['G478 PG Perugia'], '100202 USL Umbria 2': ['L117 TR Terni'] } },
  { region: '110 Marche', provinces: ['PU Pesaro e Urbino', 'AN Ancona'], asls: {
    '110201 AST Pesaro Urbino': ['G479 PU Pesaro'], '110202 AST Ancona': ['A271 AN Ancona'] } },
  { region: '120 Lazio', provinces: ['RM Roma', 'LT Latina'], asls: {
    '120201 ASL Roma 1': ['H501 RM Roma'], '120203 ASL Roma 3': ['M297 RM Fiumicino'], '120204 ASL Roma 4': ['C773 RM Civitavecchia'],
    '120205 ASL Roma 5': ['L182 RM Tivoli'], '120111 ASL Latina': ['E472 LT Latina'] } },
  { region: '130 Abruzzo', provinces: ["AQ L'Aquila", 'CH Chieti', 'PE Pescara'], asls: {
    "130201 ASL Avezzano-Sulmona-L'Aquila": ["A345 AQ L'Aquila"], '130202 ASL Lanciano-Vasto-Chieti': ['C632 CH Chieti'],
    '130203 ASL Pescara': ['G482 PE Pescara'] } },
  { region: '140 Molise', provinces: ['CB Campobasso', 'IS Isernia'], asls: {
    '140201 ASReM': ['B519 CB Campobasso', 'E335 IS Isernia'] } },
  { region: '150 Campania', provinces: ['AV Avellino', 'BN Benevento', 'CE Caserta', 'NA Napoli', 'SA Salerno'], asls: {
    '150201 ASL Avellino': ['A509 AV Avellino'], '150202 ASL Benevento': ['A783 BN Benevento'], '150203 ASL Caserta': ['B963 CE Caserta'],
    '150204 ASL Napoli 1 Centro': ['F839 NA Napoli'], '150205 ASL Napoli 2 Nord': ['G964 NA Pozzuoli'],
    '150207 ASL Salerno': ['H703 SA Salerno'] } },
  { region: '160 Puglia', asls: {
    '160106 ASL Brindisi': ['B180 BR Brindisi'], '160112 ASL Taranto': ['L049 TA Taranto'], '160113 ASL BT': ['A285 BT Andria'],
    '160114 ASL Bari': ['A662 BA Bari'], '160115 ASL Foggia': ['D643 FG Foggia'], '160116 ASL Lecce': ['E506 LE Lecce'] },
    provinces: ['BR Brindisi', 'TA Taranto', 'BT Barletta-Andria-Trani', 'BA Bari', 'FG Foggia', 'LE Lecce'] },
  { region: '170 Basilicata', provinces: ['PZ Potenza', 'MT Matera'], asls: {
    '170201 ASP Potenza': ['G942 PZ Potenza'], '170202 ASM Matera': ['F052 MT Matera'] } },
  { region: '180 Calabria', provinces: ['CS Cosenza', 'CZ Catanzaro', 'RC Reggio di Calabria'], asls: {
    '180201 ASP Cosenza': ['D086 CS Cosenza'], '180203 ASP Catanzaro': ['C352 CZ Catanzaro'],
    '180205 ASP Reggio Calabria': ['H224 RC Reggio di Calabria'] } },
  { region: '190 Sicilia', provinces: ['CT Catania', 'ME Messina', 'PA Palermo', 'RG Ragusa', 'SR Siracusa'], asls: {
    '190203 ASP Catania': ['C351 CT Catania'], '190205 ASP Messina': ['F158 ME Messina'], '190206 ASP Palermo': ['G273 PA Palermo'],
    '190207 ASP Ragusa': ['H163 RG Ragusa'], '190208 ASP Siracusa': ['I754 SR Siracusa'] } },
  { region: '200 Sardegna', provinces: ['SS Sassari', 'CA Cagliari'], asls: {
    '200501 ASL Sassari': ['I452 SS Sassari'], '200508 ASL Cagliari': ['B354 CA Cagliari'] } },
];

export const regions: readonly Region[] = ENTRIES.map(({ region }) => codeAndName(region));

export const provinces: readonly Province[] = ENTRIES.flatMap((entry) =>
  entry.provinces.map((province) => ({ ...codeAndName(province), regionCode: codeAndName(entry.region).code })),
);

export const asls: readonly Asl[] = ENTRIES.flatMap((entry) =>
  Object.keys(entry.asls).map((asl) => ({ ...codeAndName(asl), regionCode: codeAndName(entry.region).code })),
);

export const municipalities: readonly Municipality[] = ENTRIES.flatMap((entry) =>
  Object.entries(entry.asls).flatMap(([asl, towns]) =>
    towns.map((town) => {
      const { code, name: provinceAndName } = codeAndName(town);
      const { code: provinceCode, name } = codeAndName(provinceAndName);
      return { code, name, provinceCode, aslCode: codeAndName(asl).code };
    }),
  ),
);

/** Foreign birthplaces by their codes in a codice fiscale: Romania, Albania, Morocco, Germany. */
export const foreignBirthplaces: readonly string[] = ['Z129', 'Z100', 'Z330', 'Z112'];

/** The region of an ASL is the prefix of its code. */
export function regionOfAsl(aslCode: string): string {
  return aslCode.slice(0, 3);
}

function codeAndName(text: string): { code: string; name: string } {
  const blank = text.indexOf(' ');
  return { code: text.slice(0, blank), name: text.slice(blank + 1) };
}
