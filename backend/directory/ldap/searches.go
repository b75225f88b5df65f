package ldap

import (
	"slices"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

// searches are the two bulk searches of a read, with the attributes that it
// names.
func searches(cfg iam.SourceConfig) []directory.Search {
	seen := sights{}
	for _, attr := range slices.Concat(stateAttributes, dsAttributes) { // a server that lacks one is not asked for it
		seen[lowerASCII(attr)] = visible
	}
	accounts := newAccountReader(nil, cfg.Mapping, seen, policies{}, time.Time{})
	groups := newGroupReader(nil, cfg.Mapping, seen, "")
	return []directory.Search{
		{Noun: "account", Base: cfg.BaseDN, Filter: cfg.Mapping.UserFilter, Attributes: accounts.layout.names},
		{Noun: "entitlement", Base: cfg.BaseDN, Filter: cfg.Mapping.GroupFilter, Attributes: groups.layout.names},
	}
}
