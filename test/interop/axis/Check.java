import it.example.testsierologici.AnnullamentoTestSierologico;
import it.example.testsierologici.Assistito;
import it.example.testsierologici.Dettaglio;
import it.example.testsierologici.ErroreServizio;
import it.example.testsierologici.InvioTestSierologico;
import it.example.testsierologici.InvioTestSierologicoResponse;
import it.example.testsierologici.ScaricoElencoAssistiti;
import it.example.testsierologici.ScaricoElencoAssistitiResponse;
import it.example.testsierologici.ScaricoElencoTestSierologici;
import it.example.testsierologici.ScaricoElencoTestSierologiciResponse;
import it.example.testsierologici.TestSierologiciBindingStub;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.axis.message.SOAPHeaderElement;
import org.apache.axis.types.Token;

/**
 * The four operations, a refusal and a fault with Axis 1.4, by the way that the argument names: card, password, or soap12
 * for a list and a fault in SOAP 1.2, which the generated classes are changed for.
 * One line per check; the exit code tells whether all passed.
 */
public final class Check {
  private static final String PERSON = "codiceFiscaleAssistito";
  private static final String DAY_OF_TEST = "dataEsecuzioneTest";
  private static boolean failed = false;

  private Check() {}

  public static void main(String[] arguments) throws Exception {
    String endpoint = setting("WSDL").replace("?wsdl", "");
    if (arguments[0].equals("card")) {
      int patients = Integer.parseInt(setting("CARD_PATIENTS"));
      converse("card", Client.withCard(endpoint), setting("CARD_DOCTOR"), patients, setting("CARD_NAMES"));
    } else {
      String doctor = setting("USER_DOCTOR");
      int patients = Integer.parseInt(setting("USER_PATIENTS"));
      TestSierologiciBindingStub stub = Client.withPassword(endpoint, setting("USER"), setting("PASSWORD"));
      SOAPHeaderElement pinCode = Client.pinCode(setting("PINCODE"), Path.of(setting("PINCODE_CERTIFICATE")));
      stub.setHeader(pinCode);
      if (arguments[0].equals("soap12")) {
        speakSoap12(stub, doctor, patients);
      } else {
        converse("password", stub, doctor, patients, setting("USER_NAMES"));
        stub.clearHeaders();
        ErroreServizio error = errorOf(stub, doctor, doctor);
        check(
            "password: fault without pincode",
            list(text(error.getCodice()), text(error.getCampo())),
            list("PINCODE_ASSENTE", null));
      }
    }
    System.exit(failed ? 1 : 0);
  }

  private static void converse(
      String method, TestSierologiciBindingStub port, String doctor, int patients, String names)
      throws Exception {
    Date day = date(LocalDate.parse(setting("DAY")));

    ScaricoElencoAssistitiResponse listed = port.scaricoElencoAssistiti(listOf(doctor, doctor));
    List<Assistito> found = Arrays.asList(listed.getListaAssistiti());
    check(method + ": patient list", list(text(listed.getEsito()), found.size()), list("0000", patients));
    check(
        method + ": names that are not ASCII",
        found.stream()
            .filter(a -> names.contains(text(a.getCodiceFiscaleAssistito())))
            .map(a -> a.getCodiceFiscaleAssistito() + " " + a.getCognomeAssistito() + " " + a.getNomeAssistito())
            .sorted()
            .collect(Collectors.joining("\n")),
        names);
    Assistito chosen = found.get(Integer.parseInt(setting("PATIENT")));
    String patient = text(chosen.getCodiceFiscaleAssistito());
    check(method + ": dates are typed", chosen.getDataUltimoAggiornamento().before(new Date()), true);

    InvioTestSierologicoResponse sent = port.invioTestSierologico(test(doctor, patient, day));
    long submission = sent.getIdentificativoTransazione();
    check(
        method + ": submission",
        list(text(sent.getEsito()), submission > 0, sent.getDataOra().getTimeZone().getRawOffset()),
        list("0000", true, 0));

    InvioTestSierologicoResponse again = port.invioTestSierologico(test(doctor, patient, day));
    check(
        method + ": a duplicate's refusal tells the original transaction",
        list(text(again.getEsito()), details(again)),
        list("2005", list(list("2005", DAY_OF_TEST, submission))));

    ScaricoElencoTestSierologici interval = new ScaricoElencoTestSierologici();
    interval.setCodiceFiscaleMedico(new Token(doctor));
    interval.setCodiceFiscaleMedicoTitolare(new Token(doctor));
    interval.setDataInizioIntervallo(day);
    interval.setDataFineIntervallo(day);
    check(
        method + ": test list",
        Stream.of(port.scaricoElencoTestSierologici(interval).getListaTestSierologici())
            .map(
                t ->
                    list(
                        text(t.getCodiceFiscaleAssistito()),
                        t.getDataEsecuzioneTest(),
                        t.getIdentificativoTransazioneComunicazione()))
            .collect(Collectors.toList()),
        list(list(patient, day, submission)));

    AnnullamentoTestSierologico cancellation = new AnnullamentoTestSierologico();
    cancellation.setCodiceFiscaleMedico(new Token(doctor));
    cancellation.setCodiceFiscaleMedicoTitolare(new Token(doctor));
    cancellation.setCodiceFiscaleAssistito(new Token(patient));
    cancellation.setIdentificativoTransazione(submission);
    check(method + ": cancellation", text(port.annullamentoTestSierologico(cancellation).getEsito()), "0000");

    ScaricoElencoTestSierologiciResponse empty = port.scaricoElencoTestSierologici(interval);
    check(
        method + ": empty test list",
        list(text(empty.getEsito()), empty.getListaTestSierologici().length),
        list("0000", 0));

    String mistyped = patient.substring(0, patient.length() - 1) + (patient.endsWith("A") ? "B" : "A");
    InvioTestSierologicoResponse refused =
        port.invioTestSierologico(test(doctor, mistyped, date(LocalDate.now().plusDays(2))));
    check(
        method + ": a refusal tells all reasons with their fields",
        list(text(refused.getEsito()), details(refused)),
        list("2001", list(list("2001", PERSON, null), list("2002", DAY_OF_TEST, null), list("2004", PERSON, null))));

    ErroreServizio error = errorOf(port, doctor, doctor.toLowerCase());
    check(
        method + ": fault with typed detail",
        list(text(error.getCodice()), text(error.getCampo()), error.getRiga() > 0, text(error.getIdRichiesta()).length()),
        list("MESSAGGIO_NON_VALIDO", "codiceFiscaleMedicoTitolare", true, 36));
  }

