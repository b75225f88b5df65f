package cli

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

// reading answers as the owner of one source, halden, whose run ends as end.
func reading(end string) *http.ServeMux {
	return owner{
		"GET /sources":         `[{"id":"3","name":"halden"}]`,
		"GET /notices":         `{"epoch":"e","seq":1,"topics":[]}`,
		"POST /sources/3/runs": `{"id":"9","state":"reading"}`,
		"GET /runs/9":          end,
		"POST /runs/9/cancel":  `{}`,
		"POST /sources/4/runs": `409 {"detail":"lab is being read already.","remedy":"Wait for run 8."}`,
	}.mux()
}

const applied = `{"id":"9","mode":"full","state":"applied","coverage":"complete","read":1200,"claimed":1201,"skipped":1,"added":7,"changed":2,"removed":1}`

func TestSyncAnswersALineForEachSource(t *testing.T) {
	called(t, reading(applied), "", "sync", "--json").want(t, 0,
		`{"source":"halden","run":"9","mode":"full","state":"applied","read":1200,"claimed":1201,"added":7,"changed":2,"removed":1,"skipped":1,"coverage":"complete"}`+"\n")
	called(t, reading(applied), "", "sync", "HALDEN").want(t, 0,
		`SOURCE  RUN  MODE  STATE    READ  CLAIMED  ADDED  CHANGED  REMOVED  SKIPPED  COVERAGE
halden  9    full  applied  1200  1201     7      2        1        1        complete
`)
}

func TestSyncSaysWhatWasNotTold(t *testing.T) {
	called(t, reading(strings.Replace(applied, `"claimed":1201`, `"claimed":-1`, 1)), "", "sync", "--json").want(t, 0,
		`{"source":"halden","run":"9","mode":"full","state":"applied","read":1200,"claimed":null,"added":7,"changed":2,"removed":1,"skipped":1,"coverage":"complete"}`+"\n")
}

func TestSyncThatDidNotBringTheRecordsUpToDateExits1(t *testing.T) {
	for _, c := range []struct {
		name, end, line string
		complaints      []string
	}{
		{"partial", `{"id":"9","mode":"full","state":"partial","coverage":"partial","read":600,"claimed":-1,"error":"The server went away."}`,
			`{"source":"halden","run":"9","mode":"full","state":"partial","read":600,"claimed":null,"added":0,"changed":0,"removed":0,"skipped":0,"coverage":"partial","error":"The server went away."}`,
			[]string{"gatehouse: halden: the read did not finish, and no record was changed: The server went away.\nMend "}},
		{"held", `{"id":"9","mode":"full","state":"held","coverage":"complete","read":600,"claimed":600,"removed":40,"holdHash":"abc",
			"holdReasons":[{"rule":"groupEmptied","title":"A group was emptied","subject":"cn=lab","before":40,"after":0}]}`,
			`{"source":"halden","run":"9","mode":"full","state":"held","read":600,"claimed":600,"added":0,"changed":0,"removed":40,"skipped":0,"coverage":"complete","holdHash":"abc",` +
				`"error":"halden: the read is held, because it would change more than is usual. No record was changed."}`,
			[]string{"  A group was emptied: cn=lab, 40 before, 0 now\n", "gatehouse --data /d source release halden --hash abc --reason WHY\n"}},
		{"interrupted", `{"id":"9","mode":"full","state":"interrupted","coverage":"partial","claimed":-1,"error":"Gatehouse ended."}`,
			`{"source":"halden","run":"9","mode":"full","state":"interrupted","read":0,"claimed":null,"added":0,"changed":0,"removed":0,"skipped":0,"coverage":"partial","error":"Gatehouse ended."}`,
			[]string{"the read ended as interrupted, and no record was changed: Gatehouse ended.", "Read again."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			called(t, reading(c.end), "", "--data", "/d", "sync", "halden", "--json").want(t, 1, c.line+"\n", c.complaints...)
		})
	}
}

func TestAPreviewIsNoFailure(t *testing.T) {
	r := called(t, reading(strings.Replace(applied, "applied", "previewed", 1)), "", "sync", "--preview", "--json")
	if r.code != 0 || !strings.Contains(r.out, `"state":"previewed"`) {
		t.Errorf("%+v", r)
	}
}

func TestOneRefusedSourceDoesNotKeepTheOthersFromBeingRead(t *testing.T) {
	mux := http.NewServeMux()
	mux.Handle("/", reading(applied))
	mux.HandleFunc("GET /api/v1/sources", func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte(`[{"id":"4","name":"lab"},{"id":"3","name":"halden"}]`))
	})
	r := called(t, mux, "", "sync", "--json")
	lines := strings.Split(strings.TrimSpace(r.out), "\n")
	if r.code != 1 || len(lines) != 2 {
		t.Fatalf("%+v", r)
	}
	if want := `{"source":"lab","run":"","mode":"full","state":"refused","read":0,"claimed":null,"added":0,"changed":0,"removed":0,"skipped":0,"coverage":"partial","error":"lab is being read already."}`; lines[0] != want {
		t.Errorf("got %s, want %s", lines[0], want)
	}
	if !strings.Contains(lines[1], `"state":"applied"`) {
		t.Error(lines[1])
	}
	if want := "gatehouse: lab is being read already.\nWait for run 8.\n"; r.err != want {
		t.Errorf("got %s, want %s", r.err, want)
	}
}

func TestAnInterruptCancelsTheRunAndSaysHowItEnded(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	var cancelled atomic.Bool
	mux := http.NewServeMux()
	mux.Handle("/", reading(applied))
	mux.HandleFunc("GET /api/v1/runs/9", func(w http.ResponseWriter, _ *http.Request) {
		if cancelled.Load() {
			w.Write([]byte(`{"id":"9","mode":"full","state":"cancelled","coverage":"partial","read":5,"claimed":-1}`))
			return
		}
		interrupt()
		w.Write([]byte(`{"id":"9","state":"reading","claimed":-1}`))
	})
	mux.HandleFunc("POST /api/v1/runs/9/cancel", func(w http.ResponseWriter, _ *http.Request) {
		cancelled.Store(true)
		w.Write([]byte(`{}`))
	})
	r := calledWithin(ctx, mux, strings.NewReader(""), "sync", "--json")
	r.want(t, 1, `{"source":"halden","run":"9","mode":"full","state":"cancelled","read":5,"claimed":null,"added":0,"changed":0,"removed":0,"skipped":0,"coverage":"partial",`+
		`"error":"halden: the read was cancelled. No record was changed."}`+"\n", "the read was cancelled")
}

func TestSyncWithoutSources(t *testing.T) {
	called(t, owner{"GET /sources": `[]`}.mux(), "", "sync").want(t, 1, "", "no directory is connected yet", "gatehouse source add")
}
