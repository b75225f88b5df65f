package ldap

import (
	"bytes"
	"strings"

	"gatehouse/backend/iam"
)

// neverRead are the attributes no request names and the decoder drops if a
// server sends them unasked: secrets, pictures and private addresses, under all
// their names and their OIDs, in lower case.
var neverRead = func() map[string]bool {
	never := map[string]bool{}
	for _, name := range strings.Fields(`
		userpassword 2.5.4.35 authpassword 1.3.6.1.4.1.4203.1.3.4 pwdhistory 1.3.6.1.4.1.42.2.27.8.1.20
		unicodepwd dbcspwd ntpwdhistory lmpwdhistory supplementalcredentials clearpassword
		sambantpassword sambalmpassword sambapasswordhistory ntpassword lmpassword ipanthash
		krbprincipalkey krbmkey krbpwdhistory krbextradata krb5key krb5keytab
		passwordhistory nsds5replicacredentials nssymmetrickey nsmultiplexorcredentials olcrootpw
		ms-mcs-admpwd ms-mcs-admpwdhistory radiuspassword sshprivatekey ipatokenotpkey
		oathsecret totpsecret googleauthenticatorsecret ipaprivatekey ipasecretkey ipanttrustauthincoming ipanttrustauthoutgoing ipavaultsalt
		userpkcs12 2.16.840.1.113730.3.1.216
		jpegphoto 0.9.2342.19200300.100.1.60 photo 0.9.2342.19200300.100.1.7
		thumbnailphoto thumbnaillogo audio 0.9.2342.19200300.100.1.55
		homepostaladdress 0.9.2342.19200300.100.1.39
		homephone hometelephonenumber 0.9.2342.19200300.100.1.20 otherhomephone`) {
		never[name] = true
	}
	return never
}()

// isNeverRead reports whether the attribute, in lower case without options, is
// one of them or of a family of them.
func isNeverRead(name string) bool {
	return neverRead[name] || strings.HasPrefix(name, "mslaps-") || strings.HasPrefix(name, "msfve-")
}

type mapped struct{ field, attr string }

// mappedAttributes are the attributes of a mapping with the API's field names.
func mappedAttributes(m iam.Mapping) []mapped {
	return []mapped{
		{"login", m.Login}, {"name", m.Name}, {"givenName", m.GivenName}, {"surname", m.Surname},
		{"mail", m.Mail}, {"phone", m.Phone}, {"employeeNumber", m.EmployeeNumber},
		{"employeeType", m.EmployeeType}, {"department", m.Department}, {"title", m.Title},
		{"location", m.Location}, {"manager", m.Manager}, {"owner", m.Owner}, {"endDate", m.EndDate},
		{"lastSignIn", m.LastSignIn}, {"groupName", m.GroupName},
	}
}

// idAttributes are the immutable ids that servers of this kind give, best
// first: RFC 4530, 389 Directory Server and its relatives, FreeIPA.
var idAttributes = []string{"entryUUID", "nsUniqueId", "ipaUniqueID"}

// layout is the list of attributes one search asks for, and where their values
// go. Names are found by any name the schema gives the attribute.
type layout struct {
	schema schema
	names  []string // as asked
	index  map[string]int
}

func newLayout(s schema) *layout { return &layout{schema: s, index: map[string]int{}} }

// want adds an attribute and returns the place of its values in a row, -1 for
// an empty name. A never-read attribute has no place under any of its names.
func (l *layout) want(name string) int {
	folded := lowerASCII(name)
	if folded == "" {
		return -1
	}
	if i, ok := l.index[folded]; ok {
		return i
	}
	for _, alias := range l.schema.names(folded) {
		if isNeverRead(alias) {
			return -1
		}
	}
	i := len(l.names)
	l.names = append(l.names, name)
	for _, alias := range l.schema.names(folded) {
		l.index[alias] = i
	}
	return i
}

// row is one entry sorted by a layout. It is valid as long as the entry is.
type row struct {
	dn     []byte
	values [][][]byte
	ranged bool // a value list was cut by the server (option range=)
}

// fill sorts e into r. Values under options such as ;lang-en follow those
// without.
func (l *layout) fill(r *row, e *entry) {
	r.dn, r.ranged = e.dn, false
	if len(r.values) != len(l.names) {
		r.values = make([][][]byte, len(l.names))
	}
	clear(r.values)
	for _, a := range e.attributes {
		base, options := splitOptions(a.name)
		i, ok := l.find(base)
		if !ok {
			continue
		}
		switch {
		case options == nil && r.values[i] == nil:
			r.values[i] = a.values
		case options == nil:
			r.values[i] = append(append([][]byte(nil), a.values...), r.values[i]...)
		default:
			r.ranged = r.ranged || bytes.HasPrefix(bytes.ToLower(options), []byte("range="))
			r.values[i] = append(r.values[i][:len(r.values[i]):len(r.values[i])], a.values...)
		}
	}
}

// find is the place of an attribute name in any spelling, without allocating.
func (l *layout) find(name []byte) (int, bool) {
	var folded [96]byte
	if len(name) > len(folded) {
		return 0, false
	}
	for i, c := range name {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		folded[i] = c
	}
	i, ok := l.index[string(folded[:len(name)])]
	return i, ok
}

// first is the first value that is not empty.
func (r *row) first(i int) string {
	if i < 0 {
		return ""
	}
	for _, v := range r.values[i] {
		if s := clean(v); s != "" {
			return s
		}
	}
	return ""
}

func (r *row) all(i int) [][]byte {
	if i < 0 {
		return nil
	}
	return r.values[i]
}

// is reports whether a value of an ASCII attribute equals want, in any case.
func (r *row) is(i int, want string) bool {
	for _, v := range r.all(i) {
		if len(v) == len(want) && strings.EqualFold(string(v), want) {
			return true
		}
	}
	return false
}

// idColumns finds the immutable id of a row.
type idColumns []int

func wantIDs(l *layout) idColumns {
	var columns idColumns
	for _, name := range idAttributes {
		columns = append(columns, l.want(name))
	}
	return columns
}

func (ids idColumns) of(r *row) string {
	for _, i := range ids {
		if id := r.first(i); id != "" {
			return lowerASCII(id)
		}
	}
	return ""
}
