import com.sun.xml.ws.developer.JAXWSProperties;
import it.example.testsierologici.PinCode;
import it.example.testsierologici.TestSierologici;
import it.example.testsierologici.TestSierologiciPortType;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Base64;
import java.util.Map;
import javax.crypto.Cipher;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.xml.ws.BindingProvider;

/**
 * How a program in Java, with the reference implementation of JAX-WS, reaches the service: with a card, or with password
 * and pincode. Owns the connection: client certificate, HTTP Basic, the pinCode header. Knows nothing of the operations.
 *
 * <p>Whom to trust is told to the virtual machine, since it also fetches the WSDL: {@code -Djavax.net.ssl.trustStore} is
 * a key store made with {@code keytool -importcert} from the certificate of the CA that issued the server's.
 */
final class Client {
  private Client() {}

  /** @param p12 PKCS#12 file of the card's authentication certificate. No header, no password. */
  static TestSierologiciPortType withCard(URL wsdl, Path p12, String p12Password) throws Exception {
    TestSierologiciPortType port = new TestSierologici(wsdl).getTestSierologiciPort();
    ((BindingProvider) port)
        .getRequestContext()
        .put(JAXWSProperties.SSL_SOCKET_FACTORY, socketFactory(p12, p12Password.toCharArray()));
    return port;
  }

  /** Preemptive HTTP Basic. The pincode goes into each call: {@link #pinCode}. */
  static TestSierologiciPortType withPassword(URL wsdl, String user, String password) {
    TestSierologiciPortType port = new TestSierologici(wsdl).getTestSierologiciPort();
    Map<String, Object> context = ((BindingProvider) port).getRequestContext();
    context.put(BindingProvider.USERNAME_PROPERTY, user);
    context.put(BindingProvider.PASSWORD_PROPERTY, password);
    return port;
  }

  /**
   * The header of a message: base64, on one line, of the pincode's RSA PKCS#1 v1.5 encryption with the published
   * certificate (PEM or DER file). With a card the operations take null in its place.
   */
  static PinCode pinCode(String pincode, Path certificate) throws Exception {
    try (InputStream file = Files.newInputStream(certificate)) {
      Cipher rsa = Cipher.getInstance("RSA/ECB/PKCS1Padding");
      rsa.init(
          Cipher.ENCRYPT_MODE, CertificateFactory.getInstance("X.509").generateCertificate(file).getPublicKey());
      PinCode header = new PinCode();
      header.setValue(
          Base64.getEncoder().encodeToString(rsa.doFinal(pincode.getBytes(StandardCharsets.US_ASCII))));
      return header;
    }
  }

  private static SSLSocketFactory socketFactory(Path p12, char[] password) throws Exception {
    KeyStore card = KeyStore.getInstance("PKCS12");
    try (InputStream file = Files.newInputStream(p12)) {
      card.load(file, password);
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(card, password);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(keys.getKeyManagers(), null, null); // no trust managers: those of the virtual machine
    return tls.getSocketFactory();
  }
}
