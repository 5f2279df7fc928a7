"""How a program in Python, with zeep, reaches the service: with a card, or with password and pincode.

Owns the connection: trust, client certificate, HTTP Basic, the pinCode header. Knows nothing of the operations, which
zeep makes from the WSDL. Needs: zeep, requests, cryptography (Debian: python3-zeep, python3-cryptography).
"""

from base64 import b64encode

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from requests import Session
from zeep import Client
from zeep.transports import Transport

TYPES = "{urn:passerella:testsierologici:v1:tipi}"


class Soap12Transport(Transport):
    """For SOAP 1.2: zeep speaks the version of the WSDL's binding, and here takes ours, of SOAP 1.1, for one of 1.2."""

    def load(self, url: str) -> bytes:
        soap11, soap12 = b"http://schemas.xmlsoap.org/wsdl/soap/", b"http://schemas.xmlsoap.org/wsdl/soap12/"
        return super().load(url).replace(soap11, soap12)


def session_trusting(ca: str) -> Session:
    """An HTTP session that trusts one CA: `ca`, PEM file of the one that issued the server's certificate.

    Setting `verify` is not enough where REQUESTS_CA_BUNDLE is set, since requests lets that variable win: hence
    `trust_env`. Leave it on, and unset the variable, where a proxy is taken from the environment.
    """
    session = Session()
    session.trust_env = False
    session.verify = ca
    return session


def connect(wsdl: str, session: Session, transport: type[Transport] = Transport) -> Client:
    return Client(wsdl, transport=transport(session=session, operation_timeout=30))


def connect_with_card(wsdl: str, ca: str, certificate: str, key: str) -> Client:
    """`certificate` and `key`: PEM files of the card's authentication certificate. No header, no password.

    The certificate is set before anything is asked: the connection that fetched the WSDL is kept and used again, and
    a client certificate is shown when a connection is made, never later.
    """
    session = session_trusting(ca)
    session.cert = (certificate, key)
    return connect(wsdl, session)


def connect_with_password(
    wsdl: str,
    ca: str,
    user: str,
    password: str,
    pincode: str,
    pincode_certificate: str,
    transport: type[Transport] = Transport,
) -> Client:
    """Preemptive HTTP Basic (what requests does), and the pincode in a header of every message."""
    session = session_trusting(ca)
    session.auth = (user, password)
    client = connect(wsdl, session, transport)
    client.set_default_soapheaders([pin_code(client, pincode, pincode_certificate)])
    return client


def pin_code(client: Client, pincode: str, certificate: str):
    """The pinCode header: base64, on one line, of the pincode encrypted with the published certificate, RSA PKCS#1 v1.5.

    With zeep a header may also be given call by call: `_soapheaders={"pinCode": ...}`.
    """
    with open(certificate, "rb") as file:
        key = x509.load_pem_x509_certificate(file.read()).public_key()
    encrypted = b64encode(key.encrypt(pincode.encode("ascii"), PKCS1v15())).decode("ascii")
    return client.get_element(f"{TYPES}pinCode")(encrypted)


def service_error(client: Client, fault) -> object:
    """The typed detail of a fault: erroreServizio with codice, campo, riga, idRichiesta."""
    return client.get_element(f"{TYPES}erroreServizio").parse(fault.detail[0], client.wsdl.types)
