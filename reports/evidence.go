package reports

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
	"gatehouse/reports/sheet"
)

var evidenceReport = Definition{
	Name: "review-evidence", Title: "Review evidence", Review: true,
	Question: "What was reviewed, who decided what and why, and is what was revoked gone?",
	Test: "The item is decided, and what was decided is so: what was revoked is proven gone by a read, an exception has not run out. " +
		"A deferred, unknown or undecided item fails. A revocation that no read proves yet, and a change that no read can prove, cannot be concluded.",
	Controls: []string{
		"PCI DSS 7.2.4: user accounts and access are reviewed at least every six months; inappropriate access is addressed; management acknowledges that access remains appropriate. The acknowledgement is the sign-off on page one.",
		"PCI DSS 7.2.5.1: access of system and application accounts is reviewed. Only those in the campaign's scope.",
		"SOX periodic access review (customary): the population is frozen, everything is decided, nobody decides about herself, every revocation is verified.",
		"SOC 2 CC6.1 to CC6.3: access is reviewed and removed when it is no longer needed.",
		"ISO/IEC 27001 A.5.18: access rights are reviewed at planned intervals.",
	},
	Tables: []Table{
		{Name: "items", Title: "Items", Columns: append(append([]Column{count("item", "Item")}, frozenColumns...),
			text("reviewer", "Reviewer"), text("reviewerRelation", "Reviewer is"), text("verdict", "Decision"), at("until", "Exception until"), text("reason", "Reason"),
			linked("decidedBy", "Decided by", "identity", "decidedById"), text("relation", "Decided as"), text("recordedBy", "Recorded by"), text("channel", "Channel"), at("decidedAt", "Decided at"),
			count("decidedEvent", "Event"), text("removal", "Removal"), outcome("outcome", "Decided and so"), text("why", "Why"), ident("decidedById", "Decider's id"))},
		{Name: "decision-log", Title: "Decision log", Columns: []Column{
			at("at", "At"), count("event", "Event"), count("item", "Item"), text("subject", "Subject"), text("group", "Group"), text("kind", "What"), text("verdict", "Decision"), at("until", "Exception until"),
			text("reason", "Reason"), linked("person", "Decided by, or given to", "identity", "personId"), text("relation", "As"), text("recordedBy", "Recorded by"), text("channel", "Channel"), ident("personId", "Person's id"),
		}},
		{Name: "exclusions", Title: "Exclusions", Columns: append([]Column{count("item", "Item"), text("rule", "Rule"), text("ruleReason", "Why left out")}, frozenColumns...)},
		{Name: "removals", Title: "Removals", Columns: []Column{
			count("item", "Item"), text("subject", "Subject"), text("group", "Group"), at("decidedAt", "Revoked at"), count("decidedEvent", "Event"), text("reason", "Reason"), text("state", "State"),
			text("words", "What reads say"), linked("run", "Run", "run", "runId"), at("at", "Read at"), ident("runId", "Run id"),
		}},
		{Name: "later-changes", Title: "Later changes", Columns: []Column{
			text("op", "Change"), text("subject", "Subject"), text("login", "Login"), text("basis", "Basis"), linked("group", "Group", "group", "groupId"), count("item", "Item"),
			at("at", "Observed at"), linked("run", "Run", "run", "runId"), text("path", "Path"), ident("groupId", "Group id"), ident("runId", "Run id"),
		}},
		{Name: "scope", Title: "Scope", Columns: []Column{
			linked("group", "Group", "group", "groupId"), text("source", "Source"), text("privileged", "Privileged"), count("items", "Items"), count("leftOut", "Left out"), ident("groupId", "Group id"),
		}},
	},
	open: openEvidence,
}

