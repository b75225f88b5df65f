package api

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/backend/directory"
	filekind "gatehouse/backend/directory/file"
	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// SentFile is a file that was sent to be a source.
type SentFile struct {
	ID    string `json:"id" doc:"For the source's file.upload."`
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
}

// SendFile is a file as the body of a request, whatever it holds.
type SendFile struct {
	Name string `query:"name" required:"true" minLength:"1" maxLength:"200" doc:"What the file is called, for people."`
	body io.Reader
}

// Resolve takes the body as it comes: it may be too large to be held.
func (in *SendFile) Resolve(c huma.Context) []error {
	in.body = c.BodyReader()
	return nil
}

// CheckPreview is a table as it stands in a file.
type CheckPreview struct {
	Columns []PreviewColumn `json:"columns"`
	Rows    []PreviewRow    `json:"rows" doc:"The first below the names of the columns."`
	Total   int64           `json:"total" doc:"Rows below the names of the columns."`
	Faulty  int64           `json:"faulty" doc:"Rows that cannot be used."`
	Faults  []RowFault      `json:"faults" doc:"The first."`
	Sheets  []string        `json:"sheets"`
	Words   []string        `json:"words" doc:"Those of the column with the status, if they are few."`
}

// PreviewColumn is one column of the table.
type PreviewColumn struct {
	Name   string `json:"name"`
	Filled int64  `json:"filled" doc:"Rows in which it is not empty."`
}

// PreviewRow is one row as it stands in the file.
type PreviewRow struct {
	Number int      `json:"number"`
	Cells  []string `json:"cells"`
}

// RowFault is why a row cannot be used.
type RowFault struct {
	Row    int    `json:"row"`
	Column string `json:"column"`
	Value  string `json:"value"`
	Text   string `json:"text"`
}

func checkPreview(p *directory.Preview) *CheckPreview {
	if p == nil {
		return nil
	}
	v := &CheckPreview{Columns: []PreviewColumn{}, Rows: []PreviewRow{}, Total: p.Total, Faulty: p.Faulty, Faults: []RowFault{},
		Sheets: append([]string{}, p.Sheets...), Words: append([]string{}, p.Words...)}
	for _, c := range p.Columns {
		v.Columns = append(v.Columns, PreviewColumn(c))
	}
	for _, r := range p.Rows {
		v.Rows = append(v.Rows, PreviewRow(r))
	}
	for _, f := range p.Faults {
		v.Faults = append(v.Faults, RowFault(f))
	}
	return v
}

// upload is a route whose body is a file.
func upload[I, O any](method, path, id string, p iam.Permission, h func(context.Context, *I) (*O, error)) route {
	r := op(method, path, id, p, h)
	register := r.register
	r.register = func(s *server, api huma.API, o huma.Operation) {
		o.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
		}}
		register(s, api, o)
	}
	return r
}

// files are those that were sent. They hold personal data, so each is kept only
// while a source uses it, and for an hour before one does.
type files struct {
	store *store.Store
	log   *slog.Logger
	mu    sync.Mutex
	fresh map[string]time.Time // until when one that no source uses is kept
}

const (
	freshLife = time.Hour
	// mostSent is less than a file by its path may have: a page holds it in memory.
	mostSent = 128 << 20
)

func newFiles(s *store.Store, log *slog.Logger) *files {
	f := &files{store: s, log: log, fresh: map[string]time.Time{}}
	// What an earlier process was sent and no source took is of no use.
	f.tidy(context.Background())
	return f
}

func (f *files) dir() string { return filepath.Join(f.store.Dir(), filekind.Folder) }

