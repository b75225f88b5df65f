package sheet

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"testing"
)

// failing is a disk that is full after some bytes.
type failing struct{ left int }

var errFull = errors.New("no space left")

func (f *failing) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

// Wherever the writing stops, it is told: never a short file that passes.
func TestWriterFails(t *testing.T) {
	book := companyBook(300)
	b, _ := written(t, book)
	for left := 0; left < len(b); left += 499 {
		if _, err := WriteXLSX(t.Context(), &failing{left}, book, nil); !errors.Is(err, errFull) {
			t.Fatalf("full after %d of %d bytes: %v", left, len(b), err)
		}
	}
	if _, err := WriteXLSX(t.Context(), &failing{len(b)}, book, nil); err != nil {
		t.Errorf("room for all: %v", err)
	}
	for _, left := range []int{0, 10, 60_000, 69_000} {
		if _, err := WriteCSV(t.Context(), &failing{left}, company(1000), nil); !errors.Is(err, errFull) {
			t.Errorf("csv, full after %d bytes: %v", left, err)
		}
	}
}

func TestCancel(t *testing.T) {
	for name, write := range map[string]func(ctx context.Context, t Table, progress func(int64)) error{
		"xlsx": func(ctx context.Context, t Table, p func(int64)) error {
			_, err := WriteXLSX(ctx, io.Discard, Book{Tables: []Table{t}}, p)
			return err
		},
		"csv": func(ctx context.Context, t Table, p func(int64)) error {
			_, err := WriteCSV(ctx, io.Discard, t, p)
			return err
		},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		var last int64
		err := write(ctx, company(100_000), func(rows int64) {
			if last = rows; rows >= 3000 {
				cancel()
			}
		})
		if !errors.Is(err, context.Canceled) || last != 3000 {
			t.Errorf("%s: %v after %d rows", name, err, last)
		}
		cancel()
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err := WriteXLSX(ctx, io.Discard, Book{Tables: []Table{company(3)}, Back: func([]Written) ([]Page, error) {
		cancel()
		return nil, nil
	}}, nil)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled after the tables: %v", err)
	}
}

// Progress goes up over all tables and ends with the sum; what Back says stops
// the book.
func TestProgressAndBack(t *testing.T) {
	var seen []int64
	book := Book{Tables: []Table{company(2500), company(10)}}
	if _, err := WriteXLSX(t.Context(), io.Discard, book, func(rows int64) { seen = append(seen, rows) }); err != nil {
		t.Fatal(err)
	}
	if want := []int64{1000, 2000, 2500, 2510}; !slices.Equal(seen, want) {
		t.Errorf("progress %v, want %v", seen, want)
	}
	broken := errors.New("does not add up")
	book.Back = func(w []Written) ([]Page, error) {
		if len(w) != 2 || w[0].Rows != 2500 || w[1].Rows != 10 {
			t.Errorf("told %+v", w)
		}
		return nil, broken
	}
	if w, err := WriteXLSX(t.Context(), io.Discard, book, nil); !errors.Is(err, broken) || w != nil {
		t.Errorf("%+v, %v", w, err)
	}
}

// Rows wait in no file.
func TestNoTemporaryFiles(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir)
	book := companyBook(30_000) // more than what excelize keeps in memory
	book.Back = func([]Written) ([]Page, error) {
		files, err := os.ReadDir(dir)
		if err != nil || len(files) > 0 {
			t.Errorf("waiting: %v, %v", files, err)
		}
		return nil, nil
	}
	written(t, book)
	if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
		t.Errorf("left: %v, %v", files, err)
	}
}
