using System;
using System.Globalization;
using System.Linq;
using System.Web.Services.Protocols;

/// <summary>
/// The four operations, a refusal and a fault with a .NET proxy; a list and a fault in SOAP 1.2.
/// One line per check; the exit code tells whether all passed.
/// </summary>
public static class Check
{
    private const string Person = "codiceFiscaleAssistito";
    private const string DayOfTest = "dataEsecuzioneTest";
    private static bool failed = false;

    public static int Main()
    {
        Converse("card", Client.WithCard(Setting("CARD_P12"), Setting("CARD_P12_PASSWORD")), Setting("CARD_DOCTOR"),
            int.Parse(Setting("CARD_PATIENTS")), Setting("CARD_NAMES"));

        Client withPassword = Client.WithPassword(Setting("USER"), Setting("PASSWORD"), Setting("PINCODE"),
            Setting("PINCODE_CERTIFICATE"));
        string doctor = Setting("USER_DOCTOR");
        int patients = int.Parse(Setting("USER_PATIENTS"));
        Converse("password", withPassword, doctor, patients, Setting("USER_NAMES"));

        PinCode pinCode = withPassword.pinCode;
        withPassword.pinCode = null;
        var error = new ServiceError(FaultOf(withPassword, doctor, doctor));
        That("password: fault without pincode", Show(error.Codice, error.Campo), Show("PINCODE_ASSENTE", null));

        withPassword.pinCode = pinCode;
        withPassword.SoapVersion = SoapProtocolVersion.Soap12;
        SpeakSoap12(withPassword, doctor, patients);
        return failed ? 1 : 0;
    }

    private static void SpeakSoap12(Client client, string doctor, int patients)
    {
        DateTime at;
        string outcome, text;
        Dettaglio[] details;
        Assistito[] found;
        client.scaricoElencoAssistiti(doctor, doctor, out at, out outcome, out text, out found, out details);
        That("SOAP 1.2: patient list", Show(outcome, found.Length), Show("0000", patients));
        SoapException fault = FaultOf(client, doctor, doctor.ToLowerInvariant());
        var error = new ServiceError(fault);
        That("SOAP 1.2: fault with typed detail", Show(fault.Code.Name, error.Codice, error.Campo),
            Show("Sender", "MESSAGGIO_NON_VALIDO", "codiceFiscaleMedicoTitolare"));
    }

    private static void Converse(string method, Client client, string doctor, int patients, string names)
    {
        DateTime day = DateTime.ParseExact(Setting("DAY"), "yyyy-MM-dd", CultureInfo.InvariantCulture);
        DateTime at;
        string outcome, text;
        Dettaglio[] details;
        Assistito[] found;
        TestSierologico[] tests;

        client.scaricoElencoAssistiti(doctor, doctor, out at, out outcome, out text, out found, out details);
        That(method + ": patient list", Show(outcome, found.Length), Show("0000", patients));
        That(method + ": names that are not ASCII",
            string.Join("\n", found.Where(a => names.Contains(a.codiceFiscaleAssistito))
                .Select(a => a.codiceFiscaleAssistito + " " + a.cognomeAssistito + " " + a.nomeAssistito)
                .OrderBy(line => line, StringComparer.Ordinal)),
            names);
        Assistito chosen = found[int.Parse(Setting("PATIENT"))];
        string patient = chosen.codiceFiscaleAssistito;
        That(method + ": dates are typed", Show(chosen.dataUltimoAggiornamento.Year > 2000), Show(true));

        long submission = client.invioTestSierologico(doctor, doctor, patient, day, out at, out outcome, out text,
            out details);
        That(method + ": submission", Show(outcome, submission > 0), Show("0000", true));

        client.invioTestSierologico(doctor, doctor, patient, day, out at, out outcome, out text, out details);
        That(method + ": a duplicate's refusal tells the original transaction", Show(outcome, Show(details)),
            Show("2005", Show("2005", DayOfTest, submission)));

        client.scaricoElencoTestSierologici(doctor, doctor, day, day, out at, out outcome, out text, out tests,
            out details);
        That(method + ": test list",
            string.Join("; ", tests.Select(t => Show(t.codiceFiscaleAssistito, t.dataEsecuzioneTest,
                t.identificativoTransazioneComunicazione))),
            Show(patient, day, submission));

        // By reference: in goes the submission's id, out comes that of the cancellation itself.
        long transaction = submission;
        client.annullamentoTestSierologico(doctor, doctor, patient, ref transaction, out outcome, out text, out details);
        That(method + ": cancellation", Show(outcome, transaction > submission), Show("0000", true));

        client.scaricoElencoTestSierologici(doctor, doctor, day, day, out at, out outcome, out text, out tests,
            out details);
        That(method + ": empty test list", Show(outcome, tests.Length), Show("0000", 0));

        string mistyped = patient.Substring(0, patient.Length - 1) + (patient.EndsWith("A") ? "B" : "A");
        client.invioTestSierologico(doctor, doctor, mistyped, DateTime.Today.AddDays(2), out at, out outcome, out text,
            out details);
        That(method + ": a refusal tells all reasons with their fields", Show(outcome, Show(details)),
            Show("2001", string.Join("; ", Show("2001", Person, null), Show("2002", DayOfTest, null),
                Show("2004", Person, null))));

        var error = new ServiceError(FaultOf(client, doctor, doctor.ToLowerInvariant()));
        That(method + ": fault with typed detail",
            Show(error.Codice, error.Campo, error.Riga > 0, error.IdRichiesta.Length),
            Show("MESSAGGIO_NON_VALIDO", "codiceFiscaleMedicoTitolare", true, 36));
    }

    private static SoapException FaultOf(Client client, string doctor, string titular)
    {
        DateTime at;
        string outcome, text;
        Dettaglio[] details;
        Assistito[] found;
        try
        {
            client.scaricoElencoAssistiti(doctor, titular, out at, out outcome, out text, out found, out details);
        }
        catch (SoapException fault)
        {
            return fault;
        }
        throw new InvalidOperationException("an answer where a fault was expected");
    }

    private static string Show(Dettaglio[] details)
    {
        return string.Join("; ", details.Select(d => Show(d.codice, d.campo,
            d.identificativoTransazioneSpecified ? (object)d.identificativoTransazione : null)));
    }

    private static string Show(params object[] items)
    {
        return string.Join(", ", items.Select(item => Convert.ToString(item, CultureInfo.InvariantCulture)));
    }

    private static string Setting(string name)
    {
        string value = Environment.GetEnvironmentVariable("TS_" + name);
        if (value == null) throw new InvalidOperationException("TS_" + name + " is not set");
        return value;
    }

    private static void That(string name, string got, string expected)
    {
        if (got == expected)
        {
            Console.WriteLine("ok - dotnet " + name);
            return;
        }
        failed = true;
        Console.WriteLine("not ok - dotnet " + name + ": expected " + expected + ", got " + got);
    }
}
