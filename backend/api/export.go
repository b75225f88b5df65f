package api

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/danielgtaylor/huma/v2"

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

func (s *server) startExport(ctx context.Context, in *StartExport) (*body[Export], error) {
	name := s.demoName("gatehouse-audit-" + s.store.Now().UTC().Format("20060102T150405Z") + ".jsonl")
	x, err := s.exports.begin(ctx, name, "application/x-ndjson", iam.ReadAudit,
		func(ctx context.Context, w io.Writer, progress func(int64)) (v Export, err error) {
			err = s.store.View(ctx, func(r *store.Reader) error {
				for l, err := range r.Events(ctx) {
					if err == nil {
						err = audit.WriteLine(w, l.Record, l.Detail)
					}
					if err != nil {
						return err
					}
					v.Rows++
					v.Event, v.Head = int64(l.Record.Seq), hex.EncodeToString(l.Record.Hash[:])
				}
				progress(v.Rows)
				return nil
			})
			return v, err
		},
		func(ctx context.Context, v Export) error {
			_, err := s.store.Write(ctx, "export", func(t *store.Tx) error {
				t.AboutText("export", v.ID, v.FileName)
				t.Touches("exports")
				return t.Detail(map[string]any{"kind": in.Body.Kind, "bytes": v.Bytes, "event": v.Event, "head": v.Head})
			})
			return err
		})
	if err != nil {
		return nil, err
	}
	// Whoever goes away before the log is written does not want it.
	defer context.AfterFunc(ctx, x.cancel)()
	<-x.done
	return answer(x.view, x.err)
}

// demoName marks the name of a file of the demo company.
func (s *server) demoName(name string) string {
	if s.demo != nil {
		return "DEMO-" + name
	}
	return name
}

// ExportID names an export.
type ExportID struct {
	ID string `path:"id" format:"uuid"`
}

// exportFor is an export for somebody who may have what is in it.
func (s *server) exportFor(ctx context.Context, id, operation, route string) (*export, error) {
	x, err := s.exports.find(id)
	if err == nil && !iam.OriginOf(ctx).Permissions.Allows(x.needs) {
		err = s.refused(ctx, operation, route, x.needs)
	}
	return x, err
}

func (s *server) getExport(ctx context.Context, in *WaitExport) (*body[Export], error) {
	wait, err := time.ParseDuration(in.Wait)
	if err != nil || wait < 0 {
		return nil, iam.Errorf(iam.Invalid, "wait must be a time such as 20s.").In("query.wait")
	}
	x, err := s.exportFor(ctx, in.ID, "getExport", "GET /exports/{id}")
	if err != nil {
		return nil, err
	}
	return answer(s.exports.wait(ctx, x, min(wait, longestWait)), nil)
}

func (s *server) cancelExport(ctx context.Context, in *ExportID) (*none, error) {
	x, err := s.exportFor(ctx, in.ID, "cancelExport", "DELETE /exports/{id}")
	if err != nil {
		return nil, err
	}
	s.exports.drop(x)
	return nil, nil
}

func (s *server) getExportContent(ctx context.Context, in *ExportID) (*huma.StreamResponse, error) {
	x, err := s.exportFor(ctx, in.ID, "getExportContent", "GET /exports/{id}/content")
	if err != nil {
		return nil, err
	}
	v := s.exports.wait(ctx, x, 0)
	switch {
	case v.State == "writing":
		return nil, iam.Errorf(iam.Conflict, "This export is still being written.").Fix("Wait until it is ready.")
	case v.State != "ready":
		return nil, iam.Errorf(iam.NotFound, "This export was not finished: it is %s.", v.State).Fix("Export again.")
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		f, err := os.Open(x.path)
		if err != nil {
			s.refuse(c, problemOf(s.log, iam.Errorf(iam.NotFound, "This export is no longer kept.").By(err)))
			return
		}
		defer func() { _ = f.Close() }()
		c.SetHeader("Content-Type", x.contentType)
		c.SetHeader("Content-Disposition", fmt.Sprintf("attachment; filename=%q", v.FileName))
		_, _ = io.Copy(c.BodyWriter(), f)
	}}, nil
}
