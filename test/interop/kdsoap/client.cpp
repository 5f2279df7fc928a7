#include "client.h"

#include <KDSoapClient/KDSoapMessage.h>
#include <QFile>
#include <QSslCertificate>
#include <QSslConfiguration>
#include <QSslKey>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdexcept>

namespace client {

namespace {

QByteArray read(const QString &path) {
  QFile file(path);
  if (!file.open(QIODevice::ReadOnly)) throw std::runtime_error("cannot read " + path.toStdString());
  return file.readAll();
}

QSslConfiguration trusting(const QString &ca) {
  QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
  tls.setCaCertificates(QSslCertificate::fromData(read(ca)));
  return tls;
}

std::unique_ptr<TestSierologici> connect(const QString &endpoint, const QSslConfiguration &tls) {
  auto service = std::make_unique<TestSierologici>();
  service->setEndPoint(endpoint);
  service->clientInterface()->setSslConfiguration(tls);
  service->clientInterface()->setTimeout(30'000); // otherwise half an hour
  return service;
}

QString encrypted(const QString &pincode, const QString &certificate) {
  const QByteArray pem = read(certificate), text = pincode.toLatin1();
  const std::unique_ptr<BIO, decltype(&BIO_free)> source(BIO_new_mem_buf(pem.data(), pem.size()), BIO_free);
  const std::unique_ptr<X509, decltype(&X509_free)> x509(
      PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr), X509_free);
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
      EVP_PKEY_CTX_new(X509_get0_pubkey(x509.get()), nullptr), EVP_PKEY_CTX_free);
  const auto *input = reinterpret_cast<const unsigned char *>(text.constData());
  std::size_t size = 0;
  if (EVP_PKEY_encrypt_init(context.get()) <= 0 ||
      EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) <= 0 ||
      EVP_PKEY_encrypt(context.get(), nullptr, &size, input, text.size()) <= 0)
    throw std::runtime_error("the pincode cannot be encrypted");
  QByteArray bytes(static_cast<int>(size), '\0');
  if (EVP_PKEY_encrypt(context.get(), reinterpret_cast<unsigned char *>(bytes.data()), &size, input, text.size()) <= 0)
    throw std::runtime_error("the pincode cannot be encrypted");
  return QString::fromLatin1(bytes.toBase64()); // on one line
}

} // namespace

std::unique_ptr<TestSierologici> with_card(const QString &endpoint, const QString &ca, const QString &certificate,
                                           const QString &key) {
  QSslConfiguration tls = trusting(ca);
  tls.setLocalCertificateChain(QSslCertificate::fromData(read(certificate)));
  tls.setPrivateKey(QSslKey(read(key), QSsl::Rsa));
  return connect(endpoint, tls);
}

std::unique_ptr<TestSierologici> with_password(const QString &endpoint, const QString &ca, const QString &user,
                                               const QString &password, const QString &pincode,
                                               const QString &pincode_certificate) {
  auto service = connect(endpoint, trusting(ca));
  // KDSoapAuthentication waits for a 401, which never comes.
  const QByteArray basic = (user + ':' + password).toUtf8().toBase64();
  service->clientInterface()->setRawHTTPHeaders({{"Authorization", "Basic " + basic}});
  service->setPinCodeHeader(TIPI__PinCode(TIPI__PinCodeCifrato(encrypted(pincode, pincode_certificate))));
  return service;
}

ServiceError error_of(const KDSoapJob &job) {
  const auto &parts = job.reply().childValues();
  // SOAP 1.2 spells it with a capital.
  auto detail = parts.child("detail");
  if (detail.isNull()) detail = parts.child("Detail");
  const auto &error = detail.childValues().child("erroreServizio").childValues();
  if (error.isEmpty()) throw std::runtime_error(job.faultAsString().toStdString());
  const auto text = [&error](const char *name) { return error.child(name).value().toString(); };
  return {text("codice"), text("campo"), text("riga"), text("idRichiesta")};
}

} // namespace client
