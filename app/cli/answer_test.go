package cli

import (
	"net/http"
	"strings"
	"testing"
)

const accessLine = `{"login":"i.novak","id":"41","source":"halden","dn":"uid=i.novak,ou=interns","enabled":true,"enabledState":"yes","run":"9",` +
	`"observedAt":"2026-03-01T08:00:00.123Z","coverage":"complete","effective":[` +
	`{"source":"halden","group":"interns","groupId":"50","dn":"cn=interns","direct":true,"paths":[["interns"]],"morePaths":false},` +
	`{"source":"halden","group":"admins","groupId":"51","dn":"cn=admins","direct":false,"paths":[["interns","lab","admins"],["interns","x","y","admins"]],"morePaths":true}],` +
	`"unresolved":["A newer run is held."]}`

const whoCanBody = `{"group":"admins","groupId":"51","dn":"cn=admins",
  "members":[{"login":"i.novak","id":"41","direct":false,"paths":[["interns","lab","admins"]],"morePaths":false}],
  "unresolved":[{"value":"uid=gone","reason":"dangling"}]}`

func TestAccess(t *testing.T) {
	h := owner{"GET /answers/access": strings.ReplaceAll(accessLine, `,"`, ",\n  \"")}.mux()
	called(t, h, "", "access", "i.novak", "--json").want(t, 0, accessLine+"\n")
	called(t, h, "", "access", "i.novak").want(t, 0, `i.novak in halden: uid=i.novak,ou=interns
id 41, enabled yes, as read 2026-03-01 08:00:00Z by run 9 (complete)

GROUP    MEMBER  BY
interns  direct  interns
admins   nested  interns > lab > admins (+1 or more)
May lack groups: A newer run is held.
`)
}

func TestWhoCan(t *testing.T) {
	h := owner{"GET /answers/who-can": whoCanBody}.mux()
	called(t, h, "", "who-can", "admins").want(t, 0, `admins: cn=admins
id 51, accounts in it: 1, unresolved: 1

LOGIN    MEMBER  BY                      ID
i.novak  nested  interns > lab > admins  41

UNRESOLVED  WHY
uid=gone    dangling
`)
	if r := called(t, h, "", "who-can", "admins", "--json"); r.code != 0 || strings.Count(r.out, "\n") != 1 {
		t.Errorf("not one line of JSON: %+v", r)
	}
}

func TestWhatIsAskedFor(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"access i.novak", "login=i.novak"},
		{"access --id 41", "id=41"},
		{"access i.novak --source HALDEN", "login=i.novak&source=halden"},
		{"who-can admins --source halden", "group=admins&source=halden"},
		{"who-can --id 51", "id=51"},
	} {
		t.Run(c.args, func(t *testing.T) {
			var asked string
			mux := owner{"GET /sources": `[{"id":"3","name":"halden"}]`}.mux()
			mux.HandleFunc("GET /api/v1/answers/{what}", func(w http.ResponseWriter, r *http.Request) {
				asked = r.URL.RawQuery
				w.Write([]byte("{}"))
			})
			called(t, mux, "", append(strings.Fields(c.args), "--json")...).want(t, 0, "{}\n")
			if asked != c.want {
				t.Errorf("asked %s, want %s", asked, c.want)
			}
		})
	}
}

func TestAnAmbiguousNameListsTheCandidates(t *testing.T) {
	h := owner{"GET /answers/access": `409 {"detail":"The login admin is that of 2 accounts.","kind":"conflict","remedy":"Add --source or --id.",
		"errors":[{"message":"admin in halden (id 7)"},{"message":"admin in lab (id 9)"}]}`}.mux()
	called(t, h, "", "access", "admin", "--json").want(t, 1, "",
		"gatehouse: The login admin is that of 2 accounts.\n  admin in halden (id 7)\n  admin in lab (id 9)\nAdd --source or --id.\n")
}

func TestAnUnknownNameExits1(t *testing.T) {
	h := owner{
		"GET /answers/who-can": `404 {"detail":"There is no group nobody.","kind":"notFound"}`,
		"GET /sources":         `[{"id":"3","name":"halden"},{"id":"4","name":"lab"}]`,
	}.mux()
	called(t, h, "", "who-can", "nobody", "--json").want(t, 1, "", "gatehouse: There is no group nobody.\n")
	called(t, h, "", "access", "anna", "--source", "hal").want(t, 1, "", `gatehouse: There is no source "hal".`, "Name one of: halden, lab.")
}

func TestAnAnswerThatIsNoProblemObject(t *testing.T) {
	h := owner{"GET /sources": `404 <html>`}.mux()
	called(t, h, "", "source", "list").want(t, 1, "", "gatehouse: The answer was 404 Not Found.\n")
}

func TestFind(t *testing.T) {
	h := owner{"GET /search": `{"items":[{"ref":{"kind":"account","id":"41","name":"Iva Novak","detail":"i.novak"},"login":"i.novak","source":"halden"}]}`}.mux()
	called(t, h, "", "find", "iva", "novak").want(t, 0, `KIND     NAME       LOGIN    SOURCE  ID  DETAIL
account  Iva Novak  i.novak  halden  41  i.novak
`)
	called(t, owner{"GET /search": `{"items":[]}`}.mux(), "", "find", "nobody").want(t, 0, "", "Nothing was found.")
}
