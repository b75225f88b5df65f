package api

import "gatehouse/backend/iam"

// Kind is a kind of directory that can be connected.
type Kind struct {
	Kind      string   `json:"kind"`
	Title     string   `json:"title"`
	CannotSee []string `json:"cannotSee"`
}

// Source is a connected directory and how fresh its answers are.
type Source struct {
	ID           string           `json:"id"`
	Name         string           `json:"name"`
	Kind         string           `json:"kind"`
	KindTitle    string           `json:"kindTitle"`
	Config       iam.SourceConfig `json:"config"`
	HasSecret    bool             `json:"hasSecret"`
	ReadOnly     bool             `json:"readOnly"`
	Server       string           `json:"server" doc:"Vendor and version, as of the last run."`
	Accounts     int64            `json:"accounts"`
	Groups       int64            `json:"groups"`
	Memberships  int64            `json:"memberships"`
	Status       string           `json:"status" enum:"never,reading,complete,held,partial,stale,configChanged"`
	StatusText   string           `json:"statusText" doc:"One line for the foot of the sidebar."`
	LastComplete *Run             `json:"lastComplete,omitempty" doc:"The run whose reading is shown."`
	Newest       *Run             `json:"newest,omitempty"`
	CannotSee    []string         `json:"cannotSee"`
	Remedy       string           `json:"remedy,omitempty"`
}

// SourceDraft is a source being connected or changed.
type SourceDraft struct {
	Name     string           `json:"name" maxLength:"100"`
	Kind     string           `json:"kind" maxLength:"20"`
	Config   iam.SourceConfig `json:"config"`
	Secret   string           `json:"secret,omitempty" maxLength:"1024" doc:"The bind password. Never in an answer. Empty keeps the one that is stored."`
	SourceID string           `json:"sourceId,omitempty" doc:"When checking a change: whose stored secret to use."`
}

// CheckReport is the answer of a check.
type CheckReport struct {
	CheckedAt string           `json:"checkedAt" format:"date-time"`
	TookMS    int64            `json:"tookMs"`
	Server    string           `json:"server"`
	Passed    bool             `json:"passed"`
	Results   []CheckResult    `json:"results"`
	Samples   []CheckSample    `json:"samples"`
	Watchers  CheckWatchers    `json:"watchers"`
	Config    iam.SourceConfig `json:"config" doc:"With the proposed base and mapping filled in."`
}

// CheckResult is one step of a check.
type CheckResult struct {
	State       string `json:"state" enum:"passed,needsYou,missing,tooMuch,failed"`
	Step        string `json:"step"`
	Title       string `json:"title"`
	Text        string `json:"text"`
	Remedy      string `json:"remedy,omitempty"`
	Copy        string `json:"copy,omitempty" doc:"Text to paste at the server."`
	Fingerprint string `json:"fingerprint,omitempty"`
}

// CheckSample is one real entry as it will look.
type CheckSample struct {
	Name       string `json:"name"`
	Login      string `json:"login"`
	Sort       string `json:"sort"`
	Department string `json:"department"`
	Enabled    Tri    `json:"enabled"`
	LastSignIn Moment `json:"lastSignIn"`
	Manager    string `json:"manager"`
	Groups     int    `json:"groups"`
	ExternalID string `json:"externalId"`
	DN         string `json:"dn"`
}

// CheckWatchers says what the directory's own watchers will see.
type CheckWatchers struct {
	Account string   `json:"account"`
	From    string   `json:"from"`
	Binds   string   `json:"binds"`
	Filters []string `json:"filters"`
	Volume  string   `json:"volume"`
	Never   string   `json:"never"`
}
