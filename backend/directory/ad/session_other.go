//go:build !windows

package ad

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/jcmturner/gokrb5/v8/client"
	"github.com/jcmturner/gokrb5/v8/credentials"

	"gatehouse/backend/directory/ldap"
	"gatehouse/backend/iam"
)

// currentSession signs in with the tickets of whoever runs this program.
func (s *source) currentSession() ldap.SignIn { return s.withTickets(s.sessionTickets) }

// sessionTickets opens the ticket cache of whoever runs this program: the file
// that KRB5CCNAME names, or the usual one.
func (s *source) sessionTickets() (*client.Client, error) {
	failed := func(text, remedy string, err error) error {
		return iam.Errorf(iam.Denied, "%s", text).In("kerberos.session").Fix(remedy).By(err)
	}
	name := os.Getenv("KRB5CCNAME")
	if name == "" {
		name = filepath.Join("/tmp", fmt.Sprintf("krb5cc_%d", os.Getuid()))
	}
	path := strings.TrimPrefix(name, "FILE:")
	if kind, _, ok := strings.Cut(path, ":"); ok && !strings.HasPrefix(path, "/") {
		return nil, failed("The tickets of this session are kept as "+kind+", which only the system itself can read.",
			"Set default_ccache_name to a FILE: path in krb5.conf and sign in again, or use a keytab.", nil)
	}
	cache, err := credentials.LoadCCache(path)
	if err != nil {
		return nil, failed("This session has no Kerberos tickets.", "Sign in with kinit, or use a keytab.", err)
	}
	var kdcs []string
	if s.cfg.Kerberos != nil {
		kdcs = s.cfg.Kerberos.KDCs
	}
	return client.NewFromCCache(cache, s.realm(cache.DefaultPrincipal.Realm, kdcs), client.DisablePAFXFAST(true))
}
