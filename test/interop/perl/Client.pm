package Client;

# How a program in Perl, with SOAP::Lite, reaches the service: with a card, or with password and pincode.
# Owns the connection (trust, client certificate, HTTP Basic, the pinCode header) and the form of a message: SOAP::Lite
# reads a WSDL only to list its operations, the namespace of document/literal messages it gets wrong.
# Needs: SOAP::Lite, LWP::Protocol::https, Crypt::OpenSSL::RSA, Crypt::OpenSSL::X509.
use strict;
use warnings;

use Crypt::OpenSSL::RSA;
use Crypt::OpenSSL::X509;
use MIME::Base64 qw(encode_base64);
use SOAP::Lite;

use constant {
    CONTRACT => 'urn:passerella:testsierologici:v1',
    TYPES    => 'urn:passerella:testsierologici:v1:tipi',
};

# The operations of the served WSDL and the address of its service. `$ca`: PEM file of the CA that issued the server's
# certificate. Of singleWsdl, since SOAP::Lite does not follow the import of a schema.
sub describe {
    my ($wsdl, $ca) = @_;
    my $schema = SOAP::Schema->schema_url($wsdl =~ s{\?wsdl$}{?singleWsdl}r);
    $schema->useragent->ssl_opts(verify_hostname => 1, SSL_ca_file => $ca);
    $schema->parse;
    my $operations = $schema->services->{TestSierologici};
    my ($first) = values %$operations;
    return (endpoint => $first->{endpoint}->value, operations => [sort keys %$operations]);
}

# `$certificate` and `$key`: PEM files of the card's authentication certificate. No header, no password.
sub with_card {
    my ($class, $endpoint, $ca, $certificate, $key) = @_;
    my $soap = _connect($endpoint, $ca, SSL_cert_file => $certificate, SSL_key_file => $key);
    return bless { soap => $soap, headers => [] }, $class;
}

# For SOAP 1.2, before connecting. It holds for the whole program.
sub speak_soap12 { return SOAP::Lite->soapversion('1.2') }

# Preemptive HTTP Basic, and the pincode in a header of every message.
sub with_password {
    my ($class, $endpoint, $ca, $user, $password, $pincode, $pincode_certificate) = @_;
    my $soap = _connect($endpoint, $ca);
    $soap->transport->http_request->headers->authorization_basic($user, $password);
    my $header = SOAP::Header->name(pinCode => _encrypt($pincode, $pincode_certificate))->attr({ xmlns => TYPES });
    return bless { soap => $soap, headers => [$header] }, $class;
}

sub without_pincode {
    my ($self) = @_;
    return bless { %$self, headers => [] }, ref $self;
}

# Calls an operation with its elements, in the order of the schema: call('name', element => 'value', ...).
# Returns the answer as a hash, its texts as characters: whoever prints them says binmode STDOUT, ':encoding(UTF-8)'.
# In case of a fault dies with its typed detail as a hash: codice, campo, riga, idRichiesta.
sub call {
    my ($self, $operation, @elements) = @_;
    my @fields;
    while (my ($name, $value) = splice @elements, 0, 2) {
        push @fields, SOAP::Data->name($name => $value);
    }
    my $wrapper = SOAP::Data->name($operation)->attr({ xmlns => TYPES });
    my $answer  = $self->{soap}->call($wrapper, @fields, @{ $self->{headers} });
    return $answer->valueof('//Body/[1]') if !$answer->fault;
    my $detail = $answer->faultdetail // $answer->valueof('//Fault/Detail'); # SOAP 1.2 spells it with a capital
    die $detail->{erroreServizio} // $answer->faultstring;
}

# A repeated element as a list: SOAP::Lite gives one as itself, none as nothing.
sub rows {
    my ($list, $name) = @_;
    return () if !ref $list || !defined $list->{$name};
    return ref $list->{$name} eq 'ARRAY' ? @{ $list->{$name} } : ($list->{$name});
}

sub _connect {
    my ($endpoint, $ca, %card) = @_;
    my $soap = SOAP::Lite->new;
    my %tls = (verify_hostname => 1, SSL_ca_file => $ca, %card);
    $soap->proxy($endpoint, keep_alive => 1, timeout => 30, ssl_opts => \%tls);
    $soap->autotype(0);
    $soap->on_action(sub { return sprintf '"%s:%s"', CONTRACT, $_[1] });
    $soap->on_fault(sub {
        my ($self, $answer) = @_;
        return $answer if ref $answer;
        die 'transport: ' . $self->transport->status . "\n";
    });
    return $soap;
}

# Base64, on one line, of the RSA PKCS#1 v1.5 encryption with the published certificate (PEM file).
sub _encrypt {
    my ($pincode, $certificate) = @_;
    my $key = Crypt::OpenSSL::RSA->new_public_key(Crypt::OpenSSL::X509->new_from_file($certificate)->pubkey);
    $key->use_pkcs1_padding;
    return encode_base64($key->encrypt($pincode), '');
}

1;
