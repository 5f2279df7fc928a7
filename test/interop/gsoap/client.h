// How a program in C++, with gSOAP, reaches the service: with a card, or with password and pincode.
// Owns the connection: trust, client certificate, HTTP Basic, the pinCode header. Knows nothing of the operations.
#pragma once

#include <string>

#include "soapTestSierologiciBindingProxy.h"

// `ca`: PEM file of the CA that issued the server's certificate. `card`: one PEM file with the card's authentication
// certificate and its private key, one after the other. Throws std::runtime_error when a file cannot be used.
void connect_with_card(TestSierologiciBindingProxy &proxy, const std::string &ca, const std::string &card);

// The texts must live as long as the proxy. gSOAP forgets header, user and password after each call:
// call `sign_in` before every one.
struct Password {
  std::string user;
  std::string password;
  std::string pincode;
  std::string pincode_certificate; // PEM file
};

void connect_with_password(TestSierologiciBindingProxy &proxy, const std::string &ca);

// Preemptive HTTP Basic, and the pincode in the header of the next message.
void sign_in(TestSierologiciBindingProxy &proxy, const Password &password);

// For SOAP 1.2, before the first call. Not with option -1 of soapcpp2, by which every operation insists on 1.1.
void speak_soap12(TestSierologiciBindingProxy &proxy);

// The typed detail of the fault that the last call ended with; null when that was no fault of the service.
const ts2__ErroreServizio *service_error(TestSierologiciBindingProxy &proxy);
