package reports

import (
	"strings"
	"testing"
	"time"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
	"gatehouse/reports/sheet"
)

// TestUsed: the thresholds, and that what is not known never passes.
// noon is when the tests of this package ask.
var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC).UnixMicro()

func TestUsed(t *testing.T) {
	ago := func(days int64) iam.Moment { return iam.Moment(noon - days*day) }
	good := source{coverage: complete}
	past := source{coverage: complete, SourceAt: store.SourceAt{Next: &iam.Run{}}}
	for _, c := range []struct {
		name    string
		source  source
		enabled iam.Tri
		signIn  iam.Moment
		created iam.Moment
		pci     sheet.Result
		cis     sheet.Result
		why     string
	}{
		{"today", good, iam.Yes, ago(0), ago(900), sheet.Pass, sheet.Pass, ""},
		{"45 days", good, iam.Yes, ago(45), ago(900), sheet.Pass, sheet.Pass, ""},
		{"46 days", good, iam.Yes, ago(46), ago(900), sheet.Pass, sheet.Fail, ""},
		{"89 days", good, iam.Yes, ago(89), ago(900), sheet.Pass, sheet.Fail, ""},
		{"90 days", good, iam.Yes, ago(90), ago(900), sheet.Pass, sheet.Fail, ""},
		{"91 days", good, iam.Yes, ago(91), ago(900), sheet.Fail, sheet.Fail, "not used for 91 days"},
		{"a clock ahead", good, iam.Yes, ago(-1), ago(900), sheet.Pass, sheet.Pass, ""},
		{"never, old", good, iam.Yes, iam.Never, ago(91), sheet.Fail, sheet.Fail, "never used and created 91 days ago"},
		{"never, new", good, iam.Yes, iam.Never, ago(45), sheet.Pass, sheet.Pass, "created lately"},
		{"never, since nobody knows when", good, iam.Yes, iam.Never, iam.UnknownMoment, sheet.CannotConclude, sheet.CannotConclude, "when it was created is unknown"},
		{"unknown", good, iam.Yes, iam.UnknownMoment, ago(900), sheet.CannotConclude, sheet.CannotConclude, "is unknown"},
		{"not collected", good, iam.Yes, iam.NotCollectedMoment, ago(900), sheet.CannotConclude, sheet.CannotConclude, "is not collected"},
		{"not supported", good, iam.Yes, iam.NotSupportedMoment, ago(900), sheet.CannotConclude, sheet.CannotConclude, "is not supported"},
		{"then, used since", past, iam.Yes, ago(-1), ago(900), sheet.CannotConclude, sheet.CannotConclude, "not kept"},
		{"then, not collected now", past, iam.Yes, iam.NotCollectedMoment, ago(900), sheet.CannotConclude, sheet.CannotConclude, "not kept"},
		{"then, not used since", past, iam.Yes, ago(91), ago(900), sheet.Fail, sheet.Fail, "not used for 91 days"},
		{"then, never used until now", past, iam.Yes, iam.Never, ago(45), sheet.Pass, sheet.Pass, "created lately"},
		{"disabled", good, iam.No, iam.UnknownMoment, ago(900), sheet.NotApplicable, sheet.NotApplicable, "disabled"},
		{"enabled or not", good, iam.UnknownTri, ago(1), ago(900), sheet.CannotConclude, sheet.CannotConclude, "enabled is unknown"},
		{"partly read", source{coverage: partial, note: "held"}, iam.Yes, ago(1), ago(900), sheet.CannotConclude, sheet.CannotConclude, "not covered: held"},
		{"read long ago", source{coverage: stale, note: "old"}, iam.No, ago(1), ago(900), sheet.CannotConclude, sheet.CannotConclude, "not covered: old"},
	} {
		x := &extract{span: span{at: noon}}
		a := store.AccountAt{Account: iam.Account{AccountFacts: iam.AccountFacts{Enabled: c.enabled, LastSignIn: c.signIn, CreatedAt: c.created}}}
		pci, why := x.used(c.source, a, idlePCI)
		cis, _ := x.used(c.source, a, idleCIS)
		if pci != c.pci || cis != c.cis || !strings.Contains(why, c.why) || pci == sheet.Fail && !strings.Contains(why, "disable it") {
			t.Errorf("%s: %s and %s because %q", c.name, pci, cis, why)
		}
	}
}

// TestReviewed: how long a decision speaks, and what speaks against it.
func TestReviewed(t *testing.T) {
	admins := store.GroupAt{ID: 1, Privileged: true}
	grant := store.ReviewedGrant{Group: 1, Subject: 2}
	for _, c := range []struct {
		name     string
		group    store.GroupAt
		coverage string
		last     *store.LastReview
		want     sheet.Result
	}{
		{"not privileged", store.GroupAt{ID: 1}, partial, nil, sheet.NotApplicable},
		{"never", admins, complete, nil, sheet.Fail},
		{"kept", admins, complete, &store.LastReview{Verdict: iam.Keep, At: noon}, sheet.Pass},
		{"179 days", admins, complete, &store.LastReview{Verdict: iam.Keep, At: noon - 179*day}, sheet.Pass},
		{"180 days", admins, complete, &store.LastReview{Verdict: iam.Keep, At: noon - 180*day}, sheet.Pass},
		{"181 days", admins, complete, &store.LastReview{Verdict: iam.Keep, At: noon - 181*day}, sheet.Fail},
		{"exception", admins, complete, &store.LastReview{Verdict: iam.Exception, At: noon - day, Until: noon + 1}, sheet.Pass},
		{"exception over", admins, complete, &store.LastReview{Verdict: iam.Exception, At: noon - day, Until: noon}, sheet.Fail},
		{"revoked", admins, complete, &store.LastReview{Verdict: iam.Revoke, At: noon}, sheet.Fail},
		{"to be modified", admins, complete, &store.LastReview{Verdict: iam.Modify, At: noon}, sheet.Fail},
		{"kept, read in part", admins, partial, &store.LastReview{Verdict: iam.Keep, At: noon}, sheet.CannotConclude},
		{"never, read long ago", admins, stale, nil, sheet.CannotConclude},
	} {
		b := &memberRows{extract: &extract{span: span{at: noon}}, source: source{coverage: c.coverage}, reviews: map[store.ReviewedGrant]store.LastReview{}}
		if c.last != nil {
			b.reviews[grant] = *c.last
		}
		if got, why := b.reviewed(c.group, grant); got != c.want || got == sheet.Fail && why == "" {
			t.Errorf("%s: %s because %q", c.name, got, why)
		}
	}
}
