package vault

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"strconv"
	"strings"

	"filippo.io/age"
)

// encrypt seals text with AES-256-GCM under a fresh random nonce.
func encrypt(key, text, additional []byte) (nonce, sealed []byte, err error) {
	gcm, err := aead(key)
	if err != nil {
		return nil, nil, err
	}
	if nonce, err = random(gcm.NonceSize()); err != nil {
		return nil, nil, err
	}
	return nonce, gcm.Seal(nil, nonce, text, additional), nil
}

func decrypt(key, nonce, sealed, additional []byte) ([]byte, error) {
	gcm, err := aead(key)
	if err != nil {
		return nil, err
	}
	if len(nonce) != gcm.NonceSize() {
		return nil, errAltered
	}
	text, err := gcm.Open(nil, nonce, sealed, additional)
	if err != nil {
		return nil, errAltered
	}
	return text, nil
}

var errAltered = errors.New("altered, or not made with this key")

func aead(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// sealAt seals text for one place: gh1.KEYID.NONCE.CIPHERTEXT.
func sealAt(key, text []byte, table, column string, row int64) (string, error) {
	id := keyID(key)
	nonce, sealed, err := encrypt(key, text, place(id, table, column, row))
	if err != nil {
		return "", err
	}
	return strings.Join([]string{format, id, encode(nonce), encode(sealed)}, "."), nil
}

// openAt is the reverse of sealAt. Its error says why not, as the end of a
// sentence.
func openAt(key []byte, table, column string, row int64, sealed string) ([]byte, error) {
	parts := strings.Split(sealed, ".")
	if len(parts) != 4 || parts[0] != format {
		return nil, errors.New("it is not in the form " + format)
	}
	nonce, err1 := decode(parts[2])
	text, err2 := decode(parts[3])
	if err1 != nil || err2 != nil {
		return nil, errors.New("it was altered")
	}
	id := keyID(key)
	if parts[1] != id {
		return nil, errOtherKey
	}
	b, err := decrypt(key, nonce, text, place(id, table, column, row))
	if err != nil {
		return nil, errors.New("it was altered, or moved here from another record")
	}
	return b, nil
}

var errOtherKey = errors.New("it was sealed with another key")

// keyID names a key without saying anything about it.
func keyID(key []byte) string {
	sum := sha256.Sum256(append([]byte("gatehouse-vault-key-id"), key...))
	return encode(sum[:6])
}

// place is the additional data of a sealed secret: which key and where it is
// kept, each part preceded by its length.
func place(id, table, column string, row int64) []byte {
	var b []byte
	for _, s := range []string{format, id, table, column, strconv.FormatInt(row, 10)} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
		b = append(b, s...)
	}
	return b
}

// wrap seals the data key for a slot with a secret of full strength: a key of
// the slot's own is derived from it with HKDF-SHA256 (RFC 5869).
func wrap(kind SlotKind, id string, secret, key []byte) (string, error) {
	wrapping, err := wrappingKey(kind, id, secret)
	if err != nil {
		return "", err
	}
	defer clear(wrapping)
	nonce, sealed, err := encrypt(wrapping, key, place(id, "slot", string(kind), 0))
	if err != nil {
		return "", err
	}
	return strings.Join([]string{format, encode(nonce), encode(sealed)}, "."), nil
}

func unwrap(s Slot, secret []byte) ([]byte, error) {
	parts := strings.Split(s.Wrapped, ".")
	if len(parts) != 3 || parts[0] != format {
		return nil, errAltered
	}
	nonce, err1 := decode(parts[1])
	sealed, err2 := decode(parts[2])
	if err := errors.Join(err1, err2); err != nil {
		return nil, errAltered
	}
	wrapping, err := wrappingKey(s.Kind, s.ID, secret)
	if err != nil {
		return nil, err
	}
	defer clear(wrapping)
	return dataKey(decrypt(wrapping, nonce, sealed, place(s.ID, "slot", string(s.Kind), 0)))
}

func wrappingKey(kind SlotKind, id string, secret []byte) ([]byte, error) {
	return hkdf.Key(sha256.New, secret, []byte(id), "gatehouse-vault-slot "+string(kind), keySize)
}

// wrapPassphrase seals the data key with a passphrase, as an age file
// (age-encryption.org/v1, scrypt) in base64. work is log2 of scrypt's N: 18
// costs about a second.
func wrapPassphrase(passphrase string, key []byte, work int) (string, error) {
	recipient, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return "", err
	}
	recipient.SetWorkFactor(work)
	var b bytes.Buffer
	w, err := age.Encrypt(&b, recipient)
	if err != nil {
		return "", err
	}
	if _, err := w.Write(key); err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	return encode(b.Bytes()), nil
}

func unwrapPassphrase(s Slot, passphrase string) ([]byte, error) {
	sealed, err := decode(s.Wrapped)
	if err != nil {
		return nil, errAltered
	}
	identity, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, err
	}
	r, err := age.Decrypt(bytes.NewReader(sealed), identity)
	if err != nil {
		return nil, err
	}
	return dataKey(io.ReadAll(io.LimitReader(r, keySize+1)))
}

func dataKey(key []byte, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	if len(key) != keySize {
		return nil, errAltered
	}
	return key, nil
}
