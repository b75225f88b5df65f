package ldap

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

// The ways to find what changed, best first.
const (
	bySync  = "sync"  // content synchronisation, RFC 4533
	byTimes = "times" // modifyTimestamp
)

// cursor is how far a read got. It is good for the same server, bind account
// and configuration only.
type cursor struct {
	How    string     `json:"how"`
	Suffix string     `json:"suffix"` // the naming context, and the id of its entry
	Base   string     `json:"base"`
	Bind   string     `json:"bind,omitempty"`
	Cookie string     `json:"cookie,omitempty"`
	Newest iam.Moment `json:"newest,omitempty"` // the latest modifyTimestamp that was read
	// Witnesses are the newest entries that OpenLDAP had, and Nowhere some that it
	// has no more: by them a server that was restored is known.
	Witnesses []witness `json:"witnesses,omitempty"`
	Nowhere   []string  `json:"nowhere,omitempty"`
	// Sight is a digest of what else decides how an entry is told: the mapping,
	// the password policies, and which attributes may be seen.
	Sight string `json:"sight"`
}

func (c cursor) encode() directory.Cursor {
	text, err := json.Marshal(c)
	if err != nil { // a struct of strings
		panic(err)
	}
	return directory.Cursor(text)
}

// fullRead is why a read of changes must be a full one.
type fullRead struct{ why string }

func (f *fullRead) Error() string { return f.why }

func mustReadAll(format string, args ...any) error { return &fullRead{fmt.Sprintf(format, args...)} }

// resume decodes a cursor and refuses one that is not good for this read.
func (r *reading) resume(since directory.Cursor) (cursor, error) {
	var c cursor
	if err := json.Unmarshal([]byte(since), &c); err != nil || c.How != bySync && c.How != byTimes {
		return c, mustReadAll("Everything was read: where the last read stopped is not known.")
	}
	now, err := r.place()
	switch {
	case err != nil:
		return c, err
	case c.Base != now.Base || c.Bind != now.Bind:
		return c, mustReadAll("Everything was read: the base or the bind account is another one.")
	case c.Suffix != now.Suffix:
		return c, mustReadAll("Everything was read: the server keeps another directory than at the last read.")
	case c.Sight != now.Sight:
		return c, mustReadAll("Everything was read: the mapping, a password policy or what the bind account may see has changed.")
	}
	return c, nil
}

// place is a cursor without its mark: where and how this read looks.
func (r *reading) place() (cursor, error) {
	c := cursor{Base: r.base, Suffix: r.suffix()}
	c.Bind, _ = normalDN(r.cfg.BindDN)
	digest := sha256.New()
	fmt.Fprintf(digest, "%q", []any{r.cfg.Mapping, r.srv.vendor, r.accountReader.layout.names, r.groupReader.layout.names})
	for _, name := range sortedKeys(r.sight) {
		fmt.Fprint(digest, name, r.sight[name])
	}
	for _, dn := range sortedKeys(r.rules.byDN) {
		fmt.Fprint(digest, dn, r.rules.byDN[dn])
	}
	c.Sight = hex.EncodeToString(digest.Sum(nil)[:8])
	found, err := r.conn.objects(query{base: c.Suffix, scope: goldap.ScopeBaseObject, filter: "(objectClass=*)", attrs: idAttributes})
	if err := broken(err); err != nil {
		return c, err
	}
	for _, o := range found {
		for _, attr := range idAttributes {
			c.Suffix += " " + o.first(lowerASCII(attr))
		}
	}
	return c, nil
}

func sortedKeys[T any](m map[string]T) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// suffix is the naming context that holds the base, the base itself if the
// server names none.
func (r *reading) suffix() string {
	best, length := r.base, -1
	for _, context := range r.srv.contexts {
		if normal, ok := normalDN(context); ok && within(r.base, normal) && len(normal) > length && normal != "" {
			best, length = normal, len(normal)
		}
	}
	return best
}

// mark makes the cursor of a full read, before it: what changes during the read
// is read again by the next. A server that tells no changes has none.
func (r *reading) mark() (cursor, error) {
	c, err := r.place()
	if err != nil {
		return c, err
	}
	if r.srv.controls[goldap.ControlTypeSyncRequest] {
		cookie, err := r.syncCookie()
		if err := broken(err); err != nil {
			return c, err
		}
		if err == nil && cookie != "" {
			c.How, c.Cookie = bySync, cookie
			return c, r.remember(&c, nil)
		}
	}
	if r.sight["modifytimestamp"] == visible {
		c.How = byTimes
	}
	return c, nil
}

// syncCookie is a cookie that stands for now, empty where the server keeps none
// for this base. It is tried before it is trusted.
func (r *reading) syncCookie() (string, error) {
	if r.srv.is389() {
		// The cookie names bind account, base and filter, and not the scope: one
		// entry is enough to get it.
		s, err := r.conn.refresh(r.cfg.BaseDN, goldap.ScopeBaseObject, "")
		return s.cookie, err
	}
	found, err := r.conn.objects(query{base: r.suffix(), scope: goldap.ScopeBaseObject, filter: "(objectClass=*)", attrs: []string{"contextCSN"}})
	if err != nil || len(found) == 0 || found[0].first("contextcsn") == "" {
		return "", err
	}
	cookie := cookieOf(found[0].attrs["contextcsn"])
	_, err = r.conn.refresh(r.cfg.BaseDN, goldap.ScopeWholeSubtree, cookie)
	return cookie, err
}

// cookieOf is OpenLDAP's cookie for its marks: one for each server that takes
// writes, in the order of their numbers.
func cookieOf(marks []string) string {
	number := func(csn string) string { // 20261122052929.853268Z#000000#001#000000
		if parts := strings.Split(csn, "#"); len(parts) == 4 {
			return parts[2]
		}
		return ""
	}
	slices.SortFunc(marks, func(a, b string) int { return strings.Compare(number(a), number(b)) })
	return "rid=000,csn=" + strings.Join(marks, ";")
}

// is389 reports whether this is 389 Directory Server or a relative.
func (s server) is389() bool {
	return strings.HasPrefix(s.vendor, "389 ") || strings.HasPrefix(s.vendor, "Red Hat")
}

// overlap is how far a read by times goes back behind the newest change it has
// seen: a change that another server took earlier may arrive later.
const overlap = 5 * time.Minute
