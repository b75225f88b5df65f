package ad

import (
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/directory/directorytest"
	"gatehouse/backend/iam"
)

// record is one entry as ldbsearch prints it from the controller's own files.
type record map[string][]string

// ldif reads the output of ldbsearch, unfolded.
func ldif(text string) (all []record) {
	text = strings.ReplaceAll(text, "\n ", "")
	for part := range strings.SplitSeq(text, "\n\n") {
		one := record{}
		for line := range strings.SplitSeq(part, "\n") {
			name, value, ok := strings.Cut(line, ": ")
			if !ok || strings.HasPrefix(line, "#") {
				continue
			}
			if strings.HasSuffix(name, ":") {
				raw, err := base64.StdEncoding.DecodeString(value)
				if err != nil {
					continue
				}
				name, value = strings.TrimSuffix(name, ":"), string(raw)
			}
			one[name] = append(one[name], value)
		}
		if len(one["objectGUID"]) == 1 {
			all = append(all, one)
		}
	}
	return all
}

// What is read equals what the controller's own files say, computed here by
// itself: ids, SIDs, states, members, primary groups.
func TestReadEqualsTheFiles(t *testing.T) {
	s := directorytest.StartSamba(t, directorytest.SambaOptions{})
	cfg := administrator(s)
	cfg.PageSize = 7
	r := wantComplete(t, directorytest.ReadAll(t.Context(), opened(t, cfg), nil))
	files := ldif(s.Database("-b", directorytest.SambaDomain, "(|(objectClass=user)(objectClass=group))", "objectGUID", "objectSid", "objectClass",
		"sAMAccountName", "userAccountControl", "pwdLastSet", "member", "primaryGroupID", "groupType", "adminCount", "manager", "servicePrincipalName"))

	want := map[string]string{}
	byDN := map[string]record{}
	for _, f := range files {
		byDN[f["dn"][0]] = f
	}
	for _, f := range files {
		if slices.Contains(f["objectClass"], "group") {
			members := slices.Clone(f["member"])
			for i, m := range members {
				if _, ours := byDN[m]; !ours && strings.HasPrefix(m, "CN=S-1-5-") {
					sid, _, _ := strings.Cut(strings.TrimPrefix(m, "CN="), ",")
					members[i] = sid
				}
			}
			slices.Sort(members)
			want[f["objectGUID"][0]] = fmt.Sprint("group ", f["objectSid"][0], members)
			continue
		}
		bits, _ := strconv.Atoi(f["userAccountControl"][0])
		sid := f["objectSid"][0]
		want[f["objectGUID"][0]] = fmt.Sprint("account ", f["sAMAccountName"][0], sid, bits&2 == 0, f["pwdLastSet"][0] == "0" && bits&0x53800 == 0,
			sid[:strings.LastIndex(sid, "-")+1]+f["primaryGroupID"][0], len(f["servicePrincipalName"]))
	}
	got := map[string]string{}
	for _, a := range r.Accounts {
		f := a.Facts
		got[a.ExternalID] = fmt.Sprint("account ", f.Login, f.SID, f.Enabled == iam.Yes, f.MustChange == iam.Yes, strings.TrimPrefix(a.Primary, "sid:"), len(strings.Fields(f.ServiceNames)))
	}
	for _, e := range r.Entitlements {
		var members []string
		for _, list := range r.Members {
			for _, m := range list.Members {
				if list.ExternalID == e.ExternalID {
					sid, _, _ := strings.Cut(strings.TrimSuffix(m.Value[strings.Index(m.Value, "(")+1:], ")"), " ")
					if !m.Foreign {
						sid = m.Value
					}
					members = append(members, sid)
				}
			}
		}
		slices.Sort(members)
		got[e.ExternalID] = fmt.Sprint("group ", e.Facts.SID, members)
	}
	for _, id := range slices.Collect(maps.Keys(want)) {
		if got[id] != want[id] {
			t.Errorf("%s:\nread  %.300s\nfiles %.300s", id, got[id], want[id])
		}
	}
	if len(got) != len(want) || len(want) < 90 {
		t.Errorf("%d objects read, %d in the files", len(got), len(want))
	}
}

