package store

import (
	"strings"
	"testing"
	"time"

	"gatehouse/backend/iam"
)

var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC).UnixMicro()

func TestMoment(t *testing.T) {
	for _, c := range []struct {
		text string
		end  bool
		want string // RFC 3339, or what the refusal says
	}{
		{"2026-03-09", true, "2026-03-09T23:59:59.999999Z"},
		{"2026-03-09", false, "2026-03-09T00:00:00Z"},
		{"2026-03-10", true, "2026-03-10T12:00:00Z"}, // the end of today has not come
		{"2026-03-10", false, "2026-03-10T00:00:00Z"},
		{" 2026-03-09 ", false, "2026-03-09T00:00:00Z"},
		{"2026-03-10T13:00:00+01:00", true, "2026-03-10T12:00:00Z"},
		{"2026-03-10T12:00:00.000001Z", true, "in the future"},
		{"2026-03-11", true, "in the future"},
		{"1969-12-31", true, "before 1970"},
		{"0000-01-01", true, "before 1970"},
		{"2026-02-30", true, "no date"},
		{"10.03.2026", true, "no date"},
		{"yesterday", true, "no date"},
		{"2026-3-9", true, "no date"},
	} {
		at, err := moment(c.text, noon, c.end)
		got := time.UnixMicro(at).UTC().Format(time.RFC3339Nano)
		if err != nil {
			if got = err.Error(); iam.KindOf(err) != iam.Invalid || err.(*iam.Error).Remedy == "" {
				t.Errorf("%q is refused without kind or remedy: %v", c.text, err)
			}
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("%q, end %v: %s, want %s", c.text, c.end, got, c.want)
		}
	}
}

func FuzzMoment(f *testing.F) {
	for _, s := range []string{"2026-03-09", "2026-03-10T12:00:00Z", "2026-03-10T12:00:00.123456789+23:59", "", "9999-12-31", "-0001-01-01", "2026-03-09\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		begin, err := moment(s, noon, false)
		end, err2 := moment(s, noon, true)
		if (err == nil) != (err2 == nil) {
			t.Fatalf("%q: %v, %v", s, err, err2)
		}
		if err != nil {
			if iam.KindOf(err) != iam.Invalid {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		if begin < 0 || end < begin || end > noon || end-begin >= day {
			t.Fatalf("%q: from %d to %d", s, begin, end)
		}
		if again, err := moment(time.UnixMicro(begin).UTC().Format(time.RFC3339Nano), noon, true); err != nil || again != begin {
			t.Fatalf("%q: %d becomes %d, %v", s, begin, again, err)
		}
	})
}
