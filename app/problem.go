package app

import (
	"crypto/rand"
	"errors"
	"html/template"
	"net/http"

	"gatehouse/backend/iam"
)

// problemPage stands in the window while the data folder cannot be opened. It
// needs none of the built pages.
var problemPage = template.Must(template.New("problem").Parse(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<title>Gatehouse</title>
<style nonce="{{.Nonce}}">
body { font: 13px/20px Inter, system-ui, sans-serif; max-width: 560px; margin: 96px auto; padding: 0 24px }
h1 { font-size: 18px; line-height: 24px; font-weight: 600 }
a { display: inline-block; margin-top: 16px; color: light-dark(#0b7285, #56b9c9); font-weight: 500 }
</style>
</head>
<body>
<h1>Gatehouse could not open its data folder</h1>
<p>{{.Message}}</p>
{{with .Remedy}}<p>{{.}}</p>{{end}}
<a href="/">Try again</a>
</body>
</html>
`))

// writeProblem answers with err, as an operator may see it.
func writeProblem(w http.ResponseWriter, err error) {
	shown := &iam.Error{Message: "Something went wrong that Gatehouse did not expect.", Remedy: "Its log, gatehouse.log in the data folder, says more."}
	var known *iam.Error
	if errors.As(err, &known) {
		shown = known
	}
	nonce := rand.Text()
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy",
		"default-src 'none'; script-src 'self'; style-src 'nonce-"+nonce+"'; base-uri 'none'; frame-ancestors 'none'")
	w.WriteHeader(http.StatusServiceUnavailable)
	problemPage.Execute(w, struct {
		Nonce string
		*iam.Error
	}{nonce, shown})
}
