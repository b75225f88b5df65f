package cli

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"gatehouse/backend/api"
)

// scheduleFlags are a schedule as it is typed.
type scheduleFlags struct {
	every, cron, fullEvery, privilegedEvery string
	windows                                 []string
	live, off                               bool
}

func (p *program) sourceScheduleCommand() *cobra.Command {
	var f scheduleFlags
	cmd := &cobra.Command{
		Use: "schedule NAME", Short: "Show or change when a source is read by itself",
		Long: `Show when a source is read by itself, or change it. What is not named stays as it
is. Schedules are kept while the window or gatehouse serve is open; without
them, let cron or Task Scheduler call gatehouse sync --due.`,
		Example: `  gatehouse source schedule halden --every 15m --full-every 7d
  gatehouse source schedule halden --cron "30 2 * * 1-5" --window "mon-fri 20:00-06:00"
  gatehouse source schedule halden --live --privileged-every 5m
  gatehouse source schedule halden --off`,
		Args: cobra.ExactArgs(1),
		RunE: p.do(func(cmd *cobra.Command, args []string) error {
			changed := cmd.Flags().Changed
			change := false
			for _, name := range []string{"every", "cron", "full-every", "privileged-every", "window", "live", "off"} {
				change = change || changed(name)
			}
			if f.off && (changed("every") || changed("cron") || changed("privileged-every") || f.live) {
				return usage("--off leaves nothing to be read by itself: name it alone")
			}
			if changed("every") && changed("cron") {
				return usage("--every and --cron say the same in two ways: name one of them")
			}
			ctx := cmd.Context()
			return p.withOwner(ctx, false, func(c *client) error {
				s, err := c.source(ctx, args[0])
				if err != nil {
					return err
				}
				now, err := get[api.Schedule](ctx, c, "/sources/"+s.ID+"/schedule", nil)
				if err != nil {
					return err
				}
				if change {
					want, err := f.over(now.ScheduleDraft, changed)
					if err != nil {
						return err
					}
					if now, err = ask[api.Schedule](ctx, c, http.MethodPut, "/sources/"+s.ID+"/schedule", nil, want); err != nil {
						return err
					}
				}
				return p.showSchedule(s.Name, now)
			})
		}),
	}
	flags := cmd.Flags()
	flags.StringVar(&f.every, "every", "", "`span` between two reads, such as 15m, 1h or 1d")
	flags.StringVar(&f.cron, "cron", "", "`expression` instead: minute, hour, day of the month, month, day of the week")
	flags.StringVar(&f.fullEvery, "full-every", "", "`span` between two reads of everything, which prove the reads of changes; 0 for never")
	flags.StringVar(&f.privilegedEvery, "privileged-every", "", "`span` between two looks at the privileged groups; 0 for never")
	flags.StringArrayVar(&f.windows, "window", nil, "`days and times` in which a read may start by itself, such as \"mon-fri 20:00-06:00\"; may be repeated; always for none")
	flags.BoolVar(&f.live, "live", false, "read as soon as the directory says that something changed; --live=false ends it")
	flags.BoolVar(&f.off, "off", false, "read nothing by itself any more")
	return cmd
}

// week is the time between two full reads that is proposed: seven days.
const week = 7 * 24 * 60

// over is the schedule with what was named.
func (f scheduleFlags) over(d api.ScheduleDraft, changed func(string) bool) (api.ScheduleDraft, error) {
	if f.off {
		return api.ScheduleDraft{FullEvery: d.FullEvery, Windows: []api.TimeWindow{}}, nil
	}
	if d.Every == 0 && d.Cron == "" && !d.Live && d.PrivilegedEvery == 0 && d.FullEvery == 0 {
		d.FullEvery = week // it never had a schedule
	}
	for _, x := range []struct {
		flag, text string
		to         *int
	}{{"every", f.every, &d.Every}, {"full-every", f.fullEvery, &d.FullEvery}, {"privileged-every", f.privilegedEvery, &d.PrivilegedEvery}} {
		if !changed(x.flag) {
			continue
		}
		n, err := spanMinutes(x.text)
		if err != nil {
			return d, usage("--" + x.flag + ": " + err.Error())
		}
		if n == 0 && x.flag == "every" {
			return d, usage("--every 0 would turn regular reads off: write --off to read nothing by itself any more, or give a span such as 15m")
		}
		*x.to = n
	}
	if changed("every") && d.Every > 0 {
		d.Cron = ""
	}
	if changed("cron") {
		d.Cron, d.Every = f.cron, 0
	}
	if changed("live") {
		d.Live = f.live
	}
	if changed("window") {
		d.Windows = []api.TimeWindow{}
		for _, text := range f.windows {
			if text == "always" {
				continue
			}
			w, err := parseWindow(text)
			if err != nil {
				return d, usage("--window: " + err.Error())
			}
			d.Windows = append(d.Windows, w)
		}
	}
	return d, nil
}