// frozenColumns are what a campaign copied of a grant. Nothing of it is looked
// up again.
var frozenColumns = []Column{
	text("basis", "Basis"), linked("subject", "Subject", "account", "accountId"), text("login", "Login"), text("sort", "Sort"), text("unresolved", "Unresolved"), text("enabled", "Enabled"),
	text("department", "Department"), text("title", "Title"), linked("identity", "Identity", "identity", "identityId"), text("source", "Source"),
	linked("group", "Group", "group", "groupId"), text("privileged", "Privileged"), text("path", "Path"), text("morePaths", "More paths"), text("ends", "Ends with the membership"),
	count("others", "Others who would lose it"), at("grantedAt", "Observed since"), text("peers", "Peers who have it"), at("lastSignIn", "Last sign-in"), at("asReadAt", "As read at"),
	text("findings", "Observations"), text("previous", "Decided before"), at("previousAt", "Decided before at"), text("previousReview", "By the review"), text("firstReviewer", "First reviewer"),
	text("firstRelation", "First reviewer is"), ident("accountId", "Account id"), ident("subjectId", "Subject id"), ident("identityId", "Identity id"), ident("groupId", "Group id"), text("dn", "DN"), text("groupDn", "Group's DN"),
}

// Reviews tells what later reads say of a campaign.
type Reviews struct {
	Removals func(context.Context, *store.Reader, store.Campaign) ([]Removal, error)
	Later    func(context.Context, *store.Reader, store.Campaign) ([]LaterChange, error)
}

// Removal is what later reads say of a revoked grant.
type Removal struct {
	store.Revoked
	State string // waiting, removed, alreadyGone, stillThere or unproven
	Text  string
	Run   iam.Run // that says so; without an id: none
}

// LaterChange is a grant that came or went after the freeze.
type LaterChange struct {
	Joined  bool // else departed
	Item    int64
	Group   iam.ID
	Subject iam.ID // 0: unresolved
	Value   string
	Basis   iam.Basis
	Path    []iam.ID
	At      int64
	Run     iam.ID // 0: none
}

// evidence is one campaign with what is known of it now.
type evidence struct {
	*extract
	campaign   store.Campaign
	sources    []store.CampaignSource
	exclusions []store.Exclusion
	verdicts   map[iam.Verdict]int64
	decisions  map[int64]store.Decision
	removals   []Removal
	removed    map[int64]Removal
	states     map[string]int64
	later      []LaterChange
	names      map[iam.ID]store.Named
	digest     string // of what the frozen values say now
}

func openEvidence(ctx context.Context, x *extract) (content, error) {
	e := &evidence{extract: x, campaign: x.span.campaign, removed: map[int64]Removal{}, states: map[string]int64{}}
	if err := e.load(ctx); err != nil {
		return content{}, err
	}
	return content{
		rows:  []produce{e.items, e.log, e.left, e.removalRows, e.laterRows, e.groups},
		sums:  func(_ context.Context, written []sheet.Written) ([]Sum, error) { return e.sums(written), nil },
		front: func() []sheet.Page { return []sheet.Page{e.frontPage(), e.arithmeticPage()} },
		notes: []Fact{
			{Name: "Review", Text: e.campaign.Name + ", " + e.campaign.UUID}, {Name: "Complete", Text: e.complete()},
			{Name: "Frozen", Text: fmt.Sprintf("%s UTC in event %d", clock(e.campaign.FrozenAt), e.campaign.Seq)},
			{Name: "Frozen SHA-256", Text: e.campaign.Digest, Mono: true}, {Name: "Frozen values", Text: e.untouched()}, {Name: "Independence", Text: independence},
		},
	}, nil
}

const independence = "Nobody decides about an account of her own: such a decision is refused, through another account of hers, too. " +
	"The person who decided is the one whom the operator named; operators are not authenticated as the deciders."

