package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"

	"gatehouse/backend/iam"
)

// Decision is one line of an item's history. Lines are appended, never changed.
type Decision struct {
	Item        int64
	N           int64 // from 1, of the item
	Seq         iam.Seq
	At          int64
	Verdict     iam.Verdict
	Until       int64 // of an exception; else 0
	Reason      string
	DecidedBy   iam.ID // an identity
	DecidedName string
	Relation    string // the reviewer's to the item, or Other
	RecordedBy  string // the actor
	Channel     string
}

// Other is the relation of whoever decides an item that another reviews.
const Other = "other"

// Assignment says who was to review an item from when on.
type Assignment struct {
	Item       int64
	N          int64 // from 1, of the item; the one at the freeze has none
	Seq        iam.Seq
	At         int64
	Reviewer   iam.ID // 0: nobody
	Name       string
	Relation   iam.Relation
	Reason     string
	RecordedBy string
}

// ItemStanding is how an item stands: whom it is about, who reviews it and what
// was last decided of it.
type ItemStanding struct {
	Item       int64
	Excluded   bool
	Subject    string
	Group      string
	Identity   iam.ID // when it was frozen; 0: none
	Owner      iam.ID // the identity the account belongs to by the newest read; 0: none
	Reviewer   iam.ID // 0: nobody
	Relation   iam.Relation
	Assignment int64
	Verdict    iam.Verdict
	Decision   int64 // the number of the newest; 0: none
	DecidedBy  string
	DecidedAt  int64
}

// About says whether an item is about an account of the identity, when it was
// frozen or now.
func (i ItemStanding) About(identity iam.ID) bool {
	return identity != 0 && (i.Identity == identity || i.Owner == identity)
}

const standingOf = `
  SELECT i.ord, i.excluded <> 0, i.subject, i.entitlement, i.identity_id,
    coalesce((SELECT a.identity_id FROM accounts a WHERE a.id = i.subject_id ORDER BY a.since DESC LIMIT 1), 0),
    i.reviewer_id, i.relation, i.assignment, i.verdict, i.decision, coalesce(d.decided_name, ''), coalesce(d.at, 0)
  FROM review_items i LEFT JOIN review_decisions d ON d.campaign_id = i.campaign_id AND d.item = i.ord AND d.n = i.decision
  WHERE i.campaign_id = ?1 AND i.`

// ItemStandings finds items of a campaign by number; those that do not exist
// are left out.
func (r *Reader) ItemStandings(ctx context.Context, campaign iam.ID, items []int64) (map[int64]ItemStanding, error) {
	list, err := r.itemStandings(ctx, standingOf+`ord IN (SELECT value FROM json_each(?2))`, campaign, numberList(items))
	out := make(map[int64]ItemStanding, len(list))
	for _, i := range list {
		out[i.Item] = i
	}
	return out, err
}

// UndecidedOf are the undecided items in scope that are assigned to an
// identity, 0 for those assigned to nobody.
func (r *Reader) UndecidedOf(ctx context.Context, campaign, reviewer iam.ID) ([]ItemStanding, error) {
	return r.itemStandings(ctx, standingOf+`excluded = 0 AND i.reviewer_id = ?2 AND i.verdict = 'undecided' ORDER BY i.ord`, campaign, reviewer)
}

func (r *Reader) itemStandings(ctx context.Context, query string, args ...any) ([]ItemStanding, error) {
	return each(ctx, r, query, args, func(rows *sql.Rows, i *ItemStanding) error {
		return rows.Scan(&i.Item, &i.Excluded, &i.Subject, &i.Group, &i.Identity, &i.Owner, &i.Reviewer, &i.Relation, &i.Assignment, &i.Verdict, &i.Decision, &i.DecidedBy, &i.DecidedAt)
	})
}

