package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"gatehouse/backend/api"
)

// demoFolder runs command lines on a demo company of its own.
type demoFolder struct {
	t   *testing.T
	dir string
}

func (d demoFolder) program(out, complaints io.Writer) *program {
	p := &program{
		web: fstest.MapFS{"index.html": {Data: []byte("<!doctype html>")}},
		in:  strings.NewReader(""), out: &sink{w: out}, err: complaints,
	}
	p.connect = p.connectFolder
	return p
}

func (d demoFolder) called(args ...string) result {
	d.t.Helper()
	var out, complaints bytes.Buffer
	code := d.program(&out, &complaints).run(d.t.Context(), append([]string{"--data", d.dir, "--demo"}, args...))
	return result{code, out.String(), complaints.String()}
}

// answer is the single line of JSON that a command line answers.
func answer[T any](d demoFolder, args ...string) T {
	d.t.Helper()
	var v T
	r := d.called(append(args, "--json")...)
	if r.code != 0 {
		d.t.Fatalf("%v: exit %d: %s", args, r.code, r.err)
	}
	if err := json.Unmarshal([]byte(r.out), &v); err != nil {
		d.t.Fatalf("%v: %v: %s", args, err, r.out)
	}
	return v
}

// serve serves the folder until stop is called, which returns the exit code.
func (d demoFolder) serve() (link string, stop func() int) {
	d.t.Helper()
	ctx, cancel := context.WithCancel(d.t.Context())
	out, in := io.Pipe()
	var complaints bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		code := d.program(in, &complaints).run(ctx, []string{"--data", d.dir, "demo"})
		in.CloseWithError(errors.New("ended: " + complaints.String()))
		ended <- code
	}()
	stop = func() int {
		cancel()
		select {
		case code := <-ended:
			return code
		case <-time.After(30 * time.Second):
			d.t.Fatal("serve does not stop")
			return -1
		}
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		cancel()
		d.t.Fatal(err)
	}
	return strings.TrimSuffix(line, "\n"), stop
}

// The first line through the product, by command line: serve, read, find,
// explain, prove; first through the owner's socket, then in process.
func TestTheDemoCompanyByCommandLine(t *testing.T) {
	d := demoFolder{t, filepath.Join(t.TempDir(), "data")}
	link, stop := d.serve()
	if !strings.HasPrefix(link, "http://localhost:") || !strings.Contains(link, "#") {
		t.Errorf("the first line is no start link: %q", link)
	}
	if again := d.called("link"); again.code != 0 || again.out == link+"\n" || !strings.HasPrefix(again.out, "http://localhost:") {
		t.Errorf("link: %+v", again)
	}
	if second := d.called("serve"); second.code != 1 || second.out != "" || second.err == "" {
		t.Errorf("a second owner: %+v", second)
	}

	d.settle()
	again := answer[syncLine](d, "sync")
	if again.State != "applied" || again.Coverage != "complete" || again.Read == 0 || again.Claimed == nil || again.Run == "" {
		t.Errorf("a read: %+v", again)
	}
	if again.Added+again.Changed+again.Removed != 0 {
		t.Errorf("the same read twice: %+v", again)
	}

	intern := answer[api.AccessAnswer](d, "access", "MLAASEN")
	path := []string{"calib-interns", "calib-lab", "lab-operations", "infra-operators", "Administrators"}
	reached := slices.IndexFunc(intern.Effective, func(g api.AccessGroup) bool { return g.Group == "Administrators" })
	if reached < 0 || intern.Effective[reached].Direct || !slices.Equal(intern.Effective[reached].Paths[0], path) {
		t.Errorf("the intern: %+v", intern)
	}
	who := answer[api.WhoCanAnswer](d, "who-can", "administrators")
	if !slices.ContainsFunc(who.Members, func(m api.WhoCanMember) bool {
		return m.Login == "mlaasen" && !m.Direct && slices.Equal(m.Paths[0], path)
	}) {
		t.Errorf("who-can: %+v", who)
	}
	if r := d.called("find", "mei-lin", "aasen"); r.code != 0 || !strings.Contains(r.out, "mlaasen") {
		t.Errorf("find: %+v", r)
	}
	if r := d.called("access", "nobody-of-that-name", "--json"); r.code != 1 || r.out != "" {
		t.Errorf("an unknown login: %+v", r)
	}

	verdict := answer[api.AuditVerdict](d, "audit", "verify")
	if !verdict.OK || verdict.Events == 0 || len(verdict.Head) != 64 {
		t.Errorf("audit: %+v", verdict)
	}
	file := filepath.Join(t.TempDir(), "audit.jsonl")
	answer[api.Export](d, "audit", "export", "--out", file)
	if kept := answer[api.AuditVerdict](d, "audit", "verify", "--file", file, "--head", verdict.Head); !kept.OK {
		t.Errorf("export: %+v", kept)
	}
	if code := stop(); code != 0 {
		t.Errorf("serve ended with %d", code)
	}

	if alone := answer[api.AccessAnswer](d, "access", "mlaasen"); len(alone.Effective) != len(intern.Effective) {
		t.Errorf("in process: %+v, by the socket: %+v", alone, intern)
	}
	if r := d.called("link"); r.code != 1 || !strings.Contains(r.err, "Nothing serves the data folder") {
		t.Errorf("link without a server: %+v", r)
	}
	if left, err := os.ReadDir(filepath.Dir(d.dir)); err != nil || len(left) != 1 {
		t.Errorf("the demo is not the only folder: %v, %v", left, err)
	}
}

// settle waits until the reads of the first start, of yesterday and of today,
// are applied.
func (d demoFolder) settle() {
	d.t.Helper()
	p := d.program(io.Discard, io.Discard)
	p.data, p.demo = d.dir, true
	ctx, cancel := context.WithTimeout(d.t.Context(), time.Minute)
	defer cancel()
	if err := p.withOwner(ctx, false, func(c *client) (err error) {
		for at := (position{}); ; {
			runs, err := get[api.Page[api.Run]](ctx, c, "/runs", nil)
			if err != nil {
				return err
			}
			if len(runs.Items) == 2 && over(runs.Items[0]) {
				return nil
			}
			if at, err = at.after(ctx, c, time.Second); err != nil {
				return fmt.Errorf("%w: %+v", err, runs.Items)
			}
		}
	}); err != nil {
		d.t.Fatal(err)
	}
}
