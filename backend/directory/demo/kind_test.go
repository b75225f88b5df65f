package demo

import (
	"slices"
	"testing"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/directory/directorytest"
	"gatehouse/backend/iam"
)

// The LDAP kind goes by the real clock, so these companies are seeded now.
func read(t *testing.T, c *Company) directorytest.Reading {
	t.Helper()
	source, err := c.Kind().Open(c.Config(), "")
	if err != nil {
		t.Fatal(err)
	}
	r := directorytest.ReadAll(t.Context(), source, nil)
	if !r.Complete() {
		t.Fatalf("the read is not complete: %v", r.Err)
	}
	return r
}

func TestTheKindKeepsTheContract(t *testing.T) {
	c := open(t, t.TempDir(), time.Now())
	directorytest.Run(t, func(t *testing.T) directory.Source {
		source, err := c.Kind().Open(c.Config(), "")
		if err != nil {
			t.Fatal(err)
		}
		return source
	})
}

func TestTheKindReadsTheWholeCompany(t *testing.T) {
	c := open(t, t.TempDir(), time.Now())
	r := read(t, c)
	sorts := map[iam.Sort]int{}
	for _, a := range r.Accounts {
		sorts[a.Facts.Sort]++
	}
	if sorts[iam.Person] != 427 || sorts[iam.Service] != 19 || sorts[iam.Shared] != 9 || len(r.Entitlements) != 118 || len(r.Skipped) != 0 {
		t.Errorf("read %v and %d groups, skipped %v", sorts, len(r.Entitlements), r.Skipped)
	}
	refs := map[string]bool{}
	for _, a := range r.Accounts {
		for _, ref := range a.Refs {
			refs[ref] = true
		}
	}
	var privileged []string
	for _, e := range r.Entitlements {
		for _, ref := range e.Refs {
			refs[ref] = true
		}
		if e.Facts.Privileged {
			privileged = append(privileged, e.Name)
		}
	}
	slices.Sort(privileged)
	if want := []string{"Administrators", "Backup Operators", "Domain Admins", "infra-operators"}; !slices.Equal(privileged, want) {
		t.Errorf("privileged are %v", privileged)
	}
	members, dangling := 0, 0
	for _, m := range r.Members {
		for _, one := range m.Members {
			members++
			if !refs[one.Ref] {
				dangling++
			}
		}
	}
	if members != 2914 || dangling != 25 {
		t.Errorf("read %d memberships, %d dangling; want 2914 and 25", members, dangling)
	}
}

func TestTheKindUnderstandsTheAccounts(t *testing.T) {
	seeded := time.Now()
	r := read(t, open(t, t.TempDir(), seeded))
	intern := r.Account("mlaasen")
	f := intern.Facts
	if f.Name != "Mei-Lin Aasen" || f.EmployeeNumber != "20417" || f.Department != "Calibration Lab" || f.Location != "Trondheim" || f.Enabled != iam.Yes || f.Locked != iam.No {
		t.Errorf("mlaasen is read as %+v", f)
	}
	if f.ManagerRef != r.Account("jdvorak").Refs[0] {
		t.Errorf("mlaasen's manager is %q", f.ManagerRef)
	}
	if f.MustChange != iam.NotCollectedTri {
		t.Errorf("must change is %v, want not collected: the reading account lacks the right", f.MustChange)
	}
	if left := f.PasswordExpires.Time().Sub(seeded).Hours() / 24; left < 40 || left > 41 {
		t.Errorf("mlaasen's password expires in %.1f days, want 41", left)
	}
	if days := seeded.Sub(r.Account("dpatel-adm").Facts.LastSignIn.Time()).Hours() / 24; days < 131 || days >= 132 {
		t.Errorf("dpatel-adm signed in %.1f days ago, want 131", days)
	}
	if got := r.Account("ldangelo").Facts.LastSignIn; got != iam.Never {
		t.Errorf("ldangelo's last sign-in is %v, want never", got)
	}
	if f := r.Account("ypetrova").Facts; f.Enabled != iam.Yes || !f.EndDate.Known() || f.EndDate.Time().After(seeded) {
		t.Errorf("ypetrova, who left, is read as %+v", f)
	}
	if f := r.Account("hlund").Facts; f.Enabled != iam.No {
		t.Errorf("hlund is enabled: %v", f.Enabled)
	}
	if f := r.Account("jmueller").Facts; f.Locked != iam.Yes || f.Enabled != iam.Yes {
		t.Errorf("jmueller: locked %v, enabled %v", f.Locked, f.Enabled)
	}
	if f := r.Account("svc-backup").Facts; f.OwnerRef != r.Account("hsedlacek").Refs[0] {
		t.Errorf("svc-backup is owned by %q", f.OwnerRef)
	}
	if f := r.Account("svc-jenkins").Facts; f.OwnerRef != "" {
		t.Errorf("svc-jenkins is owned by %q", f.OwnerRef)
	}
}

func TestASecondReadSeesToday(t *testing.T) {
	c := open(t, t.TempDir(), time.Now())
	before := read(t, c)
	if err := c.Today(); err != nil {
		t.Fatal(err)
	}
	after := read(t, c)
	values := func(r directorytest.Reading, group string) []string {
		var out []string
		for _, m := range r.MembersOf(group) {
			out = append(out, m.Ref)
		}
		return out
	}
	for _, step := range []struct {
		group        string
		gained, lost int
	}{{"infra-operators", 1, 0}, {"Backup Operators", 1, 0}, {"Domain Admins", 1, 1}, {"Administrators", 0, 0}, {"all-staff", 3, 2}} {
		was, is := values(before, step.group), values(after, step.group)
		gained := slices.DeleteFunc(slices.Clone(is), func(ref string) bool { return slices.Contains(was, ref) })
		lost := slices.DeleteFunc(slices.Clone(was), func(ref string) bool { return slices.Contains(is, ref) })
		if len(gained) != step.gained || len(lost) != step.lost {
			t.Errorf("%s gained %v and lost %v", step.group, gained, lost)
		}
	}
	if was, is := before.Account("ldurisova"), after.Account("lkovacova"); was.ExternalID == "" || was.ExternalID != is.ExternalID {
		t.Errorf("the renamed account has the ids %q and %q", was.ExternalID, is.ExternalID)
	}
	if after.Account("npaora").ExternalID == "" || after.Account("psharma").ExternalID != "" {
		t.Error("joiners or deletions of today are not read")
	}
}
