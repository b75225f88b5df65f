-- name: InsertCampaign :exec
INSERT INTO campaigns (id, uuid, name, state, scope, reviewers, due_at, source_reason, frozen_at, seq, digest, read, in_scope, excluded, closed_at, closed_seq, signer_id, signer_name, statement, close_reason)
VALUES (?, ?, ?, 'open', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, '', '', '');

-- name: InsertCampaignSource :exec
INSERT INTO campaign_sources (campaign_id, source_id, name, run_id, observed_at, coverage, note, accounts, groups, memberships, unresolved, groups_in, direct_in, effective_in)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: InsertCampaignExclusion :exec
INSERT INTO campaign_exclusions (campaign_id, ord, rule, reason, count) VALUES (?, ?, ?, ?, ?);

-- name: CampaignByUUID :one
SELECT * FROM campaigns WHERE uuid = ?;

-- name: CampaignByName :one
SELECT * FROM campaigns WHERE name = ?;

-- name: ListCampaigns :many
SELECT * FROM campaigns ORDER BY id DESC;

-- name: ListCampaignSources :many
SELECT * FROM campaign_sources WHERE campaign_id = ? ORDER BY name, source_id;

-- name: ListCampaignExclusions :many
SELECT * FROM campaign_exclusions WHERE campaign_id = ? ORDER BY ord;
