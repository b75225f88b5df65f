package ad

import (
	"regexp"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"gatehouse/backend/directory/ldap"
	"gatehouse/backend/iam"
)

// bindCode finds the code of Windows in the words with which a bind was
// refused, as in "80090308: LdapErr: DSID-0C09, comment: AcceptSecurityContext
// error, data 52e, v4563".
var bindCode = regexp.MustCompile(`data ([0-9a-fA-F]+)`)

// explainBind says why a bind failed, in words. Errors of the connection are
// left to the LDAP kind.
func (s *source) explainBind(err error) error {
	code, said, refused := ldap.Refused(err)
	if !refused {
		return err
	}
	who := s.who()
	denied := func(field, text, remedy string) error {
		return iam.Errorf(iam.Denied, "%s", text).In(field).Fix(remedy).By(err)
	}
	data := ""
	if found := bindCode.FindStringSubmatch(said); found != nil {
		data = strings.ToLower(found[1])
	}
	switch {
	case strings.Contains(said, "80090346"):
		return denied("url", "The controller wants the sign-in tied to this TLS connection (channel binding) and did not recognise the tie.",
			"Connect to the controller itself, not through a proxy or load balancer that ends TLS, and use Kerberos or a name and password.")
	case code == goldap.LDAPResultStrongAuthRequired, code == goldap.LDAPResultConfidentialityRequired:
		return iam.Errorf(iam.Invalid, "The controller takes a sign-in only over an encrypted connection.").In("url").
			Fix("Use ldaps://, or turn on StartTLS.").By(err)
	case data == "525":
		return denied("bindDn", "There is no account "+who+".", "Check the name.")
	case data == "52e":
		return denied("password", "The controller refused "+who+": the password is wrong, or there is no such account.", "Check both. The controller does not say which.")
	case data == "52f":
		return denied("bindDn", "A restriction keeps "+who+" from signing in so (data 52f).", "Members of Protected Users may not sign in with name and password: use Kerberos, or take the account out.")
	case data == "530":
		return denied("bindDn", who+" may not sign in at this hour.", "Change its logon hours.")
	case data == "531":
		return denied("bindDn", who+" may not sign in from this computer.", "Add it to the account's workstations, or lift the restriction.")
	case data == "532":
		return denied("password", "The password of "+who+" has expired.", "Set a new one, or let it never expire and change it by schedule.")
	case data == "533":
		return denied("bindDn", "The account "+who+" is disabled.", "Enable it.")
	case data == "57":
		return denied("url", "The controller did not accept the form of the sign-in (data 57).", "It may want channel binding or signing: use ldaps:// straight to the controller, not through a proxy.")
	case data == "701":
		return denied("bindDn", "The account "+who+" has expired.", "Set a later end date for it.")
	case data == "773":
		return denied("password", "The password of "+who+" must be changed before it may read.", "Set a new password for it, without forcing a change at the next sign-in.")
	case data == "775":
		return denied("bindDn", "The account "+who+" is locked.", "Unlock it, and find out who tries wrong passwords.")
	case code == goldap.LDAPResultInvalidCredentials:
		return denied("password", "The controller refused "+who+" or its password.", "Check both.")
	}
	return err
}
