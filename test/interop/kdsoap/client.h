// How a program in C++ with Qt and KDSoap reaches the service: with a card, or with password and pincode. Owns the
// connection: trust, client certificate, HTTP Basic, the pinCode header, the typed detail of a fault. Knows nothing of the
// operations.
#pragma once

#include <QString>
#include <memory>

#include "service.h"

namespace client {

// Detail of a fault, erroreServizio; what is absent in the message is empty.
struct ServiceError {
  QString codice, campo, riga, idRichiesta;
};

// `ca`: PEM file of the CA that issued the server's certificate. `certificate` and `key`: PEM files of the card's
// authentication certificate. No header, no password.
std::unique_ptr<TestSierologici> with_card(const QString &endpoint, const QString &ca, const QString &certificate,
                                           const QString &key);

// Preemptive HTTP Basic, and the pincode in a header of every message, encrypted with the published certificate (PEM file).
std::unique_ptr<TestSierologici> with_password(const QString &endpoint, const QString &ca, const QString &user,
                                               const QString &password, const QString &pincode,
                                               const QString &pincode_certificate);

// Of a job that ended with a fault. Throws what the job says when there is no detail: then the fault is not the service's.
ServiceError error_of(const KDSoapJob &job);

} // namespace client
