// Package store keeps everything Gatehouse knows in one SQLite database.
//
// There are three doors. View reads a snapshot. Write is the only way to change
// a record: it takes the next sequence number, fixes the time once, and appends
// the audit event in the same transaction. Scratch changes working state, whose
// loss loses nothing. Static SQL lies in query/, typed by sqlc into db/; lists
// with filters are built beside the noun they list.
package store
