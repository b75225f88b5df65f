package ad

import (
	"context"
	"crypto/x509"

	"github.com/go-ldap/ldap/v3/gssapi"

	"gatehouse/backend/directory/ldap"
)

// currentSession signs in as whoever runs this program, by Windows itself
// (SSPI), tied to the TLS connection.
func (s *source) currentSession() ldap.SignIn {
	return func(ctx context.Context, session *ldap.Session) error {
		return s.negotiate(ctx, session, func(leaf *x509.Certificate) (mechanism, error) {
			return gssapi.NewSSPIClientWithChannelBinding(leaf)
		})
	}
}
