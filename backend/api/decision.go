package api

import "context"

// Decide records one verdict for one or many items.
type Decide struct {
	ReviewPath
	Body struct {
		Items     []ItemSeen `json:"items" minItems:"1" maxItems:"2000"`
		Verdict   string     `json:"verdict" enum:"undecided,keep,revoke,modify,exception,defer,dontKnow" doc:"undecided withdraws."`
		Until     string     `json:"until,omitempty" format:"date-time" doc:"Of an exception, in the future."`
		Reason    string     `json:"reason,omitempty" maxLength:"1000" doc:"Required for all but keep and don't know."`
		DecidedBy string     `json:"decidedBy" maxLength:"32" doc:"The identity that decides. Never the subject's own."`
	}
}

// ItemSeen is an item with the newest decision the reviewer saw.
type ItemSeen struct {
	Item     int64 `json:"item" minimum:"1"`
	Decision int64 `json:"decision" minimum:"0"`
}

// Decided says what was recorded and what not. If nothing was, the answer is a
// problem instead.
type Decided struct {
	Recorded    []ReviewItem  `json:"recorded"`
	NotRecorded []NotRecorded `json:"notRecorded"`
	Event       int64         `json:"event"`
	Arithmetic  Arithmetic    `json:"arithmetic"`
}

// NotRecorded is an item of the request whose decision was not recorded.
type NotRecorded struct {
	Item ReviewItem `json:"item" doc:"As it is now."`
	Why  string     `json:"why" enum:"race,selfReview,unknown"`
	Text string     `json:"text"`
}

// AssignItems gives items to another reviewer.
type AssignItems struct {
	ReviewPath
	Body struct {
		Items  []int64 `json:"items,omitempty" maxItems:"5000"`
		From   string  `json:"from,omitempty" maxLength:"32" doc:"Instead of items: all undecided items of this identity, or nobody."`
		To     string  `json:"to" maxLength:"32" doc:"An identity."`
		Reason string  `json:"reason" minLength:"3" maxLength:"500"`
	}
}

// ItemsAssigned says how many were.
type ItemsAssigned struct {
	Assigned int64 `json:"assigned"`
	Refused  int64 `json:"refused" doc:"Items about the new reviewer's own accounts."`
	Event    int64 `json:"event"`
}

// CloseReview ends a campaign for good.
type CloseReview struct {
	ReviewPath
	Body struct {
		Signer    string `json:"signer" maxLength:"32" doc:"The identity that signs off."`
		Statement string `json:"statement" minLength:"3" maxLength:"1000" doc:"What the signer acknowledges."`
		Reason    string `json:"reason,omitempty" maxLength:"1000" doc:"Required if items are deferred, not known or undecided."`
	}
}

// ListRemovals asks for the tracked removals of a campaign.
type ListRemovals struct {
	ReviewPath
	Offset int    `query:"offset" minimum:"0" default:"0"`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"200"`
	State  string `query:"state" enum:"waiting,removed,alreadyGone,stillThere,unproven"`
}

// Removal is what later reads say of a revoked grant.
type Removal struct {
	Item      ReviewItem `json:"item"`
	State     string     `json:"state" enum:"waiting,removed,alreadyGone,stillThere,unproven" doc:"waiting: not read since the decision. unproven: it is gone from sight, but no complete read of the group proves it."`
	Text      string     `json:"text" doc:"Such as: removed and proven by run 7."`
	Run       string     `json:"run,omitempty"`
	At        string     `json:"at,omitempty" format:"date-time"`
	Edge      *Edge      `json:"edge,omitempty" doc:"The membership to remove."`
	DecidedAt string     `json:"decidedAt" format:"date-time"`
	Reason    string     `json:"reason"`
}

// ListLaterChanges asks what came and went after the freeze.
type ListLaterChanges struct {
	ReviewPath
	Offset int    `query:"offset" minimum:"0" default:"0"`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"200"`
	Op     string `query:"op" enum:"joined,departed"`
}

// LaterChange is a grant that came or went after the freeze.
type LaterChange struct {
	Op      string `json:"op" enum:"joined,departed"`
	Subject Ref    `json:"subject"`
	Login   string `json:"login"`
	Basis   string `json:"basis" enum:"direct,group,effective,unresolved"`
	Group   Ref    `json:"group"`
	Item    int64  `json:"item,omitempty" doc:"Of a departure."`
	At      string `json:"at" format:"date-time" doc:"When it was observed."`
	Run     string `json:"run,omitempty"`
	Path    []Ref  `json:"path"`
}

func (s *server) decideItems(context.Context, *Decide) (*body[Decided], error) {
	return notBuilt[body[Decided]]()
}
func (s *server) assignItems(context.Context, *AssignItems) (*body[ItemsAssigned], error) {
	return notBuilt[body[ItemsAssigned]]()
}
func (s *server) closeReview(context.Context, *CloseReview) (*body[CampaignDetail], error) {
	return notBuilt[body[CampaignDetail]]()
}
func (s *server) listRemovals(context.Context, *ListRemovals) (*body[Page[Removal]], error) {
	return notBuilt[body[Page[Removal]]]()
}
func (s *server) listLaterChanges(context.Context, *ListLaterChanges) (*body[Page[LaterChange]], error) {
	return notBuilt[body[Page[LaterChange]]]()
}
