package ad

import (
	"gatehouse/backend/directory/ldap"
	"gatehouse/backend/iam"
)

func (s *source) kerberos() (ldap.SignIn, string, error) {
	return nil, "", iam.Errorf(iam.Unsupported, "not yet")
}
