package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"iter"
	"strings"

	"gatehouse/backend/iam"
)

// ReviewItem is one frozen grant. Every value is what it was when it was frozen,
// but for those after the blank line.
type ReviewItem struct {
	Campaign         iam.ID
	Ord              int64 // its number in the campaign, from 1
	Excluded         int64 // 0: in scope; else the exclusion's number
	Basis            iam.Basis
	Subject          iam.ID // an account or a group; 0: unresolved
	SubjectName      string // of an unresolved member its value
	SubjectFold      string
	Login            string
	DN               string
	Sort             iam.Sort
	Unresolved       iam.Unresolved
	Enabled          iam.Tri
	Department       string
	Title            string
	Identity         Person
	SourceID         iam.ID
	Source           string
	Entitlement      iam.ID
	EntitlementName  string
	EntitlementDN    string
	Privileged       bool
	Path             string // JSON: ids and names of groups
	MorePaths        bool
	EdgeMember       iam.ID // of the membership whose removal ends it
	EdgeMemberName   string // also of an unresolved member, which has no id
	EdgeGroup        iam.ID // 0: no single membership ends it
	EdgeGroupName    string
	EdgeOthers       int64
	GrantedSeq       iam.Seq // first saw the newest edge of the path
	GrantedAt        int64
	Peers            int64
	PeersOf          int64
	LastSignIn       iam.Moment
	ObservedAt       int64
	Findings         string // JSON
	PreviousVerdict  iam.Verdict
	PreviousAt       int64
	PreviousCampaign string
	FirstReviewer    Person
	FirstRelation    iam.Relation

	Reviewer   Person // by the newest assignment
	Relation   iam.Relation
	Assignment int64 // its number; 0: the first one
	Verdict    iam.Verdict
	Decision   int64 // the number of the newest; 0: none
}

// The columns of an item: those that are frozen, and those that are not.
const (
	frozenColumns = `campaign_id, ord, excluded, basis, subject_id, subject, subject_fold, login, dn, sort, unresolved, enabled, department, title, identity_id, identity_name,
 source_id, source, entitlement_id, entitlement, entitlement_dn, privileged, path, more_paths, edge_member_id, edge_member, edge_group_id, edge_group, edge_others,
 granted_seq, granted_at, peers, peers_of, last_sign_in, observed_at, findings, previous_verdict, previous_at, previous_campaign, first_reviewer_id, first_reviewer, first_relation`
	itemColumns = frozenColumns + `, reviewer_id, reviewer, relation, assignment, verdict, decision`
)

// frozen are the values of the frozen columns.
func (i *ReviewItem) frozen(to []any) []any {
	flag := func(b bool) int64 { return int64(iam.TriOf(b)) }
	return append(to,
		int64(i.Campaign), i.Ord, i.Excluded, string(i.Basis), int64(i.Subject), i.SubjectName, i.SubjectFold, i.Login, i.DN, string(i.Sort), string(i.Unresolved),
		int64(i.Enabled), i.Department, i.Title, int64(i.Identity.ID), i.Identity.Name,
		int64(i.SourceID), i.Source, int64(i.Entitlement), i.EntitlementName, i.EntitlementDN, flag(i.Privileged), i.Path, flag(i.MorePaths),
		int64(i.EdgeMember), i.EdgeMemberName, int64(i.EdgeGroup), i.EdgeGroupName, i.EdgeOthers,
		int64(i.GrantedSeq), i.GrantedAt, i.Peers, i.PeersOf, int64(i.LastSignIn), i.ObservedAt, i.Findings, string(i.PreviousVerdict), i.PreviousAt, i.PreviousCampaign,
		int64(i.FirstReviewer.ID), i.FirstReviewer.Name, string(i.FirstRelation))
}

// fields are where the columns go.
func (i *ReviewItem) fields() []any {
	return []any{
		&i.Campaign, &i.Ord, &i.Excluded, &i.Basis, &i.Subject, &i.SubjectName, &i.SubjectFold, &i.Login, &i.DN, &i.Sort, &i.Unresolved,
		&i.Enabled, &i.Department, &i.Title, &i.Identity.ID, &i.Identity.Name,
		&i.SourceID, &i.Source, &i.Entitlement, &i.EntitlementName, &i.EntitlementDN, &i.Privileged, &i.Path, &i.MorePaths,
		&i.EdgeMember, &i.EdgeMemberName, &i.EdgeGroup, &i.EdgeGroupName, &i.EdgeOthers,
		&i.GrantedSeq, &i.GrantedAt, &i.Peers, &i.PeersOf, &i.LastSignIn, &i.ObservedAt, &i.Findings, &i.PreviousVerdict, &i.PreviousAt, &i.PreviousCampaign,
		&i.FirstReviewer.ID, &i.FirstReviewer.Name, &i.FirstRelation,
		&i.Reviewer.ID, &i.Reviewer.Name, &i.Relation, &i.Assignment, &i.Verdict, &i.Decision,
	}
}

// insertItems adds the items of a campaign, undecided and with their first
// reviewer. Each is a statement of its own: one that adds several keeps a
// journal of its own to undo a part of them, which costs more than it saves.
func (t *Tx) insertItems(ctx context.Context, items []*ReviewItem) error {
	n := strings.Count(frozenColumns, ",") + 1
	add, err := t.tx.PrepareContext(ctx, fmt.Sprintf("INSERT INTO review_items (%s) VALUES (?%s, ?%d, ?%d, ?%d, 0, 'undecided', 0)",
		itemColumns, strings.Repeat(", ?", n-1), n-2, n-1, n))
	if err != nil {
		return err
	}
	defer func() { _ = add.Close() }()
	args := make([]any, 0, n)
	for _, i := range items {
		if _, err := add.ExecContext(ctx, i.frozen(args[:0])...); err != nil {
			return err
		}
	}
	return nil
}

// digestItems is the SHA-256 over the frozen columns of items in their order,
// each value with its length before it.
func digestItems(items iter.Seq2[ReviewItem, error]) (string, error) {
	h := sha256.New()
	var values []any
	var b []byte
	for i, err := range items {
		if err != nil {
			return "", err
		}
		values, b = i.frozen(values[:0]), b[:0]
		for _, v := range values {
			switch v := v.(type) {
			case string:
				b = binary.BigEndian.AppendUint32(b, uint32(len(v)))
				b = append(b, v...)
			case int64:
				b = binary.BigEndian.AppendUint32(b, 8)
				b = binary.BigEndian.AppendUint64(b, uint64(v))
			}
		}
		_, _ = h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// AllItems yields a campaign's items in their order, excluded ones last.
func (r *Reader) AllItems(ctx context.Context, campaign iam.ID) iter.Seq2[ReviewItem, error] {
	return func(yield func(ReviewItem, error) bool) {
		rows, err := r.tx.QueryContext(ctx, `SELECT `+itemColumns+` FROM review_items WHERE campaign_id = ? ORDER BY ord`, campaign)
		if err != nil {
			yield(ReviewItem{}, err)
			return
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var i ReviewItem
			if err := rows.Scan(i.fields()...); !yield(i, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(ReviewItem{}, err)
		}
	}
}

// FrozenDigest is the digest over what the items of a campaign say now. It is
// the campaign's own unless somebody changed a frozen value.
func (r *Reader) FrozenDigest(ctx context.Context, campaign iam.ID) (string, error) {
	return digestItems(r.AllItems(ctx, campaign))
}
