package ldap

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"gatehouse/backend/iam"
)

// connect dials, secures and binds. Its error is an *iam.Error.
func (s *source) connect(ctx context.Context) (*conn, error) {
	if err := s.refusePlaintext(); err != nil {
		return nil, err
	}
	nc, err := s.transport(ctx)
	if err != nil {
		return nil, s.explain(ctx, "connecting", err)
	}
	c, err := s.encrypt(ctx, nc)
	if err != nil {
		return nil, s.explain(ctx, "securing the connection", err)
	}
	if answer, err := s.authenticate(c); err != nil {
		c.close()
		return nil, s.explainBind(ctx, answer, err)
	}
	return c, nil
}

// refusePlaintext keeps the password off the wire (RFC 4513 section 6.3).
func (s *source) refusePlaintext() error {
	if s.secure || s.cfg.StartTLS || s.cfg.BindDN == "" || s.dial != nil || isLoopback(s.host) {
		return nil
	}
	return iam.Errorf(iam.Invalid, "The password would cross the network unencrypted to %s.", s.host).
		In("url").Fix("Use ldaps://, or turn on StartTLS.")
}

func (s *source) transport(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	if s.dial != nil {
		return s.dial(ctx)
	}
	return (&net.Dialer{}).DialContext(ctx, "tcp", s.address())
}

// encrypt puts LDAP on nc, with TLS where the configuration says so. nc is
// closed on an error.
func (s *source) encrypt(ctx context.Context, nc net.Conn) (*conn, error) {
	if s.secure {
		secured, err := handshake(ctx, nc, s.tlsConfig(), s.timeout)
		if err != nil {
			nc.Close()
			return nil, err
		}
		nc = secured
	}
	c := newConn(ctx, nc, s.timeout)
	if s.cfg.StartTLS {
		if err := c.startTLS(ctx, s.tlsConfig()); err != nil {
			c.close()
			return nil, err
		}
	}
	return c, nil
}

func (s *source) authenticate(c *conn) (result, error) {
	if s.cfg.BindDN == "" {
		return result{}, nil // a new connection is anonymous, RFC 4511 section 4.2.1
	}
	answer, err := c.bind(s.cfg.BindDN, s.secret)
	if err == nil {
		if policy := behera(answer); policy != nil && policy.Error == 2 {
			return answer, errMustChange
		}
	}
	return answer, err
}

var errMustChange = errors.New("the password must be changed before anything else")

// behera is the password policy response control (draft-behera-ldap-password-policy
// section 6.2), nil if there is none. Its Error is negative for none.
func behera(r result) *goldap.ControlBeheraPasswordPolicy {
	policy, _ := r.control(goldap.ControlTypeBeheraPasswordPolicy).(*goldap.ControlBeheraPasswordPolicy)
	return policy
}

// pinError is a server certificate other than the confirmed one.
type pinError struct{ leaf *x509.Certificate }

func (e *pinError) Error() string {
	return "the server's certificate is not the one whose fingerprint was confirmed"
}

func (s *source) tlsConfig() *tls.Config {
	config := &tls.Config{ServerName: s.host, RootCAs: s.roots, MinVersion: tls.VersionTLS12}
	if s.fingerprint != "" {
		// The confirmed fingerprint takes the place of the chain, and of nothing
		// less: only this very certificate passes.
		config.InsecureSkipVerify = true
		config.VerifyConnection = func(state tls.ConnectionState) error {
			leaf := state.PeerCertificates[0]
			sum := sha256.Sum256(leaf.Raw)
			if hex.EncodeToString(sum[:]) != s.fingerprint {
				return &pinError{leaf}
			}
			return nil
		}
	}
	return config
}

func handshake(ctx context.Context, nc net.Conn, config *tls.Config, timeout time.Duration) (*tls.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	secured := tls.Client(nc, config)
	if err := secured.HandshakeContext(ctx); err != nil {
		return nil, &tlsError{err}
	}
	return secured, nil
}

// tlsError is a handshake that failed.
type tlsError struct{ cause error }

func (e *tlsError) Error() string { return "TLS handshake: " + e.cause.Error() }
func (e *tlsError) Unwrap() error { return e.cause }

// fingerprintOf is the SHA-256 of a certificate as openssl prints it.
func fingerprintOf(leaf *x509.Certificate) string {
	sum := sha256.Sum256(leaf.Raw)
	pairs := make([]string, len(sum))
	for i, b := range sum {
		pairs[i] = fmt.Sprintf("%02X", b)
	}
	return strings.Join(pairs, ":")
}

// refusedCertificate is the certificate the handshake failed over, nil if it
// failed for another reason.
func refusedCertificate(err error) *x509.Certificate {
	var pin *pinError
	if errors.As(err, &pin) {
		return pin.leaf
	}
	var unverified *tls.CertificateVerificationError
	if errors.As(err, &unverified) && len(unverified.UnverifiedCertificates) > 0 {
		return unverified.UnverifiedCertificates[0]
	}
	return nil
}

// certificateFault says in words why a certificate is not trusted.
func (s *source) certificateFault(err error) string {
	leaf := refusedCertificate(err)
	var (
		pin     *pinError
		host    x509.HostnameError
		invalid x509.CertificateInvalidError
		unknown x509.UnknownAuthorityError
	)
	switch {
	case errors.As(err, &pin):
		return "is another certificate than the one whose fingerprint was confirmed"
	case errors.As(err, &host):
		names := append([]string(nil), leaf.DNSNames...)
		for _, ip := range leaf.IPAddresses {
			names = append(names, ip.String())
		}
		if len(names) == 0 {
			return fmt.Sprintf("names no host, so not %s either", s.host)
		}
		return fmt.Sprintf("is for %s, not for %s", strings.Join(names, ", "), s.host)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		if s.now().Before(leaf.NotBefore) {
			return "is not valid before " + leaf.NotBefore.UTC().Format("2 Jan 2006 15:04 UTC") + "; the clocks may differ"
		}
		if s.now().After(leaf.NotAfter) {
			return "expired on " + leaf.NotAfter.UTC().Format("2 Jan 2006")
		}
		return "is signed by an authority whose own certificate has expired"
	case errors.As(err, &unknown) && leaf != nil && leaf.CheckSignatureFrom(leaf) == nil:
		return "is signed by itself"
	case errors.As(err, &unknown) && leaf != nil:
		issuer := leaf.Issuer.CommonName
		if issuer == "" {
			issuer = leaf.Issuer.String()
		}
		if s.roots != nil {
			return fmt.Sprintf("is signed by %s, which is not in the CA file", issuer)
		}
		return fmt.Sprintf("is signed by %s, which this computer does not know", issuer)
	}
	return "cannot be verified: " + err.Error()
}
