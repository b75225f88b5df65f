package vault

import (
	"context"
	"errors"
	"slices"
	"strings"
)

// slotMap keeps slots, the keys of rings and secrets in memory.
type slotMap struct {
	slots   []Slot
	keys    map[string]string // of rings
	secrets map[spot]string
	fail    error        // of the next SaveSlot
	step    func() error // called before each step, if not nil
}

// spot is where a secret is kept, and the ring that sealed it.
type spot struct {
	ring, table, column string
	row                 int64
}

func (m *slotMap) Forget(context.Context) {}

func (m *slotMap) next() error {
	if m.step == nil {
		return nil
	}
	return m.step()
}

func (m *slotMap) LoadKey(_ context.Context, ring string) (string, error) { return m.keys[ring], nil }

func (m *slotMap) SaveKey(_ context.Context, ring, sealed string, _ int64) error {
	if m.keys == nil {
		m.keys = map[string]string{}
	}
	if m.keys[ring] == "" {
		m.keys[ring] = sealed
	}
	return nil
}

// Rekey is a transaction: what it did counts at its end.
func (m *slotMap) Rekey(_ context.Context, k *Rekeying) (int64, error) {
	if err := m.next(); err != nil {
		return 0, err
	}
	k.Begin()
	keys, secrets := map[string]string{}, map[spot]string{}
	for name, sealed := range m.keys {
		next, err := k.Ring(name, sealed)
		if err := errors.Join(err, m.next()); err != nil {
			return 0, err
		}
		keys[name] = next
	}
	for at, sealed := range m.secrets {
		next, err := k.Secret(at.ring, at.table, at.column, at.row, sealed)
		if err := errors.Join(err, m.next()); err != nil {
			return 0, err
		}
		secrets[at] = next
	}
	m.slots, m.keys, m.secrets = k.Slots, keys, secrets
	return int64(len(secrets)), m.next() // an error here comes too late
}

func (m *slotMap) LoadSlots(context.Context) ([]Slot, error) {
	return slices.Clone(m.slots), m.next()
}

func (m *slotMap) SaveSlot(_ context.Context, s Slot) error {
	if err := m.fail; err != nil {
		m.fail = nil
		return err
	}
	m.slots = append(m.slots, s)
	return nil
}

func (m *slotMap) RemoveSlot(_ context.Context, id string) error {
	m.slots = slices.DeleteFunc(m.slots, func(s Slot) bool { return s.ID == id })
	return nil
}

func (m *slotMap) kinds() string {
	var kinds []string
	for _, s := range m.slots {
		kinds = append(kinds, string(s.Kind))
	}
	return strings.Join(kinds, " ")
}

// memoryKeychain is the keychain of one machine.
type memoryKeychain struct {
	entries map[string]string
	refuse  error // of every call
	asked   int
	step    func() error // called before each call, if not nil
}

func (k *memoryKeychain) next() error {
	k.asked++
	if k.step != nil {
		if err := k.step(); err != nil {
			return err
		}
	}
	return k.refuse
}

func newKeychain() *memoryKeychain { return &memoryKeychain{entries: map[string]string{}} }

func (k *memoryKeychain) Get(service, user string) (string, error) {
	if err := k.next(); err != nil {
		return "", err
	}
	secret, ok := k.entries[service+"\n"+user]
	if !ok {
		return "", ErrNotFound
	}
	return secret, nil
}

func (k *memoryKeychain) Set(service, user, secret string) error {
	if err := k.next(); err != nil {
		return err
	}
	k.entries[service+"\n"+user] = secret
	return nil
}

func (k *memoryKeychain) Delete(service, user string) error {
	if err := k.next(); err != nil {
		return err
	}
	delete(k.entries, service+"\n"+user)
	return nil
}
