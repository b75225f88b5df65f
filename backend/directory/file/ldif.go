package file

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// entry is one record of an LDIF file (RFC 2849).
type entry struct {
	line   int // where it begins
	dn     string
	values map[string][]string // by the attribute's name in lower case, options cut off
	fault  string              // why it cannot be used
}

func (e entry) first(attr string) string {
	if all := e.values[strings.ToLower(attr)]; len(all) > 0 {
		return all[0]
	}
	return ""
}

// longestLine bounds one unfolded line, and mostValues one entry.
const (
	longestLine = 8 << 20
	mostValues  = 2_000_000
)

// looksLikeLDIF reports whether the first line that is no comment begins as an
// LDIF file does.
func looksLikeLDIF(head []byte) bool {
	head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	for line := range bytes.Lines(head) {
		text := strings.ToLower(strings.TrimSpace(string(line)))
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		return strings.HasPrefix(text, "dn:") || strings.HasPrefix(text, "version:")
	}
	return false
}

// readEntries calls each for every entry. Change records are refused: they say
// what is to be done, not what is. A value that is named by a URL is never
// fetched; the entry with it has a fault.
func readEntries(r io.Reader, each func(entry) error) error {
	l := lineReader{in: bufio.NewReaderSize(r, 64<<10)}
	var e entry
	values := 0
	done := func() error {
		if e.values == nil {
			return nil
		}
		out := e
		e, values = entry{}, 0
		return each(out)
	}
	for {
		line, at, err := l.next()
		if err == io.EOF {
			return done()
		}
		if err != nil {
			return err
		}
		if line == "" {
			if err := done(); err != nil {
				return err
			}
			continue
		}
		name, value, fault, err := splitLine(line)
		if err != nil {
			return fmt.Errorf("line %d %w", at, err)
		}
		switch {
		case name == "version" && e.values == nil:
			if value != "1" {
				return fmt.Errorf("line %d names version %s of LDIF; only version 1 is known", at, value)
			}
			continue
		case e.values == nil && name != "dn":
			return fmt.Errorf("line %d begins an entry without its dn", at)
		case e.values == nil:
			e = entry{line: at, dn: value, values: map[string][]string{}}
		case name == "changetype" || name == "control":
			return fmt.Errorf("line %d belongs to a change record; only entries are read", at)
		case name == "dn":
			return fmt.Errorf("line %d begins an entry in the middle of another; an empty line is missing", at)
		default:
			e.values[name] = append(e.values[name], value)
		}
		if fault != "" && e.fault == "" {
			e.fault = fmt.Sprintf("line %d: %s", at, fault)
		}
		if values++; values > mostValues {
			return fmt.Errorf("line %d: an entry has more than %d values", at, mostValues)
		}
	}
}

// splitLine parts an unfolded line into an attribute and its value.
func splitLine(line string) (name, value, fault string, err error) {
	name, value, ok := strings.Cut(line, ":")
	if !ok || name == "" {
		return "", "", "", errors.New("is no attribute and value")
	}
	name, _, _ = strings.Cut(strings.ToLower(name), ";")
	switch {
	case strings.HasPrefix(value, "<"):
		return name, "", "the value of " + name + " lies at a URL, which is never fetched", nil
	case strings.HasPrefix(value, ":"):
		raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(value[1:]))
		if err != nil {
			return name, "", "the value of " + name + " is no base64", nil
		}
		return name, string(raw), "", nil
	}
	return name, strings.TrimLeft(value, " "), "", nil
}

// lineReader reads unfolded lines; comments are left out, the lines that go on
// with them too.
type lineReader struct {
	in    *bufio.Reader
	at    int
	begun bool
}

func (l *lineReader) next() (line string, at int, err error) {
	for {
		line, err = l.physical()
		if err != nil {
			return "", l.at, err
		}
		at = l.at
		var b strings.Builder
		b.WriteString(line)
		for line != "" {
			more, err := l.in.Peek(1)
			if err != nil || more[0] != ' ' {
				break
			}
			next, err := l.physical()
			if err != nil {
				return "", l.at, err
			}
			b.WriteString(next[1:])
			if b.Len() > longestLine {
				return "", at, fmt.Errorf("line %d is longer than %d MB", at, longestLine>>20)
			}
		}
		if line = b.String(); !strings.HasPrefix(line, "#") {
			return line, at, nil
		}
	}
}

// physical reads one line as it stands. One that the file's end cuts off is an
// error: more may have been meant to follow.
func (l *lineReader) physical() (string, error) {
	var b strings.Builder
	for {
		piece, err := l.in.ReadSlice('\n')
		b.Write(piece)
		if err == nil {
			break
		}
		if err == io.EOF && b.Len() > 0 {
			return "", fmt.Errorf("its last line does not end; was it being written?")
		}
		if err != bufio.ErrBufferFull {
			return "", err
		}
		if b.Len() > longestLine {
			return "", fmt.Errorf("line %d is longer than %d MB", l.at+1, longestLine>>20)
		}
	}
	l.at++
	line := strings.TrimRight(b.String(), "\r\n")
	if !l.begun {
		l.begun = true
		line = strings.TrimPrefix(line, "\ufeff")
	}
	return line, nil
}

// clean replaces what is no text.
func clean(s string) string {
	if utf8.ValidString(s) && !strings.ContainsRune(s, 0) {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}
