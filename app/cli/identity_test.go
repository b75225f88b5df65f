package cli

import (
	"strings"
	"testing"
)

// TestMovesAreShownFirst: without --yes a merge and a split change nothing and
// need no reason; with it they do.
func TestMovesAreShownFirst(t *testing.T) {
	const person = `{"id":"41","name":"Devika Patel","accounts":[{"id":"7","login":"dpatel","source":{"id":"1","name":"halden"}},{"id":"8","login":"dpatel2","source":{"id":"1","name":"halden"}}]}`
	h := owner{
		"GET /identities/41": person, "GET /identities/41/merge": `{"from":{"id":"41","name":"Devika Patel"},"into":{"id":"42","name":"D. Patel"},"accounts":[]}`,
		"POST /identities/41/split": `{"identity":"43","event":9}`,
	}.mux()
	called(t, h, "", "identity", "merge", "id:41", "id:42").want(t, done, "Devika Patel (id 41) would become part of D. Patel (id 42): 0 accounts, 0 findings move; 0 factors and 0 items of open reviews stay under the old id, which leads on.\nNothing was changed. Add --yes and --reason to merge.\n")
	shown := called(t, h, "", "identity", "split", "id:41", "--account", "8")
	if shown.code != done || !strings.Contains(shown.out, "1 of 2 accounts would be somebody else's") || !strings.Contains(shown.out, "Nothing was changed.") {
		t.Errorf("exit %d %s%s", shown.code, shown.out, shown.err)
	}
	called(t, h, "", "identity", "split", "id:41", "--account", "9").want(t, failed, "", "has no account 9")
	called(t, h, "", "identity", "split", "id:41", "--account", "8", "--yes").want(t, misused, "", "--yes needs --reason")
	called(t, h, "", "identity", "split", "id:41", "--account", "8", "--yes", "--reason", "another person").want(t, done, "Split off as id 43, event 9.\n")
}