func (e *evidence) load(ctx context.Context) (err error) {
	r := e.r
	c := e.campaign
	if e.sources, err = r.CampaignSources(ctx, c.ID); err != nil {
		return err
	}
	e.extract.sources = slices.DeleteFunc(e.extract.sources, func(s source) bool {
		return !slices.ContainsFunc(e.sources, func(of store.CampaignSource) bool { return of.SourceID == s.ID })
	})
	if e.exclusions, err = r.CampaignExclusions(ctx, c.ID); err != nil {
		return err
	}
	if e.verdicts, err = r.VerdictCounts(ctx, c.ID); err != nil {
		return err
	}
	if e.decisions, err = r.NewestDecisions(ctx, c.ID); err != nil {
		return err
	}
	if e.digest, err = r.FrozenDigest(ctx, c.ID); err != nil {
		return err
	}
	if e.removals, err = e.run.Reviews.Removals(ctx, r, c); err != nil {
		return err
	}
	for _, x := range e.removals {
		e.removed[x.Item] = x
		e.states[x.State]++
	}
	if e.later, err = e.run.Reviews.Later(ctx, r, c); err != nil {
		return err
	}
	ids := slices.Clone(c.Scope.Frozen)
	for _, l := range e.later {
		ids = append(append(ids, l.Group, l.Subject), l.Path...)
	}
	e.names, err = r.Names(ctx, ids)
	return err
}

func (e *evidence) items(ctx context.Context, put func([]sheet.Value) error) error {
	row := make([]sheet.Value, 0, len(e.def.Tables[0].Columns))
	for i, err := range e.r.AllItems(ctx, e.campaign.ID) {
		if err != nil {
			return err
		}
		if i.Excluded != 0 {
			continue
		}
		row = e.frozen(append(row[:0], sheet.NumberOf(i.Ord)), i)
		row = append(row, nameOr(i.Reviewer.Name, "nobody"), sheet.TextOf(string(i.Relation)), sheet.TextOf(verdictWords[i.Verdict]))
		d, decided := e.decisions[i.Ord]
		if decided {
			row = append(row, timeOr(d.Until, "none"), sheet.TextOf(d.Reason), sheet.TextOf(d.DecidedName), sheet.TextOf(d.Relation), sheet.TextOf(d.RecordedBy), sheet.TextOf(d.Channel),
				sheet.TimeOf(d.At), sheet.NumberOf(int64(d.Seq)))
		} else {
			row = append(row, sheet.WordOf("none"), sheet.TextOf(""), sheet.WordOf("nobody"), sheet.TextOf(""), sheet.TextOf(""), sheet.TextOf(""), sheet.WordOf("never"), sheet.WordOf("none"))
		}
		removal := sheet.WordOf("not revoked")
		if x, ok := e.removed[i.Ord]; ok {
			removal = sheet.TextOf(x.Text)
		}
		result, why := e.itemOutcome(i, d)
		row = append(row, removal, sheet.OutcomeOf(result), sheet.TextOf(why), idOf(d.DecidedBy))
		if err := put(row); err != nil {
			return err
		}
	}
	return nil
}

// itemOutcome is the test of an item, and why it came out as it did.
func (e *evidence) itemOutcome(i store.ReviewItem, d store.Decision) (sheet.Result, string) {
	switch i.Verdict {
	case iam.Keep:
		return sheet.Pass, ""
	case iam.Modify:
		return sheet.CannotConclude, "to be kept in another form, which no read can prove"
	case iam.Exception:
		if d.Until <= e.r.Now {
			return sheet.Fail, "the exception ran out: decide it in the next review, or remove it"
		}
		return sheet.Pass, "exception until " + clock(d.Until) + " UTC"
	case iam.Revoke:
		switch x := e.removed[i.Ord]; x.State {
		case "removed", "alreadyGone":
			return sheet.Pass, removalWords[x.State]
		case "stillThere":
			return sheet.Fail, "still there: remove it in the directory"
		}
		return sheet.CannotConclude, "no read proves yet that it is gone"
	}
	return sheet.Fail, verdictWords[i.Verdict]
}

