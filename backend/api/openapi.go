package api

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// register puts the table's routes on mux and returns the API that describes
// them. Every operation passes guard first.
func (s *server) register(mux *http.ServeMux, version string, guard func(route) func(huma.Context, func(huma.Context))) huma.API {
	huma.DefaultArrayNullable = false
	useProblems()
	cfg := huma.DefaultConfig("Gatehouse", version)
	cfg.OpenAPIPath, cfg.DocsPath, cfg.SchemasPath = "", "", ""
	cfg.CreateHooks = nil
	cfg.Servers = []*huma.Server{{URL: Root}}
	api := humago.NewWithPrefix(mux, Root, cfg)
	for _, r := range s.routes() {
		o := huma.Operation{
			OperationID: r.id, Method: r.method, Path: r.path,
			MaxBodyBytes: 1 << 20, Errors: []int{http.StatusUnprocessableEntity},
			Extensions: map[string]any{"x-permission": string(r.permission)},
			Tags:       []string{strings.SplitN(strings.TrimPrefix(r.path, "/"), "/", 2)[0]},
		}
		if guard != nil {
			o.Middlewares = huma.Middlewares{guard(r)}
		}
		r.register(s, api, o)
	}
	return api
}

// OpenAPI is the description of the whole API, as kept in openapi.json.
func OpenAPI() ([]byte, error) {
	api := (&server{}).register(http.NewServeMux(), "1", nil)
	b, err := json.MarshalIndent(api.OpenAPI(), "", "  ")
	if err != nil {
		return nil, err
	}
	return append(b, '\n'), nil
}
