import it.example.testsierologici.AnnullamentoTestSierologico;
import it.example.testsierologici.Assistito;
import it.example.testsierologici.Dettaglio;
import it.example.testsierologici.ErroreServizio;
import it.example.testsierologici.ErroreServizioFault;
import it.example.testsierologici.InvioTestSierologico;
import it.example.testsierologici.InvioTestSierologicoResponse;
import it.example.testsierologici.PinCode;
import it.example.testsierologici.ScaricoElencoAssistiti;
import it.example.testsierologici.ScaricoElencoAssistitiResponse;
import it.example.testsierologici.ScaricoElencoTestSierologici;
import it.example.testsierologici.ScaricoElencoTestSierologiciResponse;
import it.example.testsierologici.TestSierologiciPortType;
import java.net.URL;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import javax.xml.datatype.DatatypeFactory;
import javax.xml.datatype.XMLGregorianCalendar;
import javax.xml.ws.BindingProvider;
import javax.xml.ws.handler.MessageContext;

/**
 * The four operations, a refusal and a fault with JAX-WS; a list and a fault in SOAP 1.2.
 * One line per check; the exit code tells whether all passed.
 */
public final class Check {
  private static final String PERSON = "codiceFiscaleAssistito";
  private static final String DAY_OF_TEST = "dataEsecuzioneTest";
  private static boolean failed = false;

  private Check() {}

  public static void main(String[] arguments) throws Exception {
    URL wsdl = new URL(setting("WSDL"));
    converse(
        "card",
        Client.withCard(wsdl, Path.of(setting("CARD_P12")), setting("CARD_P12_PASSWORD")),
        null,
        setting("CARD_DOCTOR"),
        Integer.parseInt(setting("CARD_PATIENTS")),
        setting("CARD_NAMES"));

    TestSierologiciPortType withPassword = Client.withPassword(wsdl, setting("USER"), setting("PASSWORD"));
    PinCode pinCode = Client.pinCode(setting("PINCODE"), Path.of(setting("PINCODE_CERTIFICATE")));
    String doctor = setting("USER_DOCTOR");
    int patients = Integer.parseInt(setting("USER_PATIENTS"));
    converse("password", withPassword, pinCode, doctor, patients, setting("USER_NAMES"));

    ErroreServizio error = errorOf(withPassword, null, doctor, doctor);
    check("password: fault without pincode", list(error.getCodice(), error.getCampo()), list("PINCODE_ASSENTE", null));

    URL soap12 = Path.of(setting("SOAP12_WSDL")).toUri().toURL();
    speakSoap12(Client.withPassword(soap12, setting("USER"), setting("PASSWORD")), pinCode, doctor, patients);
    System.exit(failed ? 1 : 0);
  }

  private static void converse(
      String method, TestSierologiciPortType port, PinCode pinCode, String doctor, int patients, String names)
      throws Exception {
    XMLGregorianCalendar day = date(LocalDate.parse(setting("DAY")));

    ScaricoElencoAssistitiResponse listed = port.scaricoElencoAssistiti(listOf(doctor, doctor), pinCode);
    List<Assistito> found = listed.getListaAssistiti().getAssistito();
    check(method + ": patient list", list(listed.getEsito(), found.size()), list("0000", patients));
    check(
        method + ": names that are not ASCII",
        found.stream()
            .filter(a -> names.contains(a.getCodiceFiscaleAssistito()))
            .map(a -> a.getCodiceFiscaleAssistito() + " " + a.getCognomeAssistito() + " " + a.getNomeAssistito())
            .sorted()
            .collect(Collectors.joining("\n")),
        names);
    Assistito chosen = found.get(Integer.parseInt(setting("PATIENT")));
    String patient = chosen.getCodiceFiscaleAssistito();
    check(method + ": dates are typed", chosen.getDataUltimoAggiornamento().isValid(), true);

    InvioTestSierologicoResponse sent = port.invioTestSierologico(test(doctor, patient, day), pinCode);
    long submission = sent.getIdentificativoTransazione();
    check(
        method + ": submission",
        list(sent.getEsito(), submission > 0, sent.getDataOra().getFractionalSecond().scale()),
        list("0000", true, 3));

    InvioTestSierologicoResponse again = port.invioTestSierologico(test(doctor, patient, day), pinCode);
    check(
        method + ": a duplicate's refusal tells the original transaction",
        list(again.getEsito(), details(again)),
        list("2005", list(list("2005", DAY_OF_TEST, submission))));

    ScaricoElencoTestSierologici interval = new ScaricoElencoTestSierologici();
    interval.setCodiceFiscaleMedico(doctor);
    interval.setCodiceFiscaleMedicoTitolare(doctor);
    interval.setDataInizioIntervallo(day);
    interval.setDataFineIntervallo(day);
    check(
        method + ": test list",
        port.scaricoElencoTestSierologici(interval, pinCode).getListaTestSierologici().getTestSierologico().stream()
            .map(
                t ->
                    list(
                        t.getCodiceFiscaleAssistito(),
                        t.getDataEsecuzioneTest(),
                        t.getIdentificativoTransazioneComunicazione()))
            .collect(Collectors.toList()),
        list(list(patient, day, submission)));

    AnnullamentoTestSierologico cancellation = new AnnullamentoTestSierologico();
    cancellation.setCodiceFiscaleMedico(doctor);
    cancellation.setCodiceFiscaleMedicoTitolare(doctor);
    cancellation.setCodiceFiscaleAssistito(patient);
    cancellation.setIdentificativoTransazione(submission);
    check(method + ": cancellation", port.annullamentoTestSierologico(cancellation, pinCode).getEsito(), "0000");

    ScaricoElencoTestSierologiciResponse empty = port.scaricoElencoTestSierologici(interval, pinCode);
    check(
        method + ": empty test list",
        list(empty.getEsito(), empty.getListaTestSierologici().getTestSierologico()),
        list("0000", list()));

    String mistyped = patient.substring(0, patient.length() - 1) + (patient.endsWith("A") ? "B" : "A");
    InvioTestSierologicoResponse refused =
        port.invioTestSierologico(test(doctor, mistyped, date(LocalDate.now().plusDays(2))), pinCode);
    check(
        method + ": a refusal tells all reasons with their fields",
        list(refused.getEsito(), details(refused)),
        list("2001", list(list("2001", PERSON, null), list("2002", DAY_OF_TEST, null), list("2004", PERSON, null))));

    ErroreServizio error = errorOf(port, pinCode, doctor, doctor.toLowerCase());
    check(
        method + ": fault with typed detail",
        list(error.getCodice(), error.getCampo(), error.getRiga() > 0, error.getIdRichiesta().length()),
        list("MESSAGGIO_NON_VALIDO", "codiceFiscaleMedicoTitolare", true, 36));
  }

