package api

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"gatehouse/backend/audit"
	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// StartExport asks for a file of the audit log.
type StartExport struct {
	Body struct {
		Kind string `json:"kind" enum:"audit"`
	}
}

// StartReport asks for a report as a file.
type StartReport struct {
	Name string `path:"name" maxLength:"60"`
	Body struct {
		ReportQuery
		Format string `json:"format" enum:"xlsx,csv"`
		Table  string `json:"table,omitempty" maxLength:"60" doc:"csv holds one table; empty: the main one."`
	}
}

// Export is a file in the making, or one to be fetched within an hour.
type Export struct {
	ID       string `json:"id"`
	State    string `json:"state" enum:"writing,ready,failed,cancelled"`
	FileName string `json:"fileName"`
	Rows     int64  `json:"rows" doc:"Written so far."`
	Bytes    int64  `json:"bytes" doc:"When ready."`
	Dataset  string `json:"dataset,omitempty" doc:"SHA-256 of a report's data, the same in every format."`
	Event    int64  `json:"event" doc:"The newest event that the file knows of."`
	Head     string `json:"head"`
	Error    string `json:"error,omitempty" doc:"Why it failed, and the remedy."`
}

// WaitExport asks how an export stands.
type WaitExport struct {
	ExportID
	Wait string `query:"wait" default:"0s" maxLength:"8" doc:"How long to wait for its end, at most 30s."`
}

// exports are files in the data folder, each kept for an hour.
type exports struct {
	store *store.Store
	mu    sync.Mutex
	kept  map[string]keptExport
}

type keptExport struct {
	path, fileName string
	until          time.Time
}

const exportLife = time.Hour

func newExports(s *store.Store) *exports {
	e := &exports{store: s, kept: map[string]keptExport{}}
	// What an earlier process left is not known to this one.
	_ = os.RemoveAll(e.dir())
	return e
}

func (e *exports) dir() string { return filepath.Join(e.store.Dir(), "exports") }

// purge deletes what has been kept long enough.
func (e *exports) purge() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for id, k := range e.kept {
		if e.store.Now().After(k.until) {
			_ = os.Remove(k.path)
			delete(e.kept, id)
		}
	}
}

// make writes a new file with fill and returns its id and size.
func (e *exports) make(fileName string, fill func(io.Writer) error) (id string, size int64, err error) {
	u, err := uuid.NewV7()
	if err != nil {
		return "", 0, err
	}
	if err := os.MkdirAll(e.dir(), 0o700); err != nil {
		return "", 0, iam.Errorf(iam.Unavailable, "The export cannot be written to %s.", e.dir()).By(err)
	}
	path := filepath.Join(e.dir(), u.String())
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", 0, iam.Errorf(iam.Unavailable, "The export cannot be written to %s.", e.dir()).By(err)
	}
	w := bufio.NewWriter(f)
	err = errors.Join(fill(w), w.Flush(), f.Close())
	if err != nil {
		_ = os.Remove(path)
		return "", 0, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", 0, err
	}
	e.purge()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.kept[u.String()] = keptExport{path, fileName, e.store.Now().Add(exportLife)}
	time.AfterFunc(exportLife+time.Second, e.purge) // nobody may ask again
	return u.String(), info.Size(), nil
}

func (e *exports) find(id string) (keptExport, error) {
	e.purge()
	e.mu.Lock()
	defer e.mu.Unlock()
	k, ok := e.kept[id]
	if !ok {
		return k, iam.Errorf(iam.NotFound, "This export is no longer kept.").Fix("Export again; files are kept for an hour.")
	}
	return k, nil
}

func (s *server) startExport(ctx context.Context, in *StartExport) (*body[Export], error) {
	v := Export{State: "ready", FileName: "gatehouse-audit-" + s.store.Now().UTC().Format("20060102T150405Z") + ".jsonl"}
	if s.demo != nil {
		v.FileName = "DEMO-" + v.FileName
	}
	id, size, err := s.exports.make(v.FileName, func(w io.Writer) error {
		return s.store.View(ctx, func(r *store.Reader) error {
			for l, err := range r.Events(ctx) {
				if err != nil {
					return err
				}
				if err := audit.WriteLine(w, l.Record, l.Detail); err != nil {
					return err
				}
				v.Event, v.Head = int64(l.Record.Seq), hex.EncodeToString(l.Record.Hash[:])
			}
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	v.ID, v.Bytes = id, size
	_, err = s.store.Write(ctx, "export", func(t *store.Tx) error {
		t.AboutText("export", id, v.FileName)
		return t.Detail(map[string]any{"kind": in.Body.Kind, "bytes": size, "event": v.Event, "head": v.Head})
	})
	return answer(v, err)
}

// ExportID names an export.
type ExportID struct {
	ID string `path:"id" format:"uuid"`
}

func (s *server) startReport(context.Context, *StartReport) (*body[Export], error) {
	return notBuilt[body[Export]]()
}
func (s *server) getExport(context.Context, *WaitExport) (*body[Export], error) {
	return notBuilt[body[Export]]()
}
func (s *server) cancelExport(context.Context, *ExportID) (*none, error) { return notBuilt[none]() }

func (s *server) getExportContent(_ context.Context, in *ExportID) (*huma.StreamResponse, error) {
	k, err := s.exports.find(in.ID)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		f, err := os.Open(k.path)
		if err != nil {
			s.refuse(c, problemOf(s.log, iam.Errorf(iam.NotFound, "This export is no longer kept.").By(err)))
			return
		}
		defer func() { _ = f.Close() }()
		c.SetHeader("Content-Type", "application/x-ndjson")
		c.SetHeader("Content-Disposition", fmt.Sprintf("attachment; filename=%q", k.fileName))
		_, _ = io.Copy(c.BodyWriter(), f)
	}}, nil
}
