<?php
/**
 * How a program in PHP, with SoapClient, reaches the service: with a card, or with password and pincode.
 * Owns the connection: trust, client certificate, HTTP Basic, the pinCode header. Knows nothing of the operations.
 * Needs the extensions soap and openssl (Debian: php-soap).
 */
declare(strict_types=1);

const TYPES = 'urn:passerella:testsierologici:v1:tipi';

/**
 * A client made from the served WSDL.
 *
 * @param string $ca PEM file of the CA that issued the server's certificate
 * @param array<string, mixed> $tls further TLS options
 * @param array<string, mixed> $options further options of SoapClient
 */
function connect(string $wsdl, string $ca, array $tls = [], array $options = []): SoapClient
{
    $trust = ['cafile' => $ca, 'verify_peer' => true, 'verify_peer_name' => true];
    return new SoapClient($wsdl, $options + [
        'stream_context' => stream_context_create(['ssl' => $trust + $tls]),
        // Else the WSDL of yesterday is taken from /tmp; in production leave the cache on.
        'cache_wsdl' => WSDL_CACHE_NONE,
        // A list of one is a list, not its only element.
        'features' => SOAP_SINGLE_ELEMENT_ARRAYS,
        'connection_timeout' => 10,
        'keep_alive' => true,
    ]);
}

/** @param string $certificate PEM file of the card's authentication certificate; $key: of its private key */
function connectWithCard(string $wsdl, string $ca, string $certificate, string $key): SoapClient
{
    return connect($wsdl, $ca, ['local_cert' => $certificate, 'local_pk' => $key]);
}

/**
 * Preemptive HTTP Basic (what SoapClient does), and the pincode in a header of every message.
 *
 * @param array<string, mixed> $options further options of SoapClient: ['soap_version' => SOAP_1_2] for SOAP 1.2
 */
function connectWithPassword(
    string $wsdl,
    string $ca,
    string $user,
    string $password,
    string $pincode,
    string $pincodeCertificate,
    array $options = [],
): SoapClient {
    $client = connect($wsdl, $ca, [], $options + ['login' => $user, 'password' => $password]);
    $client->__setSoapHeaders(pinCode($pincode, $pincodeCertificate));
    return $client;
}

/** Base64, on one line, of the pincode's RSA PKCS#1 v1.5 encryption with the published certificate (PEM file). */
function pinCode(string $pincode, string $certificate): SoapHeader
{
    $key = openssl_pkey_get_public((string) file_get_contents($certificate));
    if ($key === false || !openssl_public_encrypt($pincode, $encrypted, $key, OPENSSL_PKCS1_PADDING)) {
        throw new RuntimeException("$certificate: not a usable certificate");
    }
    return new SoapHeader(TYPES, 'pinCode', base64_encode($encrypted));
}

/** The typed detail of a fault: an object with codice, campo, riga, idRichiesta; what is absent is not set. */
function serviceError(SoapFault $fault): object
{
    return $fault->detail->erroreServizio;
}
