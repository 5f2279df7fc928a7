#include "client.h"

#include <cstdio>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <vector>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "TestSierologiciBinding.nsmap"

namespace {

void open_tls(soap *context, const std::string &ca, const char *card) {
  // Server authentication and the check of its name are on; SOAP_SSL_NO_AUTHENTICATION would switch both off.
  const unsigned short flags = SOAP_SSL_REQUIRE_SERVER_AUTHENTICATION | SOAP_TLSv1_2 | SOAP_TLSv1_3;
  if (soap_ssl_client_context(context, flags, card, nullptr, ca.c_str(), nullptr, nullptr) != SOAP_OK) {
    throw std::runtime_error("unusable certificate or key");
  }
  soap_set_imode(context, SOAP_IO_KEEPALIVE | SOAP_C_UTFSTRING); // texts in UTF-8
  soap_set_omode(context, SOAP_IO_KEEPALIVE | SOAP_C_UTFSTRING);
  context->connect_timeout = 10; // seconds
  context->recv_timeout = 30;
  context->send_timeout = 30;
}

// Base64, on one line, of the RSA PKCS#1 v1.5 encryption with the published certificate.
std::string encrypt(const std::string &pincode, const std::string &certificate) {
  const std::unique_ptr<FILE, int (*)(FILE *)> file(std::fopen(certificate.c_str(), "r"), std::fclose);
  const std::unique_ptr<X509, void (*)(X509 *)> published(
      file ? PEM_read_X509(file.get(), nullptr, nullptr, nullptr) : nullptr, X509_free);
  if (!published) throw std::runtime_error(certificate + ": not a PEM certificate");
  const std::unique_ptr<EVP_PKEY_CTX, void (*)(EVP_PKEY_CTX *)> rsa(
      EVP_PKEY_CTX_new(X509_get0_pubkey(published.get()), nullptr), EVP_PKEY_CTX_free);
  const auto *plain = reinterpret_cast<const unsigned char *>(pincode.data());
  std::size_t size = 0;
  if (!rsa || EVP_PKEY_encrypt_init(rsa.get()) <= 0 ||
      EVP_PKEY_CTX_set_rsa_padding(rsa.get(), RSA_PKCS1_PADDING) <= 0 ||
      EVP_PKEY_encrypt(rsa.get(), nullptr, &size, plain, pincode.size()) <= 0) {
    throw std::runtime_error(certificate + ": not an RSA certificate");
  }
  std::vector<unsigned char> encrypted(size);
  if (EVP_PKEY_encrypt(rsa.get(), encrypted.data(), &size, plain, pincode.size()) <= 0) {
    throw std::runtime_error("the pincode cannot be encrypted");
  }
  std::vector<unsigned char> text(4 * ((size + 2) / 3) + 1);
  const int length = EVP_EncodeBlock(text.data(), encrypted.data(), static_cast<int>(size));
  return std::string(text.begin(), text.begin() + length);
}

} // namespace

void connect_with_card(TestSierologiciBindingProxy &proxy, const std::string &ca, const std::string &card) {
  open_tls(proxy.soap, ca, card.c_str());
}

void connect_with_password(TestSierologiciBindingProxy &proxy, const std::string &ca) {
  open_tls(proxy.soap, ca, nullptr);
}

void sign_in(TestSierologiciBindingProxy &proxy, const Password &password) {
  proxy.soap->userid = password.user.c_str();
  proxy.soap->passwd = password.password.c_str();
  ts2__PinCode *header = soap_new_ts2__PinCode(proxy.soap);
  header->__item = encrypt(password.pincode, password.pincode_certificate);
  proxy.soap_header(header);
}

void speak_soap12(TestSierologiciBindingProxy &proxy) {
  // A message is in the version whose namespaces head the table; the one that soapcpp2 made says 1.1.
  static std::vector<Namespace> table(std::begin(namespaces), std::end(namespaces));
  table[0].ns = "http://www.w3.org/2003/05/soap-envelope";
  table[1].ns = "http://www.w3.org/2003/05/soap-encoding";
  soap_set_namespaces(proxy.soap, table.data());
}

const ts2__ErroreServizio *service_error(TestSierologiciBindingProxy &proxy) {
  const SOAP_ENV__Fault *fault = proxy.soap_fault();
  if (!fault) return nullptr;
  const SOAP_ENV__Detail *detail = fault->detail ? fault->detail : fault->SOAP_ENV__Detail; // that of SOAP 1.2
  return detail ? detail->ts2__erroreServizio : nullptr;
}
