package reports

import "testing"

// TestCounts: the parts of a full read add up, and changes are not divided by
// what was not told.
func TestCounts(t *testing.T) {
	for _, c := range []struct {
		box  SourceBox
		want string
	}{
		{SourceBox{Mode: "full", Read: 42, Claimed: 46, Skipped: 4}, "42 read and 4 skipped of 46"},
		{SourceBox{Mode: "full", Read: 42, Claimed: -1, Skipped: 4}, "42 read, 4 skipped; how many there are was not told"},
		{SourceBox{Mode: "incremental", Read: 99, Claimed: 71}, "99 read that had changed, 0 skipped"},
	} {
		if got := c.box.counts(); got != c.want {
			t.Errorf("%+v: %q, want %q", c.box, got, c.want)
		}
	}
}
