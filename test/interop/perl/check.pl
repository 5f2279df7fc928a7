# The four operations, a refusal and a fault with SOAP::Lite; a list and a fault in SOAP 1.2.
# One line per check; the exit code tells whether all passed.
use strict;
use warnings FATAL => 'all';

use Encode qw(decode_utf8);
use FindBin;
use lib $FindBin::Bin;
use POSIX qw(strftime);

use Client;

$| = 1;
binmode STDOUT, ':encoding(UTF-8)';
my ($PERSON, $DAY_OF_TEST) = qw(codiceFiscaleAssistito dataEsecuzioneTest);
my $failed = 0;

sub setting {
    my ($name) = @_;
    return $ENV{"TS_$name"} // die "TS_$name is not set\n";
}

sub show { return join ' ', map { $_ // '-' } @_ }

sub check {
    my ($name, $got, $expected) = @_;
    if ($got eq $expected) {
        print "ok - perl $name\n";
        return;
    }
    $failed++;
    print "not ok - perl $name: expected $expected, got $got\n";
    return;
}

sub details {
    my ($answer) = @_;
    return map { show($_->{codice}, $_->{campo}, $_->{identificativoTransazione}) }
        Client::rows($answer->{dettagli}, 'dettaglio');
}

sub error_of {
    my ($client, $doctor, $titular) = @_;
    eval {
        $client->call('scaricoElencoAssistiti', codiceFiscaleMedico => $doctor, codiceFiscaleMedicoTitolare => $titular);
        1;
    } and die "an answer where a fault was expected\n";
    return ref $@ ? $@ : die $@;
}

sub converse {
    my ($method, $client, $doctor, $patients, $names) = @_;
    my @who = (codiceFiscaleMedico => $doctor, codiceFiscaleMedicoTitolare => $doctor);
    my $day = setting('DAY');

    my $listed = $client->call('scaricoElencoAssistiti', @who);
    my @found = Client::rows($listed->{listaAssistiti}, 'assistito');
    check("$method: patient list", show($listed->{esito}, scalar @found), show('0000', $patients));
    my @named = grep { index($names, $_->{codiceFiscaleAssistito}) >= 0 } @found;
    check("$method: names that are not ASCII",
        join("\n", sort map { show(@$_{qw(codiceFiscaleAssistito cognomeAssistito nomeAssistito)}) } @named), $names);
    my $chosen  = $found[ setting('PATIENT') ];
    my $patient = $chosen->{codiceFiscaleAssistito};
    check("$method: dates are AAAA-MM-GG", $chosen->{dataUltimoAggiornamento} =~ /^\d{4}-\d{2}-\d{2}$/ ? 1 : 0, 1);

    my @test       = (@who, codiceFiscaleAssistito => $patient, dataEsecuzioneTest => $day);
    my $sent       = $client->call('invioTestSierologico', @test);
    my $submission = $sent->{identificativoTransazione};
    check("$method: submission", show($sent->{esito}, $submission > 0), show('0000', 1));

    my $again = $client->call('invioTestSierologico', @test);
    check("$method: a duplicate's refusal tells the original transaction",
        show($again->{esito}, details($again)), show('2005', '2005', $DAY_OF_TEST, $submission));

    my @interval = (@who, dataInizioIntervallo => $day, dataFineIntervallo => $day);
    my $tests    = $client->call('scaricoElencoTestSierologici', @interval);
    check("$method: test list",
        show(map { @$_{qw(codiceFiscaleAssistito dataEsecuzioneTest identificativoTransazioneComunicazione)} }
                Client::rows($tests->{listaTestSierologici}, 'testSierologico')),
        show($patient, $day, $submission));

    my $cancelled = $client->call('annullamentoTestSierologico',
        @who, codiceFiscaleAssistito => $patient, identificativoTransazione => $submission);
    check("$method: cancellation", $cancelled->{esito}, '0000');

    my $empty = $client->call('scaricoElencoTestSierologici', @interval);
    check("$method: empty test list",
        show($empty->{esito}, scalar(() = Client::rows($empty->{listaTestSierologici}, 'testSierologico'))),
        show('0000', 0));

    my $mistyped = substr($patient, 0, -1) . ($patient =~ /A$/ ? 'B' : 'A');
    my $future   = strftime('%Y-%m-%d', gmtime(time + 2 * 86_400));
    my $refused  = $client->call('invioTestSierologico',
        @who, codiceFiscaleAssistito => $mistyped, dataEsecuzioneTest => $future);
    check("$method: a refusal tells all reasons with their fields",
        show($refused->{esito}, details($refused)),
        show('2001', "2001 $PERSON -", "2002 $DAY_OF_TEST -", "2004 $PERSON -"));

    my $error = error_of($client, $doctor, lc $doctor);
    check("$method: fault with typed detail",
        show(@$error{qw(codice campo)}, $error->{riga} > 0, length $error->{idRichiesta}),
        show('MESSAGGIO_NON_VALIDO', 'codiceFiscaleMedicoTitolare', 1, 36));
    return;
}

sub speak_soap12 {
    my ($client, $doctor, $patients) = @_;
    my $listed = $client->call('scaricoElencoAssistiti',
        codiceFiscaleMedico => $doctor, codiceFiscaleMedicoTitolare => $doctor);
    check('SOAP 1.2: patient list',
        show($listed->{esito}, scalar(() = Client::rows($listed->{listaAssistiti}, 'assistito'))),
        show('0000', $patients));
    my $error = error_of($client, $doctor, lc $doctor);
    # SOAP::Lite takes over the version of what it has read last.
    check('SOAP 1.2: fault with typed detail',
        show(SOAP::Lite->soapversion, @$error{qw(codice campo)}),
        show('1.2', 'MESSAGGIO_NON_VALIDO', 'codiceFiscaleMedicoTitolare'));
    return;
}

my ($wsdl, $ca, $doctor) = (setting('WSDL'), setting('CA'), setting('USER_DOCTOR'));
my %service = Client::describe($wsdl, $ca);
check('import of the WSDL without a warning', scalar @{ $service{operations} }, 4);
my $endpoint = $service{endpoint};

my $with_card = Client->with_card($endpoint, $ca, setting('CARD_CERTIFICATE'), setting('CARD_KEY'));
converse('card', $with_card, setting('CARD_DOCTOR'), setting('CARD_PATIENTS'), decode_utf8(setting('CARD_NAMES')));

my @user          = map { setting($_) } qw(USER PASSWORD PINCODE PINCODE_CERTIFICATE);
my $with_password = Client->with_password($endpoint, $ca, @user);
converse('password', $with_password, $doctor, setting('USER_PATIENTS'), decode_utf8(setting('USER_NAMES')));

my $error = error_of($with_password->without_pincode, $doctor, $doctor);
check('password: fault without pincode', show(@$error{qw(codice campo)}), show('PINCODE_ASSENTE', undef));

Client::speak_soap12();
speak_soap12(Client->with_password($endpoint, $ca, @user), $doctor, setting('USER_PATIENTS'));
exit($failed ? 1 : 0);
