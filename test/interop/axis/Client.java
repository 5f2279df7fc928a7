import it.example.testsierologici.TestSierologiciBindingStub;
import it.example.testsierologici.TestSierologiciLocator;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.xml.soap.SOAPException;
import org.apache.axis.message.SOAPHeaderElement;

/**
 * How a program in Java, with Axis 1.4, reaches the service: with a card, or with password and pincode. Owns HTTP Basic
 * and the pinCode header. Knows nothing of the operations.
 *
 * <p>Whom to trust, and the card, are told to the virtual machine, since Axis uses its sockets: {@code
 * -Djavax.net.ssl.trustStore} and {@code -Djavax.net.ssl.keyStore}. Whoever needs both ways runs two.
 */
final class Client {
  private static final String TYPES = "urn:passerella:testsierologici:v1:tipi";

  private Client() {}

  /** The card is the virtual machine's. No header, no password. */
  static TestSierologiciBindingStub withCard(String endpoint) throws Exception {
    TestSierologiciLocator locator = new TestSierologiciLocator();
    locator.setTestSierologiciPortEndpointAddress(endpoint);
    TestSierologiciBindingStub stub = (TestSierologiciBindingStub) locator.getTestSierologiciPort();
    stub.setTimeout(30_000); // for the connection and for the answer; without it Axis waits ten minutes
    return stub;
  }

  /** Preemptive HTTP Basic. */
  static TestSierologiciBindingStub withPassword(String endpoint, String user, String password) throws Exception {
    TestSierologiciBindingStub stub = withCard(endpoint);
    stub.setUsername(user);
    stub.setPassword(password);
    return stub;
  }

  /**
   * The header of a message: base64, on one line, of the pincode's RSA PKCS#1 v1.5 encryption with the published
   * certificate (PEM or DER file).
   */
  static SOAPHeaderElement pinCode(String pincode, Path certificate) throws Exception {
    try (InputStream file = Files.newInputStream(certificate)) {
      Cipher rsa = Cipher.getInstance("RSA/ECB/PKCS1Padding");
      rsa.init(
          Cipher.ENCRYPT_MODE, CertificateFactory.getInstance("X.509").generateCertificate(file).getPublicKey());
      return header(Base64.getEncoder().encodeToString(rsa.doFinal(pincode.getBytes(StandardCharsets.US_ASCII))));
    }
  }

  private static SOAPHeaderElement header(String encrypted) throws SOAPException {
    SOAPHeaderElement header = new SOAPHeaderElement(TYPES, "pinCode");
    header.addTextNode(encrypted);
    return header;
  }
}
