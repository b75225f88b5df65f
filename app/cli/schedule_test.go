package cli

import (
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"gatehouse/backend/api"
)

const hourly = `{"every":60,"cron":"","fullEvery":10080,"privilegedEvery":0,"windows":[],"live":false,"off":false,"zone":"UTC +00:00","due":false,"next":"2026-03-10T14:51:00Z","nextIs":"changes"}`

// scheduled answers as the owner of halden with a schedule, and keeps what is
// put in its place.
func scheduled(t *testing.T, now string) (*http.ServeMux, *api.ScheduleDraft) {
	put := &api.ScheduleDraft{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/sources", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `[{"id":"3","name":"halden"}]`) })
	mux.HandleFunc("GET /api/v1/sources/3/schedule", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, now) })
	mux.HandleFunc("PUT /api/v1/sources/3/schedule", func(w http.ResponseWriter, r *http.Request) {
		if err := json.NewDecoder(r.Body).Decode(put); err != nil {
			t.Error(err)
		}
		io.WriteString(w, now)
	})
	return mux, put
}

func TestScheduleChangesWhatIsNamed(t *testing.T) {
	every := func(n int, more func(*api.ScheduleDraft)) api.ScheduleDraft {
		d := api.ScheduleDraft{Every: n, FullEvery: week, Windows: []api.TimeWindow{}}
		if more != nil {
			more(&d)
		}
		return d
	}
	const never = `{"every":0,"cron":"","fullEvery":0,"privilegedEvery":0,"windows":[],"live":false,"off":true}`
	for _, c := range []struct {
		now, args string
		want      api.ScheduleDraft
	}{
		{never, "--every 15m", every(15, nil)},
		{never, "--every 1d --full-every 0", every(24*60, func(d *api.ScheduleDraft) { d.FullEvery = 0 })},
		{hourly, "--live --privileged-every 5", every(60, func(d *api.ScheduleDraft) { d.Live, d.PrivilegedEvery = true, 5 })},
		{hourly, "--cron 30_2_*_*_1-5", every(0, func(d *api.ScheduleDraft) { d.Cron = "30 2 * * 1-5" })},
		{hourly, "--off", every(0, nil)},
		{hourly, "--window mon-wed,sat_20:00-06:00 --window 12:00-13:00", every(60, func(d *api.ScheduleDraft) {
			d.Windows = []api.TimeWindow{{Days: []string{"mon", "tue", "wed", "sat"}, From: "20:00", To: "06:00"}, {Days: days, From: "12:00", To: "13:00"}}
		})},
		{hourly, "--window fri-mon_00:00-00:00", every(60, func(d *api.ScheduleDraft) {
			d.Windows = []api.TimeWindow{{Days: []string{"fri", "sat", "sun", "mon"}, From: "00:00", To: "00:00"}}
		})},
		{hourly, "--window always", every(60, nil)},
	} {
		mux, put := scheduled(t, c.now)
		args := []string{"source", "schedule", "halden"}
		for arg := range strings.FieldsSeq(c.args) {
			args = append(args, strings.ReplaceAll(arg, "_", " "))
		}
		if r := called(t, mux, "", args...); r.code != 0 || !reflect.DeepEqual(*put, c.want) {
			t.Errorf("%s: %d %s\n%+v, want %+v", c.args, r.code, r.err, *put, c.want)
		}
	}
}

func TestScheduleRefusesWhatItDoesNotUnderstand(t *testing.T) {
	for _, args := range []string{"--every soon", "--every 5m --cron x", "--off --live", "--window tomorrow", "--window mon-xmas_20:00-21:00", "--full-every 1w", "--every 0m", "--every 0"} {
		mux, put := scheduled(t, hourly)
		list := []string{"source", "schedule", "halden"}
		for arg := range strings.FieldsSeq(args) {
			list = append(list, strings.ReplaceAll(arg, "_", " "))
		}
		if r := called(t, mux, "", list...); r.code != 2 || !reflect.DeepEqual(*put, api.ScheduleDraft{}) {
			t.Errorf("%s: %+v", args, r)
		}
	}
}

func TestScheduleIsShown(t *testing.T) {
	mux, _ := scheduled(t, strings.Replace(hourly, `"live":false`, `"live":true,"watch":{"state":"reconnecting","since":"2026-03-10T14:51:00Z","because":"The line was cut."}`, 1))
	r := called(t, mux, "", "source", "schedule", "halden")
	for _, want := range []string{"read     every 1h", "in full  every 7d", "reconnecting since", "The line was cut.", "next ", "changes."} {
		if r.code != 0 || !strings.Contains(r.out, want) {
			t.Errorf("%q is missing:\n%s%s", want, r.out, r.err)
		}
	}
}

func TestSyncDueReadsWhatIsDue(t *testing.T) {
	mux := reading(applied)
	mux.HandleFunc("GET /api/v1/sources/3/schedule", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, hourly) })
	called(t, mux, "", "sync", "--due", "--json").want(t, 0, "", "Nothing is due.")
	mux = reading(strings.Replace(applied, `"mode":"full"`, `"mode":"incremental","note":"It is so."`, 1))
	mux.HandleFunc("GET /api/v1/sources/3/schedule", func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, strings.Replace(hourly, `"due":false`, `"due":true`, 1))
	})
	called(t, mux, "", "sync", "--due").want(t, 0, `SOURCE  RUN  MODE     STATE    READ  CLAIMED  ADDED  CHANGED  REMOVED  SKIPPED  COVERAGE
halden  9    changes  applied  1200  1201     7      2        1        1        complete
`, "halden: It is so.")
	if r := called(t, mux, "", "sync", "--due", "--full"); r.code != 2 {
		t.Errorf("%+v", r)
	}
}