// tidy deletes the files that no source uses, unless they were sent within the
// last hour.
func (f *files) tidy(ctx context.Context) {
	f.mu.Lock()
	defer f.mu.Unlock()
	lying, err := os.ReadDir(f.dir())
	if err != nil {
		return // there are none
	}
	used := map[string]bool{}
	if err := f.store.View(ctx, func(r *store.Reader) error {
		sources, err := r.Sources(ctx)
		for _, src := range sources {
			if src.Config.File != nil {
				used[src.Config.File.Upload] = true
			}
		}
		return err
	}); err != nil {
		f.log.Warn("sent files could not be tidied", "error", err)
		return
	}
	for _, entry := range lying {
		name := entry.Name()
		until, fresh := f.fresh[name]
		switch {
		case used[name]:
			delete(f.fresh, name)
		case !fresh || f.store.Now().After(until):
			delete(f.fresh, name)
			if err := os.Remove(filepath.Join(f.dir(), name)); err != nil {
				f.log.Warn("a sent file could not be deleted", "error", err)
			}
		}
	}
}

// keep writes what is sent under a name and returns how much it was.
func (f *files) keep(name string, body io.Reader) (n int64, err error) {
	if err := os.MkdirAll(f.dir(), 0o700); err != nil {
		return 0, f.unwritable(err)
	}
	path := filepath.Join(f.dir(), name)
	f.mu.Lock()
	f.fresh[name] = f.store.Now().Add(freshLife)
	f.mu.Unlock()
	out, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, f.unwritable(err)
	}
	in := &incoming{r: body}
	n, err = io.Copy(out, io.LimitReader(in, mostSent+1))
	switch {
	case in.err != nil:
		err = iam.Errorf(iam.Unavailable, "The file did not arrive whole.").Fix("Send it again.").By(in.err)
	case err != nil:
		err = f.unwritable(err)
	case n > mostSent:
		err = iam.Errorf(iam.Invalid, "The file has more than %d MB.", mostSent>>20).Fix("Put it on the computer that runs Gatehouse and name its path.")
	case n == 0:
		err = iam.Errorf(iam.Invalid, "The file is empty.")
	}
	if err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err != nil {
		f.drop(name)
		return 0, err
	}
	time.AfterFunc(freshLife+time.Second, func() { f.tidy(context.Background()) }) // nobody may ask again
	return n, nil
}

func (f *files) drop(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.fresh, name)
	_ = os.Remove(filepath.Join(f.dir(), name))
}

// rename gives a file that arrived whole its id.
func (f *files) rename(from, id string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := os.Rename(filepath.Join(f.dir(), from), filepath.Join(f.dir(), id)); err != nil {
		return f.unwritable(err)
	}
	f.fresh[id] = f.fresh[from]
	delete(f.fresh, from)
	return nil
}

func (f *files) unwritable(err error) error {
	return iam.Errorf(iam.Unavailable, "The file cannot be written to %s.", f.dir()).Fix("Free some space, or make the folder writable, and send it again.").By(err)
}

// incoming remembers why no more came.
type incoming struct {
	r   io.Reader
	err error
}

func (i *incoming) Read(p []byte) (int, error) {
	if i.r == nil {
		return 0, io.EOF
	}
	n, err := i.r.Read(p)
	if err != nil && err != io.EOF {
		i.err = err
	}
	return n, err
}

func (s *server) sendFile(ctx context.Context, in *SendFile) (*body[SentFile], error) {
	sent := SentFile{Name: strings.TrimSpace(filepath.Base(strings.ReplaceAll(in.Name, `\`, "/")))}
	arriving := "arriving-" + nonce()
	var err error
	if sent.Bytes, err = s.files.keep(arriving, in.body); err != nil {
		return nil, err
	}
	if _, err = s.store.Write(ctx, "file.send", func(t *store.Tx) error {
		id, err := t.NewID(ctx)
		sent.ID = id.String()
		t.About("file", id, sent.Name)
		return errors.Join(err, t.Detail(map[string]int64{"bytes": sent.Bytes}))
	}); err == nil {
		err = s.files.rename(arriving, sent.ID)
	}
	if err != nil {
		s.files.drop(arriving)
		return nil, err
	}
	return answer(sent, nil)
}
