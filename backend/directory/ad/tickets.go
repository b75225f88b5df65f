package ad

import (
	"errors"
	"net"
	"strings"

	"gatehouse/backend/iam"
)

// explainKerberos says in words why tickets could not be had or were refused.
func (s *source) explainKerberos(dc controller, err error) error {
	var done *iam.Error
	if errors.As(err, &done) {
		return err
	}
	who, said := s.who(), err.Error()
	denied := func(field, text, remedy string) error {
		return iam.Errorf(iam.Denied, "%s", text).In(field).Fix(remedy).By(err)
	}
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(said, w) {
				return true
			}
		}
		return false
	}
	var network *net.OpError
	switch {
	case has("KDC_ERR_PREAUTH_FAILED"), has("KDC_Error") && has("Integrity check"), has("integrity verification failed"):
		return denied("password", "The Kerberos server refused the password of "+who+".", "Check it. A keytab must be made anew after each change of the password.")
	case has("KDC_ERR_C_PRINCIPAL_UNKNOWN"):
		return denied("bindDn", "The Kerberos server knows no account "+who+".", "Check the name and the realm.")
	case has("KDC_ERR_CLIENT_REVOKED"):
		return denied("bindDn", "The account "+who+" is disabled, locked or has expired.", "Look at it in the directory.")
	case has("KDC_ERR_KEY_EXPIRED"):
		return denied("password", "The password of "+who+" has expired or must be changed.", "Set a new one.")
	case has("KRB_AP_ERR_SKEW"):
		return denied("url", "The clocks of this computer and of the controller differ by more than five minutes.", "Set this computer's clock.")
	case has("KDC_ERR_S_PRINCIPAL_UNKNOWN"):
		return denied("url", "The Kerberos server knows no service ldap/"+dc.name+".", "Check that the controller has registered it: setspn -L "+dc.name+".")
	case has("KDC_ERR_ETYPE_NOSUPP"):
		return denied("bindDn", "The account "+who+" and the controller share no way to encrypt tickets.", "Allow AES for the account and set its password anew.")
	case has("KDC_ERR_WRONG_REALM"), has("KRB_AP_ERR_TKT_EXPIRED"), has("TGT not found"):
		return denied("kerberos.session", "There is no valid ticket for "+who+".", "Sign in again, as with kinit, or check the realm.")
	case errors.As(err, &network), has("no KDCs", "dial tcp", "communication error", "connection refused", "i/o timeout"):
		return iam.Errorf(iam.Unavailable, "No Kerberos server answers on port 88.").In("kerberos.kdcs").
			Fix("Check the names of the Kerberos servers and the firewall.").By(err)
	}
	return denied("auth", "The sign-in by Kerberos failed.", "Look at the cause in Gatehouse's log; name and password over ldaps:// is the other way in.")
}
