package ad

import (
	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

// searches are the two bulk searches of a read.
func searches(cfg iam.SourceConfig) []directory.Search {
	accounts, groups := newAccountReader(cfg.Mapping, policies{}, false), newGroupReader(cfg.Mapping, "", "")
	return []directory.Search{
		{Noun: "account", Base: cfg.BaseDN, Filter: cfg.Mapping.UserFilter, Attributes: accounts.layout.Names()},
		{Noun: "entitlement", Base: cfg.BaseDN, Filter: cfg.Mapping.GroupFilter, Attributes: groups.layout.Names()},
	}
}