// frozen adds what the campaign copied.
func (e *evidence) frozen(row []sheet.Value, i store.ReviewItem) []sheet.Value {
	ends := sheet.WordOf("no single one")
	if i.EdgeGroup != 0 {
		ends = sheet.TextOf(i.EdgeMemberName + " in " + i.EdgeGroupName)
	}
	peers := sheet.WordOf("no peers")
	if i.PeersOf > 0 {
		peers = sheet.TextOf(fmt.Sprintf("%d of %d", i.Peers, i.PeersOf))
	}
	signIn := momentOf(i.LastSignIn)
	account := i.Subject
	if i.Basis == iam.NestedGroup {
		account, signIn = 0, sheet.WordOf("not an account")
	}
	return append(row, sheet.TextOf(basisWords[i.Basis]), sheet.TextOf(i.SubjectName), sheet.TextOf(i.Login), sheet.TextOf(string(i.Sort)), sheet.TextOf(unresolvedWords[i.Unresolved]), triOf(i.Enabled),
		sheet.TextOf(i.Department), sheet.TextOf(i.Title), nameOr(i.Identity.Name, "none"), sheet.TextOf(i.Source),
		sheet.TextOf(i.EntitlementName), yesNo(i.Privileged), sheet.TextOf(pathWords(i.Path)), yesNo(i.MorePaths), ends, sheet.NumberOf(i.EdgeOthers),
		timeOr(i.GrantedAt, "unknown"), peers, signIn, timeOr(i.ObservedAt, "not read"), sheet.TextOf(tagWords(i.Findings)),
		nameOr(verdictWords[i.PreviousVerdict], "never"), timeOr(i.PreviousAt, "never"), sheet.TextOf(i.PreviousCampaign), nameOr(i.FirstReviewer.Name, "nobody"), sheet.TextOf(string(i.FirstRelation)),
		idOf(account), idOf(i.Subject), idOf(i.Identity.ID), idOf(i.Entitlement), sheet.TextOf(i.DN), sheet.TextOf(i.EntitlementDN))
}

func (e *evidence) log(ctx context.Context, put func([]sheet.Value) error) error {
	var row []sheet.Value
	for l, err := range e.r.ReviewLog(ctx, e.campaign) {
		if err != nil {
			return err
		}
		row = append(row[:0], sheet.TimeOf(l.At), sheet.NumberOf(int64(l.Seq)), sheet.NumberOf(l.Item), sheet.TextOf(l.Subject), sheet.TextOf(l.Group), sheet.TextOf(logWords[l.Kind]),
			sheet.TextOf(verdictWords[l.Verdict]), timeOr(l.Until, "none"), sheet.TextOf(l.Reason), nameOr(l.Name, "nobody"), sheet.TextOf(l.Relation), sheet.TextOf(l.RecordedBy), sheet.TextOf(l.Channel), idOf(l.Person))
		if err := put(row); err != nil {
			return err
		}
	}
	return nil
}

// groups are those that were frozen, the ones without a member included.
func (e *evidence) groups(ctx context.Context, put func([]sheet.Value) error) error {
	counts := map[iam.ID][2]int64{} // in scope, left out
	for i, err := range e.r.AllItems(ctx, e.campaign.ID) {
		if err != nil {
			return err
		}
		n := counts[i.Entitlement]
		n[min(i.Excluded, 1)]++
		counts[i.Entitlement] = n
	}
	for _, id := range e.campaign.Scope.Frozen {
		source := sheet.WordOf("none")
		for _, s := range e.sources {
			if s.SourceID == e.names[id].SourceID {
				source = sheet.TextOf(s.Name)
			}
		}
		if err := put([]sheet.Value{sheet.TextOf(e.names[id].Name), source, yesNo(e.names[id].Privileged), sheet.NumberOf(counts[id][0]), sheet.NumberOf(counts[id][1]), idOf(id)}); err != nil {
			return err
		}
	}
	return nil
}

