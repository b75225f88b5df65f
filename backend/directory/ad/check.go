package ad

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"gatehouse/backend/directory"
	"gatehouse/backend/directory/ldap"
	"gatehouse/backend/iam"
)

// Check proves the connection step by step and stops where the next step would
// mean nothing. It never sends the password over a connection that is not
// trusted.
func (s *source) Check(ctx context.Context) directory.Report {
	own := *s // proposals stay in the report
	k := &checker{reading: &reading{source: &own, ctx: ctx, seen: map[string]string{}, referrals: map[string]bool{}}}
	k.report.Config = s.cfg
	if k.connection() && k.kind() && k.find() {
		for _, step := range []func() error{k.rights, k.excess, k.samples} {
			if err := step(); err != nil {
				k.fail("rights", "Rights", "looking at rights and entries", err)
				break
			}
		}
	}
	if k.session != nil {
		k.session.Close()
	}
	return k.report
}

// checker is one Check under way.
type checker struct {
	*reading
	report         directory.Report
	people, bundle int   // accounts and groups, counted up to countCap
	bytes          int64 // of an account
}

func (k *checker) say(state directory.ResultState, step, title, text string) *directory.Result {
	k.report.Findings = append(k.report.Findings, directory.Result{State: state, Step: step, Title: title, Text: text})
	return &k.report.Findings[len(k.report.Findings)-1]
}

func (k *checker) fail(step, title, doing string, err error) bool {
	var e *iam.Error
	if errors.As(k.explain(k.ctx, doing, err), &e) {
		k.say(directory.Failed, step, title, e.Message).Remedy = e.Remedy
	}
	return false
}

func (k *checker) connection() bool {
	k.session, k.report.Findings = k.server.CheckConnection(k.ctx)
	if k.session == nil {
		return false
	}
	signIn, account, err := k.credentials()
	if err == nil {
		err = signIn(k.ctx, k.session)
	}
	if err != nil {
		return k.fail("bind", "Bind", "signing in", err)
	}
	how := "name and password"
	if k.cfg.Auth == "kerberos" {
		how = "Kerberos, tied to this TLS connection"
	}
	k.say(directory.Passed, "bind", "Bind", account+", "+how)
	return true
}

func (k *checker) kind() (ok bool) {
	var err error
	if k.dc, err = inspect(k.session); err == nil {
		err = k.dc.refusal()
	}
	if err != nil {
		return k.fail("kind", "Kind", "reading the root DSE", err)
	}
	k.report.Server = k.dc.product()
	k.say(directory.Passed, "kind", "Kind", k.dc.product()+", controller "+k.dc.name)
	if k.dc.invocation == "" {
		k.say(directory.Missing, "rights", "Right missing", "the controller's invocationId is not readable: every read will be a full one").
			Remedy = "Let the bind account read CN=Sites in the configuration partition, as every account may by default."
	}
	if k.dc.clock.Known() {
		if off := k.dc.clock.Time().Sub(k.now()).Round(time.Second); off > time.Minute || off < -time.Minute {
			k.say(directory.Passed, "kind", "Clock", fmt.Sprintf("the controller's clock is %s off this computer's", off.Abs()))
		}
	}
	return true
}

// countCap bounds how many entries a Check counts.
const countCap = 50_000

// find proposes what is missing and counts what a read would find.
func (k *checker) find() bool {
	proposed, err := propose(k.session, k.dc, k.cfg)
	if err != nil {
		return k.fail("base", "Base", "looking for people and groups", err)
	}
	k.cfg, k.report.Config = proposed, proposed
	k.base, _ = ldap.NormalDN(k.cfg.BaseDN)
	count := func(filter string) (n int, err error) {
		err = k.session.Pages(whole(k.cfg.BaseDN, filter), k.pageSize(), nothing(), func(*ldap.Row) error {
			if n++; n >= countCap {
				return errEnough
			}
			return nil
		}, nil)
		if errors.Is(err, errEnough) {
			// The page was left in the middle: this connection is of no more use.
			k.session.Close()
			k.session, err = k.server.Connect(k.ctx)
		}
		return n, err
	}
	if k.people, err = count(k.cfg.Mapping.UserFilter); err == nil {
		k.bundle, err = count(k.cfg.Mapping.GroupFilter)
	}
	if err == nil {
		err = k.prepare()
	}
	if err != nil {
		return k.fail("base", "Base", "counting entries", err)
	}
	if k.people == 0 {
		k.say(directory.Failed, "base", "Base", fmt.Sprintf("No account fits %s at or below %s.", k.cfg.Mapping.UserFilter, k.cfg.BaseDN)).
			Remedy = "Check the base, the user filter, and what the bind account may read."
		return false
	}
	k.say(directory.Passed, "base", "Base", fmt.Sprintf("%s, %s accounts, %s groups, paged reads", k.cfg.BaseDN, counted(k.people), counted(k.bundle)))
	return true
}

