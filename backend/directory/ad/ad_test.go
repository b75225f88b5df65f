package ad

import (
	"errors"
	"testing"

	"gatehouse/backend/iam"
)

// A configuration that cannot work is refused with the field it is about.
func TestConfigurations(t *testing.T) {
	for _, c := range []struct {
		cfg    iam.SourceConfig
		secret string
		field  string // empty: fine
	}{
		{iam.SourceConfig{URL: "ldaps://dc", BindDN: "reader@corp.example"}, "x", ""},
		{iam.SourceConfig{URL: "ldaps://dc", BindDN: `CORP\reader`}, "x", ""},
		{iam.SourceConfig{URL: "ldaps://dc", BindDN: "CN=reader," + corp}, "x", ""},
		{iam.SourceConfig{URL: "ldaps://dc", BindDN: ""}, "", "bindDn"},
		{iam.SourceConfig{URL: "ldaps://dc", BindDN: "reader"}, "x", "bindDn"},
		{iam.SourceConfig{URL: "ldaps://dc", BindDN: "a@b@c"}, "x", "bindDn"},
		{iam.SourceConfig{URL: "ldaps://dc", BindDN: "reader@corp.example"}, "", "password"},
		{iam.SourceConfig{URL: "http://dc", BindDN: "reader@corp.example"}, "x", "url"},
		{iam.SourceConfig{URL: "ldaps://dc", BindDN: "reader@corp.example", BaseDN: "nonsense"}, "x", "baseDn"},
		{iam.SourceConfig{URL: "ldaps://dc", BindDN: "reader@corp.example", Mapping: iam.Mapping{Mail: "unicodePwd"}}, "x", "mapping.mail"},
		{iam.SourceConfig{URL: "ldaps://dc", Auth: "magic"}, "x", "auth"},
		{iam.SourceConfig{URL: "ldap://dc", Auth: "kerberos", BindDN: "reader@corp.example"}, "x", "url"},
		{iam.SourceConfig{URL: "ldaps://dc", Auth: "kerberos", BindDN: "reader"}, "x", "kerberos.realm"},
		{iam.SourceConfig{URL: "ldaps://dc", Auth: "kerberos", BindDN: "reader@corp.example"}, "", "password"},
		{iam.SourceConfig{URL: "ldaps://dc", Auth: "kerberos", Kerberos: &iam.Kerberos{Session: true}}, "x", "kerberos.session"},
		{iam.SourceConfig{URL: "ldaps://dc", Auth: "kerberos", Kerberos: &iam.Kerberos{Session: true}}, "", ""},
		{iam.SourceConfig{URL: "ldaps://dc", Auth: "kerberos", BindDN: "reader@corp.example"}, "x", ""},
	} {
		_, err := Kind.Open(c.cfg, c.secret)
		var e *iam.Error
		field := ""
		if errors.As(err, &e) {
			field = e.Field
		}
		if field != c.field || (err == nil) != (c.field == "") {
			t.Errorf("%+v: %v in %q, want %q", c.cfg, err, field, c.field)
		}
	}
}
