package ldap

import (
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"gatehouse/backend/iam"
)

// server is what a directory says about itself in its root DSE (RFC 4512
// section 5.1) and its schema (section 4.2).
type server struct {
	vendor, version string
	contexts        []string
	controls        map[string]bool
	activeDirectory bool
	schema          schema
}

// name is vendor and version as far as told.
func (s server) name() string {
	return strings.TrimSpace(s.vendor + " " + s.version)
}

// inspect reads the root DSE and the schema. A schema that may not be read is
// no error.
func inspect(c *conn) (server, error) {
	var srv server
	found, err := c.objects(query{scope: goldap.ScopeBaseObject, filter: "(objectClass=*)", attrs: []string{
		"namingContexts", "subschemaSubentry", "supportedControl", "supportedCapabilities", "vendorName",
		"vendorVersion", "structuralObjectClass", "objectClass", "configContext", "monitorContext",
		"forestFunctionality", "domainControllerFunctionality",
	}})
	if err != nil {
		return srv, err
	}
	var root object
	if len(found) > 0 {
		root = found[0]
	}
	srv.contexts = root.attrs["namingcontexts"]
	srv.controls = map[string]bool{}
	for _, oid := range root.attrs["supportedcontrol"] {
		srv.controls[oid] = true
	}
	for _, oid := range root.attrs["supportedcapabilities"] {
		// Microsoft's LDAP_CAP_ACTIVE_DIRECTORY_OID, MS-ADTS section 3.1.1.3.4.3
		srv.activeDirectory = srv.activeDirectory || oid == "1.2.840.113556.1.4.800"
	}
	if root.first("forestfunctionality") != "" || root.first("domaincontrollerfunctionality") != "" {
		srv.activeDirectory = true
	}
	srv.vendor, srv.version = root.first("vendorname"), root.first("vendorversion")
	if srv.vendor == "" && (strings.EqualFold(root.first("structuralobjectclass"), "OpenLDAProotDSE") || hasValue(root.attrs["objectclass"], "OpenLDAProotDSE") || root.first("configcontext") != "") {
		srv.vendor = "OpenLDAP"
	}
	if monitor := root.first("monitorcontext"); monitor != "" && srv.version == "" {
		srv.version = monitoredVersion(c, monitor)
	}
	srv.schema, err = readSchema(c, root.first("subschemasubentry"))
	return srv, err
}

func hasValue(values []string, want string) bool {
	for _, v := range values {
		if strings.EqualFold(v, want) {
			return true
		}
	}
	return false
}

// monitoredVersion asks OpenLDAP's monitor for "OpenLDAP: slapd 2.5.13 (...)".
func monitoredVersion(c *conn, monitor string) string {
	found, err := c.objects(query{base: monitor, scope: goldap.ScopeBaseObject, filter: "(objectClass=*)", attrs: []string{"monitoredInfo"}})
	if err != nil || len(found) == 0 {
		return ""
	}
	if words := strings.Fields(found[0].first("monitoredinfo")); len(words) >= 3 {
		return words[2]
	}
	return ""
}

// refusal is why this kind must not read such a server, nil if it may.
func (s server) refusal() *iam.Error {
	if s.activeDirectory {
		return iam.Errorf(iam.Unsupported, "This is Active Directory: connect it as Active Directory (kind ad). Read as plain LDAP its primary groups and large groups would look right and be wrong.").In("url")
	}
	if s.schema.readable() && !s.schema.has(idAttributes[0]) && !s.schema.has(idAttributes[1]) && !s.schema.has(idAttributes[2]) {
		return noStableID()
	}
	return nil
}

func noStableID() *iam.Error {
	return iam.Errorf(iam.Unsupported, "This server gives its entries no immutable id (entryUUID, nsUniqueId or ipaUniqueID), or hides it from the bind account, so a renamed entry could not be told from a new one.").In("url")
}

// schema is the attribute types of a server: each name and OID, in lower case,
// with all names of the same attribute. It is nil where the server shows none.
type schema map[string][]string

func (s schema) readable() bool { return len(s) > 0 }

// has reports whether the server knows the attribute; true if the schema cannot
// be read.
func (s schema) has(name string) bool {
	if !s.readable() {
		return true
	}
	_, ok := s[lowerASCII(name)]
	return ok
}

// names are all names of the attribute, itself if the schema does not know it.
func (s schema) names(folded string) []string {
	if all, ok := s[folded]; ok {
		return all
	}
	return []string{folded}
}

func readSchema(c *conn, subentry string) (schema, error) {
	if subentry == "" {
		subentry = "cn=Subschema"
	}
	found, err := c.objects(query{base: subentry, scope: goldap.ScopeBaseObject, filter: "(objectClass=subschema)", attrs: []string{"attributeTypes"}})
	if isRefusal(err) || err == nil && len(found) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s := schema{}
	for _, definition := range found[0].attrs["attributetypes"] {
		names := attributeNames(definition)
		for _, name := range names {
			s[name] = names
		}
	}
	return s, nil
}

// attributeNames are the OID and the names in an AttributeTypeDescription (RFC
// 4512 section 4.1.2), in lower case: "( 2.5.4.3 NAME ( 'cn' 'commonName' ) ...".
func attributeNames(definition string) []string {
	words := strings.Fields(lowerASCII(strings.NewReplacer("(", " ( ", ")", " ) ").Replace(definition)))
	if len(words) < 2 || words[0] != "(" {
		return nil
	}
	names := []string{words[1]}
	for i, word := range words {
		if word != "name" {
			continue
		}
		for _, name := range words[i+1:] {
			if name == "(" {
				continue
			}
			if !strings.HasPrefix(name, "'") {
				break
			}
			names = append(names, strings.Trim(name, "'"))
			if words[i+1] != "(" {
				break
			}
		}
		break
	}
	return names
}

// isRefusal reports whether the server answered with an error, as opposed to a
// connection that broke.
func isRefusal(err error) bool {
	_, ok := err.(*resultError)
	return ok
}