// Each sort of account, and each state, is told from the others.
func TestSortsAndStates(t *testing.T) {
	s := directorytest.StartSamba(t, directorytest.SambaOptions{})
	s.Set("u000004", "pwdLastSet", "0")
	s.Set("u000005", "accountExpires", "132223104000000000") // 2020
	s.Set("u000006", "userAccountControl", "66048")
	s.Set("u000007", "userAccountControl", strconv.Itoa(512|0x80000|0x400000))
	s.Disable("u000008")
	cfg := administrator(s)
	for range 4 { // the fourth wrong password locks
		wrong, err := Kind.Open(withBind(cfg, "u000009@ad.test"), "wrong")
		if err != nil {
			t.Fatal(err)
		}
		directorytest.ReadAll(t.Context(), wrong, nil)
	}
	r := wantComplete(t, directorytest.ReadAll(t.Context(), opened(t, cfg), nil))
	for login, sort := range map[string]iam.Sort{
		"u000001": iam.Person, "svc-tide": iam.Service, "gmsa-web$": iam.Service, "frontdesk": iam.Shared, "WS0001$": iam.Computer, "DC1$": iam.Computer, "krbtgt": iam.Service,
	} {
		if got := r.Account(login).Facts.Sort; got != sort {
			t.Errorf("%s is %q, want %q", login, got, sort)
		}
	}
	facts := func(login string) iam.AccountFacts { return r.Account(login).Facts }
	for _, c := range []struct {
		what string
		ok   bool
	}{
		{"an ordinary account", facts("u000001").Enabled == iam.Yes && facts("u000001").Locked == iam.No && facts("u000001").MustChange == iam.No && facts("u000001").AccountExpires == iam.Never},
		{"its password expires 90 days after it was set", facts("u000001").PasswordExpires-facts("u000001").PasswordChanged == iam.Moment(90*24*time.Hour/time.Microsecond)},
		{"its times", facts("u000001").CreatedAt.Known() && facts("u000001").PasswordChanged.Known() && facts("u000001").StartDate == iam.NotSupportedMoment},
		{"it never signed in", facts("u000001").LastSignIn == iam.Never},
		{"the reader did", facts("gatehouse-read").LastSignIn == iam.Never || facts("gatehouse-read").LastSignIn.Known()},
		{"must change", facts("u000004").MustChange == iam.Yes && facts("u000004").PasswordChanged == iam.UnknownMoment && facts("u000004").PasswordExpires == iam.UnknownMoment},
		{"expired", facts("u000005").AccountExpires.Known() && facts("u000005").AccountExpires.Time().Year() == 2020},
		{"the password never expires", facts("u000006").PasswordExpires == iam.Never && facts("u000006").Flags == "passwordNeverExpires"},
		{"flags in the order of the alphabet", facts("u000007").Flags == "delegation noPreauth"},
		{"disabled", facts("u000008").Enabled == iam.No},
		{"locked for half an hour", facts("u000009").Locked == iam.Yes && time.Until(facts("u000009").LockedUntil.Time()).Round(10*time.Minute) == 30*time.Minute},
		{"the computer", facts("WS0001$").PasswordExpires == iam.Never},
		{"the controller", facts("DC1$").Flags == "controller critical delegation"},
		{"the managed service", facts("gmsa-web$").Flags == "managedService"},
		{"service names", facts("svc-tide").ServiceNames == "HTTP/tide.ad.test MSSQLSvc/tide.ad.test:1433"},
		{"the manager", facts("u000010").ManagerRef == r.Account("u000001").Refs[0]},
	} {
		if !c.ok {
			t.Errorf("%s is not told", c.what)
		}
	}
	if t.Failed() {
		for _, login := range []string{"u000001", "u000004", "u000005", "u000006", "u000007", "u000009", "DC1$", "gatehouse-read"} {
			t.Logf("%+v", facts(login))
		}
	}
	groups := map[string]directory.Entitlement{}
	for _, e := range r.Entitlements {
		groups[e.Name] = e
	}
	for name, flags := range map[string]string{
		"Domain Admins": "adminCount critical global security", "Users": "builtin critical domainLocal security", "g00001": "security universal", "g00008": "distribution global",
	} {
		if got := groups[name].Facts.Flags; got != flags {
			t.Errorf("%s has flags %q, want %q", name, got, flags)
		}
	}
	for name, powerful := range map[string]bool{"Domain Admins": true, "Administrators": true, "Schema Admins": true, "Backup Operators": true, "Users": false, "g00001": false, "Domain Users": false} {
		if groups[name].Facts.Privileged != powerful {
			t.Errorf("%s: privileged is %t", name, !powerful)
		}
	}
	var foreign []string
	for _, name := range []string{"Mixed", "Users"} {
		for _, m := range r.MembersOf(name) {
			if m.Foreign {
				foreign = append(foreign, m.Value)
			}
		}
	}
	slices.Sort(foreign)
	if want := "[Authenticated Users (S-1-5-11) Interactive (S-1-5-4) S-1-5-21-1111111111-2222222222-3333333333-1234]"; fmt.Sprint(foreign) != want {
		t.Errorf("foreign members %v, want %s", foreign, want)
	}
	if len(r.Skipped) != 1 || !strings.Contains(r.Skipped[0].Reason, "contact") {
		t.Errorf("skipped %+v, want the contact in Mixed", r.Skipped)
	}
}

