package ad

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/binary"
	"hash"
	"net"
	"strings"

	"github.com/go-ldap/ldap/v3/gssapi"
	"github.com/jcmturner/gokrb5/v8/client"
	"github.com/jcmturner/gokrb5/v8/config"
	krb "github.com/jcmturner/gokrb5/v8/gssapi"
	"github.com/jcmturner/gokrb5/v8/iana/chksumtype"
	"github.com/jcmturner/gokrb5/v8/iana/flags"
	"github.com/jcmturner/gokrb5/v8/keytab"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/spnego"
	"github.com/jcmturner/gokrb5/v8/types"

	"gatehouse/backend/directory/ldap"
	"gatehouse/backend/iam"
)

// kerberos is how this source signs in with tickets: of a password, of a keytab
// or of whoever runs this program.
func (s *source) kerberos() (signIn ldap.SignIn, account string, err error) {
	invalid := func(field, text, remedy string) error {
		return iam.Errorf(iam.Invalid, "%s", text).In(field).Fix(remedy)
	}
	k := s.cfg.Kerberos
	if k == nil {
		k = &iam.Kerberos{}
	}
	if !strings.HasPrefix(strings.ToLower(s.cfg.URL), "ldaps:") && !s.cfg.StartTLS {
		// Signing and sealing by Kerberos itself is not offered: TLS does both, and
		// the sign-in is tied to it.
		return nil, "", invalid("url", "Kerberos needs an encrypted connection here.", "Use ldaps://, or turn on StartTLS.")
	}
	if k.Session {
		if s.secret != "" || k.KeytabFile != "" {
			return nil, "", invalid("kerberos.session", "The current session needs neither password nor keytab.", "Leave both empty, or turn off the current session.")
		}
		return s.currentSession(), "the current session", nil
	}
	user, realm := k.User, k.Realm
	if user == "" {
		user = s.cfg.BindDN
	}
	if name, domain, ok := strings.Cut(user, "@"); ok {
		if user = name; realm == "" {
			realm = domain
		}
	}
	switch {
	case user == "" || strings.ContainsAny(user, `\,=`):
		return nil, "", invalid("bindDn", "Kerberos needs the account as name@domain.", "Such as gatehouse-read@example.com.")
	case realm == "":
		return nil, "", invalid("kerberos.realm", "Kerberos needs a realm.", "It is the domain's DNS name, such as EXAMPLE.COM.")
	case s.secret == "" && k.KeytabFile == "":
		return nil, "", invalid("password", "Kerberos needs a password, a keytab or the current session.", "Enter one of them.")
	}
	realm = strings.ToUpper(realm)
	return s.withTickets(func() (*client.Client, error) {
		settings := s.realm(realm, k.KDCs)
		if k.KeytabFile == "" {
			return client.NewWithPassword(user, realm, s.secret, settings, client.DisablePAFXFAST(true)), nil
		}
		keys, err := keytab.Load(k.KeytabFile)
		if err != nil {
			return nil, iam.Errorf(iam.Invalid, "The keytab cannot be read.").In("kerberos.keytabFile").
				Fix("Check the path, and that whoever runs Gatehouse may read the file.").By(err)
		}
		return client.NewWithKeytab(user, realm, keys, settings, client.DisablePAFXFAST(true)), nil
	}), user + "@" + realm, nil
}

// realm is what a krb5.conf would say: nothing of this computer's own is used,
// and nothing is looked up in DNS.
func (s *source) realm(realm string, kdcs []string) *config.Config {
	if len(kdcs) == 0 {
		kdcs = []string{s.server.Host()}
	}
	servers := make([]string, len(kdcs))
	for i, kdc := range kdcs {
		if _, _, err := net.SplitHostPort(kdc); err != nil {
			kdc = net.JoinHostPort(strings.Trim(kdc, "[]"), "88")
		}
		servers[i] = kdc
	}
	c := config.New()
	c.LibDefaults.DefaultRealm = realm
	c.LibDefaults.DNSLookupKDC, c.LibDefaults.DNSLookupRealm, c.LibDefaults.RDNS = false, false, false
	c.LibDefaults.UDPPreferenceLimit = 1 // TCP always
	c.Realms = []config.Realm{{Realm: realm, KDC: servers}}
	c.DomainRealm = config.DomainRealm{"." + strings.ToLower(realm): realm, strings.ToLower(realm): realm}
	return c
}

// mechanism takes the steps of a SASL bind by GSSAPI (RFC 4752).
type mechanism interface {
	InitSecContext(target string, input []byte) (output []byte, more bool, err error)
	NegotiateSaslAuth(input []byte, authzid string) ([]byte, error)
	Close() error
}