var spanText = regexp.MustCompile(`^(\d{1,6})(m|h|d)?$`)

// spanMinutes reads 15m, 1h or 7d; a number alone is minutes.
func spanMinutes(text string) (int, error) {
	m := spanText.FindStringSubmatch(text)
	if m == nil {
		return 0, fmt.Errorf("%q is no span: write 15m, 1h or 7d", text)
	}
	n, err := strconv.Atoi(m[1])
	switch m[2] {
	case "h":
		n *= 60
	case "d":
		n *= 24 * 60
	}
	return n, err
}

func spanOf(minutes int) string {
	switch {
	case minutes > 0 && minutes%(24*60) == 0:
		return fmt.Sprintf("%dd", minutes/24/60)
	case minutes > 0 && minutes%60 == 0:
		return fmt.Sprintf("%dh", minutes/60)
	}
	return fmt.Sprintf("%dm", minutes)
}

var (
	days       = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
	windowText = regexp.MustCompile(`^(?:([a-z,-]+) +)?(\d\d:\d\d)-(\d\d:\d\d)$`)
)

// parseWindow reads "mon-fri 20:00-06:00", "sat,sun 00:00-00:00" or, for every
// day, "20:00-06:00".
func parseWindow(text string) (api.TimeWindow, error) {
	m := windowText.FindStringSubmatch(strings.ToLower(strings.TrimSpace(text)))
	if m == nil {
		return api.TimeWindow{}, fmt.Errorf(`%q is no time window: write "mon-fri 20:00-06:00"`, text)
	}
	w := api.TimeWindow{From: m[2], To: m[3]}
	if m[1] == "" {
		w.Days = days
		return w, nil
	}
	for part := range strings.SplitSeq(m[1], ",") {
		first, last, span := strings.Cut(part, "-")
		if !span {
			last = first
		}
		from, to := slices.Index(days, first), slices.Index(days, last)
		if from < 0 || to < 0 {
			return w, fmt.Errorf("%q is no day: write sun, mon, tue, wed, thu, fri or sat", part)
		}
		for i := from; ; i = (i + 1) % 7 {
			w.Days = append(w.Days, days[i])
			if i == to {
				break
			}
		}
	}
	return w, nil
}

func (p *program) showSchedule(source string, s api.Schedule) error {
	if p.json {
		return p.emit(struct {
			Source string `json:"source"`
			api.Schedule
		}{source, s})
	}
	if s.Off {
		p.say("%s is not read by itself.", source)
		return nil
	}
	var rows [][]string
	row := func(what, value string) { rows = append(rows, []string{what, value}) }
	switch {
	case s.Every > 0:
		row("read", "every "+spanOf(s.Every))
	case s.Cron != "":
		row("read", "cron "+s.Cron)
	}
	if s.FullEvery > 0 {
		row("in full", "every "+spanOf(s.FullEvery))
	} else {
		row("in full", "only by hand")
	}
	if s.PrivilegedEvery > 0 {
		row("privileged groups", "every "+spanOf(s.PrivilegedEvery))
	}
	for _, w := range s.Windows {
		row("only", strings.Join(w.Days, ",")+" "+w.From+"-"+w.To+" "+s.Zone)
	}
	if s.Live {
		live := "on"
		if s.Watch != nil {
			live = strings.TrimSpace(s.Watch.State + " since " + when(s.Watch.Since) + " " + s.Watch.Because)
		}
		row("live", live)
	}
	if s.Next != "" {
		row("next", strings.TrimSpace(when(s.Next)+", "+map[string]string{"changes": "changes", "full": "everything", "privileged": "the privileged groups"}[s.NextIs]+". "+s.Waiting))
	}
	p.table([]string{source, ""}, rows)
	return nil
}

// due are the sources whose schedules ask for a read now.
func due(ctx context.Context, c *client, sources []api.Source) ([]api.Source, error) {
	var out []api.Source
	for _, s := range sources {
		schedule, err := get[api.Schedule](ctx, c, "/sources/"+s.ID+"/schedule", nil)
		if err != nil {
			return nil, err
		}
		if schedule.Due {
			out = append(out, s)
		}
	}
	return out, nil
}
