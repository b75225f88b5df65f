package directorytest

import (
	"context"
	"errors"
	"iter"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

// Reading is what one Read yielded.
type Reading struct {
	Accounts     []directory.Account
	Entitlements []directory.Entitlement
	Members      []directory.Members
	Deleted      []string // external ids
	Left         []string // external ids
	Skipped      []directory.Skipped
	Ends         []directory.End
	Records      []directory.Record // all of them, in order
	Err          error
}

// Complete reports whether the Read ended with its one End.
func (r Reading) Complete() bool { return len(r.Ends) == 1 && r.Err == nil }

// Account is the account with the login, the zero Account if there is none.
func (r Reading) Account(login string) directory.Account {
	for _, a := range r.Accounts {
		if a.Facts.Login == login {
			return a
		}
	}
	return directory.Account{}
}

// MembersOf are the members of the entitlement with the name.
func (r Reading) MembersOf(name string) []directory.Member {
	for _, e := range r.Entitlements {
		if e.Name != name {
			continue
		}
		for _, m := range r.Members {
			if m.ExternalID == e.ExternalID {
				return m.Members
			}
		}
	}
	return nil
}

// ReadAll reads source in full. each, which may be nil, sees every record as it
// comes; false stops the read.
func ReadAll(ctx context.Context, source directory.Source, each func(directory.Record) bool) Reading {
	return ReadSince(ctx, source, "", each)
}

// ReadSince reads source from a cursor, as ReadAll.
func ReadSince(ctx context.Context, source directory.Source, since directory.Cursor, each func(directory.Record) bool) Reading {
	return collect(source.Read(ctx, since), each)
}

func collect(records iter.Seq2[directory.Record, error], each func(directory.Record) bool) (r Reading) {
	for record, err := range records {
		if err != nil {
			r.Err = err
			continue
		}
		r.Records = append(r.Records, record)
		switch v := record.(type) {
		case directory.Account:
			r.Accounts = append(r.Accounts, v)
		case directory.Entitlement:
			r.Entitlements = append(r.Entitlements, v)
		case directory.Members:
			r.Members = append(r.Members, v)
		case directory.Deleted:
			r.Deleted = append(r.Deleted, v.ExternalID)
		case directory.Left:
			r.Left = append(r.Left, v.ExternalID)
		case directory.Skipped:
			r.Skipped = append(r.Skipped, v)
		case directory.End:
			r.Ends = append(r.Ends, v)
		}
		if each != nil && !each(record) {
			break
		}
	}
	return r
}

// proveAtRest proves what shows without changing the directory.
func proveAtRest(t *testing.T, open func(t *testing.T) directory.Source) {
	t.Run("a complete read has exactly one End, last", func(t *testing.T) {
		r := ReadAll(t.Context(), open(t), nil)
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		if len(r.Ends) != 1 {
			t.Fatalf("%d End records, want 1", len(r.Ends))
		}
		if _, last := r.Records[len(r.Records)-1].(directory.End); !last {
			t.Fatalf("the last record is %T, want End", r.Records[len(r.Records)-1])
		}
		if len(r.Accounts) < 3 || len(r.Entitlements) < 1 {
			t.Fatalf("%d accounts and %d entitlements are too few to prove anything", len(r.Accounts), len(r.Entitlements))
		}
		end := r.Ends[0]
		if end.Server == "" {
			t.Error("End names no server")
		}
		entries := int64(len(r.Accounts) + len(r.Skipped))
		for _, e := range r.Entitlements {
			if !e.Named {
				entries++
			}
		}
		if end.Claimed != -1 && end.Claimed != entries {
			t.Errorf("End claims %d entries, %d were yielded", end.Claimed, entries)
		}
	})
	t.Run("every object has one id, and every text can be stored", func(t *testing.T) {
		proveRecords(t, ReadAll(t.Context(), open(t), nil))
	})
	t.Run("the same read twice is equal", func(t *testing.T) {
		source := open(t)
		first, second := ReadAll(t.Context(), source, nil), ReadAll(t.Context(), source, nil)
		if !reflect.DeepEqual(first, second) {
			t.Error("two reads of an unchanged directory differ")
		}
	})
	t.Run("a cancelled context gives an error and no End", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		proveFailed(t, ReadAll(ctx, open(t), nil))
	})
	t.Run("cancelling in the middle gives an error and no End", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		proveFailed(t, ReadAll(ctx, open(t), func(directory.Record) bool { cancel(); return true }))
	})
	t.Run("a consumer may stop, and the source can be read again", func(t *testing.T) {
		source := open(t)
		if r := ReadAll(t.Context(), source, func(directory.Record) bool { return false }); len(r.Records) != 1 || r.Err != nil {
			t.Errorf("after a stop: %d records and %v, want 1 and no error", len(r.Records), r.Err)
		}
		if r := ReadAll(t.Context(), source, nil); !r.Complete() {
			t.Errorf("read after a stop is not complete: %v", r.Err)
		}
	})
	t.Run("Check passes, fills in the configuration and shows entries", func(t *testing.T) {
		report := open(t).Check(t.Context())
		if !report.Passed() {
			t.Errorf("Check does not pass: %+v", report.Findings)
		}
		if len(report.Samples) < 3 || len(report.Samples) > 10 {
			t.Errorf("%d samples, want 3 to 10", len(report.Samples))
		}
		if report.Watchers.Account == "" || len(report.Watchers.Filters) == 0 || report.Watchers.Never == "" {
			t.Errorf("the watchers are told too little: %+v", report.Watchers)
		}
	})
	t.Run("Check under a cancelled context reports and does not pass", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		report := open(t).Check(ctx)
		if report.Passed() || len(report.Findings) == 0 {
			t.Errorf("Check passed under a cancelled context: %+v", report.Findings)
		}
	})
	t.Run("Check ends when its time is up", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		began := time.Now()
		open(t).Check(ctx)
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("Check took %s after its time was up", took)
		}
	})
}