func withBind(cfg iam.SourceConfig, name string) iam.SourceConfig {
	cfg.BindDN = name
	return cfg
}

// A renamed privileged group is privileged still, and a group that is called
// like one is not.
func TestPrivilegedIsBySID(t *testing.T) {
	for sid, want := range map[string]bool{
		"S-1-5-21-1-2-3-512": true, "S-1-5-21-1-2-3-519": true, "S-1-5-21-1-2-3-513": false, "S-1-5-32-544": true, "S-1-5-32-545": false,
		"S-1-5-21-1-2-3-544": false, "S-1-5-32-512": false, "": false, "S-1-5-21-1-2-3-1512": false,
	} {
		if isPowerful(sid) != want {
			t.Errorf("%q: %t", sid, !want)
		}
	}
}

// The three forms of a name sign in, and what hinders a sign-in is said in words.
func TestSignIn(t *testing.T) {
	s := directorytest.StartSamba(t, directorytest.SambaOptions{})
	s.Disable("u000003")
	s.Set("u000004", "pwdLastSet", "0")
	for _, c := range []struct{ what, name, secret, says string }{
		{"a principal name", "gatehouse-read@ad.test", directorytest.SambaPassword, ""},
		{"a name with its domain", `ADTEST\gatehouse-read`, directorytest.SambaPassword, ""},
		{"a distinguished name", directorytest.SambaReaderDN, directorytest.SambaPassword, ""},
		{"a wrong password", "gatehouse-read@ad.test", "wrong", "the password is wrong, or there is no such account"},
		{"a stranger", "nobody@ad.test", "wrong", "the password is wrong, or there is no such account"},
		{"disabled", "u000003@ad.test", directorytest.SambaPassword, "is disabled"},
		{"must change", "u000004@ad.test", directorytest.SambaPassword, "must be changed"},
	} {
		t.Run(c.what, func(t *testing.T) {
			source, err := Kind.Open(withBind(reader(s), c.name), c.secret)
			if err != nil {
				t.Fatal(err)
			}
			r := directorytest.ReadAll(t.Context(), source, nil)
			if c.says == "" {
				wantComplete(t, r)
			} else if r.Err == nil || !strings.Contains(r.Err.Error(), c.says) || len(r.Ends) > 0 {
				t.Errorf("%v, want %q", r.Err, c.says)
			}
		})
	}
}