// left are the rows that exclusions left out.
func (e *evidence) left(ctx context.Context, put func([]sheet.Value) error) error {
	var row []sheet.Value
	for i, err := range e.r.AllItems(ctx, e.campaign.ID) {
		if err != nil {
			return err
		}
		if i.Excluded == 0 {
			continue
		}
		if i.Excluded < 1 || i.Excluded > int64(len(e.exclusions)) {
			return iam.Errorf(iam.Internal, "Item %d was left out by rule %d, but the review has %d rules.", i.Ord, i.Excluded, len(e.exclusions)).
				Fix("A rule was removed from the database from outside: restore it from a backup.")
		}
		rule := e.exclusions[i.Excluded-1]
		if err := put(e.frozen(append(row[:0], sheet.NumberOf(i.Ord), sheet.TextOf(ruleWords[rule.Rule]), sheet.TextOf(rule.Reason)), i)); err != nil {
			return err
		}
	}
	return nil
}

func (e *evidence) removalRows(_ context.Context, put func([]sheet.Value) error) error {
	for _, x := range e.removals {
		run, read := sheet.WordOf("none"), sheet.WordOf("not read")
		if x.Run.ID != 0 {
			run, read = sheet.TextOf(x.Run.ID.String()), sheet.TimeOf(x.Run.EndedAt)
		}
		if err := put([]sheet.Value{sheet.NumberOf(x.Item), sheet.TextOf(x.Name), sheet.TextOf(x.Revoked.Group), sheet.TimeOf(x.At), sheet.NumberOf(int64(x.Seq)), sheet.TextOf(x.Reason),
			sheet.TextOf(removalWords[x.State]), sheet.TextOf(x.Text), run, read, idOf(x.Run.ID)}); err != nil {
			return err
		}
	}
	return nil
}

func (e *evidence) laterRows(_ context.Context, put func([]sheet.Value) error) error {
	for _, l := range e.later {
		op, name := "departed", e.names[l.Subject].Name
		if l.Joined {
			op = "joined"
		}
		if l.Subject == 0 {
			name = l.Value
		}
		item, run := sheet.WordOf("none"), sheet.WordOf("none")
		if l.Item != 0 {
			item = sheet.NumberOf(l.Item)
		}
		if l.Run != 0 {
			run = sheet.TextOf(l.Run.String())
		}
		var path []string
		for _, id := range l.Path {
			path = append(path, e.names[id].Name)
		}
		if err := put([]sheet.Value{sheet.TextOf(op), sheet.TextOf(name), sheet.TextOf(e.names[l.Subject].Login), sheet.TextOf(basisWords[l.Basis]), sheet.TextOf(e.names[l.Group].Name), item,
			sheet.TimeOf(l.At), run, sheet.TextOf(strings.Join(path, " > ")), idOf(l.Group), idOf(l.Run)}); err != nil {
			return err
		}
	}
	return nil
}

func nameOr(name, word string) sheet.Value {
	if name == "" {
		return sheet.WordOf(word)
	}
	return sheet.TextOf(name)
}

func timeOr(micros int64, word string) sheet.Value {
	if micros == 0 {
		return sheet.WordOf(word)
	}
	return sheet.TimeOf(micros)
}

// pathWords are a frozen path as people read it.
func pathWords(frozen string) string {
	var steps []struct{ Name string }
	_ = json.Unmarshal([]byte(frozen), &steps) // written by us, and hashed with the item
	var names []string
	for _, s := range steps {
		names = append(names, s.Name)
	}
	return strings.Join(names, " > ")
}

func tagWords(frozen string) string {
	var tags []struct{ Risk, Text string }
	_ = json.Unmarshal([]byte(frozen), &tags)
	var words []string
	for _, t := range tags {
		words = append(words, t.Risk+": "+t.Text)
	}
	return strings.Join(words, "; ")
}
