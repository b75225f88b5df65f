package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"gatehouse/backend/api"
	"gatehouse/backend/iam"
)

// client asks the API of the data folder's owner, in this process or another.
type client struct{ http *http.Client }

// maxAnswer bounds an answer in bytes. The largest are the members of a group
// with all their paths.
const maxAnswer = 1 << 30

// call sends in, nil for nothing, and returns the body of the answer. An answer
// that refuses is an *api.Problem.
func (c *client) call(ctx context.Context, method, path string, query url.Values, in any) ([]byte, error) {
	answer, err := c.send(ctx, method, path, query, in)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	if err != nil {
		return nil, unreachable(ctx, err)
	}
	if len(body) > maxAnswer {
		return nil, iam.Errorf(iam.Unsupported, "The answer is longer than %d bytes.", maxAnswer)
	}
	return body, nil
}

// send is call with the body still to be read and closed.
func (c *client) send(ctx context.Context, method, path string, query url.Values, in any) (*http.Response, error) {
	var content io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(b)
	}
	address := "http://gatehouse" + api.Root + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, method, address, content)
	if err != nil {
		return nil, err
	}
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, unreachable(ctx, err)
	}
	if answer.StatusCode < 300 {
		return answer, nil
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil {
		return nil, unreachable(ctx, err)
	}
	return nil, problemIn(answer.StatusCode, body)
}

// unreachable says that no answer came; the address would say nothing, it is
// always the same.
func unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var ue *url.Error
	if errors.As(err, &ue) {
		err = ue.Err
	}
	return iam.Errorf(iam.Unavailable, "The process that owns the data folder did not answer: %v.", err).
		Fix("Try again; if it has ended, this command opens the folder itself.").By(err)
}

func ask[T any](ctx context.Context, c *client, method, path string, query url.Values, in any) (T, error) {
	var out T
	body, err := c.call(ctx, method, path, query, in)
	if err == nil && len(body) > 0 {
		if err = json.Unmarshal(body, &out); err != nil {
			err = fmt.Errorf("the answer to %s %s cannot be read: %w", method, path, err)
		}
	}
	return out, err
}

func get[T any](ctx context.Context, c *client, path string, query url.Values) (T, error) {
	return ask[T](ctx, c, http.MethodGet, path, query, nil)
}

func post[T any](ctx context.Context, c *client, path string, in any) (T, error) {
	return ask[T](ctx, c, http.MethodPost, path, nil, in)
}

// problemIn is the refusal that a body holds.
func problemIn(status int, body []byte) *api.Problem {
	p := &api.Problem{}
	if json.Unmarshal(body, p) != nil || p.Detail == "" {
		p.Detail = fmt.Sprintf("The answer was %d %s.", status, http.StatusText(status))
	}
	return p
}

// details are what a problem says beyond its message: the fields at fault, or
// the records that a name can mean.
func details(p *api.Problem) []string {
	var list []string
	for _, e := range p.Errors {
		if e.Message == p.Detail {
			continue
		}
		text := e.Message
		if field := e.Location[strings.LastIndexByte(e.Location, '.')+1:]; field != "" {
			text = field + ": " + text
		}
		if !strings.Contains(p.Remedy, text) {
			list = append(list, text)
		}
	}
	return list
}

// sources are all sources.
func (c *client) sources(ctx context.Context) ([]api.Source, error) {
	return get[[]api.Source](ctx, c, "/sources", nil)
}

// source is the one of that name. If there is none, the error lists those that
// there are.
func (c *client) source(ctx context.Context, name string) (api.Source, error) {
	all, err := c.sources(ctx)
	if err != nil {
		return api.Source{}, err
	}
	if i := slices.IndexFunc(all, func(s api.Source) bool { return strings.EqualFold(s.Name, name) }); i >= 0 {
		return all[i], nil
	}
	if len(all) == 0 {
		return api.Source{}, iam.Errorf(iam.NotFound, "There is no source %q: no directory is connected yet.", name).
			Fix("Connect one with gatehouse source add.")
	}
	names := make([]string, len(all))
	for i, s := range all {
		names[i] = s.Name
	}
	return api.Source{}, iam.Errorf(iam.NotFound, "There is no source %q.", name).
		Fix("Name one of: " + strings.Join(names, ", ") + ".")
}
