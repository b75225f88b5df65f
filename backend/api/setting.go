package api

// Settings are those of this data folder.
type Settings struct {
	Organisation string    `json:"organisation" maxLength:"100"`
	Demo         bool      `json:"demo"`
	Folder       string    `json:"folder"`
	Version      string    `json:"version"`
	Listener     Listener  `json:"listener"`
	Vault        VaultInfo `json:"vault"`
	Head         string    `json:"head" doc:"The newest audit event's hash, to note elsewhere."`
	Events       int64     `json:"events"`
}

// Listener says whether a browser can reach this console.
type Listener struct {
	On        bool     `json:"on"`
	Address   string   `json:"address"`
	Addresses []string `json:"addresses"`
	Forced    bool     `json:"forced" doc:"Started as a server: it cannot be turned off here."`
}

// VaultInfo says how the key of the vault is kept.
type VaultInfo struct {
	Slots       []VaultSlot `json:"slots"`
	HasRecovery bool        `json:"hasRecovery"`
}

// VaultSlot is one way to unwrap the key of the vault.
type VaultSlot struct {
	Kind      string `json:"kind" enum:"keychain,passphrase,keyfile,recovery"`
	Label     string `json:"label"`
	CreatedAt string `json:"createdAt" format:"date-time"`
}

// ChangeSettings carries new settings; absent fields stay.
type ChangeSettings struct {
	Body struct {
		Organisation *string `json:"organisation,omitempty" maxLength:"100"`
		Listener     *bool   `json:"listener,omitempty"`
	}
}

// StartLink opens a browser session, once, within five minutes.
type StartLink struct {
	URL       string `json:"url"`
	ExpiresAt string `json:"expiresAt" format:"date-time"`
}

// RecoveryKey is shown once.
type RecoveryKey struct {
	Key string `json:"key"`
}

// DemoOpened says where the demo company is.
type DemoOpened struct {
	URL string `json:"url,omitempty" doc:"A start link to open; empty in the window, which shows the demo by itself after a reload."`
}

// StartExport asks for a file.
type StartExport struct {
	Body struct {
		Kind string `json:"kind" enum:"audit"`
	}
}

// Export is a file to be fetched within an hour.
type Export struct {
	ID       string `json:"id"`
	FileName string `json:"fileName"`
	Bytes    int64  `json:"bytes"`
	Event    int64  `json:"event"`
	Head     string `json:"head"`
}