func proveFailed(t *testing.T, r Reading) {
	t.Helper()
	if len(r.Ends) != 0 {
		t.Error("a read that did not finish yielded End")
	}
	var operator *iam.Error
	if !errors.As(r.Err, &operator) {
		t.Errorf("error %v is no *iam.Error", r.Err)
	}
}

func proveRecords(t *testing.T, r Reading) {
	t.Helper()
	ids, entitlements, listed := map[string]bool{}, map[string]bool{}, map[string]bool{}
	object := func(id, dn string, refs []string) {
		if id == "" || ids[id] {
			t.Errorf("%s: the id %q is empty or not unique", dn, id)
		}
		ids[id] = true
		if len(refs) == 0 || refs[0] == "" {
			t.Errorf("%s: no reference", dn)
		}
	}
	text := func(where string, values ...string) {
		for _, v := range values {
			if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
				t.Errorf("%s: %q cannot be stored as text", where, v)
			}
		}
	}
	for _, a := range r.Accounts {
		object(a.ExternalID, a.DN, a.Refs)
		f := a.Facts
		text(a.DN, append(a.Refs, a.DN, f.Login, f.Name, f.GivenName, f.Surname, f.EmployeeNumber, f.EmployeeType, f.Department,
			f.Title, f.Location, f.ManagerRef, f.OwnerRef, f.Description, a.Contact.Mail, a.Contact.Phone)...)
		if f.Sort != iam.Person && f.Sort != iam.Service && f.Sort != iam.Shared && f.Sort != iam.Computer {
			t.Errorf("%s: sort %q", a.DN, f.Sort)
		}
	}
	for _, e := range r.Entitlements {
		object(e.ExternalID, e.DN, e.Refs)
		text(e.DN, append(e.Refs, e.DN, e.Name, e.Facts.Description, e.Facts.OwnerRef)...)
		entitlements[e.ExternalID] = true
	}
	for _, m := range r.Members {
		if listed[m.ExternalID] {
			t.Errorf("%s: members told twice", m.ExternalID)
		}
		listed[m.ExternalID] = true
		if !entitlements[m.ExternalID] {
			t.Errorf("%s: members of no entitlement", m.ExternalID)
		}
		refs := map[string]bool{}
		for _, one := range m.Members {
			text(m.ExternalID, one.Ref, one.Value)
			if one.Ref != "" && refs[one.Ref] {
				t.Errorf("%s: member %s twice", m.ExternalID, one.Ref)
			}
			refs[one.Ref] = true
		}
	}
}
