package api

import (
	"context"
	"iter"
	"sync"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

// fakeDirectory is a directory of the kind "plain" that holds what a test puts
// there and remembers the secrets it was shown.
type fakeDirectory struct {
	mu      sync.Mutex
	records []directory.Record
	secrets []string // "address secret" of each Check and Read
	block   chan struct{}
}

func (d *fakeDirectory) kind() directory.Kind {
	return directory.Kind{
		Name: "plain", Title: "Plain", CannotSee: []string{},
		Open: func(cfg iam.SourceConfig, secret string) (directory.Source, error) {
			if cfg.URL == "" {
				return nil, iam.Errorf(iam.Invalid, "The address is missing.").In("config.url").Fix("Enter it.")
			}
			return fakeSource{d, cfg, secret}, nil
		},
	}
}

type fakeSource struct {
	d      *fakeDirectory
	cfg    iam.SourceConfig
	secret string
}

func (s fakeSource) note() ([]directory.Record, chan struct{}) {
	s.d.mu.Lock()
	defer s.d.mu.Unlock()
	s.d.secrets = append(s.d.secrets, s.cfg.URL+" "+s.secret)
	return s.d.records, s.d.block
}

func (s fakeSource) Check(context.Context) directory.Report {
	s.note()
	return directory.Report{Server: "plain 1", Config: s.cfg, Findings: []directory.Result{{State: directory.Passed, Step: "bind", Title: "Bind"}}}
}

func (s fakeSource) Read(ctx context.Context, _ directory.Cursor) iter.Seq2[directory.Record, error] {
	records, block := s.note()
	return func(yield func(directory.Record, error) bool) {
		if block != nil {
			select {
			case <-block:
			case <-ctx.Done():
				yield(nil, ctx.Err())
				return
			}
		}
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
		yield(directory.End{Claimed: int64(len(records)), Server: "plain 1"}, nil)
	}
}
