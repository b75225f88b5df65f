package sheet

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
)

// digest takes the canonical form of a table: see Digest.
type digest struct {
	sum hash.Hash
	buf []byte
}

// chunk is how much is hashed at once.
const chunk = 32 << 10

func newDigest(columns []Column) *digest {
	d := &digest{sum: sha256.New(), buf: make([]byte, 0, 2*chunk)}
	d.buf = binary.AppendUvarint(d.buf, uint64(len(columns)))
	for _, c := range columns {
		d.put(c.Kind.letter(), clean(c.Name))
	}
	return d
}

func (k Kind) letter() byte {
	switch k {
	case ID:
		return id
	case Number:
		return number
	case Time:
		return moment
	case Outcome:
		return outcome
	}
	return text
}

func (d *digest) put(letter byte, s string) {
	d.buf = append(d.buf, letter)
	d.buf = binary.AppendUvarint(d.buf, uint64(len(s)))
	d.buf = append(d.buf, s...)
}

func (d *digest) add(row []Value) {
	for _, v := range row {
		switch v.letter {
		case number, moment:
			var short [32]byte
			s := v.append(short[:0])
			d.buf = append(d.buf, v.letter, byte(len(s))) // less than 128 bytes: a number of one byte
			d.buf = append(d.buf, s...)
		case 0:
			d.put(text, v.s)
		default:
			d.put(v.letter, v.s)
		}
	}
	if len(d.buf) >= chunk {
		d.sum.Write(d.buf)
		d.buf = d.buf[:0]
	}
}

func (d *digest) hex() string {
	d.sum.Write(d.buf)
	d.buf = d.buf[:0]
	return hex.EncodeToString(d.sum.Sum(nil))
}
