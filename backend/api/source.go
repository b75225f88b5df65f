package api

import (
	"context"
	"strings"
	"time"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// Kind is a kind of directory that can be connected.
type Kind struct {
	Kind      string   `json:"kind"`
	Title     string   `json:"title"`
	CannotSee []string `json:"cannotSee"`
	Form      string   `json:"form" enum:"server,file" doc:"What is filled in to connect: an address, or a file."`
}

// Source is a connected directory and how fresh its answers are.
type Source struct {
	ID           string           `json:"id"`
	Name         string           `json:"name"`
	Kind         string           `json:"kind"`
	KindTitle    string           `json:"kindTitle"`
	Config       iam.SourceConfig `json:"config"`
	HasSecret    bool             `json:"hasSecret"`
	ReadOnly     bool             `json:"readOnly"`
	Server       string           `json:"server" doc:"Vendor and version, as of the last run."`
	Accounts     int64            `json:"accounts"`
	Groups       int64            `json:"groups"`
	Memberships  int64            `json:"memberships"`
	Status       string           `json:"status" enum:"never,reading,complete,held,partial,stale,configChanged"`
	StatusText   string           `json:"statusText" doc:"One line for the foot of the sidebar."`
	LastComplete *Run             `json:"lastComplete,omitempty" doc:"The run whose reading is shown."`
	Newest       *Run             `json:"newest,omitempty"`
	Unchanged    *Unchanged       `json:"unchanged,omitempty" doc:"Where the run whose reading is shown found nothing new."`
	Next         string           `json:"next,omitempty" format:"date-time" doc:"When it is read by itself the next time."`
	Watched      bool             `json:"watched" doc:"The directory tells when something changed, and it is read then."`
	CannotSee    []string         `json:"cannotSee"`
	Remedy       string           `json:"remedy,omitempty"`
}

// Unchanged says since when nothing of a source is new, and how much there is.
type Unchanged struct {
	Since string `json:"since" format:"date-time" doc:"The end of the run that found something new last."`
	Rows  int64  `json:"rows"`
}

// SourceDraft is a source being connected or changed.
type SourceDraft struct {
	Name     string           `json:"name" maxLength:"100"`
	Kind     string           `json:"kind" maxLength:"20"`
	Config   iam.SourceConfig `json:"config"`
	Secret   string           `json:"secret,omitempty" maxLength:"1024" doc:"The bind password. Never in an answer. Empty keeps the one that is stored."`
	SourceID string           `json:"sourceId,omitempty" doc:"When checking a change: whose stored secret to use."`
	Schedule *ScheduleDraft   `json:"schedule,omitempty" doc:"When connecting: when to read it by itself. Without one it is read by hand."`
}

// CheckReport is the answer of a check.
type CheckReport struct {
	CheckedAt string           `json:"checkedAt" format:"date-time"`
	TookMS    int64            `json:"tookMs"`
	Server    string           `json:"server"`
	Passed    bool             `json:"passed"`
	Results   []CheckResult    `json:"results"`
	Samples   []CheckSample    `json:"samples"`
	Watchers  CheckWatchers    `json:"watchers"`
	Config    iam.SourceConfig `json:"config" doc:"With the proposed base and mapping filled in."`
	Preview   *CheckPreview    `json:"preview,omitempty" doc:"Of a file that is a table."`
}

// CheckResult is one step of a check.
type CheckResult struct {
	State       string `json:"state" enum:"passed,needsYou,missing,tooMuch,failed,unknown"`
	Step        string `json:"step"`
	Title       string `json:"title"`
	Text        string `json:"text"`
	Remedy      string `json:"remedy,omitempty"`
	Copy        string `json:"copy,omitempty" doc:"Text to paste at the server."`
	Fingerprint string `json:"fingerprint,omitempty"`
}

// CheckSample is one real entry as it will look.
type CheckSample struct {
	Name       string `json:"name"`
	Login      string `json:"login"`
	Sort       string `json:"sort"`
	Department string `json:"department"`
	Enabled    Tri    `json:"enabled"`
	LastSignIn Moment `json:"lastSignIn"`
	Manager    string `json:"manager"`
	Groups     int    `json:"groups"`
	ExternalID string `json:"externalId"`
	DN         string `json:"dn"`

	StartDate      Moment `json:"startDate"`
	EndDate        Moment `json:"endDate"`
	EmployeeNumber string `json:"employeeNumber"`
	Mail           string `json:"mail"`
}

// CheckWatchers says what the directory's own watchers will see.
type CheckWatchers struct {
	Account string   `json:"account"`
	From    string   `json:"from"`
	Binds   string   `json:"binds"`
	Filters []string `json:"filters"`
	Volume  string   `json:"volume"`
	Never   string   `json:"never"`
}

func (s *server) listKinds(context.Context, *none) (*body[[]Kind], error) {
	out := []Kind{}
	for _, k := range s.kinds {
		form := k.Form
		if form == "" {
			form = "server"
		}
		out = append(out, Kind{string(k.Name), k.Title, k.CannotSee, form})
	}
	return answer(out, nil)
}

// unchanged is nil if the run read anything. A read of changes that found none
// counted no rows: those of the last full read stand, or what has become of them.
func unchanged(ctx context.Context, r *store.Reader, shown iam.Run, open int64) (*Unchanged, error) {
	if shown.Mode != "incremental" || shown.Read != 0 {
		return nil, nil
	}
	last, err := r.LastNews(ctx, shown.SourceID)
	if err != nil || last == nil {
		return nil, err
	}
	if last.Mode == "full" {
		open = last.Read
	}
	return &Unchanged{Since: stamp(last.EndedAt), Rows: open}, nil
}

// staleAfter is the age of a reading at which it is called stale.
const staleAfter = 24 * time.Hour

func (s *server) sourceOf(ctx context.Context, r *store.Reader, src iam.Source) (Source, error) {
	v := Source{
		ID: src.ID.String(), Name: src.Name, Kind: string(src.Kind), KindTitle: string(src.Kind), Config: src.Config, ReadOnly: true, CannotSee: []string{},
	}
	if k, err := s.kind(src.Kind); err == nil {
		v.KindTitle, v.CannotSee = k.Title, k.CannotSee
	}
	sealed, err := r.SealedSecret(ctx, src.ID)
	if err != nil {
		return v, err
	}
	v.HasSecret = sealed != ""
	c, err := r.SourceCounts(ctx, src.ID)
	if err != nil {
		return v, err
	}
	v.Accounts, v.Groups, v.Memberships = c.Accounts, c.Entitlements, c.Memberships
	shown, err := r.ShownRun(ctx, src.ID)
	if err != nil {
		return v, err
	}
	newest, err := r.NewestRun(ctx, src.ID)
	if err != nil {
		return v, err
	}
	if shown != nil {
		run := s.runOf(*shown, src)
		v.LastComplete, v.Server = &run, shown.Server
		if v.Unchanged, err = unchanged(ctx, r, *shown, c.Accounts+c.Entitlements); err != nil {
			return v, err
		}
	}
	if newest != nil {
		run := s.runOf(*newest, src)
		v.Newest = &run
	}
	_, next, err := s.runner.Due(ctx, r, src.ID)
	if err != nil {
		return v, err
	}
	v.Next, _ = nextRead(next)
	live, _ := s.runner.Live(src.ID)
	v.Watched = live.State == "watching" && live.Because == ""
	v.Status, v.StatusText, v.Remedy = s.freshness(src, shown, newest, r.Now)
	return v, nil
}

// freshness says in a word and a line how far a source's answers can be trusted.
func (s *server) freshness(src iam.Source, shown, newest *iam.Run, now int64) (status, text, remedy string) {
	switch {
	case newest == nil:
		return "never", "not read yet", "Read it now."
	case newest.State == iam.Reading:
		return "reading", "being read", ""
	case newest.State == iam.Held:
		return "held", "held: newer run waits", "Look at the run and release it, or correct what it noticed."
	case newest.Coverage() == "partial":
		if shown == nil {
			return "partial", "never read completely", newest.Error
		}
		return "partial", "newest read is partial", newest.Error
	case shown == nil:
		return "never", "only previewed", "Read it now."
	case shown.ConfigVersion != src.ConfigVersion:
		return "configChanged", "settings changed since", "Read it now; the run will be held so that you can look first."
	case now-shown.EndedAt > staleAfter.Microseconds():
		return "stale", "stale, read complete", "Read it now."
	}
	return "complete", "complete", ""
}

func (s *server) listSources(ctx context.Context, _ *none) (*body[[]Source], error) {
	return view(ctx, s, func(r *store.Reader) ([]Source, error) { return s.sourcesOf(ctx, r) })
}

func (s *server) sourcesOf(ctx context.Context, r *store.Reader) ([]Source, error) {
	all, err := r.Sources(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Source, len(all))
	for i, src := range all {
		if out[i], err = s.sourceOf(ctx, r, src); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *server) getSource(ctx context.Context, in *IDPath) (*body[Source], error) {
	id, err := iam.ParseID(in.ID)
	if err != nil {
		return nil, err
	}
	return s.source(ctx, id)
}

func (s *server) source(ctx context.Context, id iam.ID) (*body[Source], error) {
	return view(ctx, s, func(r *store.Reader) (Source, error) {
		src, err := r.Source(ctx, id)
		if err != nil {
			return Source{}, err
		}
		return s.sourceOf(ctx, r, src)
	})
}

// usable refuses a draft that no kind could open.
func (s *server) usable(d SourceDraft, secret string) (directory.Kind, error) {
	k, err := s.kind(iam.SourceKind(d.Kind))
	if err != nil {
		return k, err
	}
	_, err = k.Open(d.Config, secret)
	return k, err
}

func (s *server) addSource(ctx context.Context, in *body[SourceDraft]) (*body[Source], error) {
	d := in.Body
	if strings.TrimSpace(d.Name) == "" {
		return nil, iam.Errorf(iam.Invalid, "The source needs a name.").In("name")
	}
	if _, err := s.usable(d, d.Secret); err != nil {
		return nil, err
	}
	if d.Secret != "" {
		// Before the Write: the first secret of a vault makes its slots.
		if err := s.vault.Unlock(ctx); err != nil {
			return nil, err
		}
	}
	var schedule iam.ReadSchedule
	if d.Schedule != nil {
		var err error
		if schedule, err = d.Schedule.schedule(s.store.Now()); err != nil {
			return nil, err
		}
	}
	src := iam.Source{Name: strings.TrimSpace(d.Name), Kind: iam.SourceKind(d.Kind), Config: d.Config}
	_, err := s.store.Write(ctx, "source.add", func(t *store.Tx) error {
		id, err := t.NewID(ctx)
		if err != nil {
			return err
		}
		src.ID = id
		sealed, err := s.seal(ctx, id, d.Secret)
		if err != nil {
			return err
		}
		t.About("source", id, src.Name)
		t.Touches("sources", "overview")
		if err := t.Detail(src.Config); err != nil {
			return err
		}
		if err := t.AddSource(ctx, src, sealed); err != nil || d.Schedule == nil {
			return err
		}
		return t.PutSchedule(ctx, id, schedule)
	})
	if err != nil {
		return nil, err
	}
	s.files.tidy(ctx)
	return s.source(ctx, src.ID)
}

func (s *server) seal(ctx context.Context, id iam.ID, secret string) (string, error) {
	if secret == "" {
		return "", nil
	}
	return s.vault.Seal(ctx, "sources", "secret", int64(id), secret)
}

// ChangeSource is a source as it is to be.
type ChangeSource struct {
	IDPath
	Body SourceDraft
}

func (s *server) changeSource(ctx context.Context, in *ChangeSource) (*body[Source], error) {
	id, err := iam.ParseID(in.ID)
	if err != nil {
		return nil, err
	}
	d := in.Body
	if strings.TrimSpace(d.Name) == "" {
		return nil, iam.Errorf(iam.Invalid, "The source needs a name.").In("name")
	}
	if d.Secret != "" {
		if err := s.vault.Unlock(ctx); err != nil {
			return nil, err
		}
	}
	_, err = s.store.Write(ctx, "source.change", func(t *store.Tx) error {
		src, err := t.Source(ctx, id)
		if err != nil {
			return err
		}
		d.Kind = string(src.Kind)
		sealed, err := t.SealedSecret(ctx, id)
		if err != nil {
			return err
		}
		known := d.Secret
		if known == "" && sealed != "" {
			known = "kept" // only to tell that there is one
		}
		if _, err := s.usable(d, known); err != nil {
			return err
		}
		switch {
		case d.Config.BindDN == "":
			sealed = ""
		case d.Secret != "":
			if sealed, err = s.seal(ctx, id, d.Secret); err != nil {
				return err
			}
		case sealed != "":
			if err := sameDoor(src.Config, d.Config); err != nil {
				return err
			}
		}
		before := src
		if !src.Config.ReadsAlike(d.Config) {
			src.ConfigVersion++
		}
		src.Name, src.Config = strings.TrimSpace(d.Name), d.Config
		t.About("source", id, src.Name)
		t.Touches("sources", "overview")
		if err := t.Detail(map[string]any{"before": before.Config, "after": src.Config, "secretChanged": d.Secret != ""}); err != nil {
			return err
		}
		return t.ChangeSource(ctx, src, sealed)
	})
	if err != nil {
		return nil, err
	}
	s.files.tidy(ctx)
	return s.source(ctx, id)
}

// RemoveSource says why a source goes.
type RemoveSource struct {
	IDPath
	Reason string `query:"reason" minLength:"3" maxLength:"500" required:"true"`
}

func (s *server) removeSource(ctx context.Context, in *RemoveSource) (*none, error) {
	id, err := iam.ParseID(in.ID)
	if err != nil {
		return nil, err
	}
	if s.runner.Busy(id) {
		return nil, iam.Errorf(iam.Conflict, "The source is being read.").Fix("Cancel the run first.")
	}
	_, err = s.store.Write(ctx, "source.remove", func(t *store.Tx) error {
		src, err := t.Source(ctx, id)
		if err != nil {
			return err
		}
		t.About("source", id, src.Name)
		t.Because(in.Reason)
		t.Touches("sources", "overview", "identities", "accounts", "groups", "findings", "search")
		return t.RemoveSource(ctx, id)
	})
	s.files.tidy(ctx)
	return &none{}, err
}

func (s *server) checkSource(ctx context.Context, in *body[SourceDraft]) (*body[CheckReport], error) {
	d := in.Body
	secret := d.Secret
	if d.SourceID != "" && secret == "" {
		id, err := iam.ParseID(d.SourceID)
		if err != nil {
			return nil, err
		}
		if secret, err = s.storedSecret(ctx, id, d.Config); err != nil {
			return nil, err
		}
	}
	k, err := s.kind(iam.SourceKind(d.Kind))
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithTimeout(ctx, 90*time.Second)
	defer stop()
	began := time.Now()
	src, err := k.Open(d.Config, secret)
	if err != nil {
		return nil, err
	}
	rep := src.Check(ctx)
	return answer(checkReport(rep, s.store.Now(), time.Since(began), s.host), nil)
}

// storedSecret is the secret of a connected source, for a check of a change to
// it. It goes only where it went before: to another server it must be entered
// again.
func (s *server) storedSecret(ctx context.Context, id iam.ID, cfg iam.SourceConfig) (string, error) {
	var src iam.Source
	var sealed string
	if err := s.store.View(ctx, func(r *store.Reader) (err error) {
		if src, err = r.Source(ctx, id); err != nil {
			return err
		}
		sealed, err = r.SealedSecret(ctx, id)
		return err
	}); err != nil || sealed == "" {
		return "", err
	}
	if err := sameDoor(src.Config, cfg); err != nil {
		return "", err
	}
	return s.vault.Open(ctx, "sources", "secret", int64(id), sealed)
}

// sameDoor fails if the second configuration would show a password to another
// server, or for another account, than it was entered for.
func sameDoor(a, b iam.SourceConfig) error {
	if a.URL == b.URL && a.BindDN == b.BindDN && a.StartTLS == b.StartTLS && a.CAPEM == b.CAPEM && a.Fingerprint == b.Fingerprint {
		return nil
	}
	return iam.Errorf(iam.Invalid, "The address, certificate or bind account differs from what the stored password was entered for.").
		In("secret").Fix("Enter the password again.")
}

func checkReport(rep directory.Report, at time.Time, took time.Duration, host string) CheckReport {
	v := CheckReport{
		CheckedAt: stamp(at.UnixMicro()), TookMS: took.Milliseconds(), Server: rep.Server, Passed: rep.Passed(), Config: rep.Config,
		Results: []CheckResult{}, Samples: []CheckSample{},
		Watchers: CheckWatchers{Account: rep.Watchers.Account, From: host, Binds: rep.Watchers.Binds, Filters: rep.Watchers.Filters, Volume: rep.Watchers.Volume, Never: rep.Watchers.Never},
	}
	if v.Watchers.Filters == nil {
		v.Watchers.Filters = []string{}
	}
	v.Preview = checkPreview(rep.Preview)
	for _, f := range rep.Findings {
		v.Results = append(v.Results, CheckResult{string(f.State), f.Step, f.Title, f.Text, f.Remedy, f.Copy, f.Fingerprint})
	}
	for _, x := range rep.Samples {
		f := x.Account.Facts
		v.Samples = append(v.Samples, CheckSample{
			StartDate: moment(f.StartDate), EndDate: moment(f.EndDate), EmployeeNumber: f.EmployeeNumber, Mail: x.Account.Contact.Mail,
			Name: f.Name, Login: f.Login, Sort: string(f.Sort), Department: f.Department, Enabled: Tri(f.Enabled.String()), LastSignIn: moment(f.LastSignIn),
			Manager: x.Manager, Groups: x.Groups, ExternalID: x.Account.ExternalID, DN: x.Account.DN,
		})
	}
	return v
}
