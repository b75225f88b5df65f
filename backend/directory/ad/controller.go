package ad

import (
	"fmt"
	"strconv"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"gatehouse/backend/directory/ldap"
	"gatehouse/backend/iam"
)

// controller is the one domain controller that a connection reached.
type controller struct {
	name          string // dnsHostName
	domain        string // the domain's naming context
	contexts      []string
	configuration string
	invocation    string // of its database: another after a restore; empty if not readable
	usn           int64  // highestCommittedUSN; 0 if not told
	level         string // functional level of the domain, in words
	vendor        string
	directory     bool // it says that it is Active Directory
	clock         iam.Moment
	tokens        []string // SIDs of whoever signed in, where told
}

// levels are the functional levels (MS-ADTS section 6.1.4.3).
var levels = map[string]string{
	"0": "2000", "1": "2003 mixed", "2": "2003", "3": "2008", "4": "2008 R2", "5": "2012", "6": "2012 R2", "7": "2016", "10": "2025",
}

// inspect asks the root DSE (MS-ADTS section 3.1.1.3.2), and the controller's
// own settings for the id of its database. It is asked before anything is read,
// so that its USN covers all that is read.
func inspect(s *ldap.Session) (controller, error) {
	var dc controller
	l := ldap.NewLayout()
	host, domain, contexts, configuration := l.Want("dnsHostName"), l.Want("defaultNamingContext"), l.Want("namingContexts"), l.Want("configurationNamingContext")
	usn, level, vendor, settings := l.Want("highestCommittedUSN"), l.Want("domainFunctionality"), l.Want("vendorName"), l.Want("dsServiceName")
	capabilities, clock, tokens := l.Want("supportedCapabilities"), l.Want("currentTime"), l.Want("tokenGroups")
	var service string
	err := s.Search(ldap.Query{Scope: goldap.ScopeBaseObject, Filter: "(objectClass=*)"}, l, func(r *ldap.Row) error {
		dc.name, dc.domain, dc.configuration = strings.ToLower(r.First(host)), r.First(domain), r.First(configuration)
		dc.contexts, dc.vendor, service = r.Texts(contexts), r.First(vendor), r.First(settings)
		dc.usn, _ = strconv.ParseInt(r.First(usn), 10, 64)
		dc.level, dc.clock = levels[r.First(level)], ldap.MomentOf(r.First(clock))
		// Microsoft's LDAP_CAP_ACTIVE_DIRECTORY_OID, MS-ADTS section 3.1.1.3.4.3
		dc.directory = r.Is(capabilities, "1.2.840.113556.1.4.800")
		for _, sid := range r.Raw(tokens) {
			if text := sidText(sid); text != "" {
				dc.tokens = append(dc.tokens, text)
			} else if strings.HasPrefix(string(sid), "S-1-") {
				dc.tokens = append(dc.tokens, string(sid))
			}
		}
		return nil
	}, nil)
	if err != nil || !dc.directory || service == "" {
		return dc, err
	}
	l = ldap.NewLayout()
	invocation := l.Want("invocationId")
	err = s.Search(ldap.Query{Base: service, Scope: goldap.ScopeBaseObject, Filter: "(objectClass=*)"}, l, func(r *ldap.Row) error {
		for _, v := range r.Raw(invocation) {
			dc.invocation = guidText(v)
		}
		return nil
	}, nil)
	if _, _, refused := ldap.Refused(err); refused {
		err = nil
	}
	return dc, err
}

// refusal is why this kind must not read such a server, nil if it may.
func (dc controller) refusal() error {
	if !dc.directory || dc.domain == "" {
		return iam.Errorf(iam.Unsupported, "This is no Active Directory. Connect it as an LDAP directory.").In("url")
	}
	return nil
}

// product is what answers, in words: "Active Directory, 2016 level".
func (dc controller) product() string {
	name := "Active Directory"
	if strings.HasPrefix(dc.vendor, "Samba") {
		name = "Samba Active Directory"
	}
	if dc.level != "" {
		name += ", " + dc.level + " level"
	}
	return name
}

// server is what a run records: product, controller and database.
func (dc controller) server(address string) string {
	text := fmt.Sprintf("%s, controller %s", dc.product(), dc.name)
	if dc.invocation != "" {
		text += ", database " + dc.invocation[:8]
	}
	return text + ", at " + address
}

// contextOf is the naming context around the normal name base: where deleted
// objects and renamed containers are looked for.
func (dc controller) contextOf(base string) string {
	best, longest := dc.domain, -1
	for _, context := range dc.contexts {
		normal, ok := ldap.NormalDN(context)
		if ok && ldap.Within(base, normal) && len(normal) > longest {
			best, longest = context, len(normal)
		}
	}
	return best
}
