package vault

import (
	"errors"
	"time"

	"github.com/zalando/go-keyring"
)

// Keychain keeps small secrets for the OS user, named by service and user.
type Keychain interface {
	// Get fails with ErrNotFound if there is no such entry. Any other error
	// means that the keychain cannot be used now.
	Get(service, user string) (string, error)
	Set(service, user, secret string) error
	Delete(service, user string) error
}

// ErrNotFound is a working keychain's answer that it has no such entry.
var ErrNotFound = errors.New("no such entry in the keychain")

// OSKeychain is the keychain of the operating system: Keychain on macOS,
// Credential Manager on Windows, the Secret Service of the desktop elsewhere.
type OSKeychain struct{}

// patience is how long a keychain may take, its question to the person
// included. A Secret Service without anyone to ask never answers.
const patience = 30 * time.Second

// Get implements Keychain.
func (OSKeychain) Get(service, user string) (string, error) {
	return within(patience, func() (string, error) { return keyring.Get(service, user) })
}

// Set implements Keychain.
func (OSKeychain) Set(service, user, secret string) error {
	_, err := within(patience, func() (string, error) { return "", keyring.Set(service, user, secret) })
	return err
}

// Delete implements Keychain.
func (OSKeychain) Delete(service, user string) error {
	_, err := within(patience, func() (string, error) { return "", keyring.Delete(service, user) })
	return err
}

// within gives up on ask after limit; ask itself cannot be stopped and is left
// behind.
func within(limit time.Duration, ask func() (string, error)) (string, error) {
	type answer struct {
		secret string
		err    error
	}
	answers := make(chan answer, 1)
	go func() {
		secret, err := ask()
		answers <- answer{secret, err}
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case a := <-answers:
		if errors.Is(a.err, keyring.ErrNotFound) {
			a.err = ErrNotFound
		}
		return a.secret, a.err
	case <-timer.C:
		return "", errors.New("the keychain did not answer")
	}
}
