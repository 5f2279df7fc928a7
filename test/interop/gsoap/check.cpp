// The four operations, a refusal and a fault with gSOAP; a list and a fault in SOAP 1.2.
// One line per check; the exit code tells whether all passed.
#include <cstdlib>
#include <ctime>
#include <functional>
#include <iostream>
#include <set>
#include <sstream>
#include <stdexcept>

#include "client.h"

namespace {

const char *const PERSON = "codiceFiscaleAssistito";
const char *const DAY_OF_TEST = "dataEsecuzioneTest";
bool failed = false;

std::string setting(const std::string &name) {
  const char *value = std::getenv(("TS_" + name).c_str());
  if (!value) throw std::runtime_error("TS_" + name + " is not set");
  return value;
}

template <class... Items> std::string show(const Items &...items) {
  std::ostringstream text;
  ((text << items << ' '), ...);
  return text.str();
}

void check(const std::string &name, const std::string &got, const std::string &expected) {
  if (got == expected) {
    std::cout << "ok - gsoap " << name << std::endl;
    return;
  }
  failed = true;
  std::cout << "not ok - gsoap " << name << ": expected " << expected << ", got " << got << std::endl;
}

std::string details(const ts2__Dettagli *dettagli) {
  std::string text;
  if (dettagli) {
    for (const ts2__Dettaglio *d : dettagli->dettaglio) {
      text += show(d->codice, d->campo ? *d->campo : "", d->identificativoTransazione ? *d->identificativoTransazione : 0);
    }
  }
  return text;
}

std::string day_after_tomorrow() {
  const std::time_t then = std::time(nullptr) + 2 * 86400;
  char text[11];
  std::strftime(text, sizeof text, "%Y-%m-%d", std::gmtime(&then));
  return text;
}

class Conversation {
public:
  using SignIn = std::function<void(TestSierologiciBindingProxy &)>;

  Conversation(std::string method, TestSierologiciBindingProxy &proxy, std::string doctor, SignIn sign_in)
      : method_(std::move(method)), proxy_(proxy), doctor_(std::move(doctor)), sign_in_(std::move(sign_in)) {}

  void hold(const std::string &patients, const std::string &names) {
    const std::string day = setting("DAY");

    _ts2__scaricoElencoAssistitiResponse listed;
    list(doctor_, listed);
    const auto &found = listed.listaAssistiti->assistito;
    check(method_ + ": patient list", show(listed.esito, found.size()), show("0000", patients));
    std::set<std::string> named;
    for (const ts2__Assistito *a : found) {
      if (names.find(a->codiceFiscaleAssistito) == std::string::npos) continue;
      named.insert(a->codiceFiscaleAssistito + " " + a->cognomeAssistito + " " + a->nomeAssistito);
    }
    std::string lines;
    for (const std::string &line : named) lines += "\n" + line;
    check(method_ + ": names that are not ASCII", lines, "\n" + names);
    const ts2__Assistito &chosen = *found.at(std::stoul(setting("PATIENT")));
    const std::string patient = chosen.codiceFiscaleAssistito;
    check(method_ + ": dates are AAAA-MM-GG", show(chosen.dataUltimoAggiornamento.size()), show(10));

    _ts2__invioTestSierologicoResponse sent = submit(patient, day);
    const LONG64 submission = sent.identificativoTransazione;
    check(method_ + ": submission", show(sent.esito, submission > 0), show("0000", true));

    _ts2__invioTestSierologicoResponse again = submit(patient, day);
    check(method_ + ": a duplicate's refusal tells the original transaction", show(again.esito, details(again.dettagli)),
          show("2005", show("2005", DAY_OF_TEST, submission)));

    std::string rows;
    _ts2__scaricoElencoTestSierologiciResponse tests = tests_of(day);
    for (const ts2__TestSierologico *t : tests.listaTestSierologici->testSierologico) {
      rows += show(t->codiceFiscaleAssistito, t->dataEsecuzioneTest, t->identificativoTransazioneComunicazione);
    }
    check(method_ + ": test list", rows, show(patient, day, submission));

    _ts2__annullamentoTestSierologico cancellation;
    cancellation.codiceFiscaleMedico = cancellation.codiceFiscaleMedicoTitolare = doctor_;
    cancellation.codiceFiscaleAssistito = patient;
    cancellation.identificativoTransazione = submission;
    _ts2__annullamentoTestSierologicoResponse cancelled;
    sign_in_(proxy_);
    succeed(proxy_.annullamentoTestSierologico(&cancellation, cancelled));
    check(method_ + ": cancellation", cancelled.esito, "0000");

    _ts2__scaricoElencoTestSierologiciResponse empty = tests_of(day);
    check(method_ + ": empty test list", show(empty.esito, empty.listaTestSierologici->testSierologico.size()),
          show("0000", 0));

    std::string mistyped = patient;
    mistyped.back() = patient.back() == 'A' ? 'B' : 'A';
    _ts2__invioTestSierologicoResponse refused = submit(mistyped, day_after_tomorrow());
    check(method_ + ": a refusal tells all reasons with their fields", show(refused.esito, details(refused.dettagli)),
          show("2001", show("2001", PERSON, 0) + show("2002", DAY_OF_TEST, 0) + show("2004", PERSON, 0)));

    const ts2__ErroreServizio *error = error_of_small_letters();
    check(method_ + ": fault with typed detail",
          error ? show(error->codice, error->campo ? *error->campo : "", error->riga && *error->riga > 0,
                       error->idRichiesta.size())
                : "none",
          show("MESSAGGIO_NON_VALIDO", "codiceFiscaleMedicoTitolare", true, 36));
    proxy_.destroy(); // what gSOAP allocated for the answers
  }

