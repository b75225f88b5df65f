package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"gatehouse/backend/iam"
)

// maxSecret bounds a secret in bytes.
const maxSecret = 1024

// secret reads what must not stand in a command line: from a file, from
// standard input if from is "-", or typed at a prompt, unseen, if from is
// empty. The newline at its end is no part of it. flag names the flag for
// whoever has no terminal.
func (p *program) secret(ctx context.Context, from, prompt, flag string) (string, error) {
	var text string
	switch from {
	case "":
		if !isTerminal(p.in) {
			return "", usage(fmt.Sprintf("there is no terminal to ask for the %s: use %s FILE, or - for standard input", prompt, flag))
		}
		var err error
		if text, err = p.prompt(ctx, prompt); err != nil {
			return "", err
		}
	case "-":
		b, err := io.ReadAll(io.LimitReader(p.in, maxSecret+3))
		if err != nil {
			return "", iam.Errorf(iam.Unavailable, "The %s could not be read from standard input: %v.", prompt, err)
		}
		text = string(b)
	default:
		f, err := os.Open(from)
		if err != nil {
			return "", iam.Errorf(iam.Invalid, "The %s could not be read: %v.", prompt, err)
		}
		defer f.Close()
		b, err := io.ReadAll(io.LimitReader(f, maxSecret+3))
		if err != nil {
			return "", iam.Errorf(iam.Invalid, "The %s could not be read: %v.", prompt, err)
		}
		text = string(b)
	}
	text = strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
	switch {
	case text == "":
		return "", iam.Errorf(iam.Invalid, "The %s is empty.", prompt)
	case len(text) > maxSecret:
		return "", iam.Errorf(iam.Invalid, "The %s is longer than %d bytes.", prompt, maxSecret).Fix("Is it the right file?")
	}
	return text, nil
}

// prompt asks on the terminal. If it is interrupted, the terminal shows again
// what is typed.
func (p *program) prompt(ctx context.Context, what string) (string, error) {
	fd := int(p.in.(*os.File).Fd())
	state, err := term.GetState(fd)
	if err != nil {
		return "", err
	}
	fmt.Fprintf(p.err, "%s: ", strings.ToUpper(what[:1])+what[1:])
	defer fmt.Fprintln(p.err)
	type answer struct {
		text []byte
		err  error
	}
	typed := make(chan answer, 1)
	go func() {
		b, err := term.ReadPassword(fd)
		typed <- answer{b, err}
	}()
	select {
	case a := <-typed:
		return string(a.text), a.err
	case <-ctx.Done():
		_ = term.Restore(fd, state)
		return "", ctx.Err()
	}
}
