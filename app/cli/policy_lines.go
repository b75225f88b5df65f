package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"

	"gatehouse/backend/iam"
)

// lineAnswerer answers one line of JSON; each belongs to one goroutine.
type lineAnswerer interface {
	answer(line []byte) (any, error)
}

// lineWriter is an answer that writes itself, because it may be long.
type lineWriter interface {
	writeLine(*bytes.Buffer)
}

// lineError answers a line that cannot be answered.
type lineError struct {
	ID    json.RawMessage `json:"id"`
	Line  int             `json:"line"`
	Field string          `json:"field,omitempty"`
	Error string          `json:"error"`
}

// block is some lines of a file and what is answered to them.
type block struct {
	first  int // the number of the first line
	lines  [][]byte
	out    bytes.Buffer
	failed bool
	done   chan struct{}
}

// eachLine answers every line of a file in order, on all processors, and holds
// only a few blocks of so many lines at a time. It fails in the end when a line
// could not be answered.
func (p *program) eachLine(file string, blockLines int, answerer func() lineAnswerer) error {
	in, err := p.openInput(file)
	if err != nil {
		return err
	}
	defer in.Close()
	workers := runtime.GOMAXPROCS(0)
	work, inOrder := make(chan *block), make(chan *block, 2*workers)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			a := answerer()
			for b := range work {
				b.answer(a)
			}
		})
	}
	reading := make(chan error, 1)
	stop := make(chan struct{})
	go func() {
		err := readBlocks(in, blockLines, func(b *block) bool {
			select {
			case inOrder <- b:
				work <- b
				return true
			case <-stop:
				return false
			}
		})
		close(work)
		close(inOrder)
		reading <- err
	}()
	failedLines := false
	for b := range inOrder {
		<-b.done
		failedLines = failedLines || b.failed
		if _, err := p.out.Write(b.out.Bytes()); err != nil {
			close(stop)
			for b := range inOrder {
				<-b.done
			}
			break
		}
	}
	group.Wait()
	switch err := <-reading; {
	case err != nil:
		return fmt.Errorf("%s cannot be read: %w", file, err)
	case failedLines:
		return exitCode(failed)
	}
	return nil
}

// openInput opens a file, or standard input for "-".
func (p *program) openInput(file string) (io.ReadCloser, error) {
	if file == "-" {
		return io.NopCloser(p.in), nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, iam.Errorf(iam.NotFound, "The file %s cannot be opened.", file).Fix("Name a file that exists and that you may read.").By(err)
	}
	return f, nil
}

// byteOrderMark begins files that some editors write.
var byteOrderMark = []byte("\xef\xbb\xbf")

// readBlocks hands on blocks of lines until hand says no. Empty lines are left
// out.
func readBlocks(in io.Reader, blockLines int, hand func(*block) bool) error {
	r := bufio.NewReaderSize(in, 1<<20)
	b := &block{first: 1, done: make(chan struct{})}
	for number := 1; ; number++ {
		line, err := r.ReadBytes('\n')
		if number == 1 {
			line = bytes.TrimPrefix(line, byteOrderMark)
		}
		if len(line) > 0 {
			b.lines = append(b.lines, bytes.TrimSpace(line))
		}
		if len(b.lines) == blockLines || err != nil && len(b.lines) > 0 {
			if !hand(b) {
				return nil
			}
			b = &block{first: number + 1, done: make(chan struct{})}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

func (b *block) answer(a lineAnswerer) {
	defer close(b.done)
	e := json.NewEncoder(&b.out)
	e.SetEscapeHTML(false)
	for i, line := range b.lines {
		if len(line) == 0 {
			continue
		}
		answer, err := a.answer(line)
		if err != nil {
			b.failed = true
			answer = failedLine(line, b.first+i, err)
		}
		if w, ok := answer.(lineWriter); ok {
			w.writeLine(&b.out)
		} else if err := e.Encode(answer); err != nil {
			b.failed = true
			e.Encode(lineError{ID: json.RawMessage("null"), Line: b.first + i, Error: err.Error()})
		}
	}
}

// failedLine says what is wrong with a line, by its id where it has one.
func failedLine(line []byte, number int, err error) lineError {
	var who struct{ ID json.RawMessage }
	if json.Unmarshal(line, &who) != nil || who.ID == nil {
		who.ID = json.RawMessage("null")
	}
	out := lineError{ID: who.ID, Line: number, Error: err.Error()}
	var known *iam.Error
	if errors.As(err, &known) {
		out.Field, out.Error = known.Field, known.Message
		if known.Remedy != "" {
			out.Error += " " + known.Remedy
		}
	}
	return out
}