  void hold_in_soap12(const std::string &patients) {
    speak_soap12(proxy_);
    _ts2__scaricoElencoAssistitiResponse listed;
    succeed(list(doctor_, listed));
    check("SOAP 1.2: patient list", show(listed.esito, listed.listaAssistiti->assistito.size()), show("0000", patients));
    const ts2__ErroreServizio *error = error_of_small_letters();
    // The version is that of the answer.
    check("SOAP 1.2: fault with typed detail",
          error ? show(proxy_.soap->version, error->codice, error->campo ? *error->campo : "") : "none",
          show(2, "MESSAGGIO_NON_VALIDO", "codiceFiscaleMedicoTitolare"));
    proxy_.destroy();
  }

private:
  const ts2__ErroreServizio *error_of_small_letters() {
    std::string small = doctor_;
    for (char &letter : small) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    _ts2__scaricoElencoAssistitiResponse unused;
    return list(small, unused) == SOAP_OK ? nullptr : service_error(proxy_);
  }

  int list(const std::string &titular, _ts2__scaricoElencoAssistitiResponse &answer) {
    _ts2__scaricoElencoAssistiti request;
    request.codiceFiscaleMedico = doctor_;
    request.codiceFiscaleMedicoTitolare = titular;
    sign_in_(proxy_);
    const int result = proxy_.scaricoElencoAssistiti(&request, answer);
    if (titular == doctor_) succeed(result);
    return result;
  }

  _ts2__invioTestSierologicoResponse submit(const std::string &patient, const std::string &day) {
    _ts2__invioTestSierologico request;
    request.codiceFiscaleMedico = request.codiceFiscaleMedicoTitolare = doctor_;
    request.codiceFiscaleAssistito = patient;
    request.dataEsecuzioneTest = day;
    _ts2__invioTestSierologicoResponse answer;
    sign_in_(proxy_);
    succeed(proxy_.invioTestSierologico(&request, answer));
    return answer;
  }

  _ts2__scaricoElencoTestSierologiciResponse tests_of(const std::string &day) {
    _ts2__scaricoElencoTestSierologici request;
    request.codiceFiscaleMedico = request.codiceFiscaleMedicoTitolare = doctor_;
    request.dataInizioIntervallo = request.dataFineIntervallo = day;
    _ts2__scaricoElencoTestSierologiciResponse answer;
    sign_in_(proxy_);
    succeed(proxy_.scaricoElencoTestSierologici(&request, answer));
    return answer;
  }

  void succeed(int result) {
    if (result == SOAP_OK) return;
    proxy_.soap_stream_fault(std::cout);
    throw std::runtime_error("a fault where an answer was expected");
  }

  std::string method_;
  TestSierologiciBindingProxy &proxy_;
  std::string doctor_;
  SignIn sign_in_;
};

void without_pincode(const std::string &doctor, const Password &password) {
  TestSierologiciBindingProxy proxy;
  connect_with_password(proxy, setting("CA"));
  sign_in(proxy, password);
  proxy.soap_noheader();
  _ts2__scaricoElencoAssistiti request;
  request.codiceFiscaleMedico = request.codiceFiscaleMedicoTitolare = doctor;
  _ts2__scaricoElencoAssistitiResponse answer;
  const ts2__ErroreServizio *error =
      proxy.scaricoElencoAssistiti(&request, answer) == SOAP_OK ? nullptr : service_error(proxy);
  check("password: fault without pincode", error ? show(error->codice, error->campo ? *error->campo : "") : "none",
        show("PINCODE_ASSENTE", ""));
  proxy.destroy();
}

} // namespace

int main() {
  try {
    soap_ssl_init();
    TestSierologiciBindingProxy with_card;
    connect_with_card(with_card, setting("CA"), setting("CARD_CERTIFICATE_AND_KEY"));
    Conversation("card", with_card, setting("CARD_DOCTOR"), [](auto &) {})
        .hold(setting("CARD_PATIENTS"), setting("CARD_NAMES"));

    const Password password{setting("USER"), setting("PASSWORD"), setting("PINCODE"), setting("PINCODE_CERTIFICATE")};
    const std::string doctor = setting("USER_DOCTOR");
    TestSierologiciBindingProxy with_password;
    connect_with_password(with_password, setting("CA"));
    const auto sign_in_again = [&](auto &proxy) { sign_in(proxy, password); };
    Conversation("password", with_password, doctor, sign_in_again).hold(setting("USER_PATIENTS"), setting("USER_NAMES"));
    without_pincode(doctor, password);

    TestSierologiciBindingProxy in_soap12;
    connect_with_password(in_soap12, setting("CA"));
    Conversation("SOAP 1.2", in_soap12, doctor, sign_in_again).hold_in_soap12(setting("USER_PATIENTS"));
  } catch (const std::exception &problem) {
    std::cout << "not ok - gsoap " << problem.what() << std::endl;
    return 1;
  }
  return failed ? 1 : 0;
}
