package audit

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gatehouse/backend/iam"
)

func verify(lines []Line, head string) Result {
	v := NewVerifier()
	for _, l := range lines {
		v.Add(l.Record, l.Detail)
	}
	return v.Result(head)
}

func headOf(l Line) string { return hex.EncodeToString(l.Record.Hash[:]) }

// log is a sound chain of n events, a third of them without a detail and a
// third with a purged one.
func log(n int) []Line {
	lines := make([]Line, n)
	for i := range lines {
		lines[i].Record = Record{
			Time: 1_000_000 * int64(i/2), Actor: iam.Local("anna"), OSUser: "anna", Host: "ws", Channel: "cli",
			Address: "::1", Action: "source.add", Objects: []iam.Object{{Kind: "source", ID: fmt.Sprint(i), Name: "halden"}},
			Outcome: iam.Done, Reason: "why", Ticket: "T-1", Correlation: "c",
		}
		if i%3 > 0 {
			lines[i].Detail = &Detail{Salt: [saltSize]byte{byte(i)}, Text: fmt.Sprint("detail ", i)}
		}
	}
	lines = chain(lines)
	for i := 2; i < n; i += 3 {
		lines[i].Detail = nil
	}
	return lines
}

// rewrite gives the events from index i on the hashes they would have had.
func rewrite(lines []Line, i int) {
	for ; i < len(lines); i++ {
		if i > 0 {
			lines[i].Record.Prev = lines[i-1].Record.Hash
		}
		lines[i].Record = Seal(lines[i].Record)
	}
}

// edits change one field of an event.
var edits = map[string]func(*Line){
	"version":      func(l *Line) { l.Record.Version++ },
	"seq up":       func(l *Line) { l.Record.Seq += 3 },
	"seq down":     func(l *Line) { l.Record.Seq-- },
	"seq zero":     func(l *Line) { l.Record.Seq = 0 },
	"seq minimum":  func(l *Line) { l.Record.Seq = math.MinInt64 },
	"seq maximum":  func(l *Line) { l.Record.Seq = math.MaxInt64 },
	"time later":   func(l *Line) { l.Record.Time += 1e12 },
	"time earlier": func(l *Line) { l.Record.Time -= 1e12 },
	"clock":        func(l *Line) { l.Record.Clock = "Bystem" },
	"actor":        func(l *Line) { l.Record.Actor = "local:bnna" },
	"os user":      func(l *Line) { l.Record.OSUser = "" },
	"host":         func(l *Line) { l.Record.Host += " " },
	"channel":      func(l *Line) { l.Record.Channel = "clj" },
	"address":      func(l *Line) { l.Record.Address = "::2" },
	"action":       func(l *Line) { l.Record.Action = "source.ade" },
	"object kind":  func(l *Line) { l.Record.Objects[0].Kind = "run" },
	"object id":    func(l *Line) { l.Record.Objects[0].ID += "0" },
	"object name":  func(l *Line) { l.Record.Objects[0].Name = "Halden" },
	"object gone":  func(l *Line) { l.Record.Objects = nil },
	"object more":  func(l *Line) { l.Record.Objects = append(l.Record.Objects, iam.Object{}) },
	"outcome":      func(l *Line) { l.Record.Outcome = iam.Failed },
	"reason":       func(l *Line) { l.Record.Reason = "Why" },
	"ticket":       func(l *Line) { l.Record.Ticket = "T-2" },
	"correlation":  func(l *Line) { l.Record.Correlation = "d" },
	"field border": func(l *Line) { l.Record.Reason, l.Record.Ticket = "whyT", "-1" },
	"detail hash":  func(l *Line) { l.Record.DetailHash[31] ^= 1 },
	"prev":         func(l *Line) { l.Record.Prev[0] ^= 0x80 },
	"hash":         func(l *Line) { l.Record.Hash[7] ^= 1 },
	"detail added": func(l *Line) { l.Detail = &Detail{Text: "never said"} },
}

func TestASoundChainVerifies(t *testing.T) {
	for _, n := range []int{0, 1, 2, 50} {
		if res := verify(log(n), ""); !res.OK || res.Events != int64(n) || len(res.Problems) != 0 {
			t.Errorf("%d events: %+v", n, res)
		}
	}
}

func TestEveryEditedFieldNamesItsEventAndNoOther(t *testing.T) {
	for name, edit := range edits {
		t.Run(name, func(t *testing.T) {
			for i := range 10 {
				lines := log(10)
				edit(&lines[i])
				want := iam.Seq(i + 1)
				res := verify(lines, "")
				if res.OK || len(res.Problems) != 1 || res.Problems[0].Seq != want && name != "version" {
					t.Fatalf("event %d edited: %+v", want, res.Problems)
				}
				if !strings.Contains(res.Problems[0].Text, fmt.Sprintf("event %d ", want)) {
					t.Fatalf("event %d is not named: %q", want, res.Problems[0].Text)
				}
			}
		})
	}
}

