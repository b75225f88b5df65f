package store

import (
	"slices"

	"gatehouse/backend/iam"
)

// idLine is a long row of ids in pieces, so that one that differs in a few places
// shares the others.
type idLine [][]iam.ID

// pieceLength is how many ids a new piece has.
const pieceLength = 4096

func newLine(ids []iam.ID) idLine { return slices.Collect(slices.Chunk(ids, pieceLength)) }

func (l idLine) length() (n int) {
	for _, piece := range l {
		n += len(piece)
	}
	return n
}

// at is the id at a place.
func (l idLine) at(place int) iam.ID {
	for _, piece := range l {
		if place < len(piece) {
			return piece[place]
		}
		place -= len(piece)
	}
	panic("a place behind the end of a line")
}

// between are the ids from one place to before another.
func (l idLine) between(first, end int) idSet {
	out := idSet{}
	for _, piece := range l {
		for i := max(0, first); i < min(end, len(piece)); i++ {
			out.add(piece[i])
		}
		first, end = first-len(piece), end-len(piece)
	}
	return out
}

// without is the line without the ids of a set.
func (l idLine) without(gone idSet) idLine {
	out := make(idLine, 0, len(l))
	for _, piece := range l {
		if slices.ContainsFunc(piece, gone.has) {
			piece = slices.DeleteFunc(slices.Clone(piece), gone.has)
		}
		if len(piece) > 0 {
			out = append(out, piece)
		}
	}
	return out
}

// with is the line with ids put before those that stand at places, which ascend.
func (l idLine) with(places []int, ids []iam.ID) idLine {
	out := make(idLine, 0, len(l)+1)
	first := 0 // the place of the piece's first id
	for p, piece := range append(slices.Clone(l), nil) {
		n := 0 // ids that go into this piece, or behind the last
		for n < len(places) && (places[n] < first+len(piece) || p == len(l)) {
			n++
		}
		length := len(piece)
		if n > 0 {
			piece = slices.Clone(piece)
			for i := n - 1; i >= 0; i-- {
				piece = slices.Insert(piece, places[i]-first, ids[i])
			}
		}
		first, places, ids = first+length, places[n:], ids[n:]
		out = append(out, slices.Collect(slices.Chunk(piece, 2*pieceLength))...)
	}
	return out
}
