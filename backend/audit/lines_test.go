package audit

import (
	"bytes"
	"errors"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func readAll(r io.Reader) ([]Line, error) {
	var lines []Line
	for l, err := range ReadLines(r) {
		if err != nil {
			return lines, err
		}
		lines = append(lines, l)
	}
	return lines, nil
}

func TestLinesComeBackAsWritten(t *testing.T) {
	want := vectors()
	got, err := readAll(bytes.NewReader(written(t, want)))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestReadLinesIsStrict(t *testing.T) {
	good := strings.TrimSuffix(string(written(t, vectors()[1:2])), "\n")
	for _, c := range []struct{ name, line, want string }{
		{"empty line", "", "not a JSON object"},
		{"not JSON", "{", "not JSON"},
		{"not UTF-8", strings.Replace(good, "halden", "h\xe4lden", 1), "not UTF-8"},
		{"a list", "[]", "not a JSON object"},
		{"key twice", strings.Replace(good, `{"v":1,`, `{"v":1,"v":1,`, 1), `the key "v" is unknown or there twice`},
		{"key in another case", strings.Replace(good, `"host"`, `"Host"`, 1), `the key "Host" is unknown`},
		{"unknown key", strings.Replace(good, `{`, `{"note":"x",`, 1), `the key "note" is unknown`},
		{"missing key", strings.Replace(good, `"ticket":"",`, ``, 1), `the key "ticket" is missing`},
		{"object with another key", strings.Replace(good, `"kind"`, `"sort"`, 1), `objects: the key "sort" is unknown`},
		{"object with a key missing", strings.Replace(good, `,"name":"halden"`, ``, 1), `objects: the key "name" is missing`},
		{"null", strings.Replace(good, `"ticket":""`, `"ticket":null`, 1), "ticket: null"},
		{"number as text", strings.Replace(good, `"seq":2`, `"seq":"2"`, 1), "seq: "},
		{"number too large", strings.Replace(good, `"seq":2`, `"seq":9223372036854775808`, 1), "seq: "},
		{"fraction", strings.Replace(good, `"seq":2`, `"seq":2.5`, 1), "seq: "},
		{"short hash", strings.Replace(good, `"prev":"`, `"prev":"0`, 1), "prev: want 64 hexadecimal digits, got 65"},
		{"hash that is none", strings.Replace(good, `"salt":"`, `"salt":"g`, 1), "salt: want 32"},
		{"detail without salt", good[:strings.Index(good, `,"salt"`)] + `,"detail":"{}"}`, "salt and detail"},
		{"two objects", good + good, "something follows"},
	} {
		t.Run(c.name, func(t *testing.T) {
			lines, err := readAll(strings.NewReader(good + "\n" + c.line + "\n" + good + "\n"))
			if err == nil || !strings.HasPrefix(err.Error(), "line 2: ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want line 2: %s", err, c.want)
			}
			if len(lines) != 1 {
				t.Errorf("%d lines before the error", len(lines))
			}
		})
	}
}

func TestLinesAreBounded(t *testing.T) {
	_, err := readAll(io.MultiReader(bytes.NewReader(written(t, vectors())), strings.NewReader(strings.Repeat("x", MaxLine+1))))
	if err == nil || err.Error() != "line 13: longer than 16777216 bytes" {
		t.Errorf("got %v", err)
	}
	big := Detail{Text: strings.Repeat("x", MaxLine)}
	if err := WriteLine(io.Discard, Record{Seq: 5}, &big); err == nil || !strings.HasPrefix(err.Error(), "event 5 is ") {
		t.Errorf("got %v", err)
	}
}

func TestAReadErrorNamesTheLine(t *testing.T) {
	gone := errors.New("disk gone")
	r := io.MultiReader(bytes.NewReader(written(t, vectors()[:3])), &brokenReader{gone})
	if _, err := readAll(r); !errors.Is(err, gone) || !strings.HasPrefix(err.Error(), "line 4: ") {
		t.Errorf("got %v", err)
	}
}

type brokenReader struct{ err error }

func (b *brokenReader) Read([]byte) (int, error) { return 0, b.err }

// A byte changed anywhere in an export is refused, found by the verifier, or
// makes no difference to what is read (the case of a hexadecimal digit).
func TestAnyChangedByteOfAnExportIsSeen(t *testing.T) {
	want := vectors()
	file := written(t, want)
	rapid.Check(t, func(t *rapid.T) {
		b := bytes.Clone(file)
		i := rapid.IntRange(0, len(b)-2).Draw(t, "at") // the last newline may go
		b[i] = rapid.Byte().Filter(func(c byte) bool { return c != b[i] }).Draw(t, "byte")
		got, err := readAll(bytes.NewReader(b))
		if err == nil && verify(got, headOf(want[11])).OK && !reflect.DeepEqual(got, want) {
			t.Fatalf("byte %d as %q is not seen", i, b[i])
		}
	})
}

func FuzzReadLines(f *testing.F) {
	file, err := os.ReadFile(vectorsFile)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file)
	for line := range bytes.Lines(file) {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		lines, _ := readAll(bytes.NewReader(b))
		if res := verify(lines, ""); res.Events != int64(len(lines)) {
			t.Fatalf("%d of %d lines counted", res.Events, len(lines))
		}
		again, err := readAll(bytes.NewReader(written(t, lines)))
		if err != nil || !reflect.DeepEqual(again, lines) {
			t.Fatalf("written again: %+v, %v", again, err)
		}
	})
}
