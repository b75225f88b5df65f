package api

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
	"gatehouse/reports/sheet"
)

// Ownership is a service or shared account with who answers for it.
type Ownership struct {
	Account        Ref    `json:"account"`
	Source         Ref    `json:"source"`
	Sort           string `json:"sort" enum:"service,shared"`
	Description    string `json:"description"`
	Enabled        Tri    `json:"enabled"`
	LastSignIn     Moment `json:"lastSignIn"`
	Owner          *Ref   `json:"owner,omitempty"`
	Purpose        string `json:"purpose"`
	ReviewBy       string `json:"reviewBy,omitempty" format:"date"`
	Overdue        bool   `json:"overdue"`
	DirectoryOwner string `json:"directoryOwner" doc:"Whom the directory itself names; empty if nobody."`
}

// ListOwnership asks for the worklist.
type ListOwnership struct {
	PageQuery
	Missing string `query:"missing" enum:"owner,purpose,any,overdue"`
	Source  string `query:"source" maxLength:"32"`
	Owner   string `query:"owner" maxLength:"32"`
}

// ChangeOwnership says who answers for an account.
type ChangeOwnership struct {
	IDPath
	Body struct {
		OwnerIdentity string `json:"ownerIdentity,omitempty" maxLength:"32" doc:"Empty: nobody."`
		Purpose       string `json:"purpose" maxLength:"500"`
		ReviewBy      string `json:"reviewBy,omitempty" maxLength:"10" doc:"A date such as 2027-01-31."`
	}
}

// OwnershipExport asks for a workbook to be filled in by owners.
type OwnershipExport struct {
	Body struct {
		Missing string `json:"missing,omitempty" enum:"owner,purpose,any,overdue"`
		Source  string `json:"source,omitempty" maxLength:"32"`
	}
}

// ImportOwnership brings a filled-in workbook back.
type ImportOwnership struct {
	Body struct {
		Workbook []byte `json:"workbook" maxLength:"900000" doc:"The .xlsx file, in base64."`
		DryRun   bool   `json:"dryRun,omitempty" doc:"Say what would change, and change nothing."`
	}
}

// OwnershipImported tells what a workbook changes, or why it changes nothing.
type OwnershipImported struct {
	Rows     int               `json:"rows"`
	Changed  int               `json:"changed"`
	Applied  bool              `json:"applied" doc:"Not if any row is refused: then nothing was changed."`
	Problems []WorkbookRefusal `json:"problems"`
	Missing  int               `json:"missing" doc:"Accounts of the export that are not in the workbook: they stay as they are."`
	Event    int64             `json:"event,omitempty"`
}

// WorkbookRefusal is a row that is refused.
type WorkbookRefusal struct {
	Row  int    `json:"row" doc:"In the sheet; 0: the workbook as a whole."`
	Kind string `json:"kind" enum:"altered,missing,duplicated,unknown,owner,date"`
	Text string `json:"text"`
}

func ownershipOf(b *book, x store.OwnedAccount, now int64) Ownership {
	v := Ownership{
		Account: Ref{Kind: "account", ID: x.ID.String(), Name: x.Name, Detail: x.Login}, Source: b.source(x.SourceID), Sort: string(x.Sort), Description: x.Description,
		Enabled: Tri(x.Enabled.String()), LastSignIn: moment(x.LastSignIn), Purpose: x.Purpose, DirectoryOwner: strings.TrimPrefix(x.Directory, "dn:"),
		Overdue: x.ReviewBy > 0 && x.ReviewBy < now, ReviewBy: dateOf(x.ReviewBy),
	}
	if x.OwnerID != 0 {
		v.Owner = &Ref{Kind: "identity", ID: x.OwnerID.String(), Name: x.OwnerName}
	}
	return v
}

func dateOf(micros int64) string {
	if micros == 0 {
		return ""
	}
	return time.UnixMicro(micros).UTC().Format(time.DateOnly)
}

