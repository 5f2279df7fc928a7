// The four operations, a refusal and a fault with KDSoap; a list and a fault in SOAP 1.2.
// One line per check; the exit code tells whether all passed.
#include <QCoreApplication>
#include <QDate>
#include <QEventLoop>
#include <QStringList>
#include <cstdlib>
#include <iostream>
#include <stdexcept>

#include "client.h"

namespace {

const QString PERSON = "codiceFiscaleAssistito";
const QString DAY_OF_TEST = "dataEsecuzioneTest";
bool failed = false;

QString setting(const char *name) {
  const char *value = std::getenv((std::string("TS_") + name).c_str());
  if (!value) throw std::runtime_error(std::string("TS_") + name + " is not set");
  return QString::fromUtf8(value);
}

void check(const QString &name, const QStringList &got, const QStringList &expected) {
  const bool good = got == expected;
  failed = failed || !good;
  std::cout << (good ? "ok" : "not ok") << " - kdsoap " << name.toStdString();
  if (!good) std::cout << ": expected " << expected.join(' ').toStdString() << ", got " << got.join(' ').toStdString();
  std::cout << std::endl;
}

void await(KDSoapJob &job) {
  QEventLoop loop;
  job.setAutoDelete(false);
  QObject::connect(&job, &KDSoapJob::finished, &loop, &QEventLoop::quit);
  job.start();
  loop.exec();
}

// The answer of an operation; a fault where none is expected ends the program.
template <class Job, class Parameters> auto answer(TestSierologici &service, const Parameters &parameters) {
  Job job(&service);
  job.setParameters(parameters);
  await(job);
  if (job.isFault()) throw std::runtime_error(job.faultAsString().toStdString());
  return job.resultParameters();
}

template <class Parameters> Parameters by(const QString &doctor, const QString &titular) {
  Parameters parameters;
  parameters.setCodiceFiscaleMedico(doctor);
  parameters.setCodiceFiscaleMedicoTitolare(titular);
  return parameters;
}

TIPI__InvioTestSierologico test(const QString &doctor, const QString &patient, const QDate &day) {
  auto parameters = by<TIPI__InvioTestSierologico>(doctor, doctor);
  parameters.setCodiceFiscaleAssistito(patient);
  parameters.setDataEsecuzioneTest(day);
  return parameters;
}

client::ServiceError error_of(TestSierologici &service, const QString &doctor, const QString &titular) {
  ScaricoElencoAssistitiJob job(&service);
  job.setParameters(by<TIPI__ScaricoElencoAssistiti>(doctor, titular));
  await(job);
  if (!job.isFault()) throw std::runtime_error("an answer where a fault was expected");
  return client::error_of(job);
}

QStringList details(const TIPI__InvioTestSierologicoResponse &answer) {
  QStringList told{answer.esito()};
  for (const auto &d : answer.dettagli().dettaglio()) {
    told << d.codice() << (d.hasValueForCampo() ? d.campo().value() : "-");
    told << (d.hasValueForIdentificativoTransazione() ? QString::number(d.identificativoTransazione()) : "-");
  }
  return told;
}

void converse(const QString &method, TestSierologici &service, const QString &doctor, const QString &patients,
              const QString &names) {
  const QDate day = QDate::fromString(setting("DAY"), Qt::ISODate);

  const auto who = by<TIPI__ScaricoElencoAssistiti>(doctor, doctor);
  const auto listed = answer<ScaricoElencoAssistitiJob>(service, who);
  const auto found = listed.listaAssistiti().assistito();
  check(method + ": patient list", {listed.esito(), QString::number(found.size())}, {"0000", patients});
  QStringList named;
  for (const auto &a : found) {
    if (!names.contains(a.codiceFiscaleAssistito().value())) continue;
    named << a.codiceFiscaleAssistito().value() + ' ' + a.cognomeAssistito().value() + ' ' + a.nomeAssistito().value();
  }
  named.sort();
  check(method + ": names that are not ASCII", named, names.split('\n'));
  const auto chosen = found.at(setting("PATIENT").toInt());
  const QString patient = chosen.codiceFiscaleAssistito();
  check(method + ": dates are typed", {chosen.dataUltimoAggiornamento().value().isValid() ? "yes" : "no"}, {"yes"});

  const auto sent = answer<InvioTestSierologicoJob>(service, test(doctor, patient, day));
  const qint64 submission = sent.identificativoTransazione();
  check(method + ": submission", {sent.esito(), submission > 0 ? "positive" : "none"}, {"0000", "positive"});

  const auto again = answer<InvioTestSierologicoJob>(service, test(doctor, patient, day));
  check(method + ": a duplicate's refusal tells the original transaction", details(again),
        {"2005", "2005", DAY_OF_TEST, QString::number(submission)});

  auto interval = by<TIPI__ScaricoElencoTestSierologici>(doctor, doctor);
  interval.setDataInizioIntervallo(day);
  interval.setDataFineIntervallo(day);
  const auto rows = [&] {
    const auto tests = answer<ScaricoElencoTestSierologiciJob>(service, interval);
    QStringList told{tests.esito()};
    for (const auto &t : tests.listaTestSierologici().testSierologico()) {
      told << t.codiceFiscaleAssistito() << t.dataEsecuzioneTest().value().toString(Qt::ISODate);
      told << QString::number(t.identificativoTransazioneComunicazione());
    }
    return told;
  };
  check(method + ": test list", rows(), {"0000", patient, setting("DAY"), QString::number(submission)});

  auto cancellation = by<TIPI__AnnullamentoTestSierologico>(doctor, doctor);
  cancellation.setCodiceFiscaleAssistito(patient);
  cancellation.setIdentificativoTransazione(submission);
  check(method + ": cancellation", {answer<AnnullamentoTestSierologicoJob>(service, cancellation).esito()}, {"0000"});
  check(method + ": empty test list", rows(), {"0000"});

  const QString mistyped = patient.chopped(1) + (patient.endsWith('A') ? 'B' : 'A');
  const auto refused =
      answer<InvioTestSierologicoJob>(service, test(doctor, mistyped, QDate::currentDate().addDays(2)));
  check(method + ": a refusal tells all reasons with their fields", details(refused),
        {"2001", "2001", PERSON, "-", "2002", DAY_OF_TEST, "-", "2004", PERSON, "-"});

  const auto error = error_of(service, doctor, doctor.toLower());
  check(method + ": fault with typed detail",
        {error.codice, error.campo, error.riga.toInt() > 0 ? "line" : "-", QString::number(error.idRichiesta.size())},
        {"MESSAGGIO_NON_VALIDO", "codiceFiscaleMedicoTitolare", "line", "36"});
}

void speak_soap12(TestSierologici &service, const QString &doctor, const QString &patients) {
  service.setSoapVersion(KDSoapClientInterface::SOAP1_2);
  const auto listed = answer<ScaricoElencoAssistitiJob>(service, by<TIPI__ScaricoElencoAssistiti>(doctor, doctor));
  check("SOAP 1.2: patient list", {listed.esito(), QString::number(listed.listaAssistiti().assistito().size())},
        {"0000", patients});
  const auto error = error_of(service, doctor, doctor.toLower());
  check("SOAP 1.2: fault with typed detail", {error.codice, error.campo},
        {"MESSAGGIO_NON_VALIDO", "codiceFiscaleMedicoTitolare"});
}

void run() {
  const QString endpoint = setting("WSDL").remove("?wsdl"), ca = setting("CA"), doctor = setting("USER_DOCTOR");
  const auto card = client::with_card(endpoint, ca, setting("CARD_CERTIFICATE"), setting("CARD_KEY"));
  converse("card", *card, setting("CARD_DOCTOR"), setting("CARD_PATIENTS"), setting("CARD_NAMES"));

  const auto user = client::with_password(endpoint, ca, setting("USER"), setting("PASSWORD"), setting("PINCODE"),
                                          setting("PINCODE_CERTIFICATE"));
  converse("password", *user, doctor, setting("USER_PATIENTS"), setting("USER_NAMES"));
  speak_soap12(*user, doctor, setting("USER_PATIENTS"));

  user->setSoapVersion(KDSoapClientInterface::SOAP1_1);
  user->clearPinCodeHeader();
  const auto error = error_of(*user, doctor, doctor);
  check("password: fault without pincode", {error.codice, error.campo}, {"PINCODE_ASSENTE", ""});
}

} // namespace

int main(int count, char **arguments) {
  QCoreApplication application(count, arguments);
  try {
    run();
  } catch (const std::exception &error) {
    std::cout << "not ok - kdsoap " << error.what() << std::endl;
    failed = true;
  }
  return failed ? 1 : 0;
}