// each reads the rows of a query.
func each[T any](ctx context.Context, r *Reader, query string, args []any, scan func(*sql.Rows, *T) error) ([]T, error) {
	rows, err := r.tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []T
	for rows.Next() {
		var v T
		if err := scan(rows, &v); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

func numberList(ns []int64) string {
	ids := make([]iam.ID, len(ns))
	for i, n := range ns {
		ids[i] = iam.ID(n)
	}
	return idList(ids)
}

// The columns of decisions and assignments, which fields tells where to put.
const (
	decisionColumns   = `item, n, seq, at, verdict, until_at, reason, decided_by, decided_name, relation, recorded_by, channel`
	assignmentColumns = `item, n, seq, at, reviewer_id, reviewer, reason, recorded_by`
)

func (d *Decision) fields() []any {
	return []any{&d.Item, &d.N, &d.Seq, &d.At, &d.Verdict, &d.Until, &d.Reason, &d.DecidedBy, &d.DecidedName, &d.Relation, &d.RecordedBy, &d.Channel}
}

func (a *Assignment) fields() []any {
	return []any{&a.Item, &a.N, &a.Seq, &a.At, &a.Reviewer, &a.Name, &a.Reason, &a.RecordedBy}
}

// DecisionsDigest is the SHA-256 over all decisions and assignments of a
// campaign, in order.
func (r *Reader) DecisionsDigest(ctx context.Context, campaign iam.ID) (string, error) {
	h := sha256.New()
	for _, q := range []string{
		`SELECT json_array(` + decisionColumns + `) FROM review_decisions WHERE campaign_id = ? ORDER BY item, n`,
		`SELECT json_array(` + assignmentColumns + `) FROM review_assignments WHERE campaign_id = ? ORDER BY item, n`,
	} {
		rows, err := r.tx.QueryContext(ctx, q, campaign)
		if err != nil {
			return "", err
		}
		for rows.Next() {
			var line sql.RawBytes
			if err := rows.Scan(&line); err != nil {
				_ = rows.Close()
				return "", err
			}
			h.Write(line)
			h.Write([]byte{'\n'})
		}
		if err := rows.Err(); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// decideDetail is what the event of decisions keeps, so that they can be
// rebuilt from the audit log: who recorded them, by which channel and when says
// the event itself.
type decideDetail struct {
	Campaign    iam.ID        `json:"campaign"`
	Verdict     iam.Verdict   `json:"verdict"`
	Until       int64         `json:"until,omitempty"`
	Reason      string        `json:"reason,omitempty"`
	DecidedBy   iam.ID        `json:"decidedBy"`
	DecidedName string        `json:"decidedName"`
	Items       []numbered    `json:"items,omitempty"`
	NotRecorded []NotRecorded `json:"notRecorded,omitempty"`
}

// numbered is an item with the number of the line that was appended to it.
type numbered struct {
	Item     int64  `json:"item"`
	N        int64  `json:"n"`
	Relation string `json:"relation,omitempty"`
}

// NotRecorded is an item whose decision was not recorded, and why, for whoever
// was too late or may not.
type NotRecorded struct {
	Item int64  `json:"item"`
	Why  string `json:"why"`
	Text string `json:"text"`
}

// recorder is who records in ctx, as its event says.
func recorder(ctx context.Context) (actor, channel string) {
	o := iam.OriginOf(ctx)
	if o.Actor == "" {
		o.Actor = iam.System
	}
	return string(o.Actor), o.Channel
}

// Decide appends one decision to each of the items, and tells in the audit log
// of those of the same request that are not recorded. d says what was decided
// and by whom. If there are no items, the event is one of a refusal.
func (t *Tx) Decide(ctx context.Context, c Campaign, d Decision, items []ItemStanding, not []NotRecorded) error {
	actor, channel := recorder(ctx)
	detail := decideDetail{Campaign: c.ID, Verdict: d.Verdict, Until: d.Until, Reason: d.Reason, DecidedBy: d.DecidedBy, DecidedName: d.DecidedName, Items: []numbered{}, NotRecorded: not}
	for _, i := range items {
		n := numbered{Item: i.Item, N: i.Decision + 1, Relation: Other}
		if i.Reviewer == d.DecidedBy {
			n.Relation = string(i.Relation)
		}
		detail.Items = append(detail.Items, n)
	}
	list, err := json.Marshal(detail.Items)
	if err != nil {
		return err
	}
	args := []any{sql.Named("campaign", int64(c.ID)), sql.Named("items", string(list)), sql.Named("seq", int64(t.Seq)), sql.Named("at", t.Now),
		sql.Named("verdict", string(d.Verdict)), sql.Named("until", d.Until), sql.Named("reason", d.Reason), sql.Named("by", int64(d.DecidedBy)), sql.Named("name", d.DecidedName),
		sql.Named("actor", actor), sql.Named("channel", channel)}
	if err := t.execAll(ctx, args,
		`INSERT INTO review_decisions (campaign_id, `+decisionColumns+`)
		 SELECT @campaign, value ->> 'item', value ->> 'n', @seq, @at, @verdict, @until, @reason, @by, @name, value ->> 'relation', @actor, @channel FROM json_each(@items)`,
		`UPDATE review_items SET verdict = @verdict, decision = decision + 1 WHERE campaign_id = @campaign AND ord IN (SELECT value ->> 'item' FROM json_each(@items))`); err != nil {
		return err
	}
	t.aboutCampaign(c)
	t.Because(d.Reason)
	if len(items) == 0 {
		t.Ended(iam.Refused)
	}
	return t.Detail(detail)
}

func (t *Tx) aboutCampaign(c Campaign) {
	t.About("campaign", c.ID, c.Name)
	t.Touches("reviews")
}

// assignDetail is what the event of an assignment keeps.
type assignDetail struct {
	Campaign iam.ID     `json:"campaign"`
	To       iam.ID     `json:"to"`
	Name     string     `json:"name"`
	Reason   string     `json:"reason"`
	Items    []numbered `json:"items"`
	Refused  []int64    `json:"refused,omitempty"` // about the new reviewer's own accounts
}

// Assign gives items to another reviewer.
func (t *Tx) Assign(ctx context.Context, c Campaign, a Assignment, items []ItemStanding, refused []int64) error {
	actor, _ := recorder(ctx)
	detail := assignDetail{Campaign: c.ID, To: a.Reviewer, Name: a.Name, Reason: a.Reason, Items: []numbered{}, Refused: refused}
	for _, i := range items {
		detail.Items = append(detail.Items, numbered{Item: i.Item, N: i.Assignment + 1})
	}
	list, err := json.Marshal(detail.Items)
	if err != nil {
		return err
	}
	args := []any{sql.Named("campaign", int64(c.ID)), sql.Named("items", string(list)), sql.Named("seq", int64(t.Seq)), sql.Named("at", t.Now),
		sql.Named("to", int64(a.Reviewer)), sql.Named("name", a.Name), sql.Named("reason", a.Reason), sql.Named("actor", actor)}
	if err := t.execAll(ctx, args,
		`INSERT INTO review_assignments (campaign_id, `+assignmentColumns+`)
		 SELECT @campaign, value ->> 'item', value ->> 'n', @seq, @at, @to, @name, @reason, @actor FROM json_each(@items)`,
		`UPDATE review_items SET reviewer_id = @to, reviewer = @name, relation = 'reassigned', assignment = assignment + 1 WHERE campaign_id = @campaign AND ord IN (SELECT value ->> 'item' FROM json_each(@items))`); err != nil {
		return err
	}
	t.aboutCampaign(c)
	t.About("identity", a.Reviewer, a.Name)
	t.Because(a.Reason)
	if len(items) == 0 {
		t.Ended(iam.Refused)
	}
	return t.Detail(detail)
}

// Closing is how a campaign ends.
type Closing struct {
	Signer     iam.ID                `json:"signer"` // an identity
	SignerName string                `json:"signerName"`
	Statement  string                `json:"statement"`
	Reason     string                `json:"reason,omitempty"` // why it is closed incomplete
	Complete   bool                  `json:"complete"`
	Read       int64                 `json:"read"`
	InScope    int64                 `json:"inScope"`
	Excluded   int64                 `json:"excluded"`
	Verdicts   map[iam.Verdict]int64 `json:"verdicts"`
	Removals   map[string]int64      `json:"removals"` // of the revoked, by state
}

// closeDetail is what the event of a closing keeps.
type closeDetail struct {
	Campaign iam.ID `json:"campaign"`
	Closing
	Decisions string `json:"decisions"` // digest
}

// CloseCampaign ends a campaign for good.
func (t *Tx) CloseCampaign(ctx context.Context, c Campaign, how Closing) error {
	digest, err := t.DecisionsDigest(ctx, c.ID)
	if err != nil {
		return err
	}
	if _, err := t.tx.ExecContext(ctx, `UPDATE campaigns SET state = ?, closed_at = ?, closed_seq = ?, signer_id = ?, signer_name = ?, statement = ?, close_reason = ? WHERE id = ?`,
		string(iam.CampaignClosed), t.Now, t.Seq, how.Signer, how.SignerName, how.Statement, how.Reason, c.ID); err != nil {
		return err
	}
	t.aboutCampaign(c)
	t.About("identity", how.Signer, how.SignerName)
	t.Because(how.Reason)
	return t.Detail(closeDetail{Campaign: c.ID, Closing: how, Decisions: digest})
}