func counted(n int) string {
	if n >= countCap {
		return "more than " + strconv.Itoa(countCap)
	}
	return strconv.Itoa(n)
}

// samples shows ten entries as they will look, and tells the domain's watchers
// what a read will be like.
func (k *checker) samples() error {
	before, seen := k.session.Received(), int64(0)
	var accounts []directory.Account
	q := whole(k.cfg.BaseDN, k.cfg.Mapping.UserFilter)
	q.Limit = sampleSize
	err := k.session.Search(q, k.accounts.layout, func(r *ldap.Row) error {
		seen++
		for _, v := range r.Raw(k.accounts.guid) {
			if id := guidText(v); id != "" && ldap.RefOfDN(r.DN()) != "" {
				accounts = append(accounts, k.accounts.account(r, id))
			}
		}
		return nil
	}, nil)
	if err := broken(err); err != nil {
		return err
	}
	if len(accounts) == 0 {
		k.say(directory.Failed, "rights", "Right missing", "objectGUID is not readable: a renamed account could not be told from a new one")
		return nil
	}
	k.bytes = (k.session.Received() - before) / max(seen, 1)
	names := map[string]string{}
	for _, a := range accounts {
		names[a.Refs[0]] = a.Facts.Name
	}
	for _, a := range ldap.Varied(accounts, 10) {
		sample := directory.Sample{Account: a, Manager: names[a.Facts.ManagerRef]}
		if sample.Manager == "" && a.Facts.ManagerRef != "" {
			name, _, _ := strings.Cut(strings.TrimPrefix(a.Facts.ManagerRef, "dn:"), ",")
			_, sample.Manager, _ = strings.Cut(name, "=")
		}
		err := k.session.Pages(whole(k.cfg.BaseDN, "(&"+k.cfg.Mapping.GroupFilter+"(member="+goldap.EscapeFilter(a.DN)+"))"), k.pageSize(), nothing(),
			func(*ldap.Row) error { sample.Groups++; return nil }, nil)
		if err := broken(err); err != nil {
			return err
		}
		if a.Primary != "" {
			sample.Groups++
		}
		k.report.Samples = append(k.report.Samples, sample)
	}
	k.watchers()
	return nil
}

func (k *checker) watchers() {
	account := k.cfg.BindDN
	if account == "" {
		account = "the account of this session"
	}
	line := func(filter string, attributes int) string {
		return fmt.Sprintf("%s from %s, %d a page, %d attributes by name", filter, k.cfg.BaseDN, k.pageSize(), attributes)
	}
	k.report.Watchers = directory.Watchers{
		Account: account,
		Binds:   "one for each read, on one controller; one that stays while changes are watched",
		Filters: []string{
			line(k.cfg.Mapping.UserFilter, len(k.accounts.layout.Names())),
			line(k.cfg.Mapping.GroupFilter, len(k.groups.layout.Names())),
			"the same with (uSNChanged>=N) for reads of changes, and the deleted objects, or the ids of all where these are hidden",
			"the root DSE every half second while changes are watched",
		},
		Volume: fmt.Sprintf("%s accounts and %s groups, about %d kB of accounts a full read", counted(k.people), counted(k.bundle), k.bytes*int64(k.people)/1000+1),
		Never:  "writes, replication (DirSync), passwords and LAPS, photos, referrals",
	}
}

// dsacls is a command that gives the bind account a right.
func (k *checker) dsacls(dn string, rights ...string) string {
	who := k.cfg.BindDN
	if !strings.ContainsAny(who, `@\`) || who == "" {
		who = `DOMAIN\gatehouse-read`
	}
	var b strings.Builder
	fmt.Fprintf(&b, "dsacls %q", dn)
	for _, right := range rights {
		flag, grant, _ := strings.Cut(right, " ")
		fmt.Fprintf(&b, " %s %q", flag, strings.ReplaceAll(grant, "@", who))
	}
	return b.String()
}
