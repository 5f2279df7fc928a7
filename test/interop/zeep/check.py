"""The four operations, a refusal and a fault with zeep; a list and a fault in SOAP 1.2.

One line per check; the exit code tells whether all passed.
"""

import logging
import os
import sys
import warnings
from datetime import date, timedelta

from zeep import Client
from zeep.exceptions import Fault

from client import (
    Soap12Transport,
    connect,
    connect_with_card,
    connect_with_password,
    service_error,
    session_trusting,
)

settings = {name[3:]: value for name, value in os.environ.items() if name.startswith("TS_")}
DAY = date.fromisoformat(settings["DAY"])
PATIENT = int(settings["PATIENT"])
PERSON, DAY_OF_TEST = "codiceFiscaleAssistito", "dataEsecuzioneTest"
failed = 0


def check(name: str, got: object, expected: object) -> None:
    global failed
    if got == expected:
        print(f"ok - zeep {name}", flush=True)
    else:
        failed += 1
        print(f"not ok - zeep {name}: expected {expected!r}, got {got!r}", flush=True)


def details(answer) -> list:
    return [(d.codice, d.campo, d.identificativoTransazione) for d in answer.dettagli.dettaglio]


def fault_of(client: Client, doctor: str, titular: str) -> Fault:
    try:
        client.service.scaricoElencoAssistiti(codiceFiscaleMedico=doctor, codiceFiscaleMedicoTitolare=titular)
    except Fault as fault:
        return fault
    raise AssertionError("an answer where a fault was expected")


def converse(method: str, client: Client, doctor: str, patients: int, names: str) -> None:
    who = {"codiceFiscaleMedico": doctor, "codiceFiscaleMedicoTitolare": doctor}
    service = client.service

    listed = service.scaricoElencoAssistiti(**who)
    found = listed.listaAssistiti.assistito
    check(f"{method}: patient list", (listed.esito, len(found)), ("0000", patients))
    named = [a for a in found if a.codiceFiscaleAssistito in names]
    check(
        f"{method}: names that are not ASCII",
        sorted(f"{a.codiceFiscaleAssistito} {a.cognomeAssistito} {a.nomeAssistito}" for a in named),
        names.split("\n"),
    )
    patient = found[PATIENT].codiceFiscaleAssistito
    check(f"{method}: dates are typed", isinstance(found[PATIENT].dataUltimoAggiornamento, date), True)

    sent = service.invioTestSierologico(**who, codiceFiscaleAssistito=patient, dataEsecuzioneTest=DAY)
    check(f"{method}: submission", (sent.esito, sent.dataOra.utcoffset() is not None), ("0000", True))
    submission = sent.identificativoTransazione

    again = service.invioTestSierologico(**who, codiceFiscaleAssistito=patient, dataEsecuzioneTest=DAY)
    check(
        f"{method}: a duplicate's refusal tells the original transaction",
        (again.esito, details(again)),
        ("2005", [("2005", DAY_OF_TEST, submission)]),
    )

    interval = {"dataInizioIntervallo": DAY, "dataFineIntervallo": DAY}
    tests = service.scaricoElencoTestSierologici(**who, **interval)
    check(
        f"{method}: test list",
        [
            (t.codiceFiscaleAssistito, t.dataEsecuzioneTest, t.identificativoTransazioneComunicazione)
            for t in tests.listaTestSierologici.testSierologico
        ],
        [(patient, DAY, submission)],
    )

    cancelled = service.annullamentoTestSierologico(
        **who, codiceFiscaleAssistito=patient, identificativoTransazione=submission
    )
    check(f"{method}: cancellation", cancelled.esito, "0000")

    # zeep reads an empty list as None, like an absent one: that all went well is for the outcome to tell.
    empty = service.scaricoElencoTestSierologici(**who, **interval)
    rows = empty.listaTestSierologici.testSierologico if empty.listaTestSierologici else []
    check(f"{method}: empty test list", (empty.esito, rows), ("0000", []))

    mistyped = patient[:-1] + ("B" if patient.endswith("A") else "A")
    refused = service.invioTestSierologico(
        **who, codiceFiscaleAssistito=mistyped, dataEsecuzioneTest=date.today() + timedelta(days=2)
    )
    check(
        f"{method}: a refusal tells all reasons with their fields",
        (refused.esito, [(code, field) for code, field, _ in details(refused)]),
        ("2001", [("2001", PERSON), ("2002", DAY_OF_TEST), ("2004", PERSON)]),
    )

    error = service_error(client, fault_of(client, doctor, doctor.lower()))
    check(
        f"{method}: fault with typed detail",
        (error.codice, error.campo, error.riga > 0, len(error.idRichiesta)),
        ("MESSAGGIO_NON_VALIDO", "codiceFiscaleMedicoTitolare", True, 36),
    )


def without_pincode(client: Client, doctor: str) -> None:
    client.set_default_soapheaders(None)
    error = service_error(client, fault_of(client, doctor, doctor))
    check("password: fault without pincode", (error.codice, error.campo), ("PINCODE_ASSENTE", None))


def speak_soap12(client: Client, doctor: str, patients: int) -> None:
    listed = client.service.scaricoElencoAssistiti(codiceFiscaleMedico=doctor, codiceFiscaleMedicoTitolare=doctor)
    check("SOAP 1.2: patient list", (listed.esito, len(listed.listaAssistiti.assistito)), ("0000", patients))
    fault = fault_of(client, doctor, doctor.lower())
    error = service_error(client, fault)
    check(
        "SOAP 1.2: fault with typed detail",
        (fault.code, error.codice, error.campo),
        ("soap:Sender", "MESSAGGIO_NON_VALIDO", "codiceFiscaleMedicoTitolare"),
    )


class Complaints(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(record.getMessage())


complaints = Complaints()
logging.getLogger().addHandler(complaints)
wsdl, ca = settings["WSDL"], settings["CA"]
with warnings.catch_warnings(record=True) as warned:
    warnings.simplefilter("always")
    connect(wsdl, session_trusting(ca))
check("import of the WSDL without a warning", complaints.heard + [str(w.message) for w in warned], [])

converse(
    "card",
    connect_with_card(wsdl, ca, settings["CARD_CERTIFICATE"], settings["CARD_KEY"]),
    settings["CARD_DOCTOR"],
    int(settings["CARD_PATIENTS"]),
    settings["CARD_NAMES"],
)
user = [settings[name] for name in ("USER", "PASSWORD", "PINCODE", "PINCODE_CERTIFICATE")]
doctor, patients = settings["USER_DOCTOR"], int(settings["USER_PATIENTS"])
with_password = connect_with_password(wsdl, ca, *user)
converse("password", with_password, doctor, patients, settings["USER_NAMES"])
without_pincode(with_password, doctor)
speak_soap12(connect_with_password(wsdl, ca, *user, transport=Soap12Transport), doctor, patients)
sys.exit(1 if failed else 0)