  private static void speakSoap12(TestSierologiciBindingStub port, String doctor, int patients)
      throws Exception {
    ScaricoElencoAssistitiResponse listed = port.scaricoElencoAssistiti(listOf(doctor, doctor));
    check(
        "SOAP 1.2: patient list",
        list(text(listed.getEsito()), Arrays.asList(listed.getListaAssistiti()).size()),
        list("0000", patients));
    ErroreServizio error = errorOf(port, doctor, doctor.toLowerCase());
    check(
        "SOAP 1.2: fault with typed detail",
        list(error.getFaultCode().getLocalPart(), text(error.getCodice()), text(error.getCampo())),
        list("Sender", "MESSAGGIO_NON_VALIDO", "codiceFiscaleMedicoTitolare"));
  }

  private static ScaricoElencoAssistiti listOf(String doctor, String titular) {
    ScaricoElencoAssistiti request = new ScaricoElencoAssistiti();
    request.setCodiceFiscaleMedico(new Token(doctor));
    request.setCodiceFiscaleMedicoTitolare(new Token(titular));
    return request;
  }

  private static InvioTestSierologico test(String doctor, String patient, Date day) {
    InvioTestSierologico request = new InvioTestSierologico();
    request.setCodiceFiscaleMedico(new Token(doctor));
    request.setCodiceFiscaleMedicoTitolare(new Token(doctor));
    request.setCodiceFiscaleAssistito(new Token(patient));
    request.setDataEsecuzioneTest(day);
    return request;
  }

  /** Axis writes a Date as the day that it is in the time zone of the virtual machine. */
  private static Date date(LocalDate day) {
    return Date.from(day.atStartOfDay(ZoneId.systemDefault()).toInstant());
  }

  private static ErroreServizio errorOf(
      TestSierologiciBindingStub port, String doctor, String titular) throws Exception {
    try {
      port.scaricoElencoAssistiti(listOf(doctor, titular));
    } catch (ErroreServizio error) {
      return error;
    }
    throw new IllegalStateException("an answer where a fault was expected");
  }

  private static List<Object> details(InvioTestSierologicoResponse answer) {
    return Stream.of(answer.getDettagli())
        .map((Dettaglio d) -> list(text(d.getCodice()), text(d.getCampo()), d.getIdentificativoTransazione()))
        .collect(Collectors.toList());
  }

  private static String text(Token token) {
    return token == null ? null : token.toString();
  }

  private static List<Object> list(Object... items) {
    return Arrays.asList(items);
  }

  private static String setting(String name) {
    return Objects.requireNonNull(System.getenv("TS_" + name), "TS_" + name + " is not set");
  }

  private static void check(String name, Object got, Object expected) {
    if (got.equals(expected)) {
      System.out.println("ok - axis " + name);
    } else {
      failed = true;
      System.out.println("not ok - axis " + name + ": expected " + expected + ", got " + got);
    }
  }
}