// withTickets signs in with the tickets of a client made anew for each
// connection.
func (s *source) withTickets(open func() (*client.Client, error)) ldap.SignIn {
	return func(ctx context.Context, session *ldap.Session) error {
		return s.negotiate(ctx, session, func(leaf *x509.Certificate) (mechanism, error) {
			tickets, err := open()
			if err != nil {
				return nil, err
			}
			return &bound{Client: &gssapi.Client{Client: tickets}, binding: channelBinding(leaf)}, nil
		})
	}
}

// negotiate signs in to the controller that answered, whatever name led there.
func (s *source) negotiate(ctx context.Context, session *ldap.Session, open func(leaf *x509.Certificate) (mechanism, error)) error {
	state, ok := session.TLS()
	if !ok || len(state.PeerCertificates) == 0 {
		return iam.Errorf(iam.Invalid, "Kerberos needs an encrypted connection here.").In("url").Fix("Use ldaps://, or turn on StartTLS.")
	}
	dc, err := inspect(session) // the root DSE needs no sign-in
	if err == nil {
		err = dc.refusal()
	}
	if err != nil {
		return err
	}
	m, err := open(state.PeerCertificates[0])
	if err != nil {
		return s.explainKerberos(dc, err)
	}
	defer m.Close()
	token, _, err := m.InitSecContext("ldap/"+dc.name, nil)
	if err != nil {
		return s.explainKerberos(dc, err)
	}
	answer, more, err := session.SASL("GSSAPI", token)
	if err != nil {
		return s.explainBind(err)
	}
	if token, _, err = m.InitSecContext("ldap/"+dc.name, answer); err != nil {
		return s.explainKerberos(dc, err)
	}
	if !more {
		return nil
	}
	if answer, _, err = session.SASL("GSSAPI", token); err != nil {
		return s.explainBind(err)
	}
	if token, err = m.NegotiateSaslAuth(answer, ""); err != nil {
		return s.explainKerberos(dc, err)
	}
	if _, _, err = session.SASL("GSSAPI", token); err != nil {
		return s.explainBind(err)
	}
	return nil
}

// bound is go-ldap's client, with a first token that is tied to the TLS
// connection: theirs carries an empty tie, which hardened controllers refuse.
type bound struct {
	*gssapi.Client
	binding [16]byte
}

// InitSecContext makes the first token itself, with the same ticket.
func (b *bound) InitSecContext(target string, input []byte) ([]byte, bool, error) {
	if input != nil {
		return b.Client.InitSecContext(target, input)
	}
	// Lets it know the session key; its token is dropped.
	if _, _, err := b.Client.InitSecContext(target, nil); err != nil {
		return nil, false, err
	}
	ticket, key, err := b.GetServiceTicket(target)
	if err != nil {
		return nil, false, err
	}
	token, err := spnego.NewKRB5TokenAPREQ(b.Client.Client, ticket, key, nil, nil)
	if err != nil {
		return nil, false, err
	}
	authenticator, err := types.NewAuthenticator(b.Credentials.Domain(), b.Credentials.CName())
	if err != nil {
		return nil, false, err
	}
	authenticator.Cksum = types.Checksum{CksumType: chksumtype.GSSAPI, Checksum: checksum(b.binding)}
	if token.APReq, err = messages.NewAPReq(ticket, key, authenticator); err != nil {
		return nil, false, err
	}
	types.SetFlag(&token.APReq.APOptions, flags.APOptionMutualRequired)
	output, err := token.Marshal()
	return output, true, err
}

// checksum is the authenticator's checksum 0x8003 (RFC 4121 section 4.1.1).
func checksum(binding [16]byte) []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(binding)))
	b = append(b, binding[:]...)
	return binary.LittleEndian.AppendUint32(b, krb.ContextFlagMutual|krb.ContextFlagInteg|krb.ContextFlagConf)
}

// channelBinding is the MD5 of gss_channel_bindings_struct (RFC 4121 section
// 4.1.1.2) with the binding tls-server-end-point (RFC 5929 section 4) and no
// addresses.
func channelBinding(leaf *x509.Certificate) [16]byte {
	data := append([]byte("tls-server-end-point:"), endPoint(leaf)...)
	b := make([]byte, 16) // types and lengths of both addresses
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	return md5.Sum(append(b, data...))
}

// endPoint is the hash of the server's certificate with the hash function of its
// signature, or SHA-256 where that is MD5, SHA-1 or none (RFC 5929 section 4.1).
func endPoint(leaf *x509.Certificate) []byte {
	var h hash.Hash
	switch leaf.SignatureAlgorithm {
	case x509.SHA384WithRSA, x509.ECDSAWithSHA384, x509.SHA384WithRSAPSS:
		h = sha512.New384()
	case x509.SHA512WithRSA, x509.ECDSAWithSHA512, x509.SHA512WithRSAPSS:
		h = sha512.New()
	default:
		h = sha256.New()
	}
	h.Write(leaf.Raw)
	return h.Sum(nil)
}
