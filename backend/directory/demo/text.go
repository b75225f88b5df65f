package demo

import (
	"fmt"
	"strings"
)

// row is one line of a table: cells parted by "|" below a [section].
type row struct {
	section string
	cells   []string
}

// parseTable reads the form of people.txt and accounts.txt. Lines that begin
// with # are comments; the last cells of a row may be missing.
func parseTable(text string, columns int) ([]row, error) {
	var rows []row
	section := ""
	for n, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			section = strings.Trim(line, "[]")
		default:
			cells := strings.Split(line, "|")
			if len(cells) > columns || section == "" {
				return nil, fmt.Errorf("line %d: %d columns expected, below a [section]", n+1, columns)
			}
			for i := range cells {
				cells[i] = strings.TrimSpace(cells[i])
			}
			for len(cells) < columns {
				cells = append(cells, "")
			}
			rows = append(rows, row{section, cells})
		}
	}
	return rows, nil
}

func parseOptions(cell string) options {
	o := options{}
	for _, word := range strings.Fields(cell) {
		key, value, _ := strings.Cut(word, "=")
		o[key] = value
	}
	return o
}

// group is one section of groups.txt.
type group struct {
	name, class, owner, about string
	words                     map[string][]string // everyone, departments, sites, accounts, groups, gone
}

var groupWords = map[string]bool{
	"everyone": true, "departments": true, "sites": true, "accounts": true, "groups": true, "gone": true,
}

// parseGroups reads groups.txt: a heading "[name] class | owner | description",
// then lines "word: value; value".
func parseGroups(text string) ([]group, error) {
	var groups []group
	for n, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if line[0] == '[' {
			name, rest, _ := strings.Cut(line[1:], "]")
			cells := strings.SplitN(rest, "|", 3)
			if len(cells) != 3 {
				return nil, fmt.Errorf("line %d: a group is [name] class | owner | description", n+1)
			}
			groups = append(groups, group{
				name, strings.TrimSpace(cells[0]), strings.TrimSpace(cells[1]), strings.TrimSpace(cells[2]), map[string][]string{},
			})
			continue
		}
		word, values, ok := strings.Cut(line, ":")
		if !ok || !groupWords[word] || len(groups) == 0 {
			return nil, fmt.Errorf("line %d: %q is no line of a group", n+1, line)
		}
		words := groups[len(groups)-1].words
		words[word] = []string{}
		for _, v := range strings.Split(values, ";") {
			if v = strings.TrimSpace(v); v != "" {
				words[word] = append(words[word], v)
			}
		}
	}
	return groups, nil
}