func TestAnEditedDetailNamesItsEvent(t *testing.T) {
	for name, edit := range map[string]func(*Detail){
		"text": func(d *Detail) { d.Text = "Detail 1" },
		"salt": func(d *Detail) { d.Salt[15] ^= 1 },
		// The border between the two cannot be moved: the salt has one length.
		"emptied": func(d *Detail) { d.Text = "" },
	} {
		lines := log(4)
		edit(lines[1].Detail)
		res := verify(lines, "")
		if res.OK || len(res.Problems) != 1 || res.Problems[0] != (Problem{2, "the detail of event 2 was edited"}) {
			t.Errorf("%s: %+v", name, res.Problems)
		}
	}
}

func TestWhatAnAttackerCanDo(t *testing.T) {
	whole := log(9)
	forged := func(seq iam.Seq, prev [32]byte) Line {
		return Line{Record: Seal(Record{Version: 1, Seq: seq, Time: 3_000_000, Clock: "system", Actor: "local:eve", Prev: prev})}
	}
	after5 := whole[4].Record.Hash
	for _, c := range []struct {
		name string
		act  func([]Line) []Line
		want []string
	}{
		{"delete the first", func(l []Line) []Line { return l[1:] }, []string{"event 1 is missing"}},
		{"delete one", func(l []Line) []Line { return slices.Delete(l, 5, 6) }, []string{"event 6 is missing"}},
		{"delete some", func(l []Line) []Line { return slices.Delete(l, 3, 6) }, []string{"events 4 to 6 are missing"}},
		{"delete one and renumber the rest", func(l []Line) []Line {
			l = slices.Delete(l, 5, 6)
			for i := 5; i < len(l); i++ {
				l[i].Record.Seq--
			}
			return l[:7]
		}, []string{"event 6 was edited: its fields do not give its hash", "event 7 was edited: its fields do not give its hash"}},
		{"swap neighbours", func(l []Line) []Line { l[4], l[5] = l[5], l[4]; return l },
			[]string{"event 5 is out of order: it stands after event 6"}},
		{"swap the newest two", func(l []Line) []Line { l[7], l[8] = l[8], l[7]; return l },
			[]string{"event 8 is out of order: it stands after event 9"}},
		{"move to the end", func(l []Line) []Line { return append(slices.Delete(l, 2, 3), whole[2]) },
			[]string{"event 3 is out of order: it stands after event 9"}},
		{"repeat", func(l []Line) []Line { return slices.Insert(l, 5, l[4]) }, []string{"event 5 is there twice"}},
		{"insert with a number taken", func(l []Line) []Line { return slices.Insert(l, 5, forged(6, after5)) },
			[]string{"event 6 is there twice"}},
		{"insert with a number above", func(l []Line) []Line { return slices.Insert(l, 5, forged(100, after5)) },
			[]string{"event 6 is out of order: it stands after event 100", "event 7 is out of order: it stands after event 100",
				"event 8 is out of order: it stands after event 100", "event 9 is out of order: it stands after event 100",
				"events 10 to 99 are missing"}},
		{"edit and give a new hash", func(l []Line) []Line {
			l[4].Record.Reason = "innocent"
			l[4].Record = Seal(l[4].Record)
			return l
		}, []string{"event 5 does not lead to event 6: event 5 was edited and given a new hash, or event 6 was"}},
		{"begin in the middle", func(l []Line) []Line {
			l[0] = forged(1, after5)
			rewrite(l[1:], 0)
			l[1].Record.Prev = l[0].Record.Hash
			rewrite(l, 1)
			return l
		},
			[]string{"event 1 does not start the chain: it names an event before it", "event 2 is dated before the event it follows",
				"event 3 is dated before the event it follows", "event 4 is dated before the event it follows",
				"event 5 is dated before the event it follows", "event 6 is dated before the event it follows"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, p := range verify(c.act(log(9)), "").Problems {
				got = append(got, p.Text)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestOnlyAHeadShowsTruncationAndRewriting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 20).Draw(t, "events")
		whole := log(n)
		noted := rapid.IntRange(0, n-1).Draw(t, "noted")
		head := headOf(whole[noted])[:rapid.IntRange(MinHead, 64).Draw(t, "digits")]
		from := rapid.IntRange(0, n-1).Draw(t, "from")

		changed := log(n)
		if rapid.Bool().Draw(t, "truncate") {
			changed = changed[:from]
		} else {
			changed[from].Record.Reason = "innocent"
			rewrite(changed, from)
		}
		res := verify(changed, "")
		if !res.OK || len(res.CannotProve) < 2 {
			t.Fatalf("without a head: %+v", res)
		}
		res = verify(changed, strings.ToUpper(head))
		if want := noted < from; res.OK != want {
			t.Fatalf("head of event %d, changed from event %d: %+v", noted+1, from+1, res)
		}
		if !res.OK && !strings.Contains(res.Problems[0].Text, "is not in the chain: events were removed or rewritten") {
			t.Fatalf("got %+v", res.Problems)
		}
	})
}

func TestHeadsThatNameNothing(t *testing.T) {
	lines := log(3)
	head := headOf(lines[1])
	for _, bad := range []string{head[:15], head + "0", "0x" + head[:20], strings.Repeat("g", 64), strings.Repeat("ä", 16)} {
		if res := verify(lines, bad); res.OK {
			t.Errorf("%q is taken for a head", bad)
		}
	}
	if res := verify(lines, " "+head[:17]+"\n"); !res.OK {
		t.Errorf("a head with white space around it: %+v", res.Problems)
	}
	twin := lines[1]
	copy(twin.Record.Hash[16:], "another event")
	if res := verify(append(lines, twin), head[:20]); !strings.Contains(res.Problems[0].Text, "fits 2 events") {
		t.Errorf("an ambiguous head: %+v", res.Problems)
	}
}

func TestWhatIsNotProvenIsSaid(t *testing.T) {
	lines := log(6)
	said := strings.Join(verify(lines, "").CannotProve, "\n")
	for _, want := range []string{"newest events were not removed", "not rewritten", "purged details of 2 events"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not said in %q", want, said)
		}
	}
	said = strings.Join(verify(lines, headOf(lines[3])).CannotProve, "\n")
	if !strings.Contains(said, "proves the events up to event 4;") {
		t.Errorf("got %q", said)
	}
}

