package reconcile

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/directory/file"
	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// readFile gives the rig a source that reads the file that put writes.
func (r *rig) readFile() (put func(text string)) {
	path := filepath.Join(r.t.TempDir(), "staff.csv")
	kind := file.Kind(r.t.TempDir())
	r.source = iam.Source{Name: "Staff", Kind: kind.Name, Config: iam.SourceConfig{File: &iam.FileConfig{
		Path: path, KeyColumn: "id", Columns: map[string]string{"name": "name", "department": "unit"}}}}
	_, err := r.store.Write(ann, "source.add", func(x *store.Tx) (err error) {
		if r.source.ID, err = x.NewID(ann); err != nil {
			return err
		}
		return x.AddSource(ann, r.source, "")
	})
	r.must(err)
	r.runner.open = func(_ context.Context, s iam.Source) (directory.Source, error) { return kind.Open(s.Config, "") }
	return func(text string) { r.must(os.WriteFile(path, []byte(text), 0o600)) }
}

// TestAFileDoesNotSettle: every export is another content, and none of them lags
// behind the one before.
func TestAFileDoesNotSettle(t *testing.T) {
	r := newRig(t)
	put := r.readFile()
	const staff = "id,name,unit\n1,Ann,Lab\n2,Bo,Lab\n3,Cy,Lab\n"
	for _, text := range []string{staff, staff + "4,Di,Lab\n", staff, strings.Replace(staff, "Bo,Lab", "Bo,Hall", 1), staff} {
		r.pass(time.Minute)
		put(text)
		if run := r.one(Options{}); run.State != iam.Applied || run.Mode != "full" || run.Added+run.Changed+run.Removed == 0 {
			t.Fatalf("%+v", run)
		}
	}
}

// TestRowsWithTheSameKey: the other rows are read, and whoever the rows are about
// has not left.
func TestRowsWithTheSameKey(t *testing.T) {
	r := newRig(t)
	put := r.readFile()
	put("id,name,unit\n1,Ann,Lab\n2,Bo,Lab\n")
	r.one(Options{})
	before := r.open()
	put("id,name,unit\n1,Ann,Lab\n2,Bo,Lab\n2,Bob,Hall\n8,Di,Lab\n8,Ed,Lab\n")
	run := r.one(Options{})
	// Read whole: what could be used and what could not are all rows of the file.
	if run.State != iam.Applied || run.Mode != "full" || run.Read != 1 || run.Skipped != 4 || run.Claimed != 5 || r.open() != before {
		t.Errorf("%+v; %s, before %s", run, r.open(), before)
	}
	put("id,name,unit\n1,Ann,Lab\n2,Bo,Lab\n9,Flo,Lab\n9,Flo,Lab\n7,Gus,Lab\n")
	if run := r.one(Options{}); run.State != iam.Applied || run.Skipped != 2 || run.Added != 1 || run.Removed != 0 {
		t.Errorf("%+v", run)
	}
}

// TestRowsAreCounted: groups that rows only name are no rows, and what is asked
// for a second time was counted the first.
func TestRowsAreCounted(t *testing.T) {
	r := newRig(t)
	put := r.readFile()
	r.source.Config.File.Columns["groups"] = "teams"
	_, err := r.store.Write(ann, "source.change", func(x *store.Tx) error { return x.ChangeSource(ann, r.source, "") })
	r.must(err)
	put("id,name,unit,teams\n1,Ann,Lab,VPN;Wiki\n2,Bo,Lab,VPN\n3,Cy,Lab,\n3,Cyd,Lab,Wiki\n4,Di\n")
	for range 2 {
		if run := r.one(Options{Full: true}); run.State != iam.Applied || run.Mode != "full" || run.Read != 2 || run.Skipped != 3 || run.Claimed != 5 {
			t.Errorf("%+v", run)
		}
	}
	if r.open() != "2 accounts, 3 memberships" {
		t.Error(r.open())
	}
}