func readDate(s string) (int64, error) {
	if s = strings.TrimSpace(s); s == "" {
		return 0, nil
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 2000 {
		return 0, iam.Errorf(iam.Invalid, "%q is no date.", s).In("body.reviewBy").Fix("Write it as 2027-01-31.")
	}
	return t.UnixMicro(), nil
}

func (s *server) listOwnership(ctx context.Context, in *ListOwnership) (*body[Page[Ownership]], error) {
	f := store.OwnershipFilter{Words: in.Q, Missing: in.Missing}
	var err error
	if f.Source, err = optionalID(in.Source); err != nil {
		return nil, err
	}
	if f.Owner, err = optionalID(in.Owner); err != nil {
		return nil, err
	}
	return view(ctx, s, func(r *store.Reader) (Page[Ownership], error) {
		all, n, err := r.Ownership(ctx, f, in.Offset, in.Limit)
		if err != nil {
			return Page[Ownership]{}, err
		}
		b, err := newBook(ctx, r, nil)
		out := make([]Ownership, len(all))
		for i, x := range all {
			out[i] = ownershipOf(b, x, r.Now)
		}
		return page(out, n), err
	})
}

func (s *server) getOwnership(ctx context.Context, in *IDPath) (*body[Ownership], error) {
	id, err := iam.ParseID(in.ID)
	if err != nil {
		return nil, err
	}
	return view(ctx, s, func(r *store.Reader) (Ownership, error) {
		x, err := r.OwnershipOf(ctx, id)
		if err != nil {
			return Ownership{}, err
		}
		b, err := newBook(ctx, r, nil)
		if err != nil {
			return Ownership{}, err
		}
		return ownershipOf(b, x, r.Now), nil
	})
}

func (s *server) changeOwnership(ctx context.Context, in *ChangeOwnership) (*body[Ownership], error) {
	id, err := iam.ParseID(in.ID)
	if err != nil {
		return nil, err
	}
	o := iam.Ownership{Purpose: strings.TrimSpace(in.Body.Purpose)}
	if o.OwnerID, err = optionalID(in.Body.OwnerIdentity); err != nil {
		return nil, err
	}
	if o.ReviewBy, err = readDate(in.Body.ReviewBy); err != nil {
		return nil, err
	}
	if _, err := s.store.Write(ctx, "account.own", func(t *store.Tx) error {
		return t.OwnAccounts(ctx, map[iam.ID]iam.Ownership{id: o}, []iam.ID{id})
	}); err != nil {
		return nil, err
	}
	return s.getOwnership(ctx, &in.IDPath)
}

// ownershipColumns are those of the workbook. The first three are hidden.
var ownershipColumns = []sheet.FormColumn{
	{Title: "Id", Hidden: true}, {Title: "Workbook", Hidden: true}, {Title: "Check", Hidden: true},
	{Title: "Source", Width: 18}, {Title: "Account", Width: 24}, {Title: "Name", Width: 28}, {Title: "Description", Width: 40}, {Title: "Named in the directory", Width: 24},
	{Title: "Owner (login, or employee number)", Width: 26, Fill: true}, {Title: "Purpose", Width: 44, Fill: true}, {Title: "Review by (2027-01-31)", Width: 18, Fill: true},
}

const filledFrom = 8 // the columns before it say what the row is about

// workbookKey is the key of the checks in workbooks. It is kept sealed.
func (s *server) workbookKey(ctx context.Context) ([]byte, error) {
	ring := s.vault.Ring("workbooks")
	if err := ring.Prepare(ctx); err != nil {
		return nil, err
	}
	var sealed string
	if err := s.store.View(ctx, func(r *store.Reader) (err error) {
		sealed, err = r.Setting(ctx, "workbook.key")
		return err
	}); err != nil {
		return nil, err
	}
	if sealed != "" {
		text, err := ring.Open(ctx, "settings", "workbook.key", 0, sealed)
		if err != nil {
			return nil, err
		}
		return hex.DecodeString(text)
	}
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	sealed, err := ring.Seal(ctx, "settings", "workbook.key", 0, hex.EncodeToString(key))
	if err != nil {
		return nil, err
	}
	_, err = s.store.Write(ctx, "workbook.key", func(t *store.Tx) error {
		if again, err := t.Setting(ctx, "workbook.key"); err != nil || again != "" {
			return iam.Errorf(iam.Conflict, "Another workbook was begun at the same moment.").Fix("Try again.")
		}
		return t.PutSetting(ctx, "workbook.key", sealed)
	})
	return key, err
}

// check authenticates what a row is about: its locked cells.
func check(key []byte, row []string) string {
	m := hmac.New(sha256.New, key)
	for i, cell := range row[:filledFrom] {
		if i != 2 {
			_, _ = fmt.Fprintf(m, "%d:%s", len(cell), cell)
		}
	}
	return hex.EncodeToString(m.Sum(nil)[:16])
}

func (s *server) startOwnershipExport(ctx context.Context, in *OwnershipExport) (*body[Export], error) {
	source, err := optionalID(in.Body.Source)
	if err != nil {
		return nil, err
	}
	key, err := s.workbookKey(ctx)
	if err != nil {
		return nil, err
	}
	at := s.store.Now().UTC()
	stampText := at.Format("20060102T150405Z")
	x, err := s.exports.begin(ctx, s.demoName("gatehouse-owners-"+stampText+".xlsx"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", iam.ManageSources,
		func(ctx context.Context, w io.Writer, progress func(int64)) (v Export, err error) {
			form := sheet.Form{Title: "Service and shared accounts", Help: "Fill in the yellow columns and send the file back. The other columns are checked when it returns.", Columns: ownershipColumns}
			if err = s.store.View(ctx, func(r *store.Reader) error {
				all, _, err := r.Ownership(ctx, store.OwnershipFilter{Missing: in.Body.Missing, Source: source}, 0, 100_000)
				if err != nil {
					return err
				}
				b, err := newBook(ctx, r, nil)
				if err != nil {
					return err
				}
				for _, o := range all {
					login := ""
					if o.OwnerID != 0 {
						if row, err := r.IdentityRow(ctx, o.OwnerID); err == nil {
							login = row.Login
						}
					}
					row := []string{o.ID.String(), stampText + "/" + fmt.Sprint(len(all)), "", b.source(o.SourceID).Name, o.Login, o.Name, o.Description, strings.TrimPrefix(o.Directory, "dn:"), login, o.Purpose, dateOf(o.ReviewBy)}
					row[2] = check(key, row)
					form.Rows = append(form.Rows, row)
				}
				return nil
			}); err != nil {
				return v, err
			}
			v.Rows = int64(len(form.Rows))
			progress(v.Rows)
			return v, sheet.WriteForm(w, form)
		},
		func(ctx context.Context, v Export) error {
			_, err := s.store.Write(ctx, "export", func(t *store.Tx) error {
				t.AboutText("export", v.ID, v.FileName)
				t.Touches("exports")
				return t.Detail(map[string]any{"kind": "owners", "rows": v.Rows, "bytes": v.Bytes})
			})
			return err
		})
	if err != nil {
		return nil, err
	}
	<-x.done
	return answer(x.view, x.err)
}

// filled is a row of a workbook that came back.
type filled struct {
	row     int
	account iam.ID
	cells   []string
}

func (s *server) importOwnership(ctx context.Context, in *ImportOwnership) (*body[OwnershipImported], error) {
	cells, numbers, err := sheet.ReadForm(in.Body.Workbook, ownershipColumns)
	if err != nil {
		return nil, err
	}
	key, err := s.workbookKey(ctx)
	if err != nil {
		return nil, err
	}
	v := OwnershipImported{Rows: len(cells), Problems: []WorkbookRefusal{}}
	rows := v.authentic(key, cells, numbers)
	want := map[iam.ID]iam.Ownership{}
	var order []iam.ID
	if err := s.store.View(ctx, func(r *store.Reader) error {
		for _, x := range rows {
			o, changed, err := v.ownership(ctx, r, x)
			if err != nil {
				return err
			}
			if changed {
				want[x.account], order = o, append(order, x.account)
			}
		}
		return nil
	}); err != nil {
		return nil, err
	}
	v.Changed = len(order)
	if len(v.Problems) > 0 || in.Body.DryRun || len(order) == 0 {
		return answer(v, nil)
	}
	seq, err := s.store.Write(ctx, "account.own", func(t *store.Tx) error {
		t.Because("From a workbook that came back.")
		return t.OwnAccounts(ctx, want, order)
	})
	v.Applied, v.Event = err == nil, int64(seq)
	return answer(v, err)
}

func (v *OwnershipImported) refuse(row int, kind, format string, args ...any) {
	v.Problems = append(v.Problems, WorkbookRefusal{row, kind, fmt.Sprintf(format, args...)})
}

// authentic are the rows whose locked cells are as they were exported, each once
// and all from one workbook.
func (v *OwnershipImported) authentic(key []byte, cells [][]string, numbers []int) []filled {
	var out []filled
	seen := map[string]int{}
	of := ""
	for i, row := range cells {
		n := numbers[i]
		id, err := iam.ParseID(row[0])
		switch {
		case row[0] == "" || row[2] == "":
			v.refuse(n, "missing", "Row %d has lost its hidden columns.", n)
		case err != nil || !hmac.Equal([]byte(check(key, row)), []byte(row[2])):
			v.refuse(n, "altered", "Row %d (%s) was altered outside the yellow columns.", n, row[4])
		case seen[row[0]] != 0:
			v.refuse(n, "duplicated", "Rows %d and %d are the same account %s.", seen[row[0]], n, row[4])
		case of != "" && of != row[1]:
			v.refuse(n, "unknown", "Row %d comes from another workbook.", n)
		default:
			of, seen[row[0]] = row[1], n
			out = append(out, filled{n, id, row})
		}
	}
	if _, count, ok := strings.Cut(of, "/"); ok {
		var all int
		if _, err := fmt.Sscan(count, &all); err == nil && len(out) < all {
			v.Missing = all - len(out)
		}
	}
	return out
}

// ownership is what a row says, and whether that is new.
func (v *OwnershipImported) ownership(ctx context.Context, r *store.Reader, x filled) (o iam.Ownership, changed bool, err error) {
	now, err := r.OwnershipOf(ctx, x.account)
	if iam.KindOf(err) == iam.NotFound {
		v.refuse(x.row, "unknown", "The account %s of row %d is not in the directory any more.", x.cells[4], x.row)
		return o, false, nil
	}
	if err != nil {
		return o, false, err
	}
	o.Purpose = strings.TrimSpace(x.cells[9])
	if o.ReviewBy, err = readDate(x.cells[10]); err != nil {
		v.refuse(x.row, "date", "Row %d: %s", x.row, err)
		return o, false, nil
	}
	if who := strings.TrimSpace(x.cells[filledFrom]); who != "" {
		found, err := ownersNamed(ctx, r, who)
		if err != nil {
			return o, false, err
		}
		if len(found) != 1 {
			v.refuse(x.row, "owner", "Row %d: %q names %s.", x.row, who, map[bool]string{true: "nobody", false: fmt.Sprintf("%d people", len(found))}[len(found) == 0])
			return o, false, nil
		}
		o.OwnerID = found[0]
	}
	return o, o.OwnerID != now.OwnerID || o.Purpose != now.Purpose || o.ReviewBy != now.ReviewBy, nil
}

// ownersNamed are the identities that a login or an employee number names.
func ownersNamed(ctx context.Context, r *store.Reader, who string) ([]iam.ID, error) {
	found, err := r.AccountsByLogin(ctx, who)
	if err != nil {
		return nil, err
	}
	var out []iam.ID
	for _, a := range found {
		if a.IdentityID != 0 {
			out = append(out, a.IdentityID)
		}
	}
	if len(out) == 0 {
		if out, err = r.IdentitiesByNumber(ctx, who); err != nil {
			return nil, err
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}
