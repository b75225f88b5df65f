package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"golang.org/x/term"

	"gatehouse/backend/api"
	"gatehouse/backend/iam"
)

// exitCode ends the program with a code other than 0 when everything has been
// said.
type exitCode int

func (c exitCode) Error() string { return "exit " + strconv.Itoa(int(c)) }

// usage is an error of the command line itself.
type usage string

func (u usage) Error() string { return string(u) }

// complain says an error on standard error: what failed, what it is about, and
// on the last line the remedy.
func (p *program) complain(err error, command string) {
	var (
		remedy  string
		more    []string
		message = err.Error()
		known   *iam.Error
		problem *api.Problem
	)
	switch {
	case errors.As(err, new(usage)):
		remedy = command + " --help shows how to use it."
	case errors.As(err, &problem):
		message, remedy, more = problem.Detail, problem.Remedy, details(problem)
	case errors.As(err, &known):
		message, remedy = known.Message, known.Remedy
	case errors.Is(err, context.Canceled):
		message = "stopped"
	}
	fmt.Fprintln(p.err, "gatehouse:", printable(message))
	for _, each := range more {
		fmt.Fprintln(p.err, " ", printable(each))
	}
	for line := range strings.Lines(remedy) {
		fmt.Fprintln(p.err, printable(strings.TrimSuffix(line, "\n")))
	}
}

// say writes a line for people to standard output.
func (p *program) say(format string, args ...any) {
	fmt.Fprintln(p.out, printable(fmt.Sprintf(format, args...)))
}

// emit writes v to standard output as one line of JSON.
func (p *program) emit(v any) error {
	e := json.NewEncoder(p.out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// emitBody writes a JSON body as it came, on one line.
func (p *program) emitBody(body []byte) error {
	var line bytes.Buffer
	if err := json.Compact(&line, body); err != nil {
		return fmt.Errorf("the answer is not JSON: %w", err)
	}
	line.WriteByte('\n')
	_, err := p.out.Write(line.Bytes())
	return err
}

// emitEach writes each item as one line of JSON.
func emitEach[T any](p *program, items []T) error {
	for _, item := range items {
		if err := p.emit(item); err != nil {
			return err
		}
	}
	return nil
}

// table prints rows in aligned columns below their heads.
func (p *program) table(head []string, rows [][]string) {
	t := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	for _, row := range append([][]string{head}, rows...) {
		for i, cell := range row {
			if cell = printable(cell); cell == "" {
				cell = "-"
			}
			if i > 0 {
				fmt.Fprint(t, "\t")
			}
			fmt.Fprint(t, cell)
		}
		fmt.Fprintln(t)
	}
	t.Flush()
}

// printable makes text from a directory harmless on a terminal: no control
// characters, which could rewrite the screen, and none that change the
// direction of what follows.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			return '\uFFFD'
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

// when is a time of the API in UTC, to the second.
func when(stamp string) string {
	t, err := time.Parse(time.RFC3339Nano, stamp)
	if err != nil {
		return stamp
	}
	return t.UTC().Format("2006-01-02 15:04:05Z")
}

// command is a command line to copy, with the data folder of this one.
func (p *program) command(args ...string) string {
	line := "gatehouse"
	if p.data != "" {
		line += " --data " + quote(p.data)
	}
	if p.demo {
		line += " --demo"
	}
	for _, a := range args {
		line += " " + quote(a)
	}
	return line
}

var needsNoQuotes = regexp.MustCompile(`^[\w.,:/@%+=-]+$`)

// quote is s as one word of a POSIX shell.
func quote(s string) string {
	if needsNoQuotes.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// isTerminal reports whether a person sits at the other end of f.
func isTerminal(f any) bool {
	file, ok := f.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// sink is standard output; it remembers that something could not be written,
// because a script must not take a cut answer for a whole one.
type sink struct {
	w       io.Writer
	failure error
}

func (s *sink) Write(b []byte) (int, error) {
	n, err := s.w.Write(b)
	if err != nil && s.failure == nil {
		s.failure = fmt.Errorf("the answer could not be written: %w", err)
	}
	return n, err
}