// Any one change to a log is seen, save adding to its end.
func TestAnyTamperingIsDetected(t *testing.T) {
	names := make([]string, 0, len(edits))
	for name := range edits {
		names = append(names, name)
	}
	slices.Sort(names)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 30).Draw(t, "events")
		lines := log(n)
		at := rapid.IntRange(0, n-2).Draw(t, "at") // any but the newest
		switch rapid.SampledFrom([]string{"edit", "insert", "delete", "swap", "replace"}).Draw(t, "act") {
		case "edit":
			edits[rapid.SampledFrom(names).Draw(t, "field")](&lines[at])
		case "insert":
			r := lines[at].Record
			r.Seq, r.Reason = iam.Seq(rapid.IntRange(-1, n+2).Draw(t, "seq")), "forged"
			if rapid.Bool().Draw(t, "linked") && at > 0 {
				r.Prev = lines[at-1].Record.Hash
			}
			r = Seal(r)
			lines = slices.Insert(lines, at, Line{Record: r})
		case "delete":
			lines = slices.Delete(lines, at, at+1)
		case "swap":
			other := rapid.IntRange(at+1, n-1).Draw(t, "other")
			lines[at], lines[other] = lines[other], lines[at]
		case "replace":
			lines[at].Record.Reason = "innocent"
			lines[at].Record = Seal(lines[at].Record)
		}
		res := verify(lines, "")
		if res.OK || len(res.Problems) == 0 {
			t.Fatal("not detected")
		}
		for _, p := range res.Problems {
			if !strings.Contains(p.Text, "event") {
				t.Fatalf("names no event: %q", p.Text)
			}
		}
	})
}

func TestABrokenLogIsReportedInBounds(t *testing.T) {
	lines := log(maxProblems + 50)
	for i := range lines {
		lines[i].Record.Reason = "x"
	}
	res := verify(lines, "")
	if n := len(res.Problems); n != maxProblems+1 || res.Problems[n-1].Text != "50 more problems are not listed" {
		t.Errorf("%d problems, last %q", n, res.Problems[n-1].Text)
	}
}

func TestAVerifierCanBeAskedAgain(t *testing.T) {
	lines := log(4)
	v := NewVerifier()
	for i, l := range lines {
		v.Add(l.Record, l.Detail)
		if res := v.Result("0000000000000000"); len(res.Problems) != 1 {
			t.Fatalf("after event %d: %+v", i+1, res.Problems)
		}
	}
	if res := v.Result(""); !res.OK || res.Head != headOf(lines[3]) {
		t.Errorf("got %+v", res)
	}
}

func TestSealStoresWhatCanBeExported(t *testing.T) {
	r := Seal(Record{Version: 1, Seq: 1, Actor: "local:\xff", Objects: []iam.Object{{Name: "M\xfcller"}}})
	if r.Actor != "local:\uFFFD" || r.Objects[0].Name != "M\uFFFDller" || r.Hash != r.Sum() {
		t.Errorf("got %+v", r)
	}
	d, err := NewDetail("M\xfcller")
	if err != nil || d.Text != "M\uFFFDller" || d.Salt == [saltSize]byte{} {
		t.Errorf("got %+v, %v", d, err)
	}
	other, _ := NewDetail("M\xfcller")
	if d.Hash() == other.Hash() {
		t.Error("two details of one text have one hash")
	}
	r.DetailHash = d.Hash()
	var b bytes.Buffer
	if err := WriteLine(&b, Seal(r), &d); err != nil {
		t.Fatal(err)
	}
	for l, err := range ReadLines(&b) {
		if err != nil || !reflect.DeepEqual(l, Line{Seal(r), &d}) {
			t.Errorf("got %+v, %v", l, err)
		}
	}
}
