package reports

import (
	"regexp"
	"strings"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

// ldapsearch is a search of a read as a command for a POSIX shell. It asks for
// the password; it never holds one.
func ldapsearch(cfg iam.SourceConfig, q directory.Search) string {
	words := []string{"ldapsearch", "-LLL", "-x", "-H", cfg.URL}
	if cfg.StartTLS {
		words = append(words, "-ZZ")
	}
	if cfg.BindDN != "" {
		words = append(words, "-D", cfg.BindDN, "-W")
	}
	words = append(words, "-E", "pr=1000/noprompt", "-b", q.Base, "-s", "sub", q.Filter)
	for i, w := range append(words, q.Attributes...) {
		if i == 0 {
			words = words[:0:0]
		}
		words = append(words, posix(w))
	}
	return strings.Join(words, " ")
}

// powershell is the same search for the Active Directory module.
func powershell(cfg iam.SourceConfig, q directory.Search) string {
	server := cfg.URL
	if _, host, ok := strings.Cut(server, "://"); ok {
		server = host
	}
	search := " -Server " + literal(server) + " -SearchBase " + literal(q.Base) + " -SearchScope Subtree -LDAPFilter " + literal(q.Filter) + " -Properties "
	var names []string
	for _, a := range q.Attributes {
		names = append(names, literal(a))
	}
	search += strings.Join(names, ",") + " -Credential (Get-Credential)"
	if q.Noun == "account" {
		return "Get-ADUser" + search
	}
	return "Get-ADGroup" + search + " | ForEach-Object { Get-ADGroupMember -Identity $_.DistinguishedName -Server " + literal(server) + " }"
}

var plainWord = regexp.MustCompile(`^[\w.,:/@%+=-]+$`)

// posix is s as one word of a POSIX shell, whatever is in it.
func posix(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// literal is s as one word of PowerShell, which takes typographic quotes for
// quotes, too.
func literal(s string) string {
	double := func(r string) string { return r + r }
	return "'" + regexp.MustCompile(`['‘’‚‛]`).ReplaceAllStringFunc(s, double) + "'"
}