  private static void speakSoap12(TestSierologiciPortType port, PinCode pinCode, String doctor, int patients)
      throws Exception {
    ScaricoElencoAssistitiResponse listed = port.scaricoElencoAssistiti(listOf(doctor, doctor), pinCode);
    check(
        "SOAP 1.2: patient list",
        list(listed.getEsito(), listed.getListaAssistiti().getAssistito().size()),
        list("0000", patients));
    ErroreServizio error = errorOf(port, pinCode, doctor, doctor.toLowerCase());
    Object status = ((BindingProvider) port).getResponseContext().get(MessageContext.HTTP_RESPONSE_CODE);
    // The service answers 400 to nothing but a fault in SOAP 1.2.
    check(
        "SOAP 1.2: fault with typed detail",
        list(status, error.getCodice(), error.getCampo()),
        list(400, "MESSAGGIO_NON_VALIDO", "codiceFiscaleMedicoTitolare"));
  }

  private static ScaricoElencoAssistiti listOf(String doctor, String titular) {
    ScaricoElencoAssistiti request = new ScaricoElencoAssistiti();
    request.setCodiceFiscaleMedico(doctor);
    request.setCodiceFiscaleMedicoTitolare(titular);
    return request;
  }

  private static InvioTestSierologico test(String doctor, String patient, XMLGregorianCalendar day) {
    InvioTestSierologico request = new InvioTestSierologico();
    request.setCodiceFiscaleMedico(doctor);
    request.setCodiceFiscaleMedicoTitolare(doctor);
    request.setCodiceFiscaleAssistito(patient);
    request.setDataEsecuzioneTest(day);
    return request;
  }

  /** A day without a time zone: the contract refuses one, and newXMLGregorianCalendar(GregorianCalendar) adds it. */
  private static XMLGregorianCalendar date(LocalDate day) throws Exception {
    return DatatypeFactory.newInstance().newXMLGregorianCalendar(day.toString());
  }

  private static ErroreServizio errorOf(
      TestSierologiciPortType port, PinCode pinCode, String doctor, String titular) {
    try {
      port.scaricoElencoAssistiti(listOf(doctor, titular), pinCode);
    } catch (ErroreServizioFault fault) {
      return fault.getFaultInfo();
    }
    throw new IllegalStateException("an answer where a fault was expected");
  }

  private static List<Object> details(InvioTestSierologicoResponse answer) {
    return answer.getDettagli().getDettaglio().stream()
        .map((Dettaglio d) -> list(d.getCodice(), d.getCampo(), d.getIdentificativoTransazione()))
        .collect(Collectors.toList());
  }

  private static List<Object> list(Object... items) {
    return Arrays.asList(items);
  }

  private static String setting(String name) {
    return Objects.requireNonNull(System.getenv("TS_" + name), "TS_" + name + " is not set");
  }

  private static void check(String name, Object got, Object expected) {
    if (got.equals(expected)) {
      System.out.println("ok - jaxws " + name);
    } else {
      failed = true;
      System.out.println("not ok - jaxws " + name + ": expected " + expected + ", got " + got);
    }
  }
}
