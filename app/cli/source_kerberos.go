package cli

import (
	"github.com/spf13/cobra"

	"gatehouse/backend/iam"
)

// kerberosFlags say with which tickets to sign in to Active Directory.
type kerberosFlags struct {
	on, session bool
	tickets     iam.Kerberos
}

func (k *kerberosFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVar(&k.on, "kerberos", false, "sign in to Active Directory with tickets instead of a simple bind")
	flags.StringVar(&k.tickets.KeytabFile, "keytab", "", "`file` with the keys of the account, instead of its password; means --kerberos")
	flags.BoolVar(&k.session, "kerberos-session", false, "with the tickets of whoever runs this program; means --kerberos")
	flags.StringArrayVar(&k.tickets.KDCs, "kdc", nil, "`host` of a Kerberos server; that of the address if not named; may be repeated")
	flags.StringVar(&k.tickets.Realm, "realm", "", "`realm`, such as EXAMPLE.COM; that of the account if not named")
}

// withoutPassword reports whether no password is to be asked for.
func (k kerberosFlags) withoutPassword() bool { return k.session || k.tickets.KeytabFile != "" }

// apply writes what the flags say into a configuration.
func (k kerberosFlags) apply(cfg *iam.SourceConfig) {
	if !k.on && !k.withoutPassword() {
		return
	}
	tickets := k.tickets
	tickets.Session = k.session
	cfg.Auth, cfg.Kerberos = "kerberos", &tickets
}
