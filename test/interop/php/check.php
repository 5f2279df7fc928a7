<?php
/**
 * The four operations, a refusal and a fault with SoapClient; a list and a fault in SOAP 1.2.
 * One line per check; the exit code tells whether all passed.
 */
declare(strict_types=1);

require __DIR__ . '/client.php';

const PERSON = 'codiceFiscaleAssistito';
const DAY_OF_TEST = 'dataEsecuzioneTest';

error_reporting(E_ALL);
set_error_handler(static function (int $level, string $message, string $file, int $line): never {
    throw new ErrorException($message, 0, $level, $file, $line);
});

$failed = 0;

function setting(string $name): string
{
    $value = getenv("TS_$name");
    if ($value === false) {
        throw new RuntimeException("TS_$name is not set");
    }
    return $value;
}

function check(string $name, mixed $got, mixed $expected): void
{
    global $failed;
    if ($got === $expected) {
        echo "ok - php $name\n";
        return;
    }
    $failed++;
    echo "not ok - php $name: expected ", json_encode($expected), ', got ', json_encode($got), "\n";
}

/** @return list<array{string, ?string, ?int}> */
function details(object $answer): array
{
    return array_map(
        static fn (object $d): array => [$d->codice, $d->campo ?? null, $d->identificativoTransazione ?? null],
        $answer->dettagli->dettaglio,
    );
}

function converse(string $method, SoapClient $client, string $doctor, int $patients, string $names): void
{
    $who = ['codiceFiscaleMedico' => $doctor, 'codiceFiscaleMedicoTitolare' => $doctor];
    $day = setting('DAY');

    $listed = $client->scaricoElencoAssistiti($who);
    $found = $listed->listaAssistiti->assistito;
    check("$method: patient list", [$listed->esito, count($found)], ['0000', $patients]);
    $named = array_filter($found, static fn (object $a): bool => str_contains($names, $a->codiceFiscaleAssistito));
    $lines = array_map(
        static fn (object $a): string => "$a->codiceFiscaleAssistito $a->cognomeAssistito $a->nomeAssistito",
        $named,
    );
    sort($lines, SORT_STRING);
    check("$method: names that are not ASCII", $lines, explode("\n", $names));
    $chosen = $found[(int) setting('PATIENT')];
    $patient = $chosen->codiceFiscaleAssistito;
    check("$method: dates are AAAA-MM-GG", preg_match('/^\d{4}-\d{2}-\d{2}$/', $chosen->dataUltimoAggiornamento), 1);

    $test = $who + ['codiceFiscaleAssistito' => $patient, 'dataEsecuzioneTest' => $day];
    $sent = $client->invioTestSierologico($test);
    $submission = $sent->identificativoTransazione;
    check("$method: submission", [$sent->esito, is_int($submission)], ['0000', true]);

    $again = $client->invioTestSierologico($test);
    check(
        "$method: a duplicate's refusal tells the original transaction",
        [$again->esito, details($again)],
        ['2005', [['2005', DAY_OF_TEST, $submission]]],
    );

    $interval = $who + ['dataInizioIntervallo' => $day, 'dataFineIntervallo' => $day];
    $tests = $client->scaricoElencoTestSierologici($interval)->listaTestSierologici->testSierologico;
    check(
        "$method: test list",
        array_map(
            static fn (object $t): array =>
                [$t->codiceFiscaleAssistito, $t->dataEsecuzioneTest, $t->identificativoTransazioneComunicazione],
            $tests,
        ),
        [[$patient, $day, $submission]],
    );

    $cancelled = $client->annullamentoTestSierologico(
        $who + ['codiceFiscaleAssistito' => $patient, 'identificativoTransazione' => $submission],
    );
    check("$method: cancellation", $cancelled->esito, '0000');

    // An empty list is an object without the property, not one with an empty array.
    $empty = $client->scaricoElencoTestSierologici($interval);
    check(
        "$method: empty test list",
        [$empty->esito, $empty->listaTestSierologici->testSierologico ?? []],
        ['0000', []],
    );

    $mistyped = substr($patient, 0, -1) . (str_ends_with($patient, 'A') ? 'B' : 'A');
    $future = date('Y-m-d', time() + 2 * 86_400);
    $refused = $client->invioTestSierologico(
        $who + ['codiceFiscaleAssistito' => $mistyped, 'dataEsecuzioneTest' => $future],
    );
    check(
        "$method: a refusal tells all reasons with their fields",
        [$refused->esito, details($refused)],
        ['2001', [['2001', PERSON, null], ['2002', DAY_OF_TEST, null], ['2004', PERSON, null]]],
    );

    $error = serviceError(faultOf($client, ['codiceFiscaleMedicoTitolare' => strtolower($doctor)] + $who));
    check(
        "$method: fault with typed detail",
        [$error->codice, $error->campo, $error->riga > 0, strlen($error->idRichiesta)],
        ['MESSAGGIO_NON_VALIDO', 'codiceFiscaleMedicoTitolare', true, 36],
    );
}

/** @param array<string, string> $who */
function faultOf(SoapClient $client, array $who): SoapFault
{
    try {
        $client->scaricoElencoAssistiti($who);
    } catch (SoapFault $fault) {
        return $fault;
    }
    throw new RuntimeException('an answer where a fault was expected');
}

function speakSoap12(SoapClient $client, string $doctor, int $patients): void
{
    $who = ['codiceFiscaleMedico' => $doctor, 'codiceFiscaleMedicoTitolare' => $doctor];
    $listed = $client->scaricoElencoAssistiti($who);
    check('SOAP 1.2: patient list', [$listed->esito, count($listed->listaAssistiti->assistito)], ['0000', $patients]);
    $fault = faultOf($client, ['codiceFiscaleMedicoTitolare' => strtolower($doctor)] + $who);
    $error = serviceError($fault);
    check(
        'SOAP 1.2: fault with typed detail',
        [$fault->faultcode, $error->codice, $error->campo],
        ['soap:Sender', 'MESSAGGIO_NON_VALIDO', 'codiceFiscaleMedicoTitolare'],
    );
}

[$wsdl, $ca] = [setting('WSDL'), setting('CA')];
check('import of the WSDL without a warning', count(connect($wsdl, $ca)->__getFunctions()), 4);

$withCard = connectWithCard($wsdl, $ca, setting('CARD_CERTIFICATE'), setting('CARD_KEY'));
converse('card', $withCard, setting('CARD_DOCTOR'), (int) setting('CARD_PATIENTS'), setting('CARD_NAMES'));

$user = array_map(setting(...), ['USER', 'PASSWORD', 'PINCODE', 'PINCODE_CERTIFICATE']);
[$doctor, $patients] = [setting('USER_DOCTOR'), (int) setting('USER_PATIENTS')];
$withPassword = connectWithPassword($wsdl, $ca, ...$user);
converse('password', $withPassword, $doctor, $patients, setting('USER_NAMES'));

$withPassword->__setSoapHeaders(null);
$fault = faultOf($withPassword, ['codiceFiscaleMedico' => $doctor, 'codiceFiscaleMedicoTitolare' => $doctor]);
$error = serviceError($fault);
check('password: fault without pincode', [$error->codice, $error->campo ?? null], ['PINCODE_ASSENTE', null]);

speakSoap12(connectWithPassword($wsdl, $ca, ...$user, options: ['soap_version' => SOAP_1_2]), $doctor, $patients);

exit($failed === 0 ? 0 : 1);
