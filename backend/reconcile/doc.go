// Package reconcile turns a read of a source into records: read into staging,
// compare, brake, apply in one Write, run record. A read that did not reach its
// End changes nothing, and what a complete read no longer returns is closed as
// not returned, never as deleted without the directory's proof.
package reconcile
