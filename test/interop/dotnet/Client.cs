using System;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Web.Services.Protocols;
using System.Xml;

/// <summary>
/// How a program on .NET, with the proxy that wsdl.exe makes, reaches the service: with a card, or with password and
/// pincode. Owns the connection: client certificate, HTTP Basic, the pinCode header. Knows nothing of the operations.
/// Whom to trust is told to the system: on Windows its certificate store, on Mono cert-sync.
/// </summary>
public sealed class Client : TestSierologici
{
    private readonly string authorization;

    private Client(string authorization, string connectionGroup)
    {
        this.authorization = authorization;
        // Connections are shared by everything that calls the same host: without a group of its own, a call with the
        // card may travel on a connection that was opened without it.
        ConnectionGroupName = connectionGroup;
        // Mono and the older .NET Framework offer TLS 1.0 by default.
        ServicePointManager.SecurityProtocol = SecurityProtocolType.Tls12;
    }

    /// <param name="p12">PKCS#12 file of the card's authentication certificate. No header, no password.</param>
    public static Client WithCard(string p12, string p12Password)
    {
        var client = new Client(null, "card");
        client.ClientCertificates.Add(new X509Certificate2(p12, p12Password));
        return client;
    }

    /// <summary>Preemptive HTTP Basic, and the pincode in a header of every message.</summary>
    public static Client WithPassword(string user, string password, string pincode, string pincodeCertificate)
    {
        string basic = Convert.ToBase64String(Encoding.UTF8.GetBytes(user + ":" + password));
        var client = new Client("Basic " + basic, "password");
        client.pinCode = new PinCode { Value = Encrypt(pincode, pincodeCertificate) };
        return client;
    }

    /// <summary>
    /// Credentials and PreAuthenticate would wait for a 401 before they send the password; the service never answers 401.
    /// </summary>
    protected override WebRequest GetWebRequest(Uri uri)
    {
        WebRequest request = base.GetWebRequest(uri);
        if (authorization != null) request.Headers[HttpRequestHeader.Authorization] = authorization;
        return request;
    }

    /// <summary>Base64 of the RSA PKCS#1 v1.5 encryption with the published certificate (PEM or DER file).</summary>
    private static string Encrypt(string pincode, string certificate)
    {
        using (RSA key = new X509Certificate2(certificate).GetRSAPublicKey())
        {
            return Convert.ToBase64String(key.Encrypt(Encoding.ASCII.GetBytes(pincode), RSAEncryptionPadding.Pkcs1));
        }
    }
}

/// <summary>The typed detail of a fault, erroreServizio: wsdl.exe makes no class for it. What is absent is null.</summary>
public sealed class ServiceError
{
    private const string Types = "urn:passerella:testsierologici:v1:tipi";

    public readonly string Codice;
    public readonly string Campo;
    public readonly int? Riga;
    public readonly string IdRichiesta;

    public ServiceError(SoapException fault)
    {
        XmlElement error = fault.Detail["erroreServizio", Types];
        Codice = Text(error, "codice");
        Campo = Text(error, "campo");
        string riga = Text(error, "riga");
        Riga = riga == null ? (int?)null : XmlConvert.ToInt32(riga);
        IdRichiesta = Text(error, "idRichiesta");
    }

    private static string Text(XmlElement error, string name)
    {
        XmlElement element = error[name, Types];
        return element == null ? null : element.InnerText;
    }
}
